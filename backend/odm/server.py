"""One ODM server: its address and form, the role and token it is asked with, and what it answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from backend import web
from backend.errors import BadAnswer
from backend.odm import paths
from backend.odm.failures import SAID, as_json, failure, message
from backend.settings import Odm
from backend.web import Mode, Reply, Streamed, hidden, hiding
from backend.web.heard import Heard
from backend.web.question import Method
from backend.web.upload import Sent

T = TypeVar("T")
Params = Mapping[str, str | int]
Check = Callable[[Any], object]
FRESH = 60.0  # seconds an answer counts as fresh: others change things there too
BUSY = (500, 502, 504)  # read for what they say after a change, which is not sent twice
DONE = (200, 201, 202, 204)
LONG = 20_000  # characters: the number of a known job stands behind all of its parameters
_changed: dict[str, datetime] = {}  # base -> when something there was last changed from here
_lock = threading.Lock()


@dataclass(frozen=True)
class Told:
    """What a change was answered with. value: its JSON, None for an empty body. said: the text of an error."""

    status: int
    value: Any
    said: str = ""


@dataclass(frozen=True)
class Server:
    """Asks one server. Routes are modern ones without prefix and role, such as "studies/GSF1" or "jobs/316/info".

    Every method raises as web.ask, and Refused (401, 403), NotFound (404), BadAnswer (what else is refused), each in
    the words of the server. heard: of every answer that was read, when it was given.
    """

    odm: Odm
    heard: list[Heard] = field(default_factory=list, compare=False, repr=False)

    def address(self, route: str, params: Params | None = None) -> str:
        """The whole address of a route, percent-encoded."""
        path = paths.modern(route, self.odm.role)
        path = paths.legacy(path) if self.odm.dialect == "legacy" else path
        query = urlencode(params, quote_via=quote) if params else ""
        return f"{self.odm.base}{path}{f'?{query}' if query else ''}"

    def get(
        self,
        route: str,
        params: Params | None = None,
        mode: Mode = "usual",
        lifetime: float = FRESH,
        check: Check | None = None,
    ) -> Any:
        """The JSON of a route. Poll with lifetime=0: then nothing is kept.

        check: raises BadAnswer for JSON of another form, which is then not kept.
        """
        return self._read(route, params, None, mode, lifetime, check)

    def search(self, route: str, body: Any, check: Check | None = None) -> Any:
        """The JSON of a question that is asked by POST and changes nothing."""
        return self._read(route, None, body, "usual", FRESH, check)

    def post(self, route: str, body: Any = None, params: Params | None = None, also: tuple[int, ...] = ()) -> Told:
        """Make something. also: further statuses to give back instead of raising, such as 409. Sent once only."""
        return self._change(route, "POST", params, also, body=body)

    def patch(self, route: str, body: Any) -> Told:
        """Change something."""
        return self._change(route, "PATCH", None, (), body=body)

    def put(self, route: str, body: Any = None) -> Told:
        """Put something."""
        return self._change(route, "PUT", None, (), body=body)

    def delete(self, route: str, params: Params | None = None) -> Told:
        """Delete something."""
        return self._change(route, "DELETE", params, ())

    def multipart(
        self,
        route: str,
        fields: Mapping[str, str],
        files: Mapping[str, Path],
        params: Params | None = None,
        also: tuple[int, ...] = (),
        on_sent: Sent | None = None,
    ) -> Told:
        """Send files by POST, read from the disk while they are sent. on_sent(bytes, of)."""
        return self._change(route, "POST", params, also, upload=web.multipart(fields, files, on_sent))

    def changed(self) -> None:
        """Something there is another from now on: what was asked for before does not count any more."""
        with _lock:
            _changed[self.odm.base] = datetime.now(UTC)

    @contextmanager
    def stream(
        self, route: str, params: Params | None = None, accept: str = "text/csv, */*;q=0.1"
    ) -> Iterator[Streamed]:
        """An answer whose body is read piece by piece, never kept."""
        asked = web.question(self.address(route, params), headers={"Accept": accept}, secret=self._secret, lifetime=0.0)
        with hiding(self._key), web.stream(asked) as streamed:
            if streamed.status != 200:
                raise failure(streamed.status, streamed.host, b"".join(streamed.pieces(1_000_000)))
            self.heard.append(Heard(datetime.now(UTC), kept=False))
            yield streamed

    @property
    def _key(self) -> str:
        return self.odm.token or self.odm.bearer

    @property
    def _secret(self) -> dict[str, str]:
        """Exactly one header: where both came, ODM would take the bearer token."""
        if self.odm.token:
            return {"Genestack-API-Token": self.odm.token}
        return {"Authorization": f"Bearer {self.odm.bearer}"} if self.odm.bearer else {}

    def _read(
        self, route: str, params: Params | None, body: Any, mode: Mode, lifetime: float, check: Check | None
    ) -> Any:
        def read(reply: Reply) -> Any:
            found = as_json(reply)
            if check:
                check(found)
            return found

        asked = web.question(
            self.address(route, params),
            body=body,
            headers={"Accept": "application/json"},
            secret=self._secret,
            lifetime=lifetime,
            accepted=(*DONE, *SAID),
            since=_changed.get(self.odm.base),
        )
        with hiding(self._key):
            got = web.ask(asked, self._answer(read), mode)
        why = hidden(got.why.message, self._key) if got.why else ""
        self.heard.append(Heard(got.reply.fetched_at, got.reply.kept, why))
        return got.value

    def _answer(self, read: Callable[[Reply], T]) -> Callable[[Reply], T]:
        def checked(reply: Reply) -> T:
            if self._key and self._key.encode() in reply.body and reply.status in (200, 404):
                raise BadAnswer(f"{reply.host} repeats the token in its answer.", "Tell those who run the server.")
            if reply.status not in DONE:
                raise failure(reply.status, reply.host, reply.body)
            return read(reply)

        return checked

    def _change(self, route: str, method: Method, params: Params | None, also: tuple[int, ...], **more: Any) -> Told:
        asked = web.question(
            self.address(route, params),
            method=method,
            headers={"Accept": "application/json"},
            secret=self._secret,
            lifetime=0.0,
            repeatable=False,
            accepted=(*DONE, *SAID, *BUSY),
            **more,
        )

        def told(reply: Reply) -> Told:
            if reply.status in also:
                return Told(reply.status, None, hidden(message(reply.body, LONG), self._key))
            if reply.status not in DONE:
                raise failure(reply.status, reply.host, reply.body)
            return Told(reply.status, as_json(reply) if reply.body.strip() else None)

        try:
            with hiding(self._key):
                return web.ask(asked, told).value
        finally:
            self.changed()  # also after a failure: it may have been done all the same


def part(accession: str) -> str:
    """An accession as a part of a route."""
    return quote(accession, safe="")
