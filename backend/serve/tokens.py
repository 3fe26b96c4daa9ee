"""Download tokens: a ticket's header that opens exactly one file for a while, so that no ticket repeats the token.

Written as `<second it ends>.<HMAC-SHA256 of that second, path and query under the server's token>`, in hex.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable

LASTS = 3_600  # seconds
_PURPOSE = b"expronaut download"


def made(target: str, secret: str, now: Callable[[], float] = time.time) -> str:
    """A token for a target: path from the root of the API on, `?` and query, as they go over the wire."""
    until = str(int(now()) + LASTS)
    return f"{until}.{_signature(until, target, secret)}"


def opens(authorization: str, target: str, secret: str, now: Callable[[], float] = time.time) -> bool:
    """Whether a header of authorization carries a token made for this target that has not ended."""
    scheme, _, given = authorization.partition(" ")
    until, _, signature = given.strip().partition(".")
    if scheme.lower() != "bearer" or not secret or not (until.isascii() and until.isdecimal() and len(until) < 16):
        return False
    right = hmac.compare_digest(signature.encode(), _signature(until, target, secret).encode())
    return right and int(until) >= now()


def _signature(until: str, target: str, secret: str) -> str:
    key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return hmac.new(key, f"{until}\n{target}".encode(), hashlib.sha256).hexdigest()
