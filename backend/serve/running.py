"""The HTTP API as a process of its own: python -m backend serve."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from backend import settings
from backend.errors import NotConfigured
from backend.serve import app, request_log
from backend.serve.limits import MOST_URL

HOST, PORT = "127.0.0.1", 8000
LONGEST_HEAD = 8 * MOST_URL  # bytes taken in, so that an address over the cap is answered in words
GRACE = 10  # seconds that requests under way get at the end
BACKLOG = 256
ENDS = (signal.SIGINT, signal.SIGTERM)
OPEN = (
    "Anyone who reaches this address can ask, because no token is set. Set EXPRONAUT_SERVE_TOKEN, or leave --host out "
    "and put a proxy before it."
)


def run(host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way are answered first. Raises NotConfigured for a bad address."""
    chosen, server = settings.current().serve, uvicorn.Server(config())
    with listening(host, port) as listener, _ended_by(ENDS, server):
        address = f"[{host}]" if ":" in host else host
        base = f"http://{address}:{listener.getsockname()[1]}"
        say(f"{base}/archs4/api/v1 and {base}/rnaget, described at {base}/docs. Ctrl-C stops.")
        if not (chosen.token or is_loopback(host)):
            say(f"Warning: {OPEN}")
        request_log.start()
        server.run([listener])
    request_log.write()
    say("Stopped.")


@contextmanager
def _ended_by(ends: tuple[signal.Signals, ...], server: uvicorn.Server) -> Iterator[None]:
    """These signals end the server, and nothing else: before it listens to them, and when it raises them once more."""

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    before = [signal.signal(number, end) for number in ends]
    try:
        yield
    finally:
        for number, handler in zip(ends, before, strict=True):
            signal.signal(number, handler)


def config() -> uvicorn.Config:
    """How the server runs."""
    return uvicorn.Config(
        app.asgi(),
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections there; port 0: any. Raises NotConfigured.

    It names its protocol, as socket.create_server does not: only then does asyncio send small pieces without delay.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        words = getattr(error, "strerror", None) or "it cannot be used"
        raise NotConfigured(f"{host[:60]}:{port} cannot be listened at: {words}.", "Choose another address.") from error
    return listener
