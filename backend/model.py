"""What crosses the counter: frozen answers, their provenance, and the columns of every table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.model_rnaget import (
    ContinuousAnnotation,
    Feature,
    OpenedMatrix,
    RnagetAbout,
    RnagetChanges,
    RnagetEntry,
    RnagetFile,
    RnagetFilter,
    RnagetServer,
    SequenceAnnotation,
)
from backend.model_study import (
    AttributeSummary,
    Comparison,
    DataVersion,
    Finding,
    Invalid,
    LinkReport,
    Revision,
    Validation,
)

__all__ = [  # of the records of RNAget and of studies; what is defined here needs no entry
    "AttributeSummary",
    "Comparison",
    "ContinuousAnnotation",
    "DataVersion",
    "Feature",
    "Finding",
    "Invalid",
    "LinkReport",
    "OpenedMatrix",
    "Revision",
    "RnagetAbout",
    "RnagetChanges",
    "RnagetEntry",
    "RnagetFile",
    "RnagetFilter",
    "RnagetServer",
    "SequenceAnnotation",
    "Validation",
]

T = TypeVar("T")
Kind = Literal["real", "simulated", "live", "cached"]
State = Literal["ready", "partly down", "not answering", "offline"]
Species = Literal["human", "mouse"]
SPECIES: tuple[Species, ...] = ("human", "mouse")
Level = Literal["gene", "transcript", "meta"]
LEVELS: tuple[Level, ...] = ("gene", "transcript", "meta")
Pool = Literal["bulk", "single-cell", "both"]
POOLS: tuple[Pool, ...] = ("bulk", "single-cell", "both")

# Column order of every table. A source may leave out the columns marked optional in the design,
# and may add further scalar columns after these.
PROFILE_COLUMNS = ("tissue", "system", "median", "z")
PROFILE_BOX_COLUMNS = ("min", "q1", "median", "q3", "max")
COHORT_COLUMNS = ("cohort", "name", "unit", "value")
COEXPRESSION_COLUMNS = ("gene", "r", "n", "p", "q", "mean_expression")
SAMPLE_COLUMNS = (
    "sample",
    "series",
    "title",
    "source",
    "characteristics",
    "matched_field",
    "snippet",
)
NODE_COLUMNS = ("gene", "seed", "hop", "degree", "module", "mean_expression")
EDGE_COLUMNS = ("gene_a", "gene_b", "r", "n")
POINT_COLUMNS = ("sample", "series", "title", "value")
EDGE_TISSUE_COLUMNS = ("tissue", "system", "n", "r", "r_without")
PERCENTILE_COLUMNS = ("gene", "tissue", "system", "n", "value", "percentile")
TRIAGE_COLUMNS = ("entered", "status", "gene", "ensembl", "use", "note")


@dataclass(frozen=True)
class Cohort:
    """A group of samples the user named: the hits of a sample search."""

    name: str
    query: str


@dataclass(frozen=True)
class Choice:
    """Which samples a profile is made of, and how they weigh. Hashable, so that answers can be kept by it.

    pool: bulk, single-cell-like, or both. balanced: each series weighs once. cohorts: groups drawn beside the tissues.
    """

    pool: Pool = "bulk"
    balanced: bool = False
    cohorts: tuple[Cohort, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """Where numbers come from. Printed under every card and at the head of every file.

    unit: the unit of the numbers in the table as they stand, e.g. "log2(nTPM+1)".
    z_reference: the population z was computed against, in words, with its size.
    n: observations behind each number, where one number says it for the whole table.
    notes: missing genes, dropped duplicates, partial answers, in full sentences.
    held: where numbers lie that were neither fetched nor bundled, e.g. "local file of 12 May 2026"; else empty.
    """

    source: str
    title: str
    species: str
    version: str
    kind: Kind
    licence: str
    citations: tuple[str, ...]
    url: str = ""
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    stale: bool = False
    unit: str = ""
    transform: str = ""
    z_reference: str = ""
    n: int | None = None
    notes: tuple[str, ...] = ()
    held: str = ""

    def noting(self, *notes: str) -> Provenance:
        """The same provenance with further notes, each kept once."""
        return dataclasses.replace(self, notes=tuple(dict.fromkeys(self.notes + notes)))


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A value and where it comes from."""

    value: T
    provenance: Provenance


@dataclass(frozen=True)
class Page:
    """One page of a search. rows: SAMPLE_COLUMNS. facets: name -> (value -> number of samples)."""

    rows: pd.DataFrame
    total: int
    total_series: int
    offset: int
    limit: int
    facets: dict[str, dict[str, int]]


