"""What an installation may change: environment first, then Streamlit secrets, then the default.

EXPRONAUT_DATA          folders or files of ARCHS4, separated as in PATH; a folder is looked through, not its folders
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
from typing import Any
from urllib.parse import urlsplit

from backend.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
NAME = "expronaut"
ENDINGS = (".h5", ".hdf5")
LIST = "files.txt"  # in `home`: further files and folders, one path a line
SINGLE_CELL = 0.5
_SWITCH = {"1": True, "0": False}
DIALECTS = ("sigpy", "legacy", "v1")
_DAY = 86_400.0


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
class Archs4:
    """Where the services of ARCHS4 are. dialects: which to ask, in order; () for the usual ones of each question.

    site: its versions of files; files: the host of the files. rest: seconds a dialect that failed is left alone.
    """

    dialects: tuple[str, ...] = ()
    v1: str = "https://maayanlab.cloud/archs4/api/v1"
    sigpy: str = "https://maayanlab.cloud/sigpy"
    legacy: str = "https://maayanlab.cloud/archs4/search"
    matrixapi: str = "https://maayanlab.cloud/matrixapi"
    site: str = "https://archs4.org"
    files: str = "https://s3.dev.maayanlab.cloud/archs4/files"
    rest: float = 30.0
    poll: float = 5.0


@dataclass(frozen=True)
class Serve:
    """The HTTP API. mounted: it stands beside the dashboard. rate: requests a second for each client, 0 for no limit.

    token: asked of every client, "" for none. cors: origins whose pages may read answers, ("*",) for any.
    source: name of the source behind /archs4/api/v1, "" for the best one there is.
    """

    mounted: bool = True
    rate: float = 10.0
    token: str = field(default="", repr=False)
    cors: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Rnaget:
    """An RNAget server to ask. token: sent to it as bearer token, "" for none."""

    name: str
    base: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """One frozen set of settings.

    bundled: folder of the data that ships with the app.
    public_url: address to put into links, for a server that others reach under another name
        than the browser shows; empty means the address in the browser.
    data: files of ARCHS4 and folders that hold some. home: the folder that remembers further ones.
    cache: folder for what can be made again. single_cell: see above. demo: offer the demo cohort.
    tissue_rules: the file of rules, None for the bundled one.
    rnaget: the RNAget servers to ask.
    rnaget_store: folder of matrices to serve, None for none. rnaget_only: names of sources to serve, () for all.
    offline: no service is asked. keep: host -> seconds its answers are taken as fresh. most_kept: bytes of answers.
    """

    bundled: Path = ROOT / "data"
    public_url: str = ""
    data: tuple[Path, ...] = ()
    home: Path = Path.home() / ".local" / "share" / NAME
    cache: Path = Path.home() / ".cache" / NAME
    single_cell: float = SINGLE_CELL
    tissue_rules: Path | None = None
    demo: bool = True
    offline: bool = False
    keep: tuple[tuple[str, float], ...] = ()
    most_kept: int = 1_000_000_000
    patience: Patience = Patience()
    archs4: Archs4 = Archs4()
    serve: Serve = Serve()
    rnaget_store: Path | None = None
    rnaget_only: tuple[str, ...] = ()
    rnaget: tuple[Rnaget, ...] = ()

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
    home = _base(given, "XDG_DATA_HOME", ".local/share")
    data = tuple(_path("EXPRONAUT_DATA", text) for text in given.get("EXPRONAUT_DATA", "").split(os.pathsep) if text)
    cache = given.get("EXPRONAUT_CACHE", "")
    rules = given.get("EXPRONAUT_TISSUE_RULES", "")
    store = given.get("EXPRONAUT_RNAGET_STORE", "")
    only = (name.strip() for name in given.get("EXPRONAUT_RNAGET_ONLY", "").split(","))
    return Settings(
        public_url=_address("EXPRONAUT_PUBLIC_URL", given),
        data=data or (home,),
        home=next((path for path in data if path.suffix.lower() not in ENDINGS), home),
        cache=_path("EXPRONAUT_CACHE", cache) if cache else _base(given, "XDG_CACHE_HOME", ".cache"),
        single_cell=_share("EXPRONAUT_SINGLE_CELL", given.get("EXPRONAUT_SINGLE_CELL", "")),
        tissue_rules=_file("EXPRONAUT_TISSUE_RULES", rules) if rules else None,
        demo=_switch("EXPRONAUT_DEMO", given, usual=True),
        offline=_switch("EXPRONAUT_OFFLINE", given, usual=False),
        keep=_keep("EXPRONAUT_KEEP", given),
        archs4=_archs4(given),
        serve=_serve(given),
        rnaget_store=_path("EXPRONAUT_RNAGET_STORE", store) if store else None,
        rnaget_only=tuple(dict.fromkeys(name for name in only if name)),
        rnaget=_rnaget(given),
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


def _address(name: str, given: Mapping[str, str], usual: str = "") -> str:
    url = given.get(name, "").rstrip("/") or usual
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for a port that is no number
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        plain = url.isprintable() and not set(url) & set(" \\?#")
    except ValueError:
        named = False
    if url and not (named and plain):
        raise BadInput(
            f"{name} is not a web address.",
            "Give an address that starts with http:// or https:// and holds no password, ? or #, or leave it out.",
        )
    return url


def _archs4(given: Mapping[str, str]) -> Archs4:
    usual = Archs4()
    listed = [name.strip().lower() for name in given.get("EXPRONAUT_ARCHS4", "").split(",") if name.strip()]
    dialects = tuple(dict.fromkeys(listed)) if listed != ["auto"] else ()
    if unknown := [name for name in dialects if name not in DIALECTS]:
        raise BadInput(
            f"EXPRONAUT_ARCHS4 names “{unknown[0][:20]}”.", f"Give auto, or some of {', '.join(DIALECTS)}, in order."
        )
    bases: dict[str, Any] = {
        name: _address(f"EXPRONAUT_ARCHS4_{name.upper()}", given, getattr(usual, name))
        for name in ("v1", "sigpy", "legacy", "matrixapi", "site", "files")
    }
    return Archs4(dialects, **bases, rest=_seconds("EXPRONAUT_ARCHS4_REST", given, usual.rest))


def _serve(given: Mapping[str, str]) -> Serve:
    token = given.get("EXPRONAUT_SERVE_TOKEN", "")
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        hint = "Give letters, digits and signs without a blank, or leave it out."
        raise BadInput("EXPRONAUT_SERVE_TOKEN holds a character that no header can carry.", hint)
    return Serve(
        mounted=_switch("EXPRONAUT_SERVE", given, usual=True),
        rate=_number("EXPRONAUT_SERVE_RATE", given, Serve.rate, "requests a second, for example 10, or 0 for no limit"),
        token=token,
        cors=_origins("EXPRONAUT_SERVE_CORS", given),
        source=given.get("EXPRONAUT_SERVE_SOURCE", ""),
    )


def _origins(name: str, given: Mapping[str, str]) -> tuple[str, ...]:
    listed = [text.strip() for text in given.get(name, "").split(",") if text.strip()]
    if listed == ["*"]:
        return ("*",)
    origins = [_address(name, {name: text}) for text in listed]
    if any(urlsplit(origin).path for origin in origins):
        raise BadInput(f"{name} holds an address with a path.", "Give origins, for example https://lab.org, or *.")
    return tuple(dict.fromkeys(origin.lower() for origin in origins))


def _rnaget(given: Mapping[str, str]) -> tuple[Rnaget, ...]:
    tokens = _pairs("EXPRONAUT_RNAGET_TOKENS", given, "Write a name and a key, as in lab=abc.")
    servers = _pairs("EXPRONAUT_RNAGET", given, "Write a name and an address, as in lab=https://lab.org/rnaget.")
    if unknown := [name for name in tokens if name not in servers]:
        hint = "Name it in EXPRONAUT_RNAGET too."
        raise BadInput(f"EXPRONAUT_RNAGET_TOKENS names “{unknown[0][:20]}”, which is no server.", hint)
    return tuple(
        Rnaget(name, _address("EXPRONAUT_RNAGET", {"EXPRONAUT_RNAGET": base}), tokens.get(name, ""))
        for name, base in servers.items()
    )


def _pairs(name: str, given: Mapping[str, str], hint: str) -> dict[str, str]:
    """name=value, separated by commas. A value is never told in an error: it may be a key."""
    found: dict[str, str] = {}
    for piece in (piece.strip() for piece in given.get(name, "").split(",")):
        key, _, value = (part.strip() for part in piece.partition("="))
        known = key.replace("-", "").replace("_", "")
        if piece and not (value and known.isascii() and known.isalnum() and len(key) <= 30):
            raise BadInput(f"{name} holds a piece that is not name=value.", hint)
        if piece:
            found[key.lower()] = value
    return found


def _keep(name: str, given: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    kept: dict[str, float] = {}
    for piece in (piece.strip() for piece in given.get(name, "").split(",")):
        host, _, days = (part.strip() for part in piece.partition("="))
        if piece and not (host and days.replace(".", "", 1).isdecimal()):
            raise BadInput(f"{name} holds “{piece[:40]}”.", "Write a host and days, as in maayanlab.cloud=7.")
        if piece:
            kept[host.lower()] = float(days) * _DAY
    return tuple(kept.items())


def _path(name: str, text: str) -> Path:
    try:
        return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100  links are kept as given
    except (RuntimeError, ValueError) as error:  # no such home folder; a NUL
        raise BadInput(f"{name} holds “{text[:60]}”, which is no path.", "Give the path of a folder.") from error


def _file(name: str, text: str) -> Path:
    path = _path(name, text)
    if not path.is_file():
        raise BadInput(f"{name} names {path.name}, which is not a file.", "Give the path of a file, or leave it out.")
    return path


def _share(name: str, text: str) -> float:
    try:
        number = float(text) if text else SINGLE_CELL
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give a number from 0 to 1, for example {SINGLE_CELL}.")
    return number


def _seconds(name: str, given: Mapping[str, str], usual: float) -> float:
    return _number(name, given, usual, "seconds, for example 30, or leave it out")


def _number(name: str, given: Mapping[str, str], usual: float, what: str) -> float:
    text = given.get(name, "")
    if text and not (text.replace(".", "", 1).isdecimal() and text.isascii()):
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give {what}.")
    return float(text) if text else usual


def _switch(name: str, given: Mapping[str, str], usual: bool) -> bool:
    text = given.get(name, "")
    if text and text not in _SWITCH:
        raise BadInput(f"{name} is “{text[:20]}”.", "Give 1 or 0, or leave it out.")
    return _SWITCH.get(text, usual)
