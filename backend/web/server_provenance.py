"""What is said of an answer that was made of several answers of one server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from backend.model import Provenance
from backend.web.heard import Heard


def of_server(
    heard: Sequence[Heard],
    *,
    source: str,
    title: str,
    called: str,
    version: str,
    url: str,
    citations: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Provenance:
    """As old as the oldest answer, stale when one is. called: what the server is called in a sentence."""
    oldest = min((one.at for one in heard), default=datetime.now(UTC))
    why = next((one.why for one in heard if one.why), "")
    stale = (f"Stale: this is what {called} answered on {oldest:%d %B %Y, %H:%M} UTC. {why}",) if why else ()
    return Provenance(
        source=source,
        title=title,
        species="",
        version=version,
        kind="cached" if heard and all(one.kept for one in heard) else "live",
        licence="as its server says",
        citations=citations,
        url=url,
        fetched_at=oldest,
        stale=bool(why),
        notes=(*stale, *notes),
    )
