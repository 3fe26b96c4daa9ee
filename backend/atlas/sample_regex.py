"""Regular expressions over the texts of samples: slower than words, every text is looked at."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.atlas import sample_schema
from backend.atlas.sample_scan import DAMAGED, FLAGS
from backend.atlas.sample_schema import SERIES_SEPARATOR
from backend.errors import BadInput, TooLarge, Unavailable
from backend.sample_match import Match, snippet

MAX_PATTERN = 200  # characters
PATIENCE = 20.0  # seconds
FIELDS = ("sample", "title", "source", "characteristics", "series")

_PROGRAM = Path(__file__).with_name("sample_scan.py")
_turns = threading.Semaphore(2)  # searches at a time: each takes a whole core


@dataclass(frozen=True)
class Scanned:
    """What matched: ids of texts (source names and characteristics), places of samples, codes of series."""

    texts: list[int]
    samples: list[int]
    series: list[int]


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, matching without case. Raises BadInput, naming the column from 1, and TooLarge."""
    if len(pattern) > MAX_PATTERN:
        message = f"The regular expression has {len(pattern):,} characters, over {MAX_PATTERN}."
        raise TooLarge(message, "Shorten it, or search for words.")
    if not pattern.strip():
        raise BadInput("There is no regular expression to search for.", "Type one, for example liver|hepat.")
    hint = "Write a backslash before a sign that stands for itself, or search for words."
    try:
        return re.compile(pattern, FLAGS)
    except re.error as error:
        column = (error.pos or 0) + 1
        message = f"The regular expression is not valid at column {column}: {error.msg}."
        raise BadInput(message, hint, column=str(column)) from error
    except (RecursionError, OverflowError, FutureWarning) as error:
        raise BadInput(f"The regular expression is not valid: {error}.", hint) from error


def scan(path: Path, pattern: str, patience: float = PATIENCE) -> Scanned:
    """Search all texts of a sample table, in another process that is stopped after `patience` seconds.

    Raises TooLarge then, BadInput for a pattern that is none, BadAnswer for a damaged table.
    """
    compiled(pattern)
    asked = json.dumps({"path": sample_schema.address(path), "pattern": pattern})
    command = [sys.executable, "-I", "-S", "-W", "ignore", str(_PROGRAM)]
    try:
        with _turns:
            done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=patience)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        message = f"The regular expression needs over {patience:g} seconds."
        raise TooLarge(message, "Avoid repeats within repeats, as in (a+)+, or search for words.") from error
    except OSError as error:
        raise Unavailable(f"The search could not be started: {error}.", "Search for words instead.") from error
    if done.returncode == DAMAGED:
        raise sample_schema.damaged(path)
    if done.returncode:
        raise Unavailable("The search with a regular expression broke off.", "Try again, or search for words.")
    return Scanned(**json.loads(done.stdout))


def first_match(record: Mapping[str, str], pattern: re.Pattern[str]) -> Match:
    """The first match in the first of FIELDS that has one; Match("", "", ()) when none has.

    Looks at the texts that `scan` looked at and no further, or a pattern might take for ever here.
    """
    for field in FIELDS:
        for text in record[field].split(SERIES_SEPARATOR) if field == "series" else [record[field]]:
            if text and (found := pattern.search(text)):
                shown = snippet(field, text, [found.span()])
                return shown if found.group() else Match(shown.field, shown.snippet, ())
    return Match("", "", ())
