"""How an RNAget route answers: methods, media types, errors as {"message"}, and files that leave nothing behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from backend import settings
from backend.errors import ExpronautError, NotConfigured, RateLimited
from backend.serve import failures, rnaget_accept, served, tokens
from backend.serve.matrix import FileType
from backend.serve.rnaget_accept import NotAcceptable
from backend.serve.rnaget_query import Query, encoded

MEMBER = "message"
PREFIX = "/rnaget"
METHODS = "GET, HEAD, OPTIONS"
PIECE = 1 << 18  # bytes of a file that are sent at once


class NotImplementedHere(ExpronautError):
    """A part of RNAget that this server does not offer at the moment: 501."""


@dataclass(frozen=True)
class Ask:
    """One request. base: address of the API, without a slash at the end. most: cells of one answer."""

    query: Query
    id: str
    accept: str
    base: str
    most: int
    head: bool

    def link(self, path: str, parameters: dict[str, str]) -> tuple[str, dict[str, str]]:
        """The address of a file of this API, and the headers that open it."""
        target = f"{path}?{encoded(parameters)}" if parameters else path
        secret = settings.current().serve.token
        opening = {"Authorization": f"Bearer {tokens.made(target, secret)}"} if secret else {}
        return f"{self.base}{target}", opening


Work = Callable[[Ask], Response]


class Endpoint:
    """One route as an ASGI application, for all methods."""

    def __init__(self, work: Work, base: str, most: int) -> None:
        self._work, self._base, self._most = work, base, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accept = ",".join(Headers(scope=scope).getlist("accept"))
        if scope["method"] == "OPTIONS":
            response = Response(status_code=204, headers={"Allow": METHODS})
        elif scope["method"] not in ("GET", "HEAD"):
            response = failed(405, failures.WORDS[405], accept, {"Allow": METHODS})
        else:
            found = self._at_once(scope, accept)
            response = found if found is not None else await run_in_threadpool(self._answer, scope, accept)
        await response(scope, receive, send)

    def _at_once(self, scope: Scope, accept: str) -> Response | None:
        """An answer that was given before."""
        there = served.at_once()
        return None if there is None or scope["method"] == "HEAD" else there.ready.get(self._key(scope, accept))

    def _key(self, scope: Scope, accept: str) -> tuple[object, ...]:
        where = self._base or (scope.get("scheme"), scope.get("server"))
        return scope["path"], scope["query_string"], accept, where

    def _answer(self, scope: Scope, accept: str) -> Response:
        there = served.now()
        response = self._worked_out(scope, accept)
        if scope["method"] != "HEAD" and not settings.current().serve.token:  # tickets would carry old tokens
            there.ready.keep(self._key(scope, accept), response)
        return response

    def _worked_out(self, scope: Scope, accept: str) -> Response:
        try:
            own = scope["path_params"].get("id", "")
            head = scope["method"] == "HEAD"
            base = address(scope, self._base)
            return self._work(Ask(Query(scope["query_string"]), own, accept, base, self._most, head))
        except ExpronautError as error:
            waiting = {"Retry-After": "1"} if isinstance(error, RateLimited) else {}
            return failed(_status(error), str(error), accept, waiting)


def address(scope: Scope, given: str) -> str:
    """Where clients reach the API: as set, else as given, else the address of the connection; never the Host header."""
    root = settings.current().public_url or given
    if not root:
        host, port = scope.get("server") or ("", None)
        if not host or port is None:
            raise NotConfigured("The server does not know its own address.", "Set EXPRONAUT_PUBLIC_URL.")
        root = f"{scope.get('scheme', 'http')}://{f'[{host}]' if ':' in host else host}:{port}"
    return f"{root.rstrip('/')}{PREFIX}"


def as_json(ask: Ask, value: object) -> Response:
    """A JSON answer in the media type the client named. Raises NotAcceptable."""
    media = rnaget_accept.json_type(ask.accept)
    if media is None:
        raise NotAcceptable("The header Accept names no media type of this answer.", "Ask for application/json.")
    return _json(value, 200, media, {})


def failed(number: int, sentence: str, accept: str, headers: Mapping[str, str]) -> Response:
    """An error; a client that takes no JSON gets it as JSON too."""
    media = rnaget_accept.json_type(accept) or f"{rnaget_accept.JSON_TYPES[0]}; charset=us-ascii"
    return _json({MEMBER: sentence}, number, media, headers)


def _json(value: object, number: int, media: str, headers: Mapping[str, str]) -> Response:
    body = json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii")
    return Response(body, number, {"Content-Type": media, "Vary": "Accept", **headers})


def _status(error: ExpronautError) -> int:
    if isinstance(error, NotAcceptable):
        return 406
    return 501 if isinstance(error, NotImplementedHere) else failures.status(error)


def file_headers(ask: Ask, own: str, file: FileType) -> dict[str, str]:
    """The headers of a file called by the id of its matrix."""
    return {
        "Content-Type": rnaget_accept.media_type(ask.accept, file),
        "Content-Disposition": f'attachment; filename="{own}.{file}"',
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }


def headless(headers: Mapping[str, str]) -> Response:
    """The answer to HEAD: the headers of a file whose length is not known before it is made."""
    response = Response(headers=headers)
    del response.headers["content-length"]
    return response


def sent(file: BinaryIO, headers: Mapping[str, str]) -> Response:
    """An open file from its beginning; it is closed in any case."""
    size = file.seek(0, 2)
    file.seek(0)
    return _Closing(_pieces(file), file, {**headers, "Content-Length": str(size)})


def streamed(first: str, more: Iterator[str], headers: Mapping[str, str]) -> Response:
    """Text as it is made; `first` is made already, so that what usually fails has failed before the status is sent."""

    def pieces() -> Iterator[bytes]:
        yield first.encode()
        for text in more:
            yield text.encode()

    return StreamingResponse(pieces(), headers=dict(headers))


def nameless() -> BinaryIO:
    """A temporary file without a name: it is gone when closed, also when the server is killed."""
    made: Any = tempfile.TemporaryFile(prefix="expronaut-")  # noqa: SIM115  closed when sent
    file: BinaryIO = made
    return file


class _Closing(StreamingResponse):
    """Closes the file also when the client goes away."""

    def __init__(self, content: Iterator[bytes], file: BinaryIO, headers: Mapping[str, str]) -> None:
        super().__init__(content, headers=dict(headers))
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
