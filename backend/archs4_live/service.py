"""One dialect at one address: how it is asked, and what counts as an answer of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from backend import web
from backend.errors import BadAnswer, ExpronautError, NotFound, Unavailable
from backend.web import Got, Mode, Reply

T = TypeVar("T")
U = TypeVar("U")
DAY = 86_400.0
WEEK = 7 * DAY
ABOUT = {
    "sigpy": "sigpy, the service behind archs4.org",
    "legacy": "the legacy service of ARCHS4",
    "v1": "the v1 API (documented, never observed on a public host)",
}


@dataclass(frozen=True)
class Served(Generic[T]):
    """An answer and how it came: the dialect, its address, the replies it was read from, what must be known of it.

    why: when it is stale, what went wrong with the service now.
    """

    value: T
    dialect: str
    url: str
    replies: tuple[Reply, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    why: ExpronautError | None = None

    @property
    def stale(self) -> bool:
        """Whether any part is older than it should be."""
        return any(reply.stale for reply in self.replies)

    def noting(self, *notes: str) -> Served[T]:
        """The same with further notes, each kept once."""
        return replace(self, notes=tuple(dict.fromkeys((*self.notes, *notes))))

    def holding(self, value: U, *others: Served[Any]) -> Served[U]:
        """Another value made of this answer and of others."""
        replies = (*self.replies, *(reply for other in others for reply in other.replies))
        notes = dict.fromkeys((*self.notes, *(note for other in others for note in other.notes)))
        why = next((one.why for one in (self, *others) if one.why is not None), None)
        return Served(value, self.dialect, self.url, replies, tuple(notes), why)


@dataclass(frozen=True)
class Service:
    """A dialect at a base address."""

    dialect: str
    base: str

    def ask(
        self,
        path: str,
        read: Callable[[Reply], T],
        mode: Mode,
        params: Mapping[str, str | int] | None = None,
        body: Any = None,
        lifetime: float = WEEK,
        **more: Any,
    ) -> Served[T]:
        """What `read` makes of the reply. Raises as web.ask, and Unavailable for a web page or nothing at all."""
        asked = web.question(f"{self.base}{path}", params, body, lifetime=lifetime, **more)
        got: Got[T] = web.ask(asked, lambda reply: read(self._offered(reply)), mode)
        return Served(got.value, self.dialect, f"{self.base}{path}", (got.reply,), why=got.why)

    def _offered(self, reply: Reply) -> Reply:
        """A web page where data are due says that nobody speaks this dialect there, not that a gene is unknown."""
        if web.is_html(reply):
            what = "a web page" if reply.body.strip() else "nothing"
            raise Unavailable(
                f"{reply.host} does not offer {self.dialect}: it answers with {what}.", "Check the address of ARCHS4."
            )
        return reply


def record(reply: Reply) -> dict[str, Any]:
    """The JSON object of a reply. Raises BadAnswer for anything else, NotFound for 404 or an error inside of a 200."""
    found = web.as_json(reply)
    if isinstance(found, dict) and (reply.status == 404 or found.get("error")):
        raise NotFound(f"{reply.host} answers: {str(found.get('error') or 'not found')[:120]}", "Check the name.")
    if not isinstance(found, dict):
        raise BadAnswer(f"{reply.host} should have answered with an object.", "The service has changed.")
    return found


def entries(found: Mapping[str, Any], name: str, reply: Reply, kind: type = dict) -> list[Any]:
    """The list under a name, all of one kind. Raises BadAnswer naming what is missing."""
    listed = found.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, kind) for one in listed):
        raise BadAnswer(f"The answer of {reply.host} has no list “{name}” as promised.", "The service has changed.")
    return listed


def number(value: object, what: str) -> float:
    """A number of an answer; missing is NaN. Raises BadAnswer for what is no number, or an infinite one."""
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadAnswer(f"{what} is not a number in the answer of ARCHS4.", "The service has changed.")
    try:
        found = float(value)
    except (ValueError, OverflowError) as error:
        raise _no_number(value, what) from error
    if math.isinf(found):
        raise _no_number(value, what)
    return found


def _no_number(value: object, what: str) -> BadAnswer:
    return BadAnswer(f"{what} is “{value!s:.20}” in the answer of ARCHS4.", "The service has changed.")
