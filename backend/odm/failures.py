"""What an ODM server says when something is wrong: untyped JSON in several forms, or a page of its gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from backend import web
from backend.errors import BadAnswer, ExpronautError, NotFound, Refused, Unavailable
from backend.web import Reply

SAID = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 501)  # statuses whose body is read
MOST = 300  # characters of what a server says
NO_ACCESS = (
    "Was a token sent, was it copied with its first and last sign, is it of this server, "
    "and is it still listed in your profile?"
)
NO_RIGHT = "Is the account in the Curators group, and may it see this study?"
_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def message(body: bytes, most: int = MOST) -> str:
    """What an error says, whichever form it has; "" when it says nothing readable. most: characters."""
    text = body[:100_000].decode("utf-8", "replace")
    try:
        said = _of_json(json.loads(text))
    except (ValueError, RecursionError):
        said = _TAG.sub(" ", text)
    return " ".join(said.split())[:most]


def _of_json(found: Any) -> str:
    if isinstance(found, str):
        return found
    if not isinstance(found, Mapping):
        return ""
    error, errors = found.get("error"), found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    tried = (
        error.get("message") if isinstance(error, Mapping) else error,
        found.get("detail"),
        found.get("message"),
        found.get("title"),
        first.get("message") if isinstance(first, Mapping) else first,
    )
    return next((one for one in tried if isinstance(one, str) and one.strip()), "")


def failure(status: int, host: str, body: bytes) -> ExpronautError:
    """The error of a status that is no success."""
    said = message(body)
    told = f"{host} answers: {_whole(said)}" if said else f"{host} answers with HTTP {status}."
    if status == 401:
        return Refused(f"{host} does not accept the token (HTTP 401){_after(said)}", NO_ACCESS)
    if status == 403:
        return Refused(f"{host} does not allow this (HTTP 403){_after(said)}", NO_RIGHT)
    if status < 500 and _PAGE.match(body[:200]):
        hint = "Check the address of the server and its form, modern or legacy."
        return BadAnswer(f"{host} answers with a web page (HTTP {status}){_after(said)}", hint)
    if status == 404:
        return NotFound(told, "Check the accession, and whether the account may see it.")
    if status >= 500 and status != 501:
        return Unavailable(f"{host} has a problem (HTTP {status}){_after(said)}", "Try again later.")
    return BadAnswer(told, "Check the filters and names; if they are right, the server is of another version.")


def _after(said: str) -> str:
    return f": {_whole(said)}" if said else "."


def _whole(said: str) -> str:
    """What a server says as a sentence: hints follow it."""
    return said if said.endswith((".", "!", "?")) else f"{said}."


def as_json(reply: Reply) -> Any:
    """The JSON of a success. Raises BadAnswer for a web page, as gateways send, or nothing at all."""
    if reply.body.strip() and web.is_html(reply):
        raise BadAnswer(f"{reply.host} answers with a web page.", "Check the address of the server, or sign in again.")
    return web.as_json(reply)
