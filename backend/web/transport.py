"""One exchange with a service: rate limit, timeouts, size cap, redirects, and errors of our tree."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from pyrate_limiter import Limiter, Rate
from requests import exceptions as failures
from requests.adapters import HTTPAdapter
from requests_ratelimiter.buckets import HostBucketFactory
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError, ReadTimeoutError, SSLError

from backend import settings
from backend.errors import BadAnswer, BadInput, ExpronautError, TooLarge, Unavailable, Unreachable
from backend.settings import Patience
from backend.settings_services import LOOPBACK
from backend.web.patience import pause, woken
from backend.web.question import AGENT, Question, checked
from backend.web.upload import Upload

HOPS = 5
PIECE = 65_536  # bytes
_SECOND = 1030  # milliseconds: a little more, since requests do not travel equally fast
_TURN = 0.005  # seconds between two looks at whether it is our turn
REDIRECTS = (301, 302, 303, 307, 308)
_LATER = "Try again in a moment."
_log = logging.getLogger("expronaut.web")
for _noisy in ("requests_cache", "requests_ratelimiter", "pyrate_limiter", "urllib3"):
    logging.getLogger(_noisy).setLevel(logging.ERROR)  # they write whole addresses


class _Session(requests.Session):
    """requests with so many requests a second for each host; without cookies, and without the user's .netrc."""

    def __init__(self, per_second: int) -> None:
        super().__init__()
        self._limiter = Limiter(HostBucketFactory([Rate(per_second, _SECOND)]))
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = AGENT
        adapter = HTTPAdapter(pool_connections=16, pool_maxsize=16)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send when it is this host's turn. Raises Stopped, as the waiting of the library could not."""
        _, host, port = _origin(str(request.url))
        while not self._limiter.try_acquire(f"{host}:{port}", blocking=False):
            pause(_TURN)
        pause(0)
        return super().send(request, **kwargs)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: we follow ourselves. requests would read the body of a redirect here, whatever its size."""


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials: with none set, requests would look for some in the user's .netrc."""
    return request


def _session(per_second: int) -> _Session:
    """The one session, and limit, of this process."""
    with _lock:
        chosen = (os.getpid(), per_second)  # connections do not survive a fork
        if chosen not in _sessions:
            _sessions[chosen] = _Session(per_second)
        return _sessions[chosen]


_sessions: dict[tuple[int, int], _Session] = {}
_lock = threading.Lock()


@dataclass
class Streamed:
    """An answer whose body has not been read yet. headers: names without regard to case."""

    status: int
    host: str
    headers: requests.structures.CaseInsensitiveDict[str]
    _response: requests.Response
    _patience: Patience
    _begun: float

    def pieces(self, most: int | None = None) -> Iterator[bytes]:
        """The body, decoded, piece by piece, each as soon as it is there.

        Raises Unavailable when it ends early or stalls, TooLarge over `most` bytes, Stopped.
        """
        taken = 0
        while True:
            pause(0)
            with translated(self.host, self._patience):
                piece = self._response.raw.read1(PIECE, decode_content=True)
            if not piece:
                pause(0)  # a line that was broken off by the user ends like one that was closed
                return
            taken += len(piece)
            if most is not None and taken > most:
                raise self._too_large(most)
            yield piece

    def body(self, most: int) -> bytes:
        """The whole body. Raises as pieces, and Unavailable when it takes longer than one answer may."""
        announced = self.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > most:
            raise self._too_large(most)
        deadline, found = self._begun + self._patience.whole, bytearray()
        for piece in self.pieces(most):
            found += piece
            if time.monotonic() > deadline:
                raise Unavailable(f"{self.host} took over {self._patience.whole:,g} s to answer.", _LATER)
        return bytes(found)

    def _too_large(self, most: int) -> TooLarge:
        return TooLarge(f"The answer of {self.host} is over {most / 1e6:,.4g} MB.", "Ask for less at once.")


@contextmanager
def stream(asked: Question, read_seconds: float | None = None) -> Iterator[Streamed]:
    """Send once, follow redirects, and give the answer before its body is read; whatever its status.

    read_seconds: instead of those of the settings. Raises Unavailable (connection, timeout, offline), BadAnswer
    (redirects), BadInput (address), Stopped.
    """
    chosen, begun = settings.current(), time.monotonic()
    if chosen.offline:
        raise Unavailable("The offline switch is on, so no service is asked.", "Unset EXPRONAUT_OFFLINE to ask it.")
    patience = replace(chosen.patience, read=read_seconds or chosen.patience.read)
    with _closing(_followed(asked, patience)) as response, woken(lambda: _break_off(response)):
        host = urlsplit(response.url).netloc
        yield Streamed(response.status_code, host, response.headers, response, patience, begun)


@contextmanager
def _closing(response: requests.Response) -> Iterator[requests.Response]:
    try:
        yield response
    finally:
        response.close()


