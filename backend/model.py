"""What crosses the counter: frozen answers, their provenance, and the columns of every table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.model_catalogue import (
    CatalogueEntry,
    CatalogueInfo,
    CataloguePage,
    Opens,
)
from backend.model_files import (
    LEVELS,
    SPECIES,
    Download,
    DownloadRoom,
    IndexPlan,
    IndexProgress,
    Kind,
    Level,
    LocalFile,
    LocalFiles,
    Release,
    Species,
    StomicsDownload,
)
from backend.model_odm import (
    EXPRESSION_COLUMNS,
    Condition,
    OdmCard,
    OdmChain,
    OdmFacet,
    OdmFields,
    OdmGroup,
    OdmHistory,
    OdmKind,
    OdmObject,
    OdmOption,
    OdmRequest,
    OdmServer,
    OdmStudies,
    OdmStudy,
    OmicsFound,
    OmicsQuery,
    OmicsWhat,
)
from backend.model_odm_import import (
    OdmCall,
    OdmFile,
    OdmImport,
    OdmJob,
    OdmPart,
    OdmPartKind,
    OdmPatched,
    OdmPlan,
    OdmStep,
    OdmTarget,
    OdmTask,
    OdmValue,
    OdmWish,
)
from backend.model_own import (
    Duplicate,
    FileChoice,
    ImportOptions,
    OwnGroup,
    OwnMatrix,
    OwnObject,
    OwnStudy,
    StudyCheck,
    StudyPart,
)
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
from backend.model_spatial import (
    SPOT_COLUMNS,
    Section,
    SpatialFile,
    Spots,
    SpotScale,
)
from backend.model_stomics import (
    StomicsDataset,
    StomicsDetail,
    StomicsFile,
    StomicsPage,
    StomicsPoint,
    StomicsProbe,
    StomicsStatus,
)
from backend.model_study import (
    AttributeSummary,
    Comparison,
    DataVersion,
    Finding,
    Grouping,
    Invalid,
    LinkReport,
    Revision,
    Validation,
)

__all__ = [  # of the records of other files; what is defined here needs no entry
    "EXPRESSION_COLUMNS",
    "LEVELS",
    "SPECIES",
    "SPOT_COLUMNS",
    "AttributeSummary",
    "CatalogueEntry",
    "CatalogueInfo",
    "CataloguePage",
    "Comparison",
    "Condition",
    "ContinuousAnnotation",
    "DataVersion",
    "Download",
    "DownloadRoom",
    "Duplicate",
    "Feature",
    "FileChoice",
    "Finding",
    "Grouping",
    "ImportOptions",
    "IndexPlan",
    "IndexProgress",
    "Invalid",
    "Kind",
    "Level",
    "LinkReport",
    "LocalFile",
    "LocalFiles",
    "OdmCall",
    "OdmCard",
    "OdmChain",
    "OdmFacet",
    "OdmFields",
    "OdmFile",
    "OdmGroup",
    "OdmHistory",
    "OdmImport",
    "OdmJob",
    "OdmKind",
    "OdmObject",
    "OdmOption",
    "OdmPart",
    "OdmPartKind",
    "OdmPatched",
    "OdmPlan",
    "OdmRequest",
    "OdmServer",
    "OdmStep",
    "OdmStudies",
    "OdmStudy",
    "OdmTarget",
    "OdmTask",
    "OdmValue",
    "OdmWish",
    "OmicsFound",
    "OmicsQuery",
    "OmicsWhat",
    "OpenedMatrix",
    "Opens",
    "OwnGroup",
    "OwnMatrix",
    "OwnObject",
    "OwnStudy",
    "Release",
    "Revision",
    "RnagetAbout",
    "RnagetChanges",
    "RnagetEntry",
    "RnagetFile",
    "RnagetFilter",
    "RnagetServer",
    "Section",
    "SequenceAnnotation",
    "SpatialFile",
    "Species",
    "SpotScale",
    "Spots",
    "StomicsDataset",
    "StomicsDetail",
    "StomicsDownload",
    "StomicsFile",
    "StomicsPage",
    "StomicsPoint",
    "StomicsProbe",
    "StomicsStatus",
    "StudyCheck",
    "StudyPart",
    "Validation",
]

T = TypeVar("T")
State = Literal["ready", "partly down", "not answering", "offline"]
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
GROUP_POINT_COLUMNS = ("gene", "tissue", "sample", "series", "title", "value")
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
    by: of a study, what its samples are grouped by instead of its usual column (keys of groupings, up to two crossed).
    """

    pool: Pool = "bulk"
    balanced: bool = False
    cohorts: tuple[Cohort, ...] = ()
    by: tuple[str, ...] = ()


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
