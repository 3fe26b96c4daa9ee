"""Counts of chosen samples of the live ARCHS4: its services pack them, which takes a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import counts_file, settings
from backend.archs4_live import counts, sigpy
from backend.archs4_live.counts import Table
from backend.archs4_live.service import Served
from backend.aside import aside
from backend.counts_file import PIECE, Blocks
from backend.errors import BadInput, NotConfigured, NotFound, TooLarge
from backend.model import Answer, Species
from backend.sources.archs4_live_samples import LiveSamples
from backend.sources.base import CountExport, Expression, Form, Progress, WatchedExpression

UNIT = "log2(CPM+1)"
TRANSFORM = "log2(1 + count / library size × 1,000,000) of kallisto pseudo-counts"
ROWS = (
    "Rows are as ARCHS4 packs them: one a symbol or, without one, an Ensembl id. Of several rows of a symbol the first "
    "is taken."
)
FIRST_ROWS = "Rows are as ARCHS4 packs them: one a symbol or, without one, an Ensembl id. Rows are not summed."
MOST_VALUES = 1_000  # samples of one answer in memory
_NAMED, _LONG = 8, 200  # accessions, characters of a search, in a note


class LiveCounts(LiveSamples, Expression, WatchedExpression, CountExport):
    """Values of chosen genes in chosen samples, and files of counts."""

    most_exported: Mapping[Form, int] = {"tsv": counts.MOST_SAMPLES, "hdf5": counts.MOST_SAMPLES}

    def expression(self, genes: Sequence[str], samples: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """As watched_expression, without telling how far it is."""
        return self.watched_expression(genes, samples, species, None)

    def watched_expression(
        self, genes: Sequence[str], samples: Sequence[str], species: Species, on_progress: Progress | None
    ) -> Answer[pd.DataFrame]:
        """Long: gene, sample, value in log2(CPM+1), library size over all rows that come. Unknown samples are named.

        Raises NotFound when no sample or gene came, TooLarge over MOST_VALUES samples.
        """
        if len(samples) > MOST_VALUES:
            raise TooLarge(f"{len(samples):,} samples; the cap is {MOST_VALUES:,}.", "Take fewer, or export counts.")
        self._check_sigpy()
        wanted = {self.spelled(gene, species)[1].casefold(): gene for gene in genes}
        with counts.table([name.upper() for name in samples], species, _percent(on_progress)) as table:
            values, sizes = _values(table, set(wanted))
            came = table.samples
        rows = [(wanted[called], values[called]) for called in wanted if called in values]
        if not rows:
            raise NotFound(f"None of the genes is in the counts of {self.title}.", "Check the genes and the species.")
        if (sizes <= 0).any():
            empty = [name for name, size in zip(came, sizes, strict=True) if size <= 0]
            notes: tuple[str, ...] = (f"Without any read, so without a value: {', '.join(empty[:_NAMED])}.",)
        else:
            notes = ()
        per_million = 1e6 / np.where(sizes > 0, sizes, np.nan)
        long = pd.DataFrame(
            {
                "gene": np.repeat(np.array([gene for gene, _ in rows], dtype=object), len(came)),
                "sample": np.tile(np.array(came, dtype=object), len(rows)),
                "value": np.concatenate([np.log2(1 + row * per_million) for _, row in rows]),
            }
        )
        missing = [gene for called, gene in wanted.items() if called not in values]
        told = (*notes, *_absent("genes", missing), *_absent("samples", _lacking(samples, came)), ROWS)
        p = self.told(_by_sigpy(), species, *told, unit=UNIT, transform=TRANSFORM, n=len(came))
        return Answer(long, p)

    def export_counts(
        self, query: str, species: Species, target: Path, form: Form, on_progress: Progress | None
    ) -> Answer[str]:
        """Genes x samples to `target`; on_progress(percent, 100) may raise to cancel, and nothing stays behind.

        Raises NotFound without a hit, TooLarge over 5,000 samples, Unavailable when the services or the disk fail.
        """
        if form not in counts_file.WRITERS:
            raise BadInput(f"“{str(form)[:20]}” is not a form of export.", "Choose tsv or hdf5.")
        self._check_sigpy()
        found = self.wanted(query, species)
        names = found.value.samples
        if not names:
            raise NotFound(f"No sample of {self.title} matches “{query[:60]}”.", "Search for other words.")
        if len(names) > counts.MOST_SAMPLES:
            what = f"{len(names):,} samples; ARCHS4 packs up to {counts.MOST_SAMPLES:,}."
            raise TooLarge(what, "Narrow the search, or download the HDF5 file.")
        with counts.table(names, species, _percent(on_progress)) as table:
            texts, _ = self._with_texts(found, list(table.samples), species)
            notes = (
                f"Samples that match “{_short(query)}”.",
                *_absent("samples", _lacking(names, table.samples)),
                FIRST_ROWS,
            )
            told = self.told(found, species, *notes, unit="counts (kallisto pseudo-counts)", n=len(table.samples))
            texts = texts.assign(all_series=texts["series"])
            with aside(target, folder=False) as part:
                counts_file.WRITERS[form](part, texts, _blocks(table, on_progress), told)
        return Answer(target.name, told)

    def _check_sigpy(self) -> None:
        allowed = settings.current().archs4.dialects
        if allowed and "sigpy" not in allowed:
            raise NotConfigured("Only sigpy gives counts of samples, and it is switched off.", "See EXPRONAUT_ARCHS4.")


def _by_sigpy() -> Served[None]:
    return Served(None, "sigpy", f"{sigpy.service().base}/data/samples", ())


def _percent(on_progress: Progress | None) -> counts.Progress:
    """Waiting is the first half of the way, fetching the second up to nine tenths, the rest is reading."""

    def tell(part: str, done: int, of: int) -> None:
        share = done / of if of else 0.0
        begin, end = (50, 90) if part.startswith("Fetching") else (0, 50)
        if on_progress:
            on_progress(min(end, int(begin + share * (end - begin))), 100)

    return tell


def _values(table: Table, wanted: set[str]) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """Counts of the wanted genes by their folded name (the first row of each), and library sizes over all rows."""
    sizes, found = np.zeros(len(table.samples)), dict[str, npt.NDArray[np.float64]]()
    for gene, row in table.rows():
        sizes += row
        if gene.casefold() in wanted:
            found.setdefault(gene.casefold(), row)
    return found, sizes


def _blocks(table: Table, on_progress: Progress | None) -> Blocks:
    rows = table.rows()
    while block := list(islice(rows, PIECE)):
        if on_progress:
            on_progress(95, 100)
        genes = [("" if _is_id(name) else name, name if _is_id(name) else "") for name, _ in block]
        named = [(symbol or ensembl, ensembl) for symbol, ensembl in genes]
        yield named, np.array([row for _, row in block]).round().astype(np.uint32)


def _short(query: str) -> str:
    return query if len(query) <= _LONG else f"{query[:_LONG]} …"


def _is_id(name: str) -> bool:
    return name.startswith("ENS")


def _lacking(asked: Sequence[str], came: Sequence[str]) -> list[str]:
    have = {name.casefold() for name in came}
    return [name for name in asked if name.casefold() not in have]


def _absent(what: str, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    told = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    return (f"Not among the counts that came: {len(names):,} {what}: {told}.",)
