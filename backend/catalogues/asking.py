"""All catalogues, and a search of several side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend import web
from backend.catalogues.archs4 import Archs4Files
from backend.catalogues.base import Catalogue
from backend.catalogues.odm import OdmStudies
from backend.catalogues.own import OwnStudies
from backend.catalogues.rnaget import servers
from backend.catalogues.sections import Sections
from backend.catalogues.stomics import StomicsDatasets
from backend.errors import ExpronautError, NotFound
from backend.model import Answer
from backend.model_catalogue import CataloguePage
from backend.sources.base import Progress

Found = Callable[[str, Answer[CataloguePage] | ExpronautError], None]


def known() -> tuple[Catalogue, ...]:
    """Every catalogue there is now: those of this machine, then services. Asks nothing."""
    return (OwnStudies(), Archs4Files(), Sections(), StomicsDatasets(), OdmStudies(), *servers())


def named(name: str) -> Catalogue:
    """The catalogue of this name. Raises NotFound."""
    found = known()
    for one in found:
        if one.name == name:
            return one
    names = tuple(one.name for one in found)
    raise NotFound(f"There is no catalogue “{name[:40]}”.", f"There are: {', '.join(names)}.", names)


def side_by_side(
    names: Sequence[str], text: str, on_found: Found | None = None, on_progress: Progress | None = None
) -> dict[str, Answer[CataloguePage] | ExpronautError]:
    """The first page of each catalogue, or its error; each is told to `on_found` as soon as it is there."""
    asked = {name: named(name) for name in names}

    def search(name: str) -> Answer[CataloguePage]:
        return asked[name].datasets(text, 1)

    return web.each(search, tuple(asked), on_progress, max(1, len(asked)), on_found)
