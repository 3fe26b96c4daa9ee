"""Search the texts of a sample table with a regular expression: a program of its own, without the app's modules.

A pattern may take for ever, and Python lets nothing else run meanwhile: another process can be stopped.
Reads from standard input {"path": URI of samples.sqlite, "pattern": text}; writes
{"texts": [ids], "samples": [places], "series": [codes]} of the texts, of the titles or accessions, and of the
series names that match. Ends with DAMAGED when the table cannot be read.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from contextlib import closing

DAMAGED = 3  # exit status
FLAGS = re.IGNORECASE


QUESTIONS = {  # a missing text is "" and matches nothing; every text is tried, whatever else of its sample matches
    "texts": ("SELECT id, text FROM texts",),
    "samples": (
        "SELECT place, title FROM samples WHERE title <> ''",
        "SELECT place, sample FROM samples WHERE sample <> ''",
    ),
    "series": ("SELECT code, name FROM series",),
}


def scan(uri: str, pattern: str) -> dict[str, list[int]]:
    """Ids of what matches. Raises sqlite3.Error when the table cannot be read."""
    search = re.compile(pattern, FLAGS).search
    with closing(sqlite3.connect(uri, uri=True)) as db:
        return {
            name: [code for question in questions for code, text in db.execute(question) if search(text)]
            for name, questions in QUESTIONS.items()
        }


def main() -> int:
    asked = json.load(sys.stdin)
    try:
        json.dump(scan(asked["path"], asked["pattern"]), sys.stdout)
    except (sqlite3.Error, UnicodeDecodeError, TypeError):  # TypeError: a number or nothing where text is due
        return DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main())
