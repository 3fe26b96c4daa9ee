"""The catalogue of studies: full text and facets with counts, or a plain list where the server has no facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.errors import BadAnswer, BadInput, NotFound, Refused
from backend.model_odm import OdmCard, OdmFacet, OdmObject, OdmOption, OdmStudies
from backend.odm import metadata
from backend.odm.paging import list_pages
from backend.odm.server import Server

ROUTE = "integration/fulltext/search/studies"
MOST, MOST_OPTIONS, MOST_TEXT = 2_000, 200, 1_000
_MILLISECONDS = 10**11  # a larger number of a date is in milliseconds


def studies(
    server: Server, text: str, options: Sequence[str], offset: int, limit: int, narrower: bool = False
) -> OdmStudies:
    """A page of studies. The plain list stands in where facets are refused; it cannot choose by options."""
    if not 0 < limit <= MOST or offset < 0 or len(options) > MOST_OPTIONS or len(text) > MOST_TEXT:
        raise BadInput("A page of the catalogue is asked for that there cannot be.", f"Take 1 to {MOST:,} studies.")
    try:
        return _by_facets(server, text.strip(), options, offset, limit, narrower)
    except (BadAnswer, NotFound, Refused) as error:
        if options:
            raise
        plain = _plain(server, text.strip(), offset, limit, narrower)
        return OdmStudies(plain.cards, plain.total, offset, limit, (), f"The server gives no facets. {error.message}")


def _by_facets(
    server: Server, text: str, options: Sequence[str], offset: int, limit: int, narrower: bool
) -> OdmStudies:
    mode = "USE_NARROWER_TERMS" if narrower else "STRICT"
    filters: list[dict[str, str]] = [{"type": "FULL_TEXT", "match": text, "mode": mode}] if text else []
    filters += [{"type": "SELECT", "filterOptionId": option} for option in dict.fromkeys(options)]
    found = server.search(ROUTE, {"filters": filters, "page": {"offset": offset, "limit": limit}})
    page = found.get("objectsPage") if isinstance(found, Mapping) else None
    if not isinstance(page, Mapping) or not isinstance(page.get("content"), list):
        raise BadAnswer(f"{server.odm.base} answers a search without a page of studies.", "Try again later.")
    cards = tuple(_card(one) for one in page["content"] if isinstance(one, Mapping))
    total = page.get("filteredCount")
    groups = found.get("filterOptionGroups")
    facets = tuple(_facet(one) for one in groups if isinstance(one, Mapping)) if isinstance(groups, list) else ()
    count = total if isinstance(total, int) else offset + len(cards)
    return OdmStudies(cards, count, offset, limit, tuple(facet for facet in facets if facet.options))


def _card(one: Mapping[str, Any]) -> OdmCard:
    told = one.get("summary")
    summary = tuple(
        (str(part.get("key")), _values(part.get("values")))
        for part in (told if isinstance(told, list) else ())
        if isinstance(part, Mapping)
    )
    accession = str(one.get("accession") or "")
    name = str(one.get("name") or accession)
    return OdmCard(accession, name, str(one.get("owner") or ""), _date(one.get("fileCreation")), summary)


def _values(given: Any) -> tuple[str, ...]:
    """A list of values as texts; a value alone is a list of it."""
    listed = given if isinstance(given, list) else [given]
    return tuple(str(value) for value in listed if value is not None)


def _date(given: Any) -> str:
    """A number as a date; a text as it came."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        try:
            seconds = given / 1_000 if given > _MILLISECONDS else given
            return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y}"
        except (ValueError, OverflowError, OSError):
            return ""
    return str(given or "")


def _facet(group: Mapping[str, Any]) -> OdmFacet:
    listed = group.get("options")
    options = tuple(
        OdmOption(str(one.get("id")), str(one.get("name")), one["count"] if isinstance(one.get("count"), int) else 0)
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping) and one.get("id")
    )
    name = str(group.get("filterId") or "").removeprefix("METADATA_").replace("_", " ").strip()
    return OdmFacet(name, options, group.get("hasMoreOptions") is True)


def _plain(server: Server, text: str, offset: int, limit: int, narrower: bool) -> OdmStudies:
    params = {"sort": "-creation", "returnedMetadataFields": metadata.FIELDS["all"]}
    params |= {"query": text, "searchSpecificTerms": str(narrower).lower()} if text else {}
    page = next(list_pages(server, "studies", params, limit, offset))
    found = [metadata.an_object(server, record) for record in page.records]
    cards = tuple(OdmCard(one.accession, metadata.title(one), summary=_summary(one)) for one in found)
    return OdmStudies(cards, page.total, offset, limit)


def _summary(one: OdmObject) -> tuple[tuple[str, tuple[str, ...]], ...]:
    filled = [(name, metadata.as_text(value)) for name, value in one.attributes if value not in (None, "", ())]
    return tuple((name, (text,)) for name, text in filled[:6])


def total(server: Server) -> int:
    """How many studies the account sees."""
    return next(list_pages(server, "studies", limit=1)).total
