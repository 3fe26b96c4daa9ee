"""Records of catalogues: what can be searched for data sets, and a page of what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.model_files import Kind

# What an entry leads to, with the ids it takes: a data set of STOmics (accession), a study of an RNAget server (server,
# study), of ODM (accession), of one's own (accession), a source (key, species), a section (key, species), a spatial
# file that is not open, and a file of the Files page.
Opens = Literal["stomics", "rnaget", "odm", "own", "source", "section", "section file", "files"]


@dataclass(frozen=True)
class CatalogueInfo:
    """A catalogue. live: it lies on the internet, so a search asks a service. what: its entries are called, plural.

    problem: why it cannot be asked now and what to do, else None.
    """

    name: str
    title: str
    live: bool
    what: str
    problem: str | None = None


@dataclass(frozen=True)
class CatalogueEntry:
    """A data set on a card; what is not told is "" or None. n: of `counted`, as in 24 samples or 5,000 spots.

    state: in a word where it is not simply there, as "no index". more: further facts as (name, value).
    """

    catalogue: str
    id: str
    title: str
    opens: Opens
    ids: tuple[str, ...] = ()
    organism: str = ""
    n: int | None = None
    counted: str = "samples"
    technology: str = ""
    date: str = ""
    description: str = ""
    more: tuple[tuple[str, str], ...] = ()
    kind: Kind = "real"
    state: str = ""


@dataclass(frozen=True)
class CataloguePage:
    """Entries `page` of `pages` of all that fit, in the order of their catalogue. total: None when nobody tells it."""

    entries: tuple[CatalogueEntry, ...]
    total: int | None
    page: int = 1
    pages: int = 1
