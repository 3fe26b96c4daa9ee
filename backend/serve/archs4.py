"""The v1 API of ARCHS4 over local data: /archs4/api/v1/... over the best source, /archs4/{source}/api/v1/... over one.

Paths, parameters and answers are those that published scripts know (documented by the skill text archs4-database of
jaechang-hits), so that such a script runs here when its base address is changed.
"""

from __future__ import annotations

import json
import re
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backend import settings
from backend.errors import BadInput, ExpronautError
from backend.model import SPECIES, Species
from backend.serve import choosing
from backend.serve.archs4_answers import Question, What, answer
from backend.serve.kept import Kept
from backend.settings import Settings

MEMBER = "error"  # of the body of a failure
BASES = ("/api/v1", "/{source}/api/v1")
PATHS: tuple[tuple[str, What], ...] = (
    ("/meta/genes/{gene}", "gene"),
    ("/meta/genes/{gene}/zscore", "zscore"),
    ("/meta/genes/{gene}/correlations", "correlations"),
    ("/samples/search", "search"),
)
LIMIT, MOST = 100, 500
MOST_OFFSET = 100_000_000
MOST_QUERY = 500  # characters
MOST_SYMBOL = 64
FRESH = 1.0  # seconds for which a source is taken to be as it was seen
PARAMETERS = ("species", "limit", "offset", "query")
_WHOLE = re.compile(r"[0-9]{1,9}")


class Served:
    """Answers, kept as long as their source stays as it is. A kept one is given at once, others by a thread."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._seen: dict[tuple[str, Species], tuple[float, Settings, str]] = {}

    async def __call__(self, asked: Question) -> bytes:
        """The answer as JSON. Raises errors of backend.errors."""
        made = self._at_once(asked)
        return await run_in_threadpool(self._worked_out, asked) if made is None else made

    def _at_once(self, asked: Question) -> bytes | None:
        key, now = (asked.source, asked.species), time.monotonic()
        until, chosen, stamp = self._seen.get(key, (0.0, None, ""))
        if chosen is not settings.current():
            return None
        if now > until:
            self._seen[key] = (now + FRESH, chosen, stamp)  # this request looks anew; others need not wait for it
            return None
        return self._kept.get((stamp, asked))

    def _worked_out(self, asked: Question) -> bytes:
        chosen, key = settings.current(), (asked.source, asked.species)
        try:
            source = choosing.named(*key) if asked.source else choosing.best(asked.species)
            stamp = f"{source.name} {source.stamp()}"
        except ExpronautError:
            self._seen.pop(key, None)
            raise
        self._seen[key] = (time.monotonic() + FRESH, chosen, stamp)
        return self._kept.once((stamp, asked), lambda: _json(answer(source, asked)))


def routes() -> list[BaseRoute]:
    """The routes, without /archs4 before them."""
    served = Served()

    def route(path: str, what: What) -> Route:
        async def endpoint(request: Request) -> Response:
            return Response(await served(question(request, what)), media_type="application/json")

        return Route(path, endpoint, methods=["GET"], name=what)

    return [route(f"{base}{path}", what) for base in BASES for path, what in PATHS]


def question(request: Request, what: What) -> Question:
    """The question of a request, checked. Parameters that the API does not know are passed over.

    Raises BadInput for a species, limit, offset or query that breaks a rule, and for a parameter given twice.
    """
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given and name in PARAMETERS:
            raise BadInput(f"{name} is given more than once.", "Give it once.")
        given[name] = value
    paged = what in ("correlations", "search")
    return Question(
        what,
        source=request.path_params.get("source", ""),
        species=_species(given.get("species", SPECIES[0])),
        gene=_symbol(request.path_params.get("gene")),
        query=_query(given.get("query", "")) if what == "search" else "",
        limit=_whole("limit", given, LIMIT, 1, MOST) if paged else LIMIT,
        offset=_whole("offset", given, 0, 0, MOST_OFFSET) if what == "search" else 0,
    )


def _species(text: str) -> Species:
    for known in SPECIES:
        if text == known:
            return known
    raise BadInput(f"species is “{text[:20]}”.", f"Give {' or '.join(SPECIES)}.")


def _symbol(text: str | None) -> str:
    if text is None:
        return ""
    if not text.strip() or len(text) > MOST_SYMBOL or not text.isprintable():
        raise BadInput("That is no gene symbol.", f"Give one such as TP53, of at most {MOST_SYMBOL} characters.")
    return text


def _query(text: str) -> str:
    if not text.strip():
        raise BadInput("query is empty.", "Give words that a sample's description holds, as in query=liver.")
    if len(text) > MOST_QUERY:
        raise BadInput(f"query has {len(text):,} characters, over {MOST_QUERY}.", "Shorten it.")
    return text


def _whole(name: str, given: dict[str, str], usual: int, low: int, high: int) -> int:
    text = given.get(name, str(usual))
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give a whole number from {low} to {high}.")
    return int(text)


def _json(record: dict[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
