"""Records of a Genestack ODM server: studies with facets, groups of data, omics queries and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from backend.model_study import DataVersion, Revision

OdmKind = Literal["studies", "samples", "libraries", "preparations"]
OdmFields = Literal["template", "applied", "all"]  # of the default template, of the study's own, everything
OmicsWhat = Literal["samples", "expression", "groups"]


@dataclass(frozen=True)
class OdmServer:
    """The server of the settings. sends: "token", "bearer" or "" for neither."""

    base: str
    dialect: str
    role: str
    sends: str

    @property
    def is_curator(self) -> bool:
        """Whether it is asked as a curator."""
        return self.role == "curator"


@dataclass(frozen=True)
class OdmOption:
    """A value of a facet, with the number of studies that have it. id: what a search takes, opaque."""

    id: str
    name: str
    count: int


@dataclass(frozen=True)
class OdmFacet:
    """An attribute studies can be chosen by. more: there are further values than those listed."""

    name: str
    options: tuple[OdmOption, ...]
    more: bool


@dataclass(frozen=True)
class OdmCard:
    """A study in the catalogue. summary: attributes of its samples with values. created: as the server says it."""

    accession: str
    title: str
    owner: str = ""
    created: str = ""
    summary: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class OdmStudies:
    """A page of the catalogue. total: studies that fit. facets: () with `without`, why the server gives none."""

    cards: tuple[OdmCard, ...]
    total: int
    offset: int
    limit: int
    facets: tuple[OdmFacet, ...] = ()
    without: str = ""


@dataclass(frozen=True)
class OdmObject:
    """A study, sample, library or preparation. group: the file it came with; "" for a study."""

    accession: str
    group: str
    attributes: tuple[tuple[str, str | float | tuple[str, ...] | None], ...]


@dataclass(frozen=True)
class OdmGroup:
    """The data of one file. facts: its metadata as text, empty ones left out. chain: "" outside of any (v0).

    n_leading: columns of features before those of runs when it is streamed. facts hold Data Class and so on.
    """

    accession: str
    name: str
    data_class: str
    normalization: str
    genome: str
    chain: str
    number: int
    active: bool
    n_leading: int
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class OdmStudy:
    """A study's page. groups: (accession, kind, number of objects) of its metadata. data: active versions first.

    missing: parts that the server would not give, in sentences.
    """

    accession: str
    title: str
    about: OdmObject
    groups: tuple[tuple[str, OdmKind, int], ...]
    data: tuple[OdmGroup, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class OdmChain:
    """Versions of one expression matrix, newest first. accession: of its chain, "" for files outside of any (v0)."""

    accession: str
    versions: tuple[DataVersion, ...]


@dataclass(frozen=True)
class Condition:
    """One condition of a filter: attribute, operator, value. Several values: any of them."""

    attribute: str
    operator: Literal["=", "!=", "<", ">"]
    values: tuple[str, ...]


@dataclass(frozen=True)
class OmicsQuery:
    """A question over linked objects. *_filter: in ODM's filter language; *_text: full text, with synonyms.

    study, studies: accessions. genes: features by name; any of them. threshold: the least value, None for any.
    ex_query: in ODM's words instead of genes and threshold; `Feature=X MinValue=2` is read too. versions: as
    useVersions: "", "*", "v2", "GSVC002:v3". narrower: terms below a dictionary term count too.
    measurement: of values that have several, "" for the first. page: objects a request.
    """

    study: str = ""
    studies: tuple[str, ...] = ()
    study_filter: str = ""
    study_text: str = ""
    sample_filter: str = ""
    sample_text: str = ""
    samples: tuple[str, ...] = ()
    library_filter: str = ""
    library_text: str = ""
    preparation_filter: str = ""
    preparation_text: str = ""
    expression_filter: str = ""
    genes: tuple[str, ...] = ()
    threshold: float | None = None
    ex_query: str = ""
    versions: str = ""
    measurement: str = ""
    narrower: bool = False
    fields: OdmFields = "all"
    page: int = 2_000


@dataclass(frozen=True)
class OdmRequest:
    """A request as it is sent, and how to send it elsewhere; the token is read from an environment variable."""

    title: str
    method: str
    url: str
    curl: str
    python: str


@dataclass(frozen=True)
class OmicsFound:
    """What an omics query found. table: one row an object, or a value. log: of the server, as it came.

    samples: genestack:accession, groupId, then the attributes. expression: feature, sample, value and so on
    (EXPRESSION_COLUMNS). whole: everything was read; else the first `n` only. requests: as they were sent.
    """

    table: pd.DataFrame
    n: int
    whole: bool
    log: tuple[str, ...]
    requests: tuple[OdmRequest, ...]
    notes: tuple[str, ...] = ()


EXPRESSION_COLUMNS = ("feature", "sample", "value", "measurement", "run", "run_id", "group", "library", "item")


@dataclass(frozen=True)
class OdmHistory:
    """Versions of a metadata object, newest first."""

    accession: str
    revisions: tuple[Revision, ...]
