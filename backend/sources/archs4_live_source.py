"""What the live ARCHS4 says of itself, which dialects it may ask, and the provenance of what they answer."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from backend import settings
from backend.archs4_live import legacy, sigpy, spelling, v1
from backend.archs4_live.choosing import Way, served
from backend.archs4_live.health import health
from backend.archs4_live.service import ABOUT, Served, Service
from backend.errors import ExpronautError
from backend.model import Provenance, Species, State
from backend.sources.base import Source

T = TypeVar("T")
UNIT = "log expression of ARCHS4"
CITATION = (
    "Lachmann A et al. Massive mining of publicly available RNA-seq data from human and mouse. Nature Communications "
    "2018;9:1366. doi:10.1038/s41467-018-03751-6. Individual samples belong to their GEO series: list those used."
)


class LiveSource(Source):
    """The services of ARCHS4 on the internet, or those an installation names."""

    name = "archs4"
    title = "ARCHS4 (live)"
    homepage = "https://archs4.org"
    licence = "CC BY-NC-SA 4.0, non-commercial use"
    citation = CITATION
    species = ("human", "mouse")
    kind = "live"
    version = "online"

    def health(self) -> tuple[str, ...]:
        """How each service is: answers, is left alone and why, or is not asked."""
        if settings.current().offline:
            return ("The offline switch is on: only what was kept of earlier answers is shown.",)
        usual = self._dialects()
        return tuple(
            _told(dialect, what, service) for dialect, what, service in _behind() if dialect in usual or dialect != "v1"
        )

    def state(self) -> State:
        """Of the services that may be asked."""
        if settings.current().offline:
            return "offline"
        usual = self._dialects()
        well = [health.last(service.base) is None for dialect, _, service in _behind() if dialect in usual]
        return "ready" if all(well) else "partly down" if any(well) else "not answering"

    def rest(self) -> float:
        """Of the service that may be asked again first."""
        if settings.current().offline:
            return 0.0
        usual = self._dialects()
        troubles = [health.trouble(service.base) for dialect, _, service in _behind() if dialect in usual]
        ends = [trouble.until for trouble in troubles if trouble is not None]
        return max(0.0, min(ends) - time.monotonic()) if ends else 0.0

    def stamp(self) -> str:
        """The addresses asked, the health of what is behind them, and whether gene lists are there."""
        chosen = settings.current()
        asked = f"{hash(chosen.archs4)}-{hash(chosen.cache)}-{int(chosen.offline)}"
        return f"{asked}-{health.stamp()}-{spelling.stamp()}"

    def first(self, what: str, ways: Sequence[Way[T]], usual: Sequence[str] = ("sigpy", "legacy", "v1")) -> Served[T]:
        """The answer of the first dialect that has one: in the order of the settings, else in the usual one."""
        allowed = self._dialects()
        order = settings.current().archs4.dialects or [name for name in usual if name in allowed]
        return served(what, [way for name in order for way in ways if way.service.dialect == name])

    def _dialects(self) -> tuple[str, ...]:
        """Those that may be asked. v1 only when the settings name it, or when it is on this machine."""
        chosen = settings.current().archs4
        local = ("v1",) if _is_local(chosen.v1) else ()
        return chosen.dialects or ("sigpy", "legacy", *local)

    def told(self, found: Served[T], species: Species, *notes: str, **more: object) -> Provenance:
        """The provenance of an answer: who gave it, when, and whether it is stale."""
        times = [reply.fetched_at for reply in found.replies]
        kept = bool(found.replies) and all(reply.kept for reply in found.replies)
        p = self.provenance(species, notes=(*self._staleness(found, times), *notes, *found.notes, _by(found)))
        return replace(
            p,
            version=f"via {found.dialect}",
            kind="cached" if kept else "live",
            url=found.url,
            fetched_at=min(times, default=datetime.now(UTC)),
            stale=found.stale,
            **more,  # type: ignore[arg-type]
        )

    def _staleness(self, found: Served[T], times: Sequence[datetime]) -> tuple[str, ...]:
        if not found.stale:
            return ()
        why = f" {found.why.message}" if isinstance(found.why, ExpronautError) else ""
        return (f"Stale: this is what ARCHS4 answered on {min(times):%d %B %Y, %H:%M} UTC.{why}",)


def _by(found: Served[T]) -> str:
    return f"Answered by {ABOUT[found.dialect]}."


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _behind() -> tuple[tuple[str, str, Service], ...]:
    """Every service: its dialect, what it answers, and where it is."""
    return (
        ("sigpy", "tissues, co-expression within a term, samples, counts", sigpy.service()),
        ("legacy", "tissues", legacy.php()),
        ("legacy", "co-expression", legacy.matrix()),
        ("v1", "tissues, co-expression, samples", v1.service()),
    )


def _told(dialect: str, what: str, service: Service) -> str:
    """One service in a sentence."""
    named = f"{dialect} ({what})"
    allowed = settings.current().archs4.dialects
    if allowed and dialect not in allowed:
        return f"{named}: switched off in the settings."
    if (trouble := health.trouble(service.base)) is not None:
        return f"{named}: left alone for a moment. {trouble.error.message}"
    if (last := health.last(service.base)) is not None:
        return f"{named}: did not answer when last asked. {last.error.message}"
    return f"{named}: no trouble known."
