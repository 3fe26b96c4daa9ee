"""The tree of errors as HTTP: a status, and one sentence or two in the member that each API names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.errors import (
    BadAnswer,
    BadInput,
    ExpronautError,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)

STATUS: tuple[tuple[type[ExpronautError], int], ...] = (  # a class before those it is derived from
    (NotFound, 404),
    (BadInput, 400),
    (TooLarge, 400),
    (NotConfigured, 503),
    (Refused, 403),
    (RateLimited, 429),
    (Unavailable, 503),
    (BadAnswer, 500),
)
WORDS = {
    404: "Nothing is at this address; /docs lists what there is.",
    405: "This method is not offered here; the header Allow says which are.",
}
UNEXPECTED = "Something unexpected went wrong here; it is in the log of the server."


def status(error: ExpronautError) -> int:
    """The status of an error."""
    return next((number for kind, number in STATUS if isinstance(error, kind)), 500)


def failed(member: str, number: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as JSON: {member: sentence}."""
    return JSONResponse({member: sentence}, number, headers)


def told(member: str, error: ExpronautError) -> Response:
    """An error of ours as an answer."""
    waiting = error.retry_after if isinstance(error, RateLimited) else None
    headers = {"Retry-After": str(max(1, round(waiting or 1)))} if isinstance(error, RateLimited) else None
    return failed(member, status(error), str(error), headers)


def handlers(member: str) -> dict[Any, Any]:
    """What a Starlette application of this API does with each kind of exception."""

    def ours(_request: Request, error: ExpronautError) -> Response:
        return told(member, error)

    def of_http(_request: Request, error: HTTPException) -> Response:
        return failed(member, error.status_code, WORDS.get(error.status_code, error.detail), error.headers)

    def unexpected(_request: Request, _error: Exception) -> Response:
        return failed(member, 500, UNEXPECTED)

    return {ExpronautError: ours, HTTPException: of_http, Exception: unexpected}
