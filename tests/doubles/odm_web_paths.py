"""The two dialects of ODM paths, and the routes: each with the query parameters it knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.doubles.http_exchange import Answer, Call
from tests.doubles.odm_web_grammar import SyntaxFault
from tests.doubles.odm_web_world import User

MODERN, LEGACY = "/api/v1/", "/frontend/rs/genestack/"
_LEGACY = re.compile(r"/frontend/rs/genestack/([a-z]+)(User|Curator)?/default-released/(.+)")
# definition of the older dialect: first part of the paths it holds
_DEFINITIONS = {
    "study": ("studies",),
    "sample": ("samples",),
    "library": ("libraries",),
    "preparation": ("preparations",),
    "expression": ("expressions",),
    "integration": ("integration", "omics"),
}


class Wrong(Exception):
    """An error that the server tells. status: of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Asked:
    """A request that fits a route. parts: of its path; query: the last value of each parameter."""

    call: Call
    parts: dict[str, str]
    query: dict[str, str]
    user: User

    @property
    def role(self) -> str:
        return self.parts.get("role", "as-user")

    def number(self, name: str, default: int, most: int | None = None) -> int:
        text = self.query.get(name, str(default))
        if not text.isdigit() or (most is not None and int(text) > most):
            raise Wrong(400, f"{name} is not a number from 0 to {most or 'any'}: {text}")
        return int(text)

    def several(self, name: str) -> list[str]:
        """All values of a parameter that may come more than once."""
        pairs = parse_qsl(urlsplit(self.call.target).query)
        return [value for key, value in pairs if key.removesuffix("[]") == name]


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    known: frozenset[str]
    handler: Handler


class Routes:
    """`{role}` stands for as-user or as-curator, `{name}` for one part of a path, `{a|b}` for one of these (`kind`)."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(self, methods: str, path: str, handler: Handler, known: Iterable[str] = ()) -> None:
        pattern = re.compile(re.sub(r"\{([^}]+)\}", _part, path))
        for method in methods.split("|"):
            self._routes.append(Route(method, pattern, frozenset(known), handler))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        found = [(route, match) for route in self._routes if (match := route.pattern.fullmatch(path))]
        for route, match in found:
            if route.method == method:
                return route, match.groupdict()
        raise Wrong(405 if found else 404, "Method Not Allowed" if found else "Not Found")

    def answer(self, call: Call, path: str, user: User) -> Answer:
        route, parts = self.find(call.method, path)
        query = {name.removesuffix("[]"): value for name, value in call.query.items()}
        unknown = sorted(set(query) - route.known)
        if unknown:
            raise Wrong(400, f"Unknown query parameter: {', '.join(unknown)}")
        try:
            return route.handler(Asked(call, parts, query, user))
        except SyntaxFault as fault:
            raise Wrong(400, f"Cannot parse the query: {fault}") from None


def _part(match: re.Match[str]) -> str:
    name = match[1]
    if name == "role":
        return "(?P<role>as-user|as-curator)"
    label, _, choices = name.rpartition(":")
    chosen = ":" in name or "|" in name
    return f"(?P<{label or 'kind'}>{choices})" if chosen else f"(?P<{name}>[^/]+)"


def modern_path(path: str, dialects: Iterable[str]) -> str:
    """The path after /api/v1/ that a path of either dialect means; empty: of neither."""
    if path.startswith(MODERN):
        return path.removeprefix(MODERN) if "modern" in dialects else ""
    match = _LEGACY.fullmatch(path)
    if match is None or "legacy" not in dialects:
        return ""
    definition, role, rest = match.groups()
    if definition == "job" and role is None:
        return f"jobs/{rest}"
    if role is None or rest.split("/")[0] not in _DEFINITIONS.get(definition, ()):
        return ""
    return f"as-{role.lower()}/{rest}"
