"""Records of RNAget: servers, what they list, opened matrices, and the annotations of v0.1.0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RnagetServer:
    """An RNAget server of the settings. has_token: a key is sent to it."""

    name: str
    base: str
    has_token: bool


@dataclass(frozen=True)
class RnagetAbout:
    """What a server says of itself. version: of the specification. lacking: collections it does not serve."""

    version: str
    title: str
    description: str
    formats: tuple[str, ...]
    units: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class RnagetEntry:
    """A project, study or expression. parent: the project of a study, the study of an expression; "" if not told."""

    id: str
    name: str
    description: str
    version: str
    parent: str
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RnagetFilter:
    """A filter of a collection. values: those the server lists, () for any."""

    name: str
    description: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class OpenedMatrix:
    """A matrix fetched from a server, which is a source by its key. columns: what is known of samples."""

    key: str
    title: str
    species: str
    n_genes: int
    n_samples: int
    unit: str
    columns: tuple[str, ...]
    grouping: str
    fetched_at: datetime


@dataclass(frozen=True)
class RnagetFile:
    """A file of v0.1.0 that a server offers. kind: "BAM" ..., study: "" if not told. url: where it is."""

    id: str
    version: str
    tags: tuple[str, ...]
    kind: str
    study: str
    url: str


@dataclass(frozen=True)
class RnagetChanges:
    """What changed in the data base of a server with a version."""

    version: str
    log: tuple[str, ...]


@dataclass(frozen=True)
class SequenceAnnotation:
    """A GFF file as a whole. reference: id of the genome it annotates."""

    id: str
    version: str
    tags: tuple[str, ...]
    name: str
    reference: str


@dataclass(frozen=True)
class Feature:
    """A line of a GFF file. start, end: zero-based. attributes: as (key, value). parent: "" for none."""

    id: str
    version: str
    tags: tuple[str, ...]
    accession: str
    name: str
    sequence: str
    start: int
    end: int
    strand: str
    kind: str
    parent: str
    children: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ContinuousAnnotation:
    """A value for each base of `sequence` from `start` (zero-based) on, without a gap; NaN where missing."""

    id: str
    version: str
    tags: tuple[str, ...]
    name: str
    sequence: str
    start: int
    strand: str
    values: tuple[float, ...]
