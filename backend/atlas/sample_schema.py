"""What the sample table consists of: samples.sqlite (texts and their words) and samples.npz (codes, one a sample)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from backend.errors import BadAnswer, NotConfigured

TEXTS, CODES = "samples.sqlite", "samples.npz"

# What is searched, in the order in which a match is looked for. The extract protocol is left out: it speaks of
# kits and sera ("fetal bovine serum"), not of the sample, and would bring false hits.
FIELDS = (
    "sample",
    "title",
    "source",
    "characteristics",
    "series",
    "tissue",
    "origin",
    "instrument",
    "library_source",
    "pool",
    "year",
)
FACETS = ("series", "tissue", "instrument", "pool", "year")
POOLS = ("bulk", "single-cell")
UNKNOWN = "(unknown)"  # how a facet shows what is missing
SERIES_SEPARATOR = ", "
END = "∎"  # stands behind the last word of a tissue, so that Bone can be told from Bone marrow
MISSING = "∅"  # stands in the index where a facet is missing; no word of a query can be this

# Words are folded before they are indexed, so that the index compares as sample_match does. The tokeniser
# "ascii" then splits them at blanks and nowhere else: it leaves every letter beyond ASCII alone.
SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE series (code INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE samples (
    place INTEGER PRIMARY KEY, sample TEXT NOT NULL, title TEXT NOT NULL, source INTEGER, characteristics INTEGER,
    all_series TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5({", ".join(FIELDS)}, content = '', columnsize = 0, tokenize = 'ascii');
INSERT INTO words (words, rank) VALUES ('hashsize', 67108864);
"""  # noqa: S608  # constants
INDEX = "CREATE INDEX by_sample ON samples (sample COLLATE NOCASE)"


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The texts for reading. Raises NotConfigured when they are not there, BadAnswer when they are damaged."""
    if not path.is_file():
        raise NotConfigured(f"The sample table {path.name} is not there.", "Build the index of this file.")
    try:
        with closing(sqlite3.connect(address(path), uri=True)) as db:
            yield db
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged(path) from error


def address(path: Path) -> str:
    """The URI under which SQLite only reads. Never changed in place, so it may lie where nothing can be locked."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def damaged(path: Path) -> BadAnswer:
    return BadAnswer(f"The sample table {path.name} is damaged.", "Build the index of this file again.")
