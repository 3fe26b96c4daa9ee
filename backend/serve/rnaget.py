"""GA4GH RNAget 1.2.0 over local data: 20 routes, for clients of 1.0 and 1.1 too.

Specification: ga4gh-rnaseq/schema, tag RNAget-1.2.0. What it leaves open: labels that are not known are left out, a
list of which none is known is 404, as is a search without a match; a search that matches several matrices is 400.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backend.errors import NotFound
from backend.serve import rnaget_continuous as continuous
from backend.serve import rnaget_expressions as expressions
from backend.serve import rnaget_metadata as metadata
from backend.serve.rnaget_openapi import OPENAPI
from backend.serve.rnaget_reply import MEMBER, PREFIX, Ask, Endpoint, Work

__all__ = ["FREE", "MEMBER", "MOST_CELLS", "OPENAPI", "PREFIX", "routes"]

FREE = "/service-info"  # asks for no token
MOST_CELLS = 5_000_000  # features x samples of one answer

_WORK: dict[str, Work] = {
    "/projects": metadata.listing(metadata.projects),
    "/projects/filters": metadata.entry_filters(metadata.projects, "project"),
    "/projects/{id}": metadata.one(metadata.projects, "project"),
    "/studies": metadata.listing(metadata.studies),
    "/studies/filters": metadata.entry_filters(metadata.studies, "study"),
    "/studies/{id}": metadata.one(metadata.studies, "study"),
    "/expressions/filters": metadata.expression_filters,
    "/expressions/formats": metadata.expression_formats,
    "/expressions/units": expressions.units,
    "/expressions/ticket": expressions.found_ticket,
    "/expressions/bytes": expressions.found_file,
    "/expressions/{id}/ticket": expressions.one_ticket,
    "/expressions/{id}/bytes": expressions.one_file,
    "/continuous/filters": metadata.continuous_filters,
    "/continuous/formats": continuous.formats,
    "/continuous/ticket": continuous.found_ticket,
    "/continuous/bytes": continuous.found_file,
    "/continuous/{id}/ticket": continuous.one_ticket,
    "/continuous/{id}/bytes": continuous.one_file,
    "/service-info": metadata.service_info,
}


def routes(base: str = "", most_cells: int = MOST_CELLS) -> list[BaseRoute]:
    """The routes, to be mounted at PREFIX.

    base: address the server is bound to, without PREFIX, for the links of tickets where EXPRONAUT_PUBLIC_URL is not
    set; "" for the address each connection arrives at. most_cells: values of one answer, at most.
    """
    every: list[BaseRoute] = [Route(path, Endpoint(work, base, most_cells)) for path, work in _WORK.items()]
    return [*every, Route("/{rest:path}", Endpoint(_nowhere, base, most_cells))]


def _nowhere(_ask: Ask) -> Response:
    raise NotFound("Nothing is at this address.", "/docs lists what there is.")
