"""What is checked before a request is looked at: length, how often its client asks, its token."""

from __future__ import annotations

import hmac
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import settings
from backend.serve import tokens
from backend.serve.failures import failed
from backend.settings import Serve

MOST_URL = 60_000  # bytes of path and query; servers take 64 kB of a whole head
MOST_BODY = 1_000_000  # bytes
BURST = 2.0  # seconds' worth of requests that may come at once
MOST_CLIENTS = 10_000  # remembered


class Buckets:
    """How much each client may still ask: a bucket that fills with the rate and holds BURST seconds of it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client -> (requests left, when)

    def wait(self, client: str, rate: float) -> float:
        """Take one request of a client; 0, or when there is none, the seconds until there is. rate: above 0."""
        now, most = self._now(), max(1.0, rate * BURST)
        left, seen = self._left.pop(client, (most, now))
        left = min(most, left + (now - seen) * rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / rate


class Guard:
    """Lets a request through, or answers 414, 411, 413, 429 or 401 in the member of its API.

    free: paths for which no token is asked. tickets: where the files of tickets lie, which tokens of their own open.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets, member: str, free: frozenset[str], tickets: str) -> None:
        self._app, self._buckets, self._member, self._free, self._tickets = app, buckets, member, free, tickets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope, settings.current().serve) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, chosen: Serve) -> Response | None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_URL:
            return self._failed(414, f"The address is over {MOST_URL:,} bytes. Ask for less at once.")
        wait = self._buckets.wait(client(scope), chosen.rate) if chosen.rate else 0.0
        if wait:
            seconds = str(max(1, math.ceil(wait)))
            sentence = f"More than {chosen.rate:g} requests a second came from you. Wait, then ask again."
            return self._failed(429, sentence, {"Retry-After": seconds})
        headers = Headers(scope=scope)
        if chosen.token and scope["path"] not in self._free and not self._opens(scope, headers, chosen):
            sentence = "This server asks for a token: send the header Authorization: Bearer, and the token."
            return self._failed(401, sentence, {"WWW-Authenticate": "Bearer"})
        return self._body_refused(headers)

    def _opens(self, scope: Scope, headers: Headers, chosen: Serve) -> bool:
        given = headers.get("authorization", "")
        if is_token(given, chosen):
            return True
        path, query = (scope[name].decode("ascii", "replace") for name in ("raw_path", "query_string"))
        if not path.startswith(self._tickets):
            return False
        target = path.removeprefix(self._tickets) + (f"?{query}" if query else "")
        return tokens.opens(given, target, chosen.token)

    def _body_refused(self, headers: Headers) -> Response | None:
        if "transfer-encoding" in headers:
            return self._failed(411, "A body without its length came. Send Content-Length.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > MOST_BODY:
            return self._failed(413, f"The body is over {MOST_BODY:,} bytes. Ask for less at once.")
        return None

    def _failed(self, number: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
        return failed(self._member, number, sentence, headers)


def is_token(header: str, chosen: Serve) -> bool:
    """Whether a header of authorization carries the token; takes as long for a wrong one as for the right one."""
    scheme, _, given = header.partition(" ")
    same = hmac.compare_digest(given.strip().encode(), chosen.token.encode())
    return same and scheme.lower() == "bearer"


def client(scope: Scope) -> str:
    """Who asks: an address, of IPv6 the network of a household, in printable characters."""
    return _named(str((scope.get("client") or ("unknown",))[0]))


@lru_cache(maxsize=1_000)
def _named(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return quote(host[:64], safe="")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None and not address.is_loopback:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
