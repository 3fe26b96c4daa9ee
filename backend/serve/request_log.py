"""One line a request: time, method, path without its query, status, milliseconds, client. Never a header or a query.

Lines of a tenth of a second are written at once: writing each by itself takes a fifth of what a whole answer takes.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
import time
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.serve.limits import client

LOG = logging.getLogger("expronaut.serve")
MOST_PATH = 200  # characters
GATHERED = 0.1  # seconds
LATE = 1.0  # seconds after which lines are written anyway, as the loop that should have written them has ended

_lines: list[str] = []
_since: list[float] = [0.0]  # when the first of them was added


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
            add(f"{_clock(int(time.time()))} {scope['method']} {path(scope)} {status} {took:.1f} ms {client(scope)}")


def add(line: str) -> None:
    """Write a line soon. Needs a running loop."""
    now = time.monotonic()
    _lines.append(line)
    if len(_lines) == 1:
        _since[0] = now
        asyncio.get_running_loop().call_later(GATHERED, write)
    elif now - _since[0] > LATE:
        write()


def write() -> None:
    """Write what was gathered."""
    lines = _lines[:]
    del _lines[: len(lines)]
    if lines:
        LOG.info("%s", "\n".join(lines))


@lru_cache(maxsize=2)
def _clock(second: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))


def path(scope: Scope) -> str:
    """The path as it came, still percent-encoded, so that it can hold no line break; long ones cut."""
    raw: bytes = scope.get("raw_path") or b""
    text = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
    return text if len(text) <= MOST_PATH else f"{text[:MOST_PATH]}…"


def start() -> None:
    """Write the lines to stderr from now on."""
    if not LOG.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        LOG.addHandler(handler)
        LOG.propagate = False
        atexit.register(write)
    LOG.setLevel(logging.INFO)
