"""One way to ask STOmics: with the key, along redirects to its own hosts only, counted, errors in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from backend import settings, web
from backend.errors import BadAnswer, NotConfigured, RateLimited
from backend.model import Provenance
from backend.settings import Stomics
from backend.stomics.budget import HOUR, Budget
from backend.stomics.failures import SAID, failure
from backend.web import Mode, Reply, hidden, hiding
from backend.web.heard import Heard
from backend.web.server_provenance import of_server

T = TypeVar("T")
ROOT = "/api/v1"
LIST, DETAIL = 300.0, 900.0  # seconds a list, and a detail or a list of files, counts as fresh
FOREVER = 90 * 86_400.0  # expression: until the user asks anew
MOST_JSON = 20_000_000  # bytes
NAME = "STOmics (stomics.io)"


@dataclass(frozen=True)
class Server:
    """Asks the service. Routes are those behind /api/v1, such as "/datasets".

    Raises as web.ask, and Refused (401, 403), NotFound (404), BadInput (400, 422), BadAnswer (what else is refused),
    in the words of the service. heard: of every answer that was read, when it was given.
    """

    stomics: Stomics
    heard: list[Heard] = field(default_factory=list, compare=False, repr=False)

    @property
    def budget(self) -> Budget:
        """The calls of this key."""
        return Budget(self.stomics)

    def address(self, route: str) -> str:
        """The whole address of a route."""
        return f"{self.stomics.base}{ROOT}{route}"

    def get(
        self,
        route: str,
        read: Callable[[Any], T],
        params: Mapping[str, str | int] | None = None,
        mode: Mode = "usual",
        lifetime: float = DETAIL,
        most_bytes: int = MOST_JSON,
    ) -> T:
        """What `read` makes of the JSON of a route. lifetime: seconds it counts as fresh, 0: never kept.

        read raises BadAnswer for JSON of another form, which is then not kept.
        """
        key = self.stomics.key
        asked = web.question(
            self.address(route),
            params,
            headers={"Accept": "application/json"},
            secret={"Authorization": f"Bearer {key}"} if key else None,
            lifetime=lifetime,
            accepted=(200, *SAID),
            most_bytes=most_bytes,
            siblings=self.stomics.hosts,
            on_send=self._spend,
        )
        with hiding(key), self._patient():
            got = web.ask(asked, lambda reply: read(self._json(reply)), mode)
        if isinstance(got.why, RateLimited):
            self._keep_off(got.why)
        why = hidden(got.why.message, key) if got.why else ""
        self.heard.append(Heard(got.reply.fetched_at, got.reply.kept, why))
        return got.value

    def provenance(self, *notes: str) -> Provenance:
        """Of what was made of all that was heard: as old as the oldest answer, stale when one is."""
        return of_server(
            self.heard, source="stomics", title=NAME, called=NAME, version="v1", url=self.stomics.base, notes=notes
        )

    def _json(self, reply: Reply) -> Any:
        key = self.stomics.key
        if key and key.encode() in reply.body and reply.status in (200, 404):  # or it would be kept on the disk
            raise BadAnswer(f"{reply.host} repeats the key in its answer.", "Tell those who run the service.")
        if reply.status != 200:
            raise failure(reply)
        if reply.body.strip() and web.is_html(reply):
            raise BadAnswer(f"{reply.host} answers with a web page.", "Check EXPRONAUT_STOMICS, or try again later.")
        return web.as_json(reply)

    def _spend(self) -> None:
        """Before each request: counted, or not sent at all while the service wants none."""
        left = self.budget.blocked()
        if left > settings.current().patience.longest_wait:
            raise _limited(left)
        self.budget.spend()

    @contextmanager
    def _patient(self) -> Iterator[None]:
        """A wait that is too long for a page is told, and kept to by whoever asks next."""
        try:
            yield
        except RateLimited as error:
            if error.retry_after is None:
                hint = "Wait a little, then ask again; a key has 1,000 calls an hour."
                raise RateLimited(f"{NAME} gets too many requests with this key.", hint) from error
            self._keep_off(error)
            raise _limited(error.retry_after) from error

    def _keep_off(self, error: RateLimited) -> None:
        if error.retry_after is not None and error.retry_after > settings.current().patience.longest_wait:
            self.budget.block(error.retry_after)


def _limited(told: float) -> RateLimited:
    seconds = min(told, HOUR)  # no more is believed, see Budget.block
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    hint = f"Ask again after {when:%H:%M:%S} UTC, in {seconds:,.0f} s; what was kept is still shown."
    return RateLimited(f"{NAME} gets too many requests with this key.", hint, seconds)


def server() -> Server:
    """The service of the settings. Raises NotConfigured without a key."""
    chosen = settings.current().stomics
    if not chosen.key:
        hint = "Make one in the settings of your account there, and give it in EXPRONAUT_STOMICS_KEY."
        raise NotConfigured(f"{NAME} needs an API key.", hint)
    return Server(chosen)


def problem() -> str | None:
    """Why the service cannot be asked (no key), else None; asks nothing."""
    try:
        server()
    except NotConfigured as error:
        return str(error)
    return None


def part(name: str) -> str:
    """An accession or a file's id as a part of a route."""
    return quote(name, safe="")
