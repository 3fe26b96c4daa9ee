"""What an installation may change: environment first, then Streamlit secrets, then the default.

EXPRONAUT_DATA          folders or files of ARCHS4, separated as in PATH; a folder is looked through, not its folders;
                        spatial files (h5ad, GEM, GEF) may stand or lie there as well
EXPRONAUT_CACHE         where indexes of read-only folders and the demo cohort go
EXPRONAUT_SINGLE_CELL   samples above this probability are single-cell-like, 0 to 1
EXPRONAUT_TISSUE_RULES  a file of tissue rules instead of data/tissues/rules.csv
EXPRONAUT_DEMO          0: no demo cohort
EXPRONAUT_PUBLIC_URL    address to put into links
EXPRONAUT_OFFLINE       1: ask no service, show only what was kept
EXPRONAUT_KEEP          how long answers are taken as fresh, in days: "maayanlab.cloud=7, archs4.org=1"
EXPRONAUT_ARCHS4        which dialects of ARCHS4 to ask, in order: "auto", or some of sigpy, legacy, v1
EXPRONAUT_ARCHS4_REST   how long a service of ARCHS4 that failed is left alone, in seconds
EXPRONAUT_RNAGET        RNAget servers to ask: "gtex=https://gtexportal.org/rnaget, lab=https://lab.org/rnaget"
EXPRONAUT_RNAGET_TOKENS keys for them: "lab=secret"
EXPRONAUT_RNAGET_STORE  a folder of loom files that the RNAget server serves as well
EXPRONAUT_RNAGET_ONLY   what the RNAget server serves, by name of source, or "store"; empty: all local sources
EXPRONAUT_ODM           the Genestack ODM server to ask: "https://odm.lab.org"
EXPRONAUT_ODM_DIALECT   its addresses: "modern" (since about 1.57, the default) or "legacy"
EXPRONAUT_ODM_ROLE      ask as "user" (the default) or as "curator", who also imports and edits
EXPRONAUT_ODM_TOKEN     its Genestack API token, or
EXPRONAUT_ODM_BEARER    an access token of the identity provider instead: never both
EXPRONAUT_STOMICS_KEY   your API key of STOmics (stomics.io), as its account settings give it: sk-...
EXPRONAUT_STOMICS       its address, for a mirror; empty: https://stomics.io
EXPRONAUT_STOMICS_HOSTS hosts that may get the key when it sends there; empty: "stomics.io, www.stomics.io"
EXPRONAUT_STUDIES       folder of the lab's own studies
EXPRONAUT_SERVE         0: no HTTP API beside the dashboard
EXPRONAUT_SERVE_RATE    requests a second that one client of the HTTP API gets; 0: no limit
EXPRONAUT_SERVE_TOKEN   what clients of the HTTP API must send as bearer token; empty: anyone may ask
EXPRONAUT_SERVE_CORS    web sites whose pages may read the HTTP API, "https://a.org, https://b.org"; *: any
EXPRONAUT_SERVE_SOURCE  the source behind /archs4/api/v1

Base addresses of the services of ARCHS4, without a slash at the end:
EXPRONAUT_ARCHS4_V1  EXPRONAUT_ARCHS4_SIGPY  EXPRONAUT_ARCHS4_LEGACY  EXPRONAUT_ARCHS4_MATRIXAPI
EXPRONAUT_ARCHS4_SITE  EXPRONAUT_ARCHS4_FILES
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from backend import settings_services as services
from backend import settings_values as values
from backend.settings_services import Archs4, Odm, Rnaget, Serve, Stomics
from backend.settings_values import SINGLE_CELL

__all__ = ["ENDINGS", "LIST", "NAME", "ROOT", "SINGLE_CELL", "Archs4", "Odm", "Patience", "Rnaget", "Serve", "Settings"]
__all__ += ["SPATIAL", "Stomics", "current", "read", "use"]

ROOT = Path(__file__).resolve().parent.parent
NAME = "expronaut"
ENDINGS = (".h5", ".hdf5")
SPATIAL = (".h5ad", ".gef", ".gem", ".gz", ".tsv", ".txt")  # of spatial files
LIST = "files.txt"  # in `home`: further files and folders, one path a line

_DATA, _CACHE = ("XDG_DATA_HOME", ".local/share"), ("XDG_CACHE_HOME", ".cache")


def _base(environment: Mapping[str, str], variable: str, usual: str) -> Path:
    """Our folder under one of the XDG folders; relative ones do not count, as XDG says."""
    given = Path(environment.get(variable, ""))
    return (given if given.is_absolute() else Path.home() / usual) / NAME


@dataclass(frozen=True)
class Patience:
    """How the web is asked. Seconds, unless said otherwise.

    connect, read: until a connection stands, between two pieces of an answer. whole: for one answer.
    attempts: of one request, the first included. first_wait: before the second attempt, then doubled each time.
    longest_wait: the longest Retry-After that is waited for. per_second: requests a host gets in a second, at most.
    """

    connect: float = 5.0
    read: float = 60.0
    whole: float = 180.0
    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 20.0
    per_second: int = 10


@dataclass(frozen=True)
class Settings:
    """One frozen set of settings.

    bundled: folder of the data that ships with the app.
    public_url: address to put into links, for a server that others reach under another name
        than the browser shows; empty means the address in the browser.
    data: files of ARCHS4 and folders that hold some. home: the folder that remembers further ones.
    cache: folder for what can be made again. single_cell: see above. demo: offer the demo cohort.
    tissue_rules: the file of rules, None for the bundled one.
    rnaget: the RNAget servers to ask. odm: the Genestack ODM server to ask, None for none.
    stomics: how STOmics is asked. studies: folder of the lab's own studies.
    rnaget_store: folder of matrices to serve, None for none. rnaget_only: names of sources to serve, () for all.
    offline: no service is asked. keep: host -> seconds its answers are taken as fresh. most_kept: bytes of answers.
    """

    bundled: Path = ROOT / "data"
    public_url: str = ""
    data: tuple[Path, ...] = ()
    home: Path = field(default_factory=lambda: _base(os.environ, *_DATA))
    cache: Path = field(default_factory=lambda: _base(os.environ, *_CACHE))
    single_cell: float = SINGLE_CELL
    tissue_rules: Path | None = None
    demo: bool = True
    offline: bool = False
    keep: tuple[tuple[str, float], ...] = ()
    most_kept: int = 1_000_000_000
    patience: Patience = Patience()
    archs4: Archs4 = Archs4()  # noqa: RUF009  frozen
    serve: Serve = Serve()  # noqa: RUF009
    rnaget_store: Path | None = None
    rnaget_only: tuple[str, ...] = ()
    rnaget: tuple[Rnaget, ...] = ()
    odm: Odm | None = None
    stomics: Stomics = Stomics()  # noqa: RUF009
    studies: Path = field(default_factory=lambda: _base(os.environ, *_DATA) / "studies")

    @property
    def rules(self) -> Path:
        """The file of tissue rules in force."""
        return self.tissue_rules or self.bundled / "tissues" / "rules.csv"

    @property
    def demo_file(self) -> Path:
        """Where the demo cohort is, or will be."""
        return self.cache / "demo" / "human_gene_demo.h5"


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from a mapping of environment variables; an empty value is the default.

    Raises BadInput, naming the variable, for a value that cannot be used.
    """
    given = {name: value.strip() for name, value in environment.items()}
    home = _base(given, *_DATA)
    named = given.get("EXPRONAUT_DATA", "").split(os.pathsep)
    data = tuple(values.path("EXPRONAUT_DATA", text) for text in named if text)
    usual = next((path for path in data if path.suffix.lower() not in ENDINGS + SPATIAL), home)
    studies = given.get("EXPRONAUT_STUDIES", "")
    cache = given.get("EXPRONAUT_CACHE", "")
    rules = given.get("EXPRONAUT_TISSUE_RULES", "")
    store = given.get("EXPRONAUT_RNAGET_STORE", "")
    only = (name.strip() for name in given.get("EXPRONAUT_RNAGET_ONLY", "").split(","))
    return Settings(
        public_url=values.address("EXPRONAUT_PUBLIC_URL", given),
        data=data or (home,),
        home=usual,
        cache=values.path("EXPRONAUT_CACHE", cache) if cache else _base(given, *_CACHE),
        single_cell=values.share("EXPRONAUT_SINGLE_CELL", given.get("EXPRONAUT_SINGLE_CELL", "")),
        tissue_rules=values.file("EXPRONAUT_TISSUE_RULES", rules) if rules else None,
        demo=values.switch("EXPRONAUT_DEMO", given, usual=True),
        offline=values.switch("EXPRONAUT_OFFLINE", given, usual=False),
        keep=values.keep("EXPRONAUT_KEEP", given),
        archs4=services.archs4(given),
        serve=services.serve(given),
        rnaget_store=values.path("EXPRONAUT_RNAGET_STORE", store) if store else None,
        rnaget_only=tuple(dict.fromkeys(name for name in only if name)),
        rnaget=services.rnaget(given),
        odm=services.odm(given),
        stomics=services.stomics(given),
        studies=values.path("EXPRONAUT_STUDIES", studies) if studies else usual / "studies",
    )


def current() -> Settings:
    """The settings of this process: those in use, else those of the environment, read once."""
    return _in_use[-1] if _in_use else _of_environment()


@contextmanager
def use(settings: Settings) -> Iterator[Settings]:
    """These settings for the whole process until the end of the block, instead of the environment's."""
    _in_use.append(settings)
    try:
        yield settings
    finally:
        _in_use.pop()


_in_use: list[Settings] = []


@lru_cache(maxsize=1)
def _of_environment() -> Settings:
    return read(os.environ)
