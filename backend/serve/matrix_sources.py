"""The sources of this machine as matrices: the bundled atlas, ARCHS4 files with counts, own studies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend import hdf5, settings
from backend.archs4 import counts as archs4_counts
from backend.archs4 import opening
from backend.errors import NotConfigured
from backend.serve.matrix import (
    UNKNOWN,
    About,
    Columns,
    Held,
    Labels,
    Matrix,
    Places,
    Values,
    as_float32,
    as_id,
    feature_labels,
    once,
    one_line,
    plain,
)
from backend.sources.archs4_source import BUILD, FileSource
from backend.sources.base import Source
from backend.sources.hpa import HumanProteinAtlas
from backend.sources.hpa_atlas import GENES, TISSUES, atlas
from backend.sources.own import OwnMatrix

MOST_UNINDEXED = 2_000  # samples read without an index, about 3 ms each
MOST_COLUMNS = 100_000  # samples of one answer
COUNTS, CPM, LOGGED = "counts", "CPM", "log2(CPM+1)"
SIMULATED = "SIMULATED: made by a program, not measured. Do not use it as data."


class HpaMatrix(Held):
    """50 tissues, a column each."""

    units = ("nTPM", "log2(nTPM+1)")

    def __init__(self, source: Source) -> None:
        data = atlas()
        super().__init__(
            data.ensembl,
            data.labels,
            ["HPA:" + key for key in data.tissues["key"]],
            {"condition": ["normal tissue"] * TISSUES, "tissue": data.tissue_labels},
        )
        self.about = About(
            id="hpa",
            version=source.version,
            project="human-protein-atlas",
            project_name="Human Protein Atlas",
            project_description=f"{source.homepage}; {source.licence}",
            study="hpa-v23",
            study_name="Human Protein Atlas v23, 50 normal tissues",
            name=source.title,
            description="Consensus nTPM of 50 normal tissues: one value a tissue, no replicates.",
            genome="GRCh38",
            notes=(f"Licence: {source.licence}", f"Cite: {source.citation}"),
        )

    def values(self, rows: Places, columns: Places, unit: str) -> Values:
        if unit == self.units[0]:
            return self._linear[np.ix_(rows, columns)]
        return as_float32(atlas().log_tissue[np.ix_(rows, columns)])

    @cached_property
    def _linear(self) -> Values:
        with hdf5.opened(settings.current().bundled / "hpa" / "hpa_v23.h5") as file:
            return hdf5.matrix(file, "tissue/expression", (GENES, TISSUES))


class Archs4Matrix(Matrix):
    """Counts of a file. Samples are read from its index, without one from the file, then only a few at a time."""

    units = (LOGGED, COUNTS, CPM)
    block = 2_000_000  # a piece of the file holds 2,000 genes: reading it twice costs as much as twice the genes

    def __init__(self, source: FileSource) -> None:
        self.source = source
        self.indexed = source.is_indexed()
        table = source.table
        self.ids, self.names = feature_labels(table.ensembl, table.labels)
        self.n_samples = source.layout.n_samples
        self.most_samples = MOST_COLUMNS if self.indexed else MOST_UNINDEXED
        if not self.indexed:
            self.too_many = f"The file has no index. {BUILD}"
        simulated = source.kind == "simulated"
        own = as_id(source.name)
        self.about = About(
            id=own,
            version=as_id(source.version),
            project="simulated" if simulated else "archs4",
            project_name="SIMULATED cohorts" if simulated else "ARCHS4",
            project_description=SIMULATED if simulated else f"{source.homepage}; {source.licence}",
            study=f"study-{own}",
            study_name=f"SIMULATED: {source.title}" if simulated else source.title,
            name=f"SIMULATED: {source.title}" if simulated else source.title,
            description=self._described(simulated),
            genome=_genome(source),
            notes=(f"Values: {source.normalised}", f"Licence: {source.licence}", f"Cite: {source.citation}"),
            simulated=simulated,
        )

    def _described(self, simulated: bool) -> str:
        layout = self.source.layout
        what = f"{self.source.counted} of {layout.n_genes:,} {layout.kind}s in {self.n_samples:,} samples"
        tissues = "tissues by keyword rules" if self.indexed else "without an index, so tissues are not known"
        return f"{SIMULATED + ' ' if simulated else ''}{what}; {tissues}."

    def find_samples(self, names: Sequence[str]) -> Places:
        if self.indexed:
            return np.unique(self.source.samples().places_of(names)[0])
        return self._accessions.find(names)

    def columns(self, places: Places) -> Columns:
        if not self.indexed:
            return Columns(self._accessions.at(places), [UNKNOWN] * len(places), [UNKNOWN] * len(places))
        rows = self.source.samples().rows(places)
        named = ([plain(text) or UNKNOWN for text in rows[name]] for name in ("pool", "tissue"))
        return Columns(once([plain(text) for text in rows["sample"]], "column"), *named)

    def having(self, field: str, values: Sequence[str]) -> Places:
        if not self.indexed:
            return np.empty(0, dtype=np.int64)
        wanted, table = {value.casefold() for value in values}, self.source.samples()
        if field == "condition":
            chosen = np.array(["bulk" in wanted, "single-cell" in wanted])[np.asarray(table.single, dtype=np.int64)]
        else:
            known = np.array([plain(str(label)).casefold() in wanted for label in table.labels])
            chosen = known[np.asarray(table.tissue, dtype=np.int64)]
        return np.flatnonzero(chosen).astype(np.int64)

    def choices(self, field: str) -> tuple[str, ...]:
        if not self.indexed:
            return ()
        if field == "condition":
            return ("bulk", "single-cell")
        return tuple(sorted({plain(str(label)) for label in self.source.samples().labels}))

    def values(self, rows: Places, columns: Places, unit: str) -> Values:
        if not self.indexed:
            return self._without_index(rows, columns, unit)
        found = self.source.atlas()
        if unit == LOGGED:
            return as_float32(found.values(rows, columns))
        counted = found.counts(rows, columns)
        return as_float32(counted if unit == COUNTS else per_million(counted, found.libraries[columns]))

    def _without_index(self, rows: Places, columns: Places, unit: str) -> Values:
        layout = self.source.layout
        if unit == LOGGED:
            return as_float32(archs4_counts.log_cpm(layout, rows, columns))
        counted = archs4_counts.counts(layout, rows, columns)
        if unit == COUNTS:
            return as_float32(counted)
        return as_float32(per_million(counted, archs4_counts.library_sizes(layout, columns)))

    @cached_property
    def _accessions(self) -> Labels:
        layout = self.source.layout
        with layout.opened() as file:
            return Labels(once([plain(name) for name in opening.texts(file[layout.accession])], "column"))


class OwnStudyMatrix(Held):
    """A matrix of an own study, in the unit it is shown in and as it was measured.

    Tissue is the column its samples are grouped by; condition the column of that name, or the disease.
    """

    def __init__(self, source: OwnMatrix) -> None:
        head, entry = source.head, source.found.entry
        samples = head.samples
        named = {str(name).casefold(): name for name in reversed(samples.columns)}
        told = next((named[name] for name in ("condition", "disease") if name in named), "")
        fields = {"condition": told, "tissue": source.grouping}
        columns: dict[str, Sequence[str]] = {
            field: [str(text) for text in samples[name]] if name else [""] * len(samples)
            for field, name in fields.items()
        }
        super().__init__(head.ids, source.table.labels, [str(name) for name in samples["sample"]], columns)
        self.store, self.scale, self.shown = source.store, head.scale, head.scale.unit
        self.units = tuple(dict.fromkeys((self.shown, head.unit or "value")))
        own = source.found.study
        facts = dict(own.facts(entry))
        self.about = About(
            id=as_id(source.name),
            version=as_id(f"{entry.chain}v{entry.number}" if entry.chain else "v1"),
            project="own-studies",
            project_name="Own studies",
            project_description="Studies of this lab, imported from its files.",
            study=as_id(f"study-{own.accession.lower()}"),
            study_name=one_line(own.title),
            name=one_line(source.title),
            description=one_line(f"{self.n_features:,} features in {self.n_samples:,} samples, {source.version}."),
            genome=one_line(facts.get("Genome Version", "")),
            notes=(*(one_line(note) for note in head.notes), one_line(f"Cite: {source.citation}")),
        )

    def values(self, rows: Places, columns: Places, unit: str) -> Values:
        ends = np.flatnonzero(np.diff(rows) != 1) + 1  # rows that follow each other are read at once
        runs = [run for run in np.split(rows, ends) if len(run)]
        read = [self.store.measured(int(run[0]), int(run[-1]) + 1)[:, columns] for run in runs]
        found = np.concatenate(read) if read else np.empty((0, len(columns)))
        return as_float32(self.scale.apply(found) if unit == self.shown else found)


def _genome(source: FileSource) -> str:
    """ARCHS4 counted with Ensembl 90 at first, and with Ensembl 107 from its version 2 on."""
    if source.species[0] == "human":
        return "GRCh38"
    return "GRCm38" if source.layout.family == "v1" else "GRCm39"


def per_million(counted: npt.NDArray[np.uint32], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """CPM of counts (features, samples) with library sizes (samples,); NaN in a sample without reads."""
    return np.asarray(counted * (1e6 / np.where(sizes > 0, sizes, np.nan)))


def of_source(source: Source) -> Matrix | None:
    """A source as a matrix; None when it is asked over the internet or holds no values of samples.

    Raises NotConfigured and BadAnswer for a file that cannot be used.
    """
    if source.kind == "live":
        return None
    if isinstance(source, HumanProteinAtlas):
        return HpaMatrix(source)
    if isinstance(source, FileSource) and source.found.layout is not None and source.layout.kind != "metadata":
        if problem := source.configured():
            raise NotConfigured(problem)
        return Archs4Matrix(source)
    if isinstance(source, OwnMatrix):
        if problem := source.configured():
            raise NotConfigured(problem)
        return OwnStudyMatrix(source)
    return None
