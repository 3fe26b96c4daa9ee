"""The list of data sets, page by page, and one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import Any

from backend.errors import BadAnswer, BadInput
from backend.model import StomicsDataset, StomicsDetail, StomicsPage
from backend.stomics import accessions, fields
from backend.stomics.failures import keys
from backend.stomics.server import LIST, Server, part

USUAL, MOST = 20, 100  # data sets of a page
MOST_PAGES = 200  # of a whole list
MOST_TEXT = 400  # characters of a search
_HINT = "The service may have changed; `python -m backend probe stomics` tells more."
_seen: dict[str, dict[int, str]] = {}  # base -> technologies met, by id
_few: set[str] = set()  # bases that take no more than USUAL data sets a page
_lock = threading.Lock()


def page(
    server: Server,
    text: str = "",
    technology_ids: Iterable[int] = (),
    sort_by: str = "",
    sort_order: str = "",
    page: int = 1,
    per_page: int = USUAL,
) -> StomicsPage:
    """One page. A service without such long pages is asked once more, for the page of 20 that begins there.

    That is one that refuses them, or whose first page is short though it says that there is more. Raises BadInput for
    numbers that make no sense, and in the words of the service for what it does not take.
    """
    asked = _params(text, technology_ids, sort_by, sort_order)
    if page < 1 or not 1 <= per_page <= MOST:
        raise BadInput(f"Page {page} of {per_page} data sets is asked for.", f"Take page 1 on, of 1 to {MOST}.")
    if per_page > USUAL and server.stomics.base in _few:
        return _page(server, asked, _shorter(page, per_page), USUAL)
    try:
        found = _page(server, asked, page, per_page)
        if per_page <= USUAL or page > 1 or len(found.datasets) >= min(per_page, found.total):
            return found
    except BadInput:
        if per_page <= USUAL:
            raise
    found = _page(server, asked, _shorter(page, per_page), USUAL)
    _few.add(server.stomics.base)
    return found


def every(
    server: Server, on_progress: Callable[[int, int], None] | None = None, **asked: Any
) -> tuple[tuple[StomicsDataset, ...], int]:
    """All data sets of a search, each once, and how many there are as the service says.

    asked: text, technology_ids, sort_by, sort_order, per_page. Ends at an empty page, whatever the total says: data
    sets move between pages while downloads are counted.
    """
    found: dict[str, StomicsDataset] = {}
    total = 0
    for number in range(1, MOST_PAGES + 1):
        got = page(server, page=number, **asked)
        total = got.total
        found |= {one.accession: one for one in got.datasets if one.accession not in found}
        if on_progress:
            on_progress(len(found), total)
        if not got.datasets or number >= got.pages:
            break
        asked["per_page"] = got.per_page
    return tuple(found.values()), total


def detail(server: Server, accession: str) -> StomicsDetail:
    """One data set with all it tells."""
    name = accessions.checked(accession)
    route = f"/datasets/{part(name)}"

    def read(found: Any) -> StomicsDetail:
        if not isinstance(found, Mapping) or not set(fields.CERTAIN) & set(found):
            raise BadAnswer(f"A data set should come with accession and title; there came {keys(found)}.", _HINT)
        one = fields.dataset(found, name)
        _learn(server, [one])
        return StomicsDetail(one, server.address(route), fields.nested(found))

    return server.get(route, read)


def technologies(server: Server) -> tuple[tuple[int, str], ...]:
    """(id, name) of the technologies met until now, by name; the service has no list of them that is known."""
    with _lock:
        met = dict(_seen.get(server.stomics.base, {}))
    return tuple(sorted(met.items(), key=lambda pair: pair[1].casefold()))


def _params(text: str, technology_ids: Iterable[int], sort_by: str, sort_order: str) -> dict[str, str | int]:
    """Only what is told: every parameter is optional."""
    ids = list(dict.fromkeys(technology_ids))
    if any(one < 0 for one in ids) or len(ids) > MOST:
        raise BadInput("Ids of technologies are numbers from 0.", "Give some as in 1, 2.")
    if sort_by and not (sort_by.isascii() and sort_by.replace("_", "").isalnum() and len(sort_by) <= 40):
        raise BadInput(f"“{sort_by[:40]}” is not a field to sort by.", "Sort by download_count.")
    if sort_order not in ("", "asc", "desc"):
        raise BadInput(f"“{sort_order[:20]}” is not an order.", "Choose asc or desc.")
    words = " ".join(text.split())
    if len(words) > MOST_TEXT:
        raise BadInput(f"The search has {len(words):,} characters; the cap is {MOST_TEXT}.", "Search for fewer words.")
    given = {
        "q": words,
        "technology_ids": ",".join(str(one) for one in ids),
        "sort_by": sort_by,
        "sort_order": sort_order,
    }
    return {name: value for name, value in given.items() if value}


def _shorter(page: int, per_page: int) -> int:
    """The page of 20 in which a longer page begins."""
    return (page - 1) * per_page // USUAL + 1


def _page(server: Server, asked: Mapping[str, str | int], page: int, per_page: int) -> StomicsPage:
    total, listed = server.get("/datasets", _list, {**asked, "page": page, "per_page": per_page}, lifetime=LIST)
    _learn(server, listed)
    return StomicsPage(total, page, ceil(total / per_page), per_page, listed, technologies(server))


def _list(found: Any) -> tuple[int, tuple[StomicsDataset, ...]]:
    """Total and data sets of an answer. Raises BadAnswer naming what came instead."""
    if not isinstance(found, Mapping):
        raise BadAnswer(f"A list of data sets should have total and items; there came {keys(found)}.", _HINT)
    items, total = found.get("items"), found.get("total")
    if not isinstance(items, list) or isinstance(total, bool) or not isinstance(total, int) or total < 0:
        told = f"A list of data sets should have a number total and a list items; there came {keys(found)}."
        raise BadAnswer(told, _HINT)
    if odd := [one for one in items if not isinstance(one, Mapping) or not fields.line(one.get("accession"))]:
        raise BadAnswer(f"Each data set should have an accession; there came {keys(odd[0])}.", _HINT)
    each: dict[str, StomicsDataset] = {}
    for one in map(fields.dataset, items):
        each.setdefault(one.accession, one)
    return total, tuple(each.values())


def _learn(server: Server, datasets: Iterable[StomicsDataset]) -> None:
    pairs = {number: name for one in datasets for number, name in one.technologies if number is not None}
    with _lock:
        _seen.setdefault(server.stomics.base, {}).update(pairs)
