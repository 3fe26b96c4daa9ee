"""Lists and cursors of ODM, read to their true end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.errors import BadAnswer
from backend.odm.server import FRESH, Server
from backend.web import Mode

Record = Mapping[str, Any]
LIMIT = 2_000
MOST_PAGES = 5_000
_TELL = "If it stays so, the server is of another version than those known here."


@dataclass(frozen=True)
class Chunk:
    """Objects of one answer. total: of all answers, 0 where it is not told. whole: nothing comes after it."""

    records: tuple[Record, ...]
    whole: bool
    total: int = 0
    log: tuple[str, ...] = ()


def listed(
    server: Server, route: str, params: Mapping[str, str | int] | None = None, mode: Mode = "usual"
) -> list[Record]:
    """Every object of a list, once each. Raises as Server.get, BadAnswer for another form."""
    found: dict[str, Record] = {}
    for chunk in list_pages(server, route, params, mode=mode):
        for place, record in enumerate(chunk.records):
            found.setdefault(identity(record) or f"{len(found)}/{place}", record)
    return list(found.values())


def list_pages(
    server: Server,
    route: str,
    params: Mapping[str, str | int] | None = None,
    limit: int = LIMIT,
    offset: int = 0,
    mode: Mode = "usual",
) -> Iterator[Chunk]:
    """A list page by page. It goes on by as many as came: a page shorter than its limit is not the last one."""
    for _ in range(MOST_PAGES):
        asked = {**(params or {}), "pageLimit": limit, "pageOffset": offset}
        envelope, records = _listed(server, route, asked, mode, FRESH)
        meta = envelope.get("meta")
        told = meta.get("pagination") if isinstance(meta, Mapping) else None
        told = told if isinstance(told, Mapping) else {}
        count = _whole(told.get("count"), len(records))
        total = _whole(told.get("total"), offset + count)
        offset += count
        last = not count or not records or offset >= total
        yield Chunk(records, last, total)
        if last:
            return
    raise BadAnswer(f"{server.odm.base} gives pages without end.", _TELL)


def cursor_pages(
    server: Server,
    route: str,
    params: Mapping[str, str | int],
    mode: Mode = "usual",
    lifetime: float = FRESH,
    on_page: Callable[[int], None] | None = None,
) -> Iterator[Chunk]:
    """An omics query page by page, until the server says so, nothing comes, or no new cursor is given.

    on_page(objects until now) is called after each.
    """
    seen: set[str] = set()
    cursor, so_far = "", 0
    while True:
        asked = {**params, "cursor": cursor} if cursor else params
        envelope, records = _listed(server, route, asked, mode, lifetime)
        told = envelope.get("cursor")
        cursor = str(told) if told is not None else ""
        last = envelope.get("resultsExhausted") is True or not records or not cursor or cursor in seen
        seen.add(cursor)
        so_far += len(records)
        log = envelope.get("log")
        lines = tuple(str(line) for line in log) if isinstance(log, list) else ()
        if on_page:
            on_page(so_far)
        yield Chunk(records, last, log=lines)
        if last:
            return


def _listed(
    server: Server, route: str, asked: Mapping[str, str | int], mode: Mode, lifetime: float
) -> tuple[Record, tuple[Record, ...]]:
    return _envelope(server, server.get(route, asked, mode, lifetime, lambda found: _envelope(server, found)))


def array(server: Server, route: str, params: Mapping[str, str | int] | None = None) -> tuple[Record, ...]:
    """The objects of a route that gives them all at once."""
    return bare(server, server.get(route, params, check=lambda found: bare(server, found)))


def bare(server: Server, found: Any) -> tuple[Record, ...]:
    """The objects of a bare array, as links and versions are; those of a list envelope alike."""
    if isinstance(found, Mapping):
        return _envelope(server, found)[1]
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise BadAnswer(f"{server.odm.base} should have answered with a list of objects.", _TELL)
    return tuple(found)


def identity(record: Record) -> str:
    """What an object is known by: its accession, or the id of an item; "" for none."""
    nested = record.get("metadata")
    for one in (record.get("itemId"), record.get("genestack:accession")):
        if one:
            return str(one)
    return str(nested.get("genestack:accession") or "") if isinstance(nested, Mapping) else ""


def _envelope(server: Server, found: Any) -> tuple[Record, tuple[Record, ...]]:
    records = found.get("data") if isinstance(found, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise BadAnswer(f"{server.odm.base} should have answered with a list under “data”.", _TELL)
    return found, tuple(records)


def _whole(given: Any, otherwise: int) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else otherwise
