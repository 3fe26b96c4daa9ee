"""One RNAget server: its address, its key, and which version of the specification it speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from backend import web
from backend.errors import BadAnswer, ExpronautError, NotFound
from backend.web import Mode, Reply, hidden, hiding
from backend.web.heard import Heard

T = TypeVar("T")
HOUR = 3_600.0
MOST_JSON = 64_000_000  # bytes
JSON = (
    "application/vnd.ga4gh.rnaget.v1.2.0+json, application/vnd.ga4gh.rnaget.v1.0.0+json;q=0.9, application/json;q=0.8"
)
BYTES = "text/tab-separated-values, application/vnd.loom, */*;q=0.1"
SEED = "0.1.0"
DRAFT = "1.0 draft"  # of 2019: the routes of v0.1.0, but tickets
LONG_KEY = 8  # characters; a shorter one is found in any answer, and in any address
COLLECTIONS = ("projects", "studies", "expressions", "continuous")
REFUSED = (400, 404, 405, 406, 422, 501)  # statuses whose body says what is wrong


@dataclass(frozen=True)
class Endpoint:
    """A server as the settings name it. base: without a slash at the end. token: sent to its own host only."""

    name: str
    base: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Spoken:
    """What a server says of itself. version: of the specification, "1.0" when it does not tell.

    lacking: collections it says it does not serve.
    """

    version: str
    title: str = ""
    description: str = ""
    lacking: tuple[str, ...] = ()

    @property
    def is_seed(self) -> bool:
        """Whether it has the routes of v0.1.0: /projects/search and so on."""
        return self.version in (SEED, DRAFT)

    @property
    def has_tickets(self) -> bool:
        """Whether matrices are files behind a ticket instead of lying inside of the answer."""
        return self.version != SEED


@dataclass(frozen=True)
class Server:
    """Asks one server. Every method raises as web.ask. heard: of every answer, when it was given."""

    endpoint: Endpoint
    heard: list[Heard] = field(default_factory=list, compare=False, repr=False)

    def json(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        mode: Mode = "usual",
        lifetime: float = HOUR,
        most_bytes: int = MOST_JSON,
    ) -> Any:
        """The JSON of a route. Raises NotFound for 404, BadAnswer for a refusal or for no JSON, with its message."""
        return self.ask(path, _json, params, mode, lifetime, most_bytes=most_bytes)

    def ask(
        self,
        path: str,
        read: Callable[[Reply], T],
        params: Mapping[str, str] | None = None,
        mode: Mode = "usual",
        lifetime: float = HOUR,
        accept: str = JSON,
        most_bytes: int = MOST_JSON,
    ) -> T:
        """What `read` makes of the reply of a route."""
        token = self.endpoint.token
        asked = web.question(
            f"{self.endpoint.base}{path}",
            params,
            headers={"Accept": accept},
            secret={"Authorization": f"Bearer {token}"} if token else None,
            lifetime=lifetime,
            accepted=(200, *REFUSED),
            most_bytes=most_bytes,
        )
        with hiding(token):
            got = web.ask(asked, lambda reply: read(self._accepted(reply, lifetime)), mode)
        why = hidden(got.why.message, token) if got.why else ""
        self.heard.append(Heard(got.reply.fetched_at, got.reply.kept, why))
        return got.value

    def _accepted(self, reply: Reply, lifetime: float) -> Reply:
        """The reply, unless it would be kept with the key in it. Tickets, which are never kept, may repeat it."""
        token = self.endpoint.token
        if token and token.encode() in reply.body:
            if reply.status == 404:
                raise BadAnswer(f"{reply.host} answers with HTTP 404.", "Check the id.")
            if reply.status == 200 and lifetime and len(token) >= LONG_KEY:
                raise BadAnswer(f"{reply.host} repeats the key in its answer.", "Tell those who run the server.")
        return accepted(reply)

    def spoken(self, mode: Mode = "usual") -> Spoken:
        """The version, found by asking: service-info (1.1 on), else projects (1.0), else the search of before."""
        try:
            found = self.json("/service-info", mode=mode)
            if isinstance(found, dict):
                return _told(found)
        except (NotFound, BadAnswer):
            pass
        why, formats = self._why_no_list("/projects", mode), self._why_no_list("/expressions/formats", mode)
        if why is None and formats is None:
            return Spoken("1.0")
        try:  # before 1.0; v0.1.0 may list projects under both paths
            self.json("/projects/search", mode=mode)
        except (NotFound, BadAnswer):
            if isinstance(why, BadAnswer):  # a garbled answer says more than that there is no search
                raise why from None
            if why is not None:
                raise
            return Spoken("1.0")
        return Spoken(SEED if formats is not None else DRAFT)

    def _why_no_list(self, path: str, mode: Mode) -> ExpronautError | None:
        """None when there is a list at a path, else what is there."""
        try:
            found = self.json(path, mode=mode)
        except (NotFound, BadAnswer) as error:
            return error
        return None if isinstance(found, list) else NotFound(f"{self.endpoint.name} has no list at {path}.")


def part(name: str, seed: bool = False) -> str:
    """An id as a part of a path; only in v0.1.0 a slash of it stays."""
    return quote(name, safe="/" if seed else "")


def _told(found: Mapping[str, Any]) -> Spoken:
    kind, supported = found.get("type"), found.get("supported")
    version = str(kind.get("version") or "1.1") if isinstance(kind, Mapping) else "1.1"
    flags = supported if isinstance(supported, Mapping) else {}
    lacking = tuple(name for name in COLLECTIONS if flags.get(name) is False)
    return Spoken(version, str(found.get("name") or ""), str(found.get("description") or ""), lacking)


def _json(reply: Reply) -> Any:
    return web.as_json(reply)


def accepted(reply: Reply) -> Reply:
    """A 200 as it is; a refusal as the error it is, in the words of the server."""
    if reply.status == 200:
        return reply
    if reply.body.strip() and web.is_html(reply):
        raise BadAnswer(f"{reply.host} answers with a web page (HTTP {reply.status}).", "Check the address.")
    said = message(reply)
    told = f"{reply.host} answers: {said.rstrip('. ')}." if said else f"{reply.host} answers with HTTP {reply.status}."
    if reply.status == 404:
        raise NotFound(told, "Check the id, or look at the catalogue of the server.")
    if reply.status == 501:
        raise NotFound(told, "The server does not offer this; choose another collection.")
    raise BadAnswer(told, "Change the choice of samples, genes or format.")


def message(reply: Reply) -> str:
    """What an error of a server says, in any of the forms servers use; "" when it says nothing readable."""
    try:
        found = web.as_json(reply)
    except BadAnswer:
        return ""
    if not isinstance(found, Mapping):
        return ""
    said = str(found.get("message") or found.get("detail") or found.get("title") or "")
    errors = found.get("errors")
    if isinstance(errors, Mapping):
        said += " " + ", ".join(f"{name}: {value}" for name, value in errors.items())
    return " ".join(said.split())[:300]