def _break_off(response: requests.Response) -> None:
    """End a read of the body that waits in another thread."""
    with suppress(OSError, RuntimeError, ValueError):  # it was read to its end, or closed
        response.raw.shutdown()


def _followed(asked: Question, patience: Patience) -> requests.Response:
    """The answer behind all redirects. A key goes to the host it is for, and to no other."""
    url, method, secret = asked.url, str(asked.method), dict(asked.secret)
    body = asked.upload or asked.body.encode()
    for _ in range(HOPS + 1):
        headers = {**dict(asked.headers), **secret, **_kind(body)}
        if asked.on_send:
            asked.on_send()
        response = _sent(method, url, body, headers, patience)
        target = response.headers.get("Location", "")
        if response.status_code not in REDIRECTS or not target:
            return response
        response.close()
        before, url = url, _next(url, target)
        if asked.siblings is not None:
            check_sibling(asked.url, url, asked.siblings, response.status_code)
        elif _origin(before) != _origin(url):
            secret = {}
        if (response.status_code == 303 and method != "HEAD") or (
            response.status_code in (301, 302) and method == "POST"
        ):
            method, body = "GET", b""
    raise BadAnswer(f"{asked.host} sends from one address to the next without end.", "Check the address.")


def check_sibling(asked: str, url: str, siblings: tuple[str, ...], status: int) -> None:
    """Raise BadAnswer unless a redirect keeps to the hosts that may get the key, encrypted but on this machine."""
    scheme, host, port = _origin(url)
    _, _, usual = _origin(asked)
    safe = scheme == "https" or (asked.startswith("http:") and host in LOOPBACK)
    known = safe and host in siblings and port in (usual, 443)
    if status == 303 or not (known or _origin(url) == _origin(asked)):
        raise BadAnswer(
            f"{urlsplit(asked).netloc} sends to {urlsplit(url).netloc[:80]} (HTTP {status}), where the key may not go.",
            "Nothing was sent there; check the address of the service in the settings.",
        )


def _kind(body: bytes | Upload) -> dict[str, str]:
    if isinstance(body, Upload):
        return {"Content-Type": body.content_type}
    return {"Content-Type": "application/json"} if body else {}


def _next(url: str, target: str) -> str:
    try:
        return checked(urljoin(url, target))
    except (BadInput, ValueError) as error:
        raise BadAnswer(
            f"{urlsplit(url).netloc} sends to an address that is not http or https.", "Check the address."
        ) from error


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def _sent(
    method: str, url: str, body: bytes | Upload, headers: dict[str, str], patience: Patience
) -> requests.Response:
    host, begun = urlsplit(url).netloc, time.monotonic()
    with translated(host, patience):
        response = _session(patience.per_second).request(
            method,
            url,
            data=body or None,
            headers=headers,
            timeout=(patience.connect, patience.read),
            allow_redirects=False,
            stream=True,
        )
    _log.info("%s %s%s %d %.2f s", method, host, urlsplit(url).path, response.status_code, time.monotonic() - begun)
    return response


@contextmanager
def translated(host: str, patience: Patience) -> Iterator[None]:
    """Errors of the libraries as errors of our tree, naming the host."""
    try:
        yield
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        pause(0)  # what the user broke off is no failure of the host
        raise _translation(error, host, patience) from error


def _translation(error: Exception, host: str, patience: Patience) -> ExpronautError:
    for kinds, make, message, hint in _TRANSLATIONS:
        if isinstance(error, kinds):
            if isinstance(error, requests.exceptions.ConnectionError) and "Connection aborted" in str(error):
                return Unavailable(f"{host} closed the connection without an answer.", _LATER)
            return make(message.format(host=host, connect=patience.connect, read=patience.read), hint)
    return Unavailable(f"The connection to {host} broke.", _LATER)


_TRANSLATIONS: tuple[tuple[tuple[type[Exception], ...], Callable[[str, str], ExpronautError], str, str], ...] = (
    ((failures.ConnectTimeout,), Unreachable, "{host} took no connection within {connect:g} s.", _LATER),
    (
        (failures.SSLError, SSLError),
        Unavailable,
        "The certificate of {host} was not accepted.",
        "Check the address and the clock.",
    ),
    ((failures.ReadTimeout, ReadTimeoutError), Unavailable, "{host} sent nothing for {read:g} s.", _LATER),
    ((failures.ChunkedEncodingError, ProtocolError), Unavailable, "The answer of {host} was cut off.", _LATER),
    (
        (failures.ContentDecodingError, DecodeError),
        BadAnswer,
        "The answer of {host} cannot be unpacked.",
        "Try again later.",
    ),
    ((failures.ConnectionError,), Unreachable, "{host} cannot be reached.", "Check the network, then try again."),
    ((ValueError,), BadInput, "“{host:.60}” is not an address that can be asked.", "Check the address."),
)
