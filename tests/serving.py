"""A real server on loopback for an ASGI application."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from backend.serve import rnaget

LONGEST_HEAD = 1_000_000  # bytes


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """The address of the server, without a slash at the end."""
    config = uvicorn.Config(
        app, port=0, log_level="warning", lifespan="off", ws="none", h11_max_incomplete_event_size=LONGEST_HEAD
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def rnaget_app(**options: object) -> Starlette:
    """RNAget alone, without limits and tokens."""
    return Starlette(routes=[Mount(rnaget.PREFIX, routes=rnaget.routes(**options))])
