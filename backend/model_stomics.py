"""Records of STOmics (stomics.io): data sets, their files, how it stands with the calls, and what a probe found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# Whether the schema of the service says of a point what we take for granted.
Verdict = Literal["confirmed", "contradicted", "unknown"]


@dataclass(frozen=True)
class StomicsStatus:
    """How STOmics is asked. base: its address. key_hint: the key as it may be shown ("sk-…abcd"), "" for none.

    calls_used: calls of the last hour, counted here; calls_left: of those one key has in an hour. resets_at: when the
    first of them is an hour old, in UTC; None when there was none.
    """

    base: str
    key_hint: str
    calls_used: int
    calls_left: int
    resets_at: datetime | None
    offline: bool


@dataclass(frozen=True)
class StomicsDataset:
    """A data set as the service tells of it. What is not told is "" or None; only accession and title are certain.

    technologies: (id, name), id None where none is told. technology, species, tissue, disease, stage: several values
    are joined by ", ". n_spots: cells or spots. references: (name of the field, value). more: further single values.
    """

    accession: str
    title: str
    download_count: int | None = None
    technologies: tuple[tuple[int | None, str], ...] = ()
    species: str = ""
    tissue: str = ""
    disease: str = ""
    stage: str = ""
    n_spots: int | None = None
    n_genes: int | None = None
    references: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, str], ...] = ()

    @property
    def technology(self) -> str:
        """Names of the technologies, "" when none is told."""
        return ", ".join(name for _, name in self.technologies)


@dataclass(frozen=True)
class StomicsPage:
    """A page of the list. total: data sets in all, as the service says. page: from 1. pages: computed from total.

    per_page: in force, less than was asked for where the service takes no more; page and pages count such pages then.
    technologies: (id, name) of all that were seen until now, for a filter.
    """

    total: int
    page: int
    pages: int
    per_page: int
    datasets: tuple[StomicsDataset, ...]
    technologies: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class StomicsDetail:
    """One data set. url: of its answer, which asks for the key. nested: names of fields that are no single values."""

    dataset: StomicsDataset
    url: str
    nested: tuple[str, ...] = ()


@dataclass(frozen=True)
class StomicsFile:
    """A file of a data set. name: as the service says, never a path to write to. file_type: any text.

    size: bytes, None when it is not told. checksum: algorithm and hexadecimal digest ("sha256:ab12…"), None if none.
    """

    id: str
    name: str
    file_type: str
    size: int | None
    checksum: str | None = None


@dataclass(frozen=True)
class StomicsPoint:
    """One point of a probe. path: route of the service. subject: what is compared. told: what the schema says of it.

    assumed: we only think so; otherwise the public page of the service says it.
    """

    path: str
    subject: str
    verdict: Verdict
    told: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class StomicsProbe:
    """What the service's own schema (OpenAPI) says of what we take for granted.

    version: of OpenAPI; title: of the service. saved: path of the copy of the document. shape: the answer of expression
    as we would read it, in words, "" when the schema does not tell. more: paths of the schema that we do not use.
    """

    title: str
    version: str
    points: tuple[StomicsPoint, ...]
    shape: str
    saved: str
    more: tuple[str, ...] = ()
