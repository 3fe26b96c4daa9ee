"""One exchange with an HttpDouble: the call, its answer, and the record kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Protocol


class Body(Protocol):
    """A body that is never in memory as a whole."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice) -> Body: ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass
class Call:
    """A request as a route sees it. query: the last value of each name; target: path and query as sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes
    target: str

    def json(self) -> dict:
        """The body as a JSON object; {} when it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass
class Answer:
    """What a route gives back; Content-Length is set by the server.

    body: bytes, or something with a length and slices that gives bytes in pieces when it is gone through.
    cut: the connection ends after so many bytes of the body. told: whether the length is announced.
    """

    status: int = 200
    body: bytes | Body = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    told: bool = True

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Answer:
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | headers)

    @classmethod
    def text(cls, value: str, kind: str = "text/plain", status: int = 200) -> Answer:
        return cls(status, value.encode(), {"Content-Type": f"{kind}; charset=utf-8"})

    @classmethod
    def html(cls, status: int, sentence: str = "") -> Answer:
        """An error page as web servers send them."""
        title = f"{status} {HTTPStatus(status).phrase}"
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>{sentence}</body></html>"
        return cls.text(page, "text/html", status)


@dataclass
class Record:
    """A request that arrived. arrived, done: time.monotonic; status: 0 until, or unless, one was sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes
    arrived: float
    done: float = 0.0
    status: int = 0
    fault: str = ""