@dataclass(frozen=True)
class GeneInfo:
    """A gene as the name tables and a source know it.

    matched: how the typed name led here, e.g. "approved symbol", "alias", "previous symbol".
    orthologs: symbols in the other species. available: the source has expression for it.
    """

    symbol: str
    name: str
    species: str
    ensembl: str
    entrez: str
    gene_id: str
    aliases: tuple[str, ...]
    previous: tuple[str, ...]
    locus_type: str
    orthologs: tuple[str, ...]
    typed: str
    matched: str
    available: bool = True


@dataclass(frozen=True)
class Network:
    """A co-expression network. nodes: NODE_COLUMNS. edges: EDGE_COLUMNS, gene_a < gene_b.

    left_out: nodes and edges that the caps kept out, in words; empty when nothing was.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clustered:
    """Rows in clustered order. lines: dendrogram segments (positions, heights) in leaf units."""

    order: npt.NDArray[np.intp]
    lines: list[tuple[list[float], list[float]]]


@dataclass(frozen=True)
class SourceInfo:
    """One row of the table of sources. problem: why it cannot be used now, else None.

    health: a sentence for each service behind it, how it is now; state: all of them in a word.
    """

    key: str
    title: str
    homepage: str
    licence: str
    citation: str
    species: tuple[str, ...]
    kind: Kind
    version: str
    capabilities: tuple[str, ...]
    problem: str | None
    health: tuple[str, ...] = ()
    state: State = "ready"


@dataclass(frozen=True)
class CountVector:
    """The counts of one sample. counts: gene (as given), count (reads, 0 or more), line (from 1, where it stood).

    notes: what was done while reading, in full sentences.
    """

    counts: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileRef:
    """A file that a source offers. size in bytes; checksum as "algorithm:hex"."""

    name: str
    size: int | None
    url: str
    checksum: str | None


@dataclass(frozen=True)
class IndexProgress:
    """How far the making of an index is.

    part: what is being done, in words. done, of: in `unit`. speed: units a second; left: seconds; None when unknown.
    message, hint: why it failed, else empty.
    """

    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    part: str = ""
    done: int = 0
    of: int = 0
    unit: str = ""
    speed: float | None = None
    left: float | None = None
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Release:
    """A file that ARCHS4 publishes.

    level: "gene", "transcript" or "meta" (descriptions of samples only). version: "2.5", "latest".
    size: bytes; sha1: 40 hex digits; None, as all that follow, when it is not published.
    published: when. n_samples: samples in it. annotation: version of Ensembl.
    """

    name: str
    species: Species
    level: Level
    version: str
    url: str
    size: int | None = None
    sha1: str | None = None
    published: datetime | None = None
    n_samples: int | None = None
    annotation: int | None = None


@dataclass(frozen=True)
class Download:
    """A file on its way here. progress: None when it was not begun since the start of the program.

    here, size: bytes; size None when unknown. notes: what happened on the way, in full sentences.
    doubtful: it is here whole, but its sha1 or size is not as published; it can be kept all the same.
    """

    name: str
    folder: str
    here: int
    size: int | None
    progress: IndexProgress | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True)
class DownloadRoom:
    """Where downloads go. free: bytes. offline: no service is asked."""

    folder: str
    free: int
    offline: bool


@dataclass(frozen=True)
class LocalFile:
    """One ARCHS4 file of this machine, as the table of files shows it.

    layout: in words. size: bytes. index: none, partial, ready, outdated or building; note: more on it, in words.
    engine: how the counts are read, in a sentence; empty without an index. problem: why it cannot be used, else None.
    index_size: bytes of a finished index; small: it leaves out the big store; built: how it was made, in words.
    """

    key: str
    title: str
    file: str
    folder: str
    kind: Kind
    species: str
    layout: str
    version: str
    size: int
    n_genes: int
    n_samples: int
    index: str
    note: str
    engine: str
    problem: str | None
    progress: IndexProgress | None = None
    index_size: int = 0
    small: bool = False
    built: str = ""


@dataclass(frozen=True)
class IndexPlan:
    """What an index of a file will take, roughly. building, full, small, free: bytes; seconds: on two cores.

    building: disk space while it is made, for either kind; full, small: what each kind takes in the end.
    """

    building: int
    full: int
    small: int
    free: int
    seconds: float


@dataclass(frozen=True)
class LocalFiles:
    """What was found. ignored: files and folders that are not used: name -> why. folders: where was looked."""

    files: tuple[LocalFile, ...]
    ignored: dict[str, str]
    folders: tuple[str, ...]
