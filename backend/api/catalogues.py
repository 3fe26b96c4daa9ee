"""Catalogues of data sets: which there are, and what of them fits some words.

Answers of services are kept by backend.web; catalogues of this machine are as they are now. So nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.catalogues import asking, base
from backend.errors import ExpronautError
from backend.model import Answer, CatalogueInfo, CataloguePage
from backend.sources.base import Progress


def catalogues() -> tuple[CatalogueInfo, ...]:
    """Every catalogue, those of this machine first; `problem` says why one cannot be asked. Asks nothing."""
    return tuple(base.info(one) for one in asking.known())


def search_catalogue(name: str, text: str = "", page: int = 1) -> Answer[CataloguePage]:
    """A page of the entries that fit. Words are all needed in catalogues of this machine; services search as they do.

    Raises NotFound for an unknown catalogue, NotConfigured, BadInput, and what its service raises.
    """
    return asking.named(name).datasets(text, page)


def search_catalogues(
    names: Sequence[str],
    text: str = "",
    on_found: asking.Found | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Answer[CataloguePage] | ExpronautError]:
    """The first page of several, asked side by side; of one that fails its error.

    on_found(name, answer or error) is called here, in the calling thread, as soon as each is there, and
    on_progress(done, of) several times a second; what these raise ends all.
    """
    return asking.side_by_side(names, text, on_found, on_progress)
