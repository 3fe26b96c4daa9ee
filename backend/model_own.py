"""Records of the lab's own studies: what a check found, what to import, and what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend.model_study import DataVersion, Finding, Kind, LinkReport


@dataclass(frozen=True)
class FileChoice:
    """What the user says of one file; what is left empty is found out.

    kind: what it is. form: "gct", "tsv" (of ODM), "table" (genes x samples), "h5ad", "loom". n_features, separator: of
    ODM's TSV. layer: of h5ad and loom. measurement: the only one to import. samples_in_rows: a table to be turned.
    link_to, link_by: as in ImportOptions. id_column: of samples without `Sample Source ID`, what stands for it.
    """

    file: str
    kind: Kind | Literal[""] = ""
    form: Literal["", "gct", "tsv", "table", "h5ad", "loom"] = ""
    n_features: int = 0
    separator: str = ""
    layer: str = ""
    measurement: str = ""
    samples_in_rows: bool = False
    link_to: Kind | Literal[""] = ""
    link_by: str = ""
    id_column: str = ""


@dataclass(frozen=True)
class ImportOptions:
    """How files become a study. What is left empty is found out.

    title: instead of what the study's file says. group_by: column that groups samples at first.
    link_to: what columns of expression files are: "samples" when empty, "libraries", "preparations".
    link_by: attribute of samples that they name, "" for `Sample Source ID`. accept: codes of findings to go on with.
    version_of: accession of the matrix that this is the next version of. into: accession of a study these files join.
    choices: of single files. allow_duplicates: store files again that are here already.
    """

    title: str = ""
    group_by: str = ""
    link_to: Kind | Literal[""] = ""
    link_by: str = ""
    accept: tuple[str, ...] = ()
    version_of: str = ""
    into: str = ""
    choices: tuple[FileChoice, ...] = ()
    allow_duplicates: bool = False


@dataclass(frozen=True)
class StudyPart:
    """A file of a study as a check sees it. form: in words, as "GCT 1.2". attributes: of a table, or of features.

    n_rows: records, or features. n_columns: attributes, or columns with numbers. measurements: of each column, ("",)
    for one without a name. layers: what else h5ad and loom hold. described_by: the file of its expression metadata, ""
    for none. made: it is no file, but was made of the columns of the expression.
    """

    file: str
    kind: Kind
    form: str
    n_rows: int
    n_columns: int
    attributes: tuple[str, ...] = ()
    measurements: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    described_by: str = ""
    made: bool = False


@dataclass(frozen=True)
class Duplicate:
    """A file whose bytes are stored already, as this object of this study."""

    file: str
    study: str
    accession: str
    title: str


@dataclass(frozen=True)
class StudyCheck:
    """Files before they are stored. links: (file, how it links), of expression, libraries and preparations.

    groupings: columns of the samples that put them into groups. blocking: codes of findings that keep the study out and
    are not accepted; demotable: those of them that may be. duplicates keep it out too, unless they are allowed.
    """

    title: str
    parts: tuple[StudyPart, ...]
    findings: tuple[Finding, ...]
    links: tuple[tuple[str, LinkReport], ...] = ()
    groupings: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    blocking: tuple[str, ...] = ()
    demotable: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Nothing but duplicates keeps the study out."""
        return not self.blocking


@dataclass(frozen=True)
class OwnGroup:
    """The objects of one file of metadata. accession: of the group. edited: values were changed since the import."""

    accession: str
    kind: Kind
    file: str
    n: int
    attributes: tuple[str, ...]
    edited: bool = False


@dataclass(frozen=True)
class OwnMatrix:
    """A version of an expression matrix. version.key: the source that it is in the app.

    measurement: which of the file's, "" for its only one. unit: of the numbers as stored. group: accession of the
    group its columns link to. columns: of its samples, what they can be grouped by. notes: what to know of it, in full
    sentences. problem: why it cannot be used, else None.
    """

    version: DataVersion
    file: str
    title: str
    measurement: str
    unit: str
    group: str
    link: LinkReport
    columns: tuple[str, ...]
    grouping: str
    imported: datetime
    size: int
    notes: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class OwnStudy:
    """A study of the lab. groups: study, samples, libraries, preparations, in this order. size: bytes on disk.

    links: (accession of the group, how it links) of libraries and preparations. notes: what to know before its matrices
    are compared. problem: why it cannot be read, else None; all else is empty then.
    """

    accession: str
    title: str
    imported: datetime
    changed: datetime
    n_samples: int
    groups: tuple[OwnGroup, ...]
    matrices: tuple[OwnMatrix, ...]
    links: tuple[tuple[str, LinkReport], ...] = ()
    size: int = 0
    notes: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class OwnObject:
    """A metadata object as it is now, or was: its attributes in the order of the table; a list has several values."""

    accession: str
    group: str
    attributes: tuple[tuple[str, str | tuple[str, ...] | None], ...]
