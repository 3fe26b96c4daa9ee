"""What ODM says of its jobs, in all the forms it was seen in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from backend.errors import BadAnswer
from backend.model_odm_import import OdmJob

ENDED = ("COMPLETED", "FAILED", "STOPPED", "ABANDONED")  # any other state goes on, an unknown one too
MOST_TEXT = 500
MOST_ERRORS = 20
_KNOWN_JOB = re.compile(r"job instance already exists .+ jobExecId=([0-9]{1,18})", re.DOTALL | re.IGNORECASE)
_ANY_JOB = re.compile(r"jobExecId[\"']?\s*[=:]\s*([0-9]{1,18})")
_TIMES = ("%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")
_MILLISECONDS = 100_000_000_000  # a number of seconds is never as large


def job(found: Any) -> OdmJob:
    """A job of its start or its info. Raises BadAnswer without a number."""
    number = found.get("jobExecId") if isinstance(found, Mapping) else None
    if isinstance(number, str) and number.isascii() and number.isdecimal() and len(number) < 19:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadAnswer("ODM started a job without telling its number.", "Look at the jobs of the server.")
    return OdmJob(
        number,
        _text(found.get("jobName")),
        _text(found.get("status")).strip().upper() or "UNKNOWN",
        _text(found.get("startedBy")),
        shown_time(found.get("createTime")),
        shown_time(found.get("endTime")),
    )


def known_job(text: str) -> int | None:
    """The number of the job that did the same before, from the message of a 409; None when it names none."""
    found = _KNOWN_JOB.search(text) or _ANY_JOB.search(text)
    return int(found[1]) if found else None


def time_of(value: Any) -> datetime | None:
    """A time in any form seen: 28-10-2022 11:17:09, 2022-10-28 11:17:09, ISO, or milliseconds; None for another.

    Without a zone where the server names none.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_number(value)
    text = value.strip() if isinstance(value, str) else ""
    for form in _TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _of_number(value: int | float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1_000 if abs(value) >= _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def shown_time(value: Any) -> str:
    """A time as 2022-10-28 11:17:09, with its zone when it has one; what cannot be read stays as it is."""
    found = time_of(value)
    return found.isoformat(" ", "seconds") if found else _text(value)


def accession(output: Any) -> str:
    """What a job made: an accession (study) or the accession of a group; "" when it does not say."""
    result = output.get("result") if isinstance(output, Mapping) else None
    if not isinstance(result, Mapping):
        return ""
    return _text(result.get("accession") or result.get("groupAccession")).strip()


def failures(output: Any) -> tuple[str, ...]:
    """The messages of the errors of a job, with their stage, each once."""
    errors = output.get("errors") if isinstance(output, Mapping) else None
    if not isinstance(errors, list):
        return ()
    found = dict.fromkeys(message for one in errors for message in _messages(one))
    return tuple(found)[:MOST_ERRORS]


def _messages(error: Any) -> Iterator[str]:
    if not isinstance(error, Mapping):
        yield from filter(None, [_text(error)])
        return
    stack = error.get("stack")
    found = [_message(one) for one in stack] if isinstance(stack, list) else []
    found = [one for one in (*found, _text(error.get("message"))) if one]
    stage = _text(error.get("stage"))
    for text in found or ["no message"]:
        yield f"{stage}: {text}" if stage else text


def _message(one: Any) -> str:
    return _text(one.get("message") or one.get("type")) if isinstance(one, Mapping) else _text(one)


def _text(value: Any) -> str:
    """One line, shortened; a half of a character replaced."""
    text = "" if value is None else str(value)[: MOST_TEXT * 2]
    return " ".join(text.encode("utf-8", "replace").decode().split())[:MOST_TEXT]
