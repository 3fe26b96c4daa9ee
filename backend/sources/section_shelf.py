"""Open sections: spatial files that somebody opened, each a source of its own; and files that can be opened.

<cache>/spatial/<key>.json   which file, of which size and time, at which bin, and what is known of it
The file itself stays where it is. Its copy sorted by gene lies in the cache (backend/section/store.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py

from backend import settings
from backend.aside import renamed
from backend.errors import BadAnswer, BadInput, ExpronautError, NotConfigured, NotFound, Unavailable
from backend.model import SPECIES, Kind, Species
from backend.section_files import SectionOptions
from backend.study.genes import is_ensembl, species_of

PREFIX, DEMO = "spatial-", "spatial-demo"
DEMO_FILE = "SIMULATED_mouse_cortex.h5ad"
SIMULATED = "uns/simulated"  # present in an h5ad file whose numbers were simulated
IMAGE = "uns/spatial"  # present where positions are pixels of an image of the tissue
LOOK = 2.0  # seconds between two looks at the folder
AGAIN = "Open it again on the Spatial page."
_KEY = re.compile(rf"^{PREFIX}[a-z0-9._-]{{1,60}}$")
_UNSAFE = re.compile(r"[^a-z0-9._]+")
_SYMBOL = re.compile(r"^[A-Z][a-z]+[A-Za-z0-9-]*$", re.ASCII)


@dataclass(frozen=True)
class Opened:
    """An open section, as it was when it was opened.

    size: bytes; mtime_ns: time of the file. copy: path of the copy sorted by gene, "" before it was made once. of: the
    data set the file belongs to. species: none while the genes are not known. bin: as it was asked for; in_force: what
    that is; bins, layers: that can be chosen. direct: one gene is read without the copy. counts: the numbers are whole
    and not negative; lowest: of them; None while unknown. varied: places of the genes that vary most, first ones first.
    image: positions are those of an image. seen: of the file, its copy and this record.
    """

    key: str
    path: str
    size: int
    mtime_ns: int
    form: str
    bin: int = 0
    layer: str = ""
    title: str = ""
    of: str = ""
    opened_at: str = ""
    species: tuple[Species, ...] = ()
    kind: Kind = "real"
    in_force: int = 0
    bins: tuple[int, ...] = ()
    layers: tuple[str, ...] = ()
    direct: bool = True
    n_spots: int | None = None
    n_genes: int | None = None
    copy: str = ""
    lowest: float | None = None
    counts: bool | None = None
    varied: tuple[int, ...] = ()
    image: bool = False
    seen: str = ""

    @property
    def file(self) -> Path:
        """The spatial file."""
        return Path(self.path)

    @property
    def options(self) -> SectionOptions:
        """What of it is taken."""
        return SectionOptions(self.bin, self.layer)

    @property
    def complete(self) -> bool:
        """Whether the copy sorted by gene is there."""
        return bool(self.copy) and Path(self.copy).is_file()

    def problem(self) -> ExpronautError | None:
        """Why the section cannot be used any more: the file is gone, or another one."""
        name = self.file.name
        try:
            now = self.file.stat()
        except OSError as error:
            what = error.strerror or type(error).__name__
            return NotConfigured(f"{name} cannot be opened: {what}.", "Put it back, or close the section.")
        if (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns):
            return BadAnswer(f"{name} has changed since it was opened.", AGAIN)
        return None


_lock = threading.Lock()
_known: dict[Path, tuple[float, dict[str, Opened]]] = {}
_progress: dict[str, str] = {}  # how far copies are, in words


def folder() -> Path:
    """Where open sections are remembered."""
    return settings.current().cache / "spatial"


def demo_file() -> Path:
    """Where the simulated section is, or will be."""
    return settings.current().cache / "demo" / DEMO_FILE


def opened(now: bool = False) -> dict[str, Opened]:
    """Every open section by its key, the demo first, then the one opened last. now: look at the folder at once."""
    place = folder()
    with _lock:
        last, found = _known.get(place, (0.0, {}))
        if now or not last or time.monotonic() - last > LOOK:
            found = {one.key: one for one in sorted(_look(place), key=_order)}
            _known[place] = time.monotonic(), found
        demo = settings.current().demo
        return {key: one for key, one in found.items() if demo or key != DEMO}


def get(key: str) -> Opened:
    """An open section. Raises NotFound."""
    found = opened(now=True).get(key)
    if found is None:
        raise NotFound(f"There is no open section “{key[:60]}”.", "Choose one that is open, or open its file.")
    return found


def key_of(path: Path, bin: int, layer: str = "") -> str:
    """The key of a section: <prefix><name of the file>-<a few digits of a hash of path, bin and layer>."""
    if path == demo_file():
        return DEMO
    name = path.name.casefold().removesuffix(".gz")
    plain = _UNSAFE.sub("-", name.rpartition(".")[0] or name).strip("-.")[:40]
    digits = hashlib.sha256(json.dumps([str(path), bin, layer]).encode()).hexdigest()[:8]
    return f"{PREFIX}{plain}-{digits}" if plain else f"{PREFIX}{digits}"


def keep(one: Opened) -> str:
    """Remember an open section; its key. Raises BadInput (key), Unavailable (disk)."""
    if not _KEY.match(one.key):
        raise BadInput(f"“{one.key[:60]}” is not the key of a section.", "Use the keys that are listed.")
    told = {name: value for name, value in asdict(one).items() if name != "seen"}
    path = folder() / f"{one.key}.json"
    with _writing():
        path.parent.mkdir(parents=True, exist_ok=True)
        former = opened().get(one.key)
        with renamed(path) as part:
            part.write_text(json.dumps(told), encoding="utf-8")
        opened(now=True)
        if former is not None and former.copy != one.copy:
            drop(former.copy)
    return one.key


def forget(key: str) -> None:
    """Close a section: what is remembered of it goes, and its copy; its file stays. Raises NotFound."""
    one = get(key)
    with _writing():
        (folder() / f"{key}.json").unlink(missing_ok=True)
        opened(now=True)
        drop(one.copy)


def drop(copy: str) -> None:
    """Delete a copy that no open section has any more; nothing outside of the cache."""
    inside = bool(copy) and Path(copy).resolve().is_relative_to(settings.current().cache.resolve())
    if inside and not any(other.copy == copy for other in opened().values()):
        Path(copy).unlink(missing_ok=True)


def tell(key: str, words: str) -> None:
    """Say how far the copy of a section is, "" when nothing is under way."""
    if words:
        _progress[key] = words
    else:
        _progress.pop(key, None)


def how_far(key: str) -> str:
    """How far the copy of a section is, in words; "" when nothing is under way in this process."""
    return _progress.get(key, "")


def species_among(ids: tuple[str, ...], names: tuple[str, ...]) -> Species:
    """Whose genes they are: by Ensembl ids where most have one, else mouse where most symbols are written Like This."""
    if sum(map(is_ensembl, ids)) * 2 > len(ids):
        return species_of(ids)
    symbols = [name or own for own, name in zip(ids, names, strict=True)]
    return "mouse" if 2 * sum(_SYMBOL.match(one) is not None for one in symbols) > len(symbols) else "human"


def says(path: Path, what: str) -> bool:
    """Whether an h5ad file holds one of the marks above."""
    try:
        with h5py.File(path, "r") as file:
            return what in file
    except (OSError, RuntimeError, KeyError):
        return False


def _order(one: Opened) -> tuple[bool, float]:
    return one.key != DEMO, -datetime.fromisoformat(one.opened_at).timestamp()


def _look(place: Path) -> Iterator[Opened]:
    for path in sorted(place.glob(f"{PREFIX}*.json")):
        if _KEY.match(path.stem) and (found := _read(path)) is not None:
            yield found


def _read(path: Path) -> Opened | None:
    """What is remembered of a section; None where it cannot be read, as of a later version."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told |= {name: tuple(told.get(name, ())) for name in ("species", "bins", "layers", "varied")}
        one = Opened(**told | {"key": path.stem})
        datetime.fromisoformat(one.opened_at)
        if not set(one.species) <= set(SPECIES) or not Path(one.path).is_absolute():
            return None
        return replace(one, seen=f"{path.stat().st_mtime_ns}-{_state(one.path)}-{_state(one.copy)}")
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _state(path: str) -> str:
    with contextlib.suppress(OSError):
        if path:
            seen = Path(path).stat()
            return f"{seen.st_size}.{seen.st_mtime_ns}"
    return ""


def moment() -> str:
    """This moment, as it is remembered."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"The folder of the cache cannot be written: {what}.", "Check EXPRONAUT_CACHE.") from error
