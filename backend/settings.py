"""What an installation may change: environment first, then Streamlit secrets, then the default.

EXPRONAUT_DATA          folders or files of ARCHS4, separated as in PATH; a folder is looked through, not its folders
EXPRONAUT_CACHE         where indexes of read-only folders and the demo cohort go
EXPRONAUT_SINGLE_CELL   samples above this probability are single-cell-like, 0 to 1
EXPRONAUT_TISSUE_RULES  a file of tissue rules instead of data/tissues/rules.csv
EXPRONAUT_DEMO          0: no demo cohort
EXPRONAUT_PUBLIC_URL    address to put into links
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from backend.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
NAME = "expronaut"
ENDINGS = (".h5", ".hdf5")
LIST = "files.txt"  # in `home`: further files and folders, one path a line
SINGLE_CELL = 0.5
_SWITCH = {"": True, "1": True, "0": False}


def _base(environment: Mapping[str, str], variable: str, usual: str) -> Path:
    """Our folder under one of the XDG folders; relative ones do not count, as XDG says."""
    given = Path(environment.get(variable, ""))
    return (given if given.is_absolute() else Path.home() / usual) / NAME


@dataclass(frozen=True)
class Settings:
    """One frozen set of settings.

    bundled: folder of the data that ships with the app.
    public_url: address to put into links, for a server that others reach under another name
        than the browser shows; empty means the address in the browser.
    data: files of ARCHS4 and folders that hold some. home: the folder that remembers further ones.
    cache: folder for what can be made again. single_cell: see above. demo: offer the demo cohort.
    tissue_rules: the file of rules, None for the bundled one.
    """

    bundled: Path = ROOT / "data"
    public_url: str = ""
    data: tuple[Path, ...] = ()
    home: Path = Path.home() / ".local" / "share" / NAME
    cache: Path = Path.home() / ".cache" / NAME
    single_cell: float = SINGLE_CELL
    tissue_rules: Path | None = None
    demo: bool = True

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
    return Settings(
        public_url=_public_url(given.get("EXPRONAUT_PUBLIC_URL", "")),
        data=data or (home,),
        home=next((path for path in data if path.suffix.lower() not in ENDINGS), home),
        cache=_path("EXPRONAUT_CACHE", cache) if cache else _base(given, "XDG_CACHE_HOME", ".cache"),
        single_cell=_share("EXPRONAUT_SINGLE_CELL", given.get("EXPRONAUT_SINGLE_CELL", "")),
        tissue_rules=_file("EXPRONAUT_TISSUE_RULES", rules) if rules else None,
        demo=_switch("EXPRONAUT_DEMO", given.get("EXPRONAUT_DEMO", "")),
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


def _public_url(text: str) -> str:
    url = text.rstrip("/")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise BadInput(
            "EXPRONAUT_PUBLIC_URL is not a web address.",
            "Give an address that starts with http:// or https://, or leave it out.",
        )
    return url


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


def _switch(name: str, text: str) -> bool:
    if text not in _SWITCH:
        raise BadInput(f"{name} is “{text[:20]}”.", "Give 1 or 0, or leave it out.")
    return _SWITCH[text]
