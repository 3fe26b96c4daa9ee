"""The HTTP API as a whole: beside the dashboard (routes) or alone (asgi), each request logged and limited.

Settings are read when a request comes, because Streamlit puts its secrets into the environment after the start.
"""

from __future__ import annotations

from functools import lru_cache

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import settings
from backend.serve import archs4, archs4_openapi, docs, openapi, rnaget
from backend.serve.failures import failed, handlers
from backend.serve.limits import Buckets, Guard
from backend.serve.request_log import RequestLog

OFF = "The HTTP API of this server is switched off (EXPRONAUT_SERVE)."
EXPOSED = ("Retry-After", "Content-Disposition", "WWW-Authenticate")  # to pages of other sites


class Gate:
    """All that stands before one part of the API but the log: the switch, CORS, then the guard."""

    def __init__(self, app: ASGIApp, buckets: Buckets, member: str, mounted: bool) -> None:
        guarded = Guard(app, buckets, member, frozenset(openapi.FREE), openapi.RNAGET)
        self._member, self._mounted = member, mounted
        self._shared = lru_cache(maxsize=2)(lambda origins: _shared(guarded, origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = settings.current().serve
        off = self._mounted and not chosen.mounted
        app = failed(self._member, 404, OFF) if off else self._shared(chosen.cors)
        await app(scope, receive, send)


def _shared(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """With the headers that let pages of these origins read answers; none for ()."""
    if not origins:
        return app
    methods, headers = ("GET", "POST"), ("Authorization",)
    return CORSMiddleware(app, origins, methods, headers, expose_headers=EXPOSED, max_age=3600)


def routes(mounted: bool = True) -> list[BaseRoute]:
    """The routes of the whole API. mounted: they stand beside the dashboard, so EXPRONAUT_SERVE may switch them off."""
    buckets = Buckets()

    def gate(app: ASGIApp, member: str) -> ASGIApp:
        gated = Gate(app, buckets, member, mounted)
        return RequestLog(gated) if mounted else gated

    inner = _part(archs4.routes(), archs4.MEMBER)
    other = _part(rnaget.routes(), rnaget.MEMBER)
    about = _part([Route("/openapi.json", _openapi), Route("/docs", docs.page)], archs4.MEMBER)
    return [
        Mount(archs4_openapi.PREFIX, gate(inner, archs4.MEMBER)),
        Mount(openapi.RNAGET, gate(other, rnaget.MEMBER)),
        Route("/openapi.json", gate(about, archs4.MEMBER)),
        Route("/docs", gate(about, archs4.MEMBER)),
    ]


def asgi() -> ASGIApp:
    """The API as a server of its own; / leads to the docs."""
    first = Route("/", lambda _request: RedirectResponse("docs"))
    return RequestLog(_part([*routes(mounted=False), first], archs4.MEMBER))


def _part(listed: list[BaseRoute], member: str) -> Starlette:
    """Routes that answer failures in the way of their API."""
    found = Starlette(routes=listed, exception_handlers=handlers(member))
    found.router.redirect_slashes = False  # it would lead to the host that the client names
    return found


async def _openapi(_request: Request) -> Response:
    return JSONResponse(openapi.document())
