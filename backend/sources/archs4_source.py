"""What every local ARCHS4 file says of itself, its genes, and its index where there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import settings
from backend.archs4 import genes as gene_tables
from backend.archs4 import rules
from backend.archs4.genes import DUPLICATES, GeneTable
from backend.archs4.layout import Layout
from backend.archs4.tissues import CELL_LINE, UNLABELLED, Coverage
from backend.atlas import chunks, place
from backend.atlas.samples import SampleTable
from backend.errors import BadInput, NotConfigured, NotFound
from backend.model import Pool, Provenance, Species
from backend.sources.archs4_files import DEMO, Found
from backend.sources.base import Source

if TYPE_CHECKING:
    from backend.atlas.atlas import Atlas

UNIT = "log2(CPM+1)"
TRANSFORM = "log2(1 + count / library size × 1,000,000) of {}"
BUILD = "Build it on the Datasets page or with `python -m backend index FILE`."
ARCHS4_CITATION = (
    "Lachmann A et al. Massive mining of publicly available RNA-seq data from human and mouse. Nature Communications "
    "2018;9:1366. doi:10.1038/s41467-018-03751-6. Individual samples belong to their GEO series: list those used."
)
DEMO_CITATION = (
    "Simulated by Expronaut from tissue profiles of the Human Protein Atlas v23: Uhlén M et al. Tissue-based map of "
    "the human proteome. Science 2015;347:1260419. doi:10.1126/science.1260419"
)
OWN_TISSUES = "Tissues are read from the texts of GEO by keyword rules (data/tissues)."
EDITED = "The tissue rules were edited since the index was built; build it again to use them."

Places = npt.NDArray[np.int64]


class FileSource(Source):
    """A file as a source. Without an index only what is cheap can be asked; the rest is NotConfigured."""

    homepage = "https://archs4.org"
    licence = "CC BY-NC-SA 4.0, non-commercial use"
    citation = ARCHS4_CITATION
    counted = "kallisto pseudo-counts"

    def __init__(self, found: Found) -> None:
        self.found = found
        self.path = found.path
        self.name = found.key
        self.title = f"ARCHS4 {found.path.stem} (local file)"
        self.species = (found.layout.species if found.layout else _guessed(found.path.name),)
        date = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
        told = found.layout.version[:20] if found.layout else ""
        self.version = f"{told or 'no version'} ({date:%Y-%m-%d})" if found.size else "not there"
        self.held = f"local file of {date:%d %B %Y}"
        self._opened: tuple[str, Atlas] | None = None  # under the stamp it had then
        if found.simulated or found.key == DEMO:
            self._as_simulated()

    def _as_simulated(self) -> None:
        demo = self.found.key == DEMO
        self.title = "Demo cohort (simulated)" if demo else f"{self.path.stem} (simulated)"
        self.kind = "simulated"
        self.counted = "simulated counts"
        self.homepage = "https://www.proteinatlas.org"
        self.licence = "CC BY-SA 4.0 (simulated from data of the Human Protein Atlas)"
        self.citation = DEMO_CITATION
        self.held = "simulated on this machine"

    @property
    def normalised(self) -> str:
        """How values are made of counts."""
        return TRANSFORM.format(self.counted)

    def configured(self) -> str | None:
        """Why the file cannot be used, else None; a missing index is no obstacle to what is cheap."""
        return str(self.found.problem) if self.found.problem else None

    def stamp(self) -> str:
        """The file as it is now, and its index as it is."""
        pieces = []
        for path in (self.path, place.folder(self.path) / place.MANIFEST):
            try:
                seen = path.stat()
                pieces.append(f"{seen.st_size}-{seen.st_mtime_ns}")
            except OSError:
                pieces.append("none")
        return "-".join(pieces)

    @property
    def layout(self) -> Layout:
        """How the file is built. Raises what is wrong with it."""
        if self.found.layout is None:
            raise self.found.problem or NotConfigured(f"{self.path.name} cannot be used.", "Get it again.")
        return self.found.layout

    def is_indexed(self) -> bool:
        """Whether a complete index of this very file is there."""
        if not (place.folder(self.path) / place.MANIFEST).is_file():
            return False
        try:
            self.samples()
        except NotConfigured:
            return False
        return True

    def samples(self) -> SampleTable:
        """The sample table of the index. Raises NotConfigured when there is none."""
        return self.atlas().samples

    def atlas(self) -> Atlas:
        """The index. Raises NotConfigured, saying how to build it, when there is none to use."""
        layout, now = self.layout, self.stamp()
        if self._opened is not None and self._opened[0] == now:
            return self._opened[1]
        state = place.state(self.path)
        if (state.folder / place.MANIFEST).is_file() and state.kind != "outdated":
            from backend.atlas import atlas  # brings numba, which takes a second to import

            self._opened = now, atlas.opened(self.path)
            return self._opened[1]
        sentences = {
            "building": f"The index of {layout.path.name} is being built.",
            "outdated": f"The index of {layout.path.name} is outdated: {state.note}",
            "partial": f"The index of {layout.path.name} is not finished.",
        }
        what = sentences.get(state.kind, f"{layout.path.name} has no index yet, which this question needs.")
        raise NotConfigured(what, "Wait until it is done." if state.kind == "building" else BUILD)

    @property
    def table(self) -> GeneTable:
        """The genes of the file."""
        return self.atlas().genes if self.is_indexed() else self._own_table

    @cached_property
    def _own_table(self) -> GeneTable:
        return gene_tables.read(self.layout)

    def rows(self, names: list[str] | tuple[str, ...], species: Species) -> list[int]:
        """Rows of genes, each once, in the order of the names. Raises NotFound for an unknown one."""
        self.check_species(species)
        table = self.table
        return list(dict.fromkeys(table.row(name) for name in names))

    def row(self, name: str, species: Species) -> int:
        """The row of one gene."""
        return self.rows((name,), species)[0]

    def said(
        self,
        species: Species,
        pool: Pool | None = None,
        *,
        unit: str = UNIT,
        transform: str = "",
        z_reference: str = "",
        n: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> Provenance:
        """The provenance of an answer from the index, with what must be known of its samples."""
        found = self.atlas()
        common = (*self._pool_notes(found, pool), DUPLICATES, *self._engine_notes(found))
        return self.provenance(
            species,
            unit=unit,
            transform=transform or self.normalised,
            z_reference=z_reference,
            n=n,
            notes=(*notes, *common),
        )

    def _pool_notes(self, found: Atlas, pool: Pool | None) -> tuple[str, ...]:
        used = float(found.manifest.get("threshold", settings.SINGLE_CELL))
        wanted = settings.current().single_cell
        said = f"A sample is single-cell-like when ARCHS4 gives it a probability above {used:g}."
        changed = f"The setting is {wanted:g} by now; build the index again to use it." if wanted != used else ""
        edited = "" if found.manifest.get("rules") == rules.fingerprint() else EDITED
        return tuple(note for note in (said if pool else "", changed, edited) if note)

    def _engine_notes(self, found: Atlas) -> tuple[str, ...]:
        return () if found.index.pieces is not None else (chunks.why_slow(found.layout),)

    def coverage_note(self) -> tuple[str, ...]:
        """How far the tissue labels reach, from the index."""
        samples = self.atlas().samples
        labels = [str(label) for label in samples.labels]
        counted = np.bincount(np.asarray(samples.tissue), minlength=len(labels))
        of = {label: int(count) for label, count in zip(labels, counted, strict=True)}
        lines, unlabelled = of.get(CELL_LINE, 0), of.get(UNLABELLED, 0)
        found = Coverage(samples.n, samples.n - lines - unlabelled, lines, 0, unlabelled, pd.DataFrame())
        return (f"{OWN_TISSUES} {found.sentence()}",)

    def places_within(self, within: str, pool: Pool) -> Places:
        """Ascending places of "tissue:Liver", "series:GSE1" or "query:words" in a pool.

        Raises BadInput for another form, NotFound for an unknown tissue or series, or when nothing is left.
        """
        kind, _, what = within.partition(":")
        found, what = self.atlas(), what.strip()
        if not what or kind not in ("tissue", "series", "query"):
            hint = "Write tissue:Liver, series:GSE1 or query:words."
            raise BadInput(f"“{within[:40]}” is not a group of samples.", hint)
        if kind == "tissue":
            places = found.tissue_places(self.tissue(what), pool)
        elif kind == "query":
            places = found.places(what, pool)
        else:
            places = found.samples.series_places(what)
            places = places[found.index.inside(pool)[places]]
        if not len(places):
            raise NotFound(
                f"“{what[:60]}” has no {found.index.called(pool)} with reads.", "Choose other samples or another pool."
            )
        return np.asarray(places, dtype=np.int64)

    def tissue(self, name: str) -> str:
        """The tissue of this name, in any case. Raises NotFound with tissues there are."""
        labels = [str(label) for label in self.atlas().samples.labels]
        found = next((label for label in labels if label.casefold() == name.casefold()), None)
        if found is None:
            near = tuple(label for label in labels if name.casefold() in label.casefold())[:5] or tuple(labels[:5])
            raise NotFound(f"“{name[:40]}” is not a tissue of {self.title}.", f"There are: {', '.join(near)}.", near)
        return found


def noted(table: pd.DataFrame, *names: str) -> tuple[str, ...]:
    """The sentences that a table of the index carries in its attrs under these names."""
    return tuple(str(table.attrs[name]) for name in names if table.attrs.get(name))


def _guessed(file: str) -> Species:
    """The species of a file that cannot be read, by its name."""
    return "mouse" if "mouse" in file.casefold() else "human"
