"""The registry of sources: name -> "module:Class", imported on first use; then ARCHS4 files, own
studies, open sections and opened matrices.

To add a source, write its module beside this file and add one line here (CONTRIBUTING.md). Files are noticed
without a restart (archs4_files.py): a new one is a further source, a replaced one a fresh one of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib import import_module

from backend.errors import NotFound
from backend.sources import archs4_files, matrix_shelf, own_shelf, section_shelf, stomics_shelf
from backend.sources.archs4_files import Found, Shelf
from backend.sources.base import Source
from backend.sources.matrix_shelf import Opened

REGISTRY: dict[str, str] = {
    "hpa": "backend.sources.hpa:HumanProteinAtlas",
    "archs4": "backend.sources.archs4:Archs4",
}
OPENED = {"rnaget": "backend.sources.rnaget:RnagetMatrix", "odm": "backend.sources.odm:OdmMatrix"}
DEFAULT = "hpa"


def names() -> tuple[str, ...]:
    """The names of all sources there are now: of the app, local files, own studies, open sections, opened matrices.

    Of the versions of an own matrix only the active one is listed; `get` gives all.
    """
    opened = (key for shelf in matrix_shelf.SHELVES for key in shelf.opened())
    sections = (*section_shelf.opened(), *stomics_shelf.opened())
    return (*REGISTRY, *archs4_files.shelf().files, *own_shelf.active(), *sections, *opened)


def get(name: str) -> Source:
    """The source of this name. Raises NotFound for an unknown name."""
    if name in REGISTRY:
        return _bundled(name)
    for shelf in matrix_shelf.SHELVES:
        if (matrix := shelf.opened().get(name)) is not None:
            return _matrix(matrix, shelf.name)
    if (data_set := stomics_shelf.opened().get(name)) is not None:
        return _data_set(data_set)
    if (own := own_shelf.found().get(name)) is not None:
        return _own(own)
    if (section := section_shelf.opened().get(name)) is not None:
        return _section(section)
    found = archs4_files.shelf().files.get(name)
    if found is None:
        known = names()
        raise NotFound(f"There is no source called “{name[:40]}”.", f"Known: {', '.join(known)}.", known)
    return _file(found)


def those(listed: Iterable[str]) -> Iterator[Source]:
    """The sources of names that were listed, without those that somebody has closed or deleted meanwhile."""
    for name in listed:
        try:
            found = get(name)
        except NotFound:
            continue
        yield found


def stamp(name: str) -> str:
    """Changes whenever the answers of a source may change."""
    return get(name).stamp()


def files(now: bool = False) -> Shelf:
    """The local files, what was ignored, and where was looked. now: look again at once."""
    return archs4_files.shelf(now)


@lru_cache(maxsize=32)
def _bundled(name: str) -> Source:
    return _class(REGISTRY[name])()


_made: dict[str, tuple[object, Source]] = {}  # one a key: what was known of a replaced file goes


def _kept(key: str, seen: object, make: Callable[[], Source]) -> Source:
    """The source made for what was `seen` under a key, made anew when something else is seen."""
    known = _made.get(key)
    if known is None or known[0] != seen:
        known = _made[key] = seen, make()
    return known[1]


def _file(found: Found) -> Source:
    def make() -> Source:
        from backend.sources import archs4_h5  # brings pandas and the readers

        return archs4_h5.source(found)

    return _kept(found.key, (found.path, found.size, found.mtime_ns, str(found.problem)), make)


def _matrix(found: Opened, shelf: str) -> Source:
    return _kept(found.key, found, lambda: _class(OPENED[shelf])(found))


def _own(found: own_shelf.Found) -> Source:
    return _kept(found.key, found, lambda: _class("backend.sources.own:OwnMatrix")(found))


def _section(found: section_shelf.Opened) -> Source:
    def make() -> Source:
        opened = section_shelf.opened()
        for gone in [key for key in _made if key.startswith(section_shelf.PREFIX) and key not in opened]:
            _made.pop(gone, None)
        return _class("backend.sources.spatial:SpatialSection")(found)

    return _kept(found.key, found, make)


def _data_set(found: stomics_shelf.Opened) -> Source:
    return _kept(found.key, found, lambda: _class("backend.sources.stomics:StomicsSection")(found))


def _class(name: str) -> Callable[..., Source]:
    """The class of a "module:Class", imported now."""
    module, _, class_name = name.partition(":")
    found: Callable[..., Source] = getattr(import_module(module), class_name)
    return found
