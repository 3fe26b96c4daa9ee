"""One line a request: method, path without its query, status, milliseconds, client. Never a header or a query."""

from __future__ import annotations

import logging
import sys
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.serve.limits import client

LOG = logging.getLogger("expronaut.serve")
MOST_PATH = 200  # characters


class RequestLog:
    """Writes the line when the answer is out, or was broken off (status -)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not LOG.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), "-"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            took = (time.perf_counter() - begun) * 1e3
            LOG.info("%s %s %s %.1f ms %s", scope["method"], path(scope), status, took, client(scope))


def path(scope: Scope) -> str:
    """The path as it came, still percent-encoded, so that it can hold no line break; long ones cut."""
    raw: bytes = scope.get("raw_path") or b""
    text = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
    return text if len(text) <= MOST_PATH else f"{text[:MOST_PATH]}…"


def start() -> None:
    """Write the lines to stderr from now on."""
    if not LOG.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        LOG.addHandler(handler)
        LOG.propagate = False
    LOG.setLevel(logging.INFO)
