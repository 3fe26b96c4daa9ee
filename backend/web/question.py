"""What is asked of a service, and what came back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from backend.errors import BadAnswer, BadInput
from backend.web.upload import Upload

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
WEEK = 7 * 86_400.0
MOST_BYTES = 64_000_000
# Letters of any script, digits, points, dashes; colons stand in the addresses of IPv6 alone.
_HOST = re.compile(r"[\w.:-]+")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")  # surrogates: two escapes make a character, one makes none
AGENT = "Expronaut (gene expression dashboard)"


@dataclass(frozen=True)
class Question:
    """One request. Make it with `question`.

    body: JSON text, "" for none. upload: files that are sent instead; such an answer is never kept.
    secret: headers that hold a key; never shown, logged or kept.
    lifetime: seconds an answer to GET or POST counts as fresh, 0: never kept. most_bytes: a larger answer is TooLarge.
    repeatable: may be sent again when it is not known whether it arrived. accepted: statuses that are given back
    instead of raised. siblings: hosts that a redirect may lead to, with the key; any other is refused. None: to any,
    without the key. on_send: called before each request, those of redirects and further attempts too; it may raise.
    since: an answer that was asked for before this does not count, since something was changed there meanwhile.
    """

    url: str
    method: Method = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    secret: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    lifetime: float = WEEK
    most_bytes: int = MOST_BYTES
    repeatable: bool = True
    accepted: tuple[int, ...] = (200, 404)
    upload: Upload | None = field(default=None, repr=False)
    siblings: tuple[str, ...] | None = None
    on_send: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    since: datetime | None = field(default=None, compare=False)

    @property
    def host(self) -> str:
        """The host as people read it, with its port when it has one."""
        return urlsplit(self.url).netloc

    @property
    def keepable(self) -> bool:
        """Whether an answer may be kept, and shared by those who ask the same; never that of a change."""
        return self.lifetime > 0 and self.method in ("GET", "POST") and self.upload is None

    @property
    def key(self) -> str:
        """Equal for equal questions under the same key of the user; nothing can be read from it."""
        asked = json.dumps([self.method, self.url, self.body, self.headers, self.secret])
        return hashlib.sha256(asked.encode()).hexdigest()

    @property
    def shown(self) -> str:
        """Method, host and path, for messages and the log: without what was asked for."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.netloc}{parts.path}"


def question(
    url: str,
    params: Mapping[str, str | int] | None = None,
    body: Any = None,
    method: Method | None = None,
    secret: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Question:
    """A question. params go percent-encoded into the address; a body is sent as JSON, by POST unless said otherwise.

    more: further fields of Question. Raises BadInput for an address that is not http(s), or a header of several lines.
    """
    address = _with(checked(url), params or {})
    text = "" if body is None else json.dumps(body, sort_keys=True)
    for name, value in {**(headers or {}), **(secret or {})}.items():
        if not value.isprintable() or not value.isascii() or value != value.strip():
            raise BadInput(f"The value of {name} holds a character that a header cannot hold.", "Check the setting.")
    chosen: Method = method or ("GET" if body is None and more.get("upload") is None else "POST")
    return Question(address, chosen, text, tuple((headers or {}).items()), secret=tuple((secret or {}).items()), **more)


def _with(url: str, params: Mapping[str, str | int]) -> str:
    """The address with params after those it has; without what follows #, which is never sent."""
    address, has, asked = url.partition("#")[0].partition("?")
    try:
        query = "&".join(part for part in (asked, urlencode(params, quote_via=quote)) if part)
    except UnicodeEncodeError as error:  # half a character
        raise BadInput("What is asked for holds a character that cannot be sent.", "Type it anew.") from error
    return f"{address}?{query}" if query else address + has


def checked(url: str) -> str:
    """The address. Raises BadInput unless it is http(s) with a host and without a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for a port that is no number
        (parts.hostname or "").encode("idna")  # raises for a name that no host can have
    except ValueError as error:
        raise BadInput(f"“{url[:80]}” is not a web address.", "Give one that starts with https://.") from error
    odd = "\\" in url or set(parts.netloc) & set(" %") or url != url.strip() or not url.isprintable()
    odd = odd or not _HOST.fullmatch(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not parts.hostname or odd:
        raise BadInput(f"“{url[:80]}” is not a web address.", "Give one that starts with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise BadInput("A web address holds a user name or password.", "Give the key in the settings instead.")
    return url


@dataclass(frozen=True)
class Reply:
    """What a service answered. fetched_at: when it was asked, in UTC. kept: from the disk. stale: no longer fresh."""

    status: int
    host: str
    content_type: str
    body: bytes = field(repr=False)
    fetched_at: datetime
    kept: bool = False
    stale: bool = False

    @property
    def text(self) -> str:
        """The body as UTF-8; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def read_json(body: bytes) -> Any:
    r"""What JSON says. Raises ValueError, also for half a character (\ud800 alone), which no table or file takes."""
    found = json.loads(body)
    if _HALF.search(body):
        json.dumps(found, ensure_ascii=False).encode()
    return found


def as_json(reply: Reply) -> Any:
    """The body as JSON. Raises BadAnswer naming the host and what came instead."""
    try:
        return read_json(reply.body)
    except (ValueError, RecursionError) as error:
        begin = " ".join(reply.text[:60].split()) or "nothing"
        raise BadAnswer(
            f"{reply.host} should have answered in JSON; the answer begins with “{begin}”.",
            "Try again later; if it stays so, the service has changed.",
        ) from error
