"""Tickets: where the bytes of a matrix or of tracks are, and which headers go there. A ticket is never kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from backend import web
from backend.errors import BadAnswer, BadInput, NotFound
from backend.rnaget.server import BYTES, LONG_KEY, REFUSED, Server, accepted
from backend.web import Reply, hiding

T = TypeVar("T")
MOST_BYTES = 400_000_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NO_UNITS = ("tsv", "loom", "json", "none", "null")  # what some servers write into `units`
_LONGEST_UNIT = 60
_HEADER = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
_OWN = ("host", "content-length", "transfer-encoding", "connection", "accept")  # headers that we write


@dataclass(frozen=True)
class Ticket:
    """Where the bytes of a matrix are. headers: to be sent there, and nowhere else."""

    url: str
    unit: str
    format: str
    study: str
    md5: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    notes: tuple[str, ...] = ()


def read_ticket(server: Server, found: Any) -> Ticket:
    """A ticket in any of the forms servers send: an object, a list of one, members missing, null or in capitals.

    Raises NotFound for an empty list, BadAnswer for one that is no ticket.
    """
    one = _one(server, found)
    url = one.get("url") or one.get("URL")
    if not isinstance(url, str) or not url:
        raise BadAnswer(f"The ticket of {server.endpoint.name} has no address.", "Tell those who run the server.")
    try:
        address = web.question(urljoin(f"{server.endpoint.base}/", url)).url
    except (BadInput, ValueError) as error:
        raise BadAnswer(
            f"The ticket of {server.endpoint.name} leads to something that is no web address.", _TELL
        ) from error
    headers, notes = _headers(server, address, one.get("headers"))
    unit = " ".join(str(one.get("units") or "").split())[:_LONGEST_UNIT]
    return Ticket(
        address,
        "" if unit.casefold() in NO_UNITS else unit,
        str(one.get("fileType") or one.get("format") or ""),
        str(one.get("studyID") or ""),
        str(one.get("md5") or one.get("MD5") or "").strip(),
        headers,
        (*_way(address), *notes),
    )


def _one(server: Server, found: Any) -> Mapping[str, Any]:
    if found == []:
        raise NotFound(f"{server.endpoint.name} has nothing that matches.", "Choose other filters.")
    if isinstance(found, list) and len(found) > 1:
        raise BadAnswer(f"{server.endpoint.name} sent {len(found)} tickets for one matrix.", "Choose a study or an id.")
    one = found[0] if isinstance(found, list) else found
    if not isinstance(one, Mapping):
        raise BadAnswer(f"{server.endpoint.name} sent a {type(one).__name__} where a ticket is due.", _TELL)
    return one


def _headers(server: Server, address: str, given: Any) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The headers that are sent, and what to say of it.

    The key of the server goes to addresses under its own base, and to no other host or port, even if a ticket says so.
    """
    name, key = server.endpoint.name, server.endpoint.token
    ours = _origin(address) == _origin(server.endpoint.base)
    if len(key) >= LONG_KEY and not ours and key in unquote(address):
        raise BadAnswer(f"{name} puts your key into an address of {urlsplit(address).netloc}.", _TELL)
    told = {str(header): str(value) for header, value in given.items()} if isinstance(given, Mapping) else {}
    for header, value in told.items():
        if not _HEADER.match(header) or not (value.isascii() and value.isprintable()):
            raise BadAnswer(f"The ticket of {name} asks for a header that cannot be sent.", _TELL)
    told = {header: value.strip() for header, value in told.items() if header.casefold() not in _OWN}
    echoed = [header for header, value in told.items() if key and key in value]
    if not echoed:
        given_one = any(header.casefold() == "authorization" for header in told)
        under = ours and address.startswith(f"{server.endpoint.base}/")
        own = {"Authorization": f"Bearer {key}"} if key and under and not given_one else {}
        return tuple((told | own).items()), ()
    if ours:
        return tuple(told.items()), (f"The ticket of {name} carries your key.",)
    kept = tuple((header, value) for header, value in told.items() if header not in echoed)
    return kept, (f"The ticket of {name} would send your key to {urlsplit(address).netloc}; it was not sent there.",)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _way(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme == "https" or host in LOOPBACK:
        return ()
    return (f"The data came over http from {host}, unprotected on their way.",)


def fetched(told: Ticket, read: Callable[[bytes], T]) -> T:
    """What `read` makes of the bytes behind a ticket.

    Raises NotFound when they are gone, BadAnswer for a wrong md5 or a refusal, and whatever read raises.
    """
    asked = web.question(
        told.url,
        headers={"Accept": BYTES},
        secret=dict(told.headers),
        lifetime=0.0,
        accepted=(200, *REFUSED),
        most_bytes=MOST_BYTES,
    )

    def checked(reply: Reply) -> T:
        if reply.status == 404:
            raise NotFound(f"{reply.host} does not have the data of the ticket any more.", "Ask again.")
        body = accepted(reply).body
        if told.md5 and hashlib.md5(body, usedforsecurity=False).hexdigest() != told.md5.lower():
            raise BadAnswer(f"The data of {reply.host} do not have the md5 of their ticket.", "Ask again.")
        return read(body)

    with hiding(*(value.removeprefix("Bearer ") for _, value in told.headers)):
        return web.ask(asked, checked).value


_TELL = "Tell those who run the server."
