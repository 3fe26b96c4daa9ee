"""The two forms of ODM's addresses: modern (since about 1.57) and legacy. One is the other, rewritten."""

from __future__ import annotations

import re

from backend.errors import BadInput

MODERN, LEGACY = "/api/v1/", "/frontend/rs/genestack/"
ROLES = ("user", "curator")
PLAIN = ("jobs", "manage-data", "tasks")  # routes without a role
_RELEASED = "default-released"
_KINDS = {
    "studies": "study",
    "samples": "sample",
    "libraries": "library",
    "preparations": "preparation",
    "expressions": "expression",
    "integration": "integration",
    "omics": "integration",
}
_LEGACY = re.compile(rf"^{LEGACY}(job|[a-z]+?)(User|Curator)?/{_RELEASED}/(.+)$")


def modern(route: str, role: str) -> str:
    """The path of a route such as "studies/GSF1" or "jobs/316/info", for a role of ROLES."""
    first = route.partition("/")[0]
    return f"{MODERN}{route}" if first in PLAIN else f"{MODERN}as-{role}/{route}"


def legacy(path: str) -> str:
    """A modern path in its legacy form. Raises BadInput for routes that only the modern form has."""
    rest = path.removeprefix(MODERN)
    if rest.startswith("jobs/"):
        return f"{LEGACY}job/{_RELEASED}/{rest.removeprefix('jobs/')}"
    as_role, _, route = rest.partition("/")
    kind, role = _KINDS.get(route.partition("/")[0], ""), as_role.removeprefix("as-")
    if not kind or role not in ROLES:
        raise BadInput("An ODM server of the legacy form does not offer this.", "Set EXPRONAUT_ODM_DIALECT to modern.")
    return f"{LEGACY}{kind}{role.capitalize()}/{_RELEASED}/{route}"


def from_legacy(path: str) -> str:
    """A legacy path in its modern form. Raises BadInput for any other path."""
    found = _LEGACY.match(path)
    if found is None or (found[1] == "job") == bool(found[2]):
        raise BadInput(f"“{path[:60]}” is not an address of ODM.", f"It begins with {LEGACY}.")
    return f"{MODERN}jobs/{found[3]}" if found[1] == "job" else f"{MODERN}as-{found[2].lower()}/{found[3]}"
