"""Genes of a data set of STOmics, asked one by one: what came, what did not and why, and what is to be said of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend import settings, web
from backend.errors import ExpronautError, NotFound, Refused, TooLarge, Unavailable, UnknownExpressionShape
from backend.model import Provenance
from backend.sources import stomics_genes
from backend.sources.base import Progress
from backend.sources.stomics_shelf import Opened
from backend.stomics import expression
from backend.stomics.budget import HOURLY
from backend.stomics.joined import Joined
from backend.stomics.server import Server, server
from backend.stomics.shapes import TOTALS, Expression
from backend.stomics.spot_lists import FALLBACK

UNTOLD, DIFFER = "value (unit not told)", "value (units differ)"
FEW = 10  # spots above which an answer without any 0 is said to be odd
SAID = ("accession", "dataset", "dataset_id", *TOTALS)  # told elsewhere
NAMED, SHOWN = 8, 6  # genes, and further values of an answer, that a note names
ASSUMED = (
    "How STOmics tells expression is not published: compare a gene with a file of the data set before you rely on it."
)
_REMEMBERED, _MOST = 600.0, 200  # seconds an answer of unknown form is not asked for again; so many of them
_LOOK = 5.0  # seconds
_odd: dict[tuple[str, ...], tuple[float, UnknownExpressionShape]] = {}
_troubles: dict[str, tuple[int, float, ExpronautError | None]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Asked:
    """What was answered for genes, by their labels. failed: why nothing is there of others. told: of all answers."""

    found: Mapping[str, Expression]
    failed: Mapping[str, ExpronautError]
    told: Provenance

    @property
    def with_spots(self) -> dict[str, Expression]:
        """Those of which spots are told."""
        return {gene: one for gene, one in self.found.items() if not one.summaries}

    @property
    def summaries(self) -> dict[str, Mapping[str, float]]:
        """Statistics of those of which nothing else is told."""
        return {gene: told for gene, one in self.found.items() for told in one.summaries.values()}

    def spots(self) -> dict[str, Expression]:
        """Those of which spots are told. Raises what the first of the others raised when there is none."""
        if self.with_spots:
            return self.with_spots
        for gene, told in self.summaries.items():
            raise NotFound(f"STOmics tells only a summary of {gene}: {summary(told)}.", FALLBACK)
        raise next(iter(self.failed.values()))

    def lacking(self) -> tuple[str, ...]:
        """A sentence for each gene without spots."""
        only = (f"Left out: of {gene} STOmics tells only {summary(told)}." for gene, told in self.summaries.items())
        return (*(f"Left out: {error.message}" for error in self.failed.values()), *only)


def ask(data_set: Opened, genes: Sequence[str], on_progress: Progress | None = None) -> Asked:
    """Every gene, a few at a time; each costs a call unless its answer was kept.

    Raises NotConfigured, TooLarge when there are fewer calls left this hour, Refused, and what on_progress raises.
    """
    asked, labels = server(), list(dict.fromkeys(genes))
    _check_budget(asked, data_set, labels)

    def one(gene: str) -> Expression:
        return _one(asked, data_set, stomics_genes.sent(gene))

    def note(_: str, outcome: Expression | ExpronautError) -> None:
        _remember_trouble(asked, outcome)
        if isinstance(outcome, Refused):  # so will be the others
            raise outcome

    found = web.each(one, labels, on_progress, on_found=note)
    return Asked(
        {gene: outcome for gene, outcome in found.items() if isinstance(outcome, Expression)},
        {gene: outcome for gene, outcome in found.items() if isinstance(outcome, ExpronautError)},
        asked.provenance(),
    )


def ask_anew(data_set: Opened, gene: str) -> None:
    """Ask for one gene again; what was kept of it stays when that fails, and goes when the service has none now."""
    expression.gene(server(), data_set.accession, stomics_genes.sent(gene), "anew")


def _one(asked: Server, data_set: Opened, gene: str) -> Expression:
    """One gene. What came in an unknown form is not kept by the web, so it is remembered here for a while."""
    key = (asked.budget.path.stem, data_set.key, str(data_set.anew), gene)
    with _lock:
        when, error = _odd.get(key, (0.0, None))
    if error is not None and time.monotonic() - when < _REMEMBERED:
        raise error.alone()
    try:
        return expression.gene(asked, data_set.accession, gene)
    except UnknownExpressionShape as odd:
        with _lock:
            while len(_odd) >= _MOST:
                del _odd[next(iter(_odd))]
            _odd[key] = time.monotonic(), odd.alone()
        raise


def _check_budget(asked: Server, data_set: Opened, genes: Sequence[str]) -> None:
    left = HOURLY - len(asked.budget.calls())
    if len(genes) <= left or settings.current().offline:
        return
    new = [gene for gene in genes if not expression.is_kept(asked, data_set.accession, stomics_genes.sent(gene))]
    if len(new) > left:
        what = "1 gene is" if len(new) == 1 else f"{len(new):,} genes are"
        now = f"{max(left, 0):,} of {HOURLY:,} calls are left this hour (counted here)"
        hint = "Take fewer genes, or go on later." if left > 0 else "Go on later."
        raise TooLarge(f"{what} still to be asked for, and {now}.", hint)


def _remember_trouble(asked: Server, outcome: Expression | ExpronautError) -> None:
    """What was kept and is fresh says nothing of how the service is."""
    stale = next((one for one in reversed(asked.heard) if one.why), None)
    why = outcome.alone() if isinstance(outcome, Unavailable) else Unavailable(stale.why) if stale else None
    if why is None and all(one.kept for one in asked.heard):
        return
    with _lock:
        count, _, before = _troubles.get(asked.stomics.base, (0, 0.0, None))
        if (why is None) != (before is None):
            _troubles[asked.stomics.base] = count + 1, time.monotonic(), why


def trouble(base: str) -> ExpronautError | None:
    """What was wrong with the service when it was asked last, None for nothing."""
    with _lock:
        return _troubles.get(base, (0, 0.0, None))[2]


def trouble_stamp(base: str) -> str:
    """Changes when it fails or is back, and every few seconds between: a stale answer does not stay in memory."""
    with _lock:
        count, since, why = _troubles.get(base, (0, 0.0, None))
    return f"{count}-{int((time.monotonic() - since) // _LOOK) if why else 0}"


def summary(told: Mapping[str, float]) -> str:
    """Statistics in a line: "mean 0.9, median 0.7"; a missing one is a dash."""
    return ", ".join(f"{name} {'—' if value != value else f'{value:.6g}'}" for name, value in told.items())


def unit(found: Mapping[str, Expression]) -> str:
    """The unit of the values of all of them."""
    units = dict.fromkeys(one.unit for one in found.values())
    return DIFFER if len(units) > 1 else next(iter(units), "") or UNTOLD


def notes(found: Mapping[str, Expression], over: Joined) -> tuple[str, ...]:
    """What is to be said of answers that list spots, in sentences; those that matter most begin with "Warning: "."""
    read_as = ", ".join(dict.fromkeys(one.name for one in found.values()))
    pairs = (pair for one in found.values() for pair in one.annotations if pair[0] not in SAID)
    added = dict.fromkeys(f"{name} {text}" for name, text in pairs)
    unread = dict.fromkeys(name for one in found.values() for name in one.unread)
    units = ", ".join(f"{gene} {one.unit or 'not told'}" for gene, one in list(found.items())[:NAMED])
    told = (
        f"Warning: The units of the genes differ: {units}." if unit(found) == DIFFER else "",
        *_of_absent(found, over),
        f"STOmics also tells: {', '.join(list(added)[:SHOWN])}." if added else "",
        f"Not read: {', '.join(list(unread)[:SHOWN])}." if unread else "",
        f"Read as: {read_as}. {ASSUMED}",
    )
    return tuple(sentence for sentence in told if sentence)


def _of_absent(found: Mapping[str, Expression], over: Joined) -> tuple[str, ...]:
    """Spots that answers do not list: they are not taken as 0."""
    listed = dict(zip(over.genes, over.n_listed, strict=True))
    pages = [gene for gene, one in found.items() if one.is_page and (one.n_total is None or one.n_total > listed[gene])]
    short = [gene for gene in found if over.n_told and listed[gene] < over.n_told and gene not in pages]
    full = [gene for gene, one in found.items() if gene not in (*pages, *short) and _has_no_zero(one)]
    counts = ", ".join(f"{gene} {listed[gene]:,}" for gene in short[:NAMED])
    more = f" and {len(short) - NAMED:,} more genes" if len(short) > NAMED else ""
    told = (
        f"Warning: The answer looks like one page of several, so spots may lack: {_names(pages)}." if pages else "",
        f"Warning: Of {over.n_told:,} spots STOmics lists only some, perhaps those with expression: {counts}{more}. "
        "The others are in no number here, and not taken as 0, unless “Treat absent spots as 0” (page Spatial) is on."
        if short
        else "",
        f"Warning: No spot of {_names(full)} is 0; STOmics may list only spots with expression." if full else "",
    )
    return tuple(sentence for sentence in told if sentence)


def _has_no_zero(one: Expression) -> bool:
    """Whether spots without expression may be left out: there is none, and how many spots there are is not told."""
    values = one.table["value"].dropna()
    return one.n_total is None and len(values) > FEW and bool((values > 0).all())


def _names(genes: Sequence[str]) -> str:
    more = f" and {len(genes) - NAMED:,} more" if len(genes) > NAMED else ""
    return ", ".join(genes[:NAMED]) + more
