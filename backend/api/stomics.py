"""STOmics (stomics.io): its data sets and their files, how it stands with the calls, and what its own schema says.

Every call but stomics_status and stomics_hint asks the service, unless its answer was kept, and raises NotConfigured
without a key, Refused (401, 403) saying what to check, NotFound, BadInput for what the service does not take,
RateLimited telling when to ask again, and what backend.web raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from backend import settings
from backend.model import (
    Answer,
    StomicsDataset,
    StomicsDetail,
    StomicsFile,
    StomicsPage,
    StomicsProbe,
    StomicsStatus,
)
from backend.stomics import accessions, budget, datasets, files, probe
from backend.stomics.server import Server, server

T = TypeVar("T")


def stomics_status() -> StomicsStatus:
    """The address, the key as it may be shown, and the calls of the last hour as counted here; asks nothing."""
    chosen = settings.current()
    calls = budget.Budget(chosen.stomics).calls()
    first = datetime.fromtimestamp(calls[0], UTC) + timedelta(seconds=budget.HOUR) if calls else None
    left = max(0, budget.HOURLY - len(calls))
    return StomicsStatus(chosen.stomics.base, _shown(chosen.stomics.key), len(calls), left, first, chosen.offline)


def stomics_hint(text: str) -> str:
    """A sentence when a text looks like an accession of another service, else ""; asks nothing."""
    return accessions.other_service(text)


def stomics_datasets(
    text: str = "",
    technology_ids: Iterable[int] = (),
    sort_by: str = "",
    sort_order: str = "",
    page: int = 1,
    per_page: int = datasets.USUAL,
) -> Answer[StomicsPage]:
    """A page of the published data sets. sort_by: "download_count" is the only field known; sort_order: asc, desc.

    per_page: 1 to 100; the page says how many came where the service takes fewer.
    """
    asked = server()
    found = datasets.page(asked, text, tuple(technology_ids), sort_by, sort_order, page, per_page)
    return _answer(asked, found, *_hints(text))


def stomics_all(
    text: str = "", technology_ids: Iterable[int] = (), on_progress: Callable[[int, int], None] | None = None
) -> Answer[tuple[StomicsDataset, ...]]:
    """All data sets of a search, each once: a call for each 20 of them. on_progress(done, of)."""
    asked = server()
    found, total = datasets.every(asked, on_progress, text=text, technology_ids=tuple(technology_ids))
    fewer = (f"The service speaks of {total:,} data sets; {len(found):,} different ones came.",)
    return _answer(asked, found, *_hints(text), *(fewer if len(found) < total else ()))


def stomics_dataset(accession: str) -> Answer[StomicsDetail]:
    """One data set with all it tells."""
    asked = server()
    return _answer(asked, datasets.detail(asked, accession))


def stomics_files(accession: str) -> Answer[tuple[StomicsFile, ...]]:
    """The files of a data set."""
    asked = server()
    return _answer(asked, files.listed(asked, accession))


def stomics_probe() -> Answer[StomicsProbe]:
    """What the service's own schema says of what we take for granted; the document is saved in the cache. One call."""
    asked = server()
    return _answer(asked, probe.probe(asked))


def _shown(key: str) -> str:
    """A key as it may be shown: its begin and, when enough of it stays hidden, its last four signs."""
    begin = "sk-…" if key.startswith("sk-") else "…"
    return begin + (key[-4:] if len(key) >= 16 else "") if key else ""


def _hints(text: str) -> tuple[str, ...]:
    told = accessions.other_service(text)
    return (told,) if told else ()


def _answer(asked: Server, value: T, *notes: str) -> Answer[T]:
    return Answer(value, asked.provenance(*notes))
