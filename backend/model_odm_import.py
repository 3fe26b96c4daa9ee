"""Records of imports into a Genestack ODM server: what is wished, the calls of it, how far it is, and curation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.model_study import LinkReport

OdmPartKind = Literal["study", "samples", "libraries", "preparations", "expression"]
OdmTarget = Literal["samples", "libraries", "preparations"]
# sent: the request left, its answer never came. doubtful: and only the user can say whether it arrived.
OdmStepState = Literal["waiting", "sent", "running", "done", "failed", "doubtful"]
OdmValue = str | int | float | bool | tuple[str, ...] | None


@dataclass(frozen=True)
class OdmFile:
    """A file kept here until it is imported. sha256: of its bytes, in hexadecimal digits. size: in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class OdmPart:
    """One file of a study on its way to ODM: exactly one of link, file and accession says where it is.

    link: http(s) or s3, as the ODM server reaches it. accession: it is in ODM already, and is only linked.
    metadata_link, metadata_file: the one record about an expression file. template: accession, "" for the usual one.
    previous_version: accession of the expression group this one follows. n_features: columns at the left of an
    expression TSV. separator: between sample and measurement in its column names. target: what expression is linked
    to. linking_attribute: of the samples, "" for Sample Source ID. attributes: what a study that is in ODM already is
    to say of itself, by patching.
    """

    kind: OdmPartKind
    link: str = ""
    file: OdmFile | None = None
    accession: str = ""
    metadata_link: str = ""
    metadata_file: OdmFile | None = None
    template: str = ""
    previous_version: str = ""
    data_class: str = ""
    n_features: int | None = None
    separator: str = ""
    target: OdmTarget = "samples"
    linking_attribute: str = ""
    attributes: tuple[tuple[str, OdmValue], ...] = ()


@dataclass(frozen=True)
class OdmWish:
    """A study to import. parts: in any order. allow_dups: import again what the server knows already (for tests)."""

    title: str
    parts: tuple[OdmPart, ...]
    allow_dups: bool = False


@dataclass(frozen=True)
class OdmCall:
    """A request the import will send. path: with words in braces where an accession is not known yet.

    body: JSON, "" for none. fields, files: of an upload, by name. follows: what comes of it. curl, python: the same
    call; the token is read from the environment.
    """

    step: str
    part: str
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    body: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]
    follows: str
    curl: str
    python: str


@dataclass(frozen=True)
class OdmPlan:
    """Everything an import will do. key: equal for equal plans on the same server, so that one begun goes on.

    notes: what to know before. text: all calls as plain text.
    """

    key: str
    title: str
    server: str
    calls: tuple[OdmCall, ...]
    notes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class OdmStep:
    """How far a step is. part: in words, as "Importing samples". what: the name of its file.

    accession: of what it made. job: number of the job of the server, None before there is one. message: what went
    wrong, or is worth knowing. link: how columns match, of a step that links expression.
    """

    key: str
    part: str
    state: OdmStepState
    accession: str = ""
    job: int | None = None
    message: str = ""
    link: LinkReport | None = None
    what: str = ""


@dataclass(frozen=True)
class OdmImport:
    """An import that was begun, as its journal tells. study: its accession, "" while there is none.

    finished: every step is done. begun, changed: UTC, as ISO text.
    """

    key: str
    title: str
    server: str
    study: str
    steps: tuple[OdmStep, ...]
    finished: bool
    begun: str
    changed: str


@dataclass(frozen=True)
class OdmJob:
    """A job of an ODM server. created, ended: as the server writes them, made alike where they can be read."""

    number: int
    name: str
    status: str
    started_by: str = ""
    created: str = ""
    ended: str = ""


@dataclass(frozen=True)
class OdmPatched:
    """An object after a patch. attributes: as the server gave them back. warnings: of the server."""

    accession: str
    attributes: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class OdmTask:
    """A task of an ODM server, such as publishing. done: it ended well."""

    key: str
    name: str
    status: str
    done: bool
