"""What the service says when something is wrong. All its forms but the statuses are assumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend import web
from backend.errors import BadAnswer, BadInput, ExpronautError, NotFound, Refused
from backend.web import Reply

SAID = (400, 401, 403, 404, 405, 406, 409, 410, 422, 501)  # statuses whose body is read
MOST = 300  # characters of what a server says
_NAMED = ("query", "path", "body", "header", "cookie")  # where a parameter stands, left out before its name


def message(reply: Reply) -> str:
    """What an error says, whichever form it has: a text, or a list of faults; "" for a web page or nothing."""
    if not reply.body.strip() or web.is_html(reply):
        return ""
    try:
        said = _of_json(json.loads(reply.body[:100_000]))
    except (ValueError, RecursionError):
        said = reply.text[: MOST * 2]
    plain = "".join(sign if sign.isprintable() else " " for sign in said)
    return " ".join(plain.split())[:MOST]


def _of_json(found: Any) -> str:
    if isinstance(found, str):
        return found
    if not isinstance(found, Mapping):
        return ""
    error = found.get("error")
    tried = (found.get("detail"), error.get("message") if isinstance(error, Mapping) else error, found.get("message"))
    return next((text for one in tried if (text := _said(one))), "")


def _said(one: Any) -> str:
    """A text, or each fault of a list as "page: Input should be at least 1"."""
    if isinstance(one, str):
        return one.strip()
    if isinstance(one, Mapping):
        return _fault(one)
    return "; ".join(text for fault in one[:10] if (text := _said(fault))) if isinstance(one, list) else ""


def _fault(fault: Mapping[str, Any]) -> str:
    said, where = fault.get("msg") or fault.get("message"), fault.get("loc")
    places = where if isinstance(where, list) else [where] if isinstance(where, str) else []
    name = ".".join(str(place) for place in places if place not in _NAMED)
    text = said if isinstance(said, str) else ""
    return f"{name}: {text}" if name and text else text or name


def failure(reply: Reply) -> ExpronautError:
    """The error of a status that is no success."""
    status, host, said = reply.status, reply.host, message(reply)
    told = f": {_whole(said)}" if said else "."
    if status == 401:
        hint = "Check EXPRONAUT_STOMICS_KEY: is the key whole, and does your account there still list it?"
        return Refused(f"{host} does not accept the key (HTTP 401){told}", hint)
    if status == 403:
        hint = "Check EXPRONAUT_STOMICS_KEY, and whether your account there may see this."
        return Refused(f"{host} does not allow this (HTTP 403){told}", hint)
    if reply.body.strip() and web.is_html(reply):
        return BadAnswer(f"{host} answers with a web page (HTTP {status}).", "Check EXPRONAUT_STOMICS.")
    if status in (404, 410):
        return NotFound(f"{host} does not have this (HTTP {status}){told}", "Check the accession.")
    if status in (400, 422):
        return BadInput(f"{host} does not take what was asked{told}", "Change the search or the filters.")
    return BadAnswer(f"{host} does not understand this request (HTTP {status}){told}", "The service may have changed.")


def _whole(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."


def keys(found: Any) -> str:
    """What arrived, for the message of an answer of another form: its keys, else its kind."""
    if isinstance(found, Mapping):
        names = [str(name)[:40] for name in list(found)[:12]]
        more = f" and {len(found) - 12} more" if len(found) > 12 else ""
        return f"an object with {', '.join(names)}{more}" if names else "an empty object"
    if isinstance(found, list):
        return f"a list of {len(found):,}"
    return {"str": "a text", "bool": "true or false", "NoneType": "null"}.get(type(found).__name__, "a number")
