"""Records of files: species and levels, ARCHS4 files of this machine and their indexes, downloads, progress of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["real", "simulated", "live", "cached"]
Species = Literal["human", "mouse"]
SPECIES: tuple[Species, ...] = ("human", "mouse")
Level = Literal["gene", "transcript", "meta"]
LEVELS: tuple[Level, ...] = ("gene", "transcript", "meta")


@dataclass(frozen=True)
class IndexProgress:
    """How far the making of an index is.

    part: what is being done, in words. done, of: in `unit`. speed: units a second; left: seconds; None when unknown.
    message, hint: why it failed, else empty. ended: when, by time.monotonic() of this process; None until then.
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
    ended: float | None = None


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
class StomicsDownload:
    """A file of a data set of STOmics (stomics.io) that is on its way here, or has come.

    name: under which it is written, "file 42" before that is known. path: of the whole file, "" before its name is
    known; folder: where that is. here, size: bytes; size None when unknown. progress: None when it was not begun since
    the start of the program. notes, doubtful: as in Download. done: it is whole and in its place; form: what it can be
    opened as then ("h5ad", "gem", "gef"), "" when as no section.
    """

    accession: str
    file_id: str
    name: str
    path: str
    folder: str
    here: int = 0
    size: int | None = None
    progress: IndexProgress | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False
    done: bool = False
    form: str = ""


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
    index_size: bytes of a finished index; small: it leaves out the big store; built: how it was made, in words. ours:
    it was downloaded here, so that it can be deleted here.
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
    ours: bool = False


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
