"""Build the table of samples beside a file: texts with a full-text index, and codes for counting.

samples.sqlite  texts as shown, and the words they are found by; texts that repeat within a series stand once
samples.npz     arrays over the samples (N,), -1 where missing, and the lists their codes stand for:
                tissue -> labels, systems; origin -> origins; instrument -> instruments; library -> libraries;
                year; single, tumour (bool); source, characteristics -> texts of samples.sqlite;
                series (the first one); more_place, more_series: the further series of samples that have several
"""

from __future__ import annotations

import errno
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import sample_match
from backend.archs4 import samples
from backend.archs4.layout import Layout
from backend.archs4.rules import Rule
from backend.archs4.tissues import CELL_LINE, UNLABELLED, Coverage, Tissues, coverage
from backend.atlas.sample_schema import CODES, END, FIELDS, INDEX, MISSING, POOLS, SCHEMA, SERIES_SEPARATOR, TEXTS
from backend.atlas.sample_texts import Codes, Texts, folded_each
from backend.errors import BadInput, NotConfigured, TooLarge

BLOCK = 10_000  # samples

Arrays = dict[str, npt.NDArray[Any]]
_INSERT = f"INSERT INTO words (rowid, {', '.join(FIELDS)}) VALUES (?{', ?' * len(FIELDS)})"  # noqa: S608  # constants


def build(
    layout: Layout,
    folder: Path,
    threshold: float = 0.5,
    rules: Sequence[Rule] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Coverage:
    """Write samples.sqlite and samples.npz into `folder`; how far the tissue rules reach.

    A sample is single-cell when its probability of that is above `threshold`; when unknown it is bulk.
    rules: the bundled ones when left out. on_progress(samples done, of) may raise to stop; then, and on any
    failure, files built before are left as they were. Raises BadInput for a threshold outside 0 to 1 and as
    `rules.read`, NotConfigured when the folder cannot be written, TooLarge when the disk is full, BadAnswer when the
    file is damaged.
    """
    if not 0 <= threshold <= 1:
        raise BadInput(f"The threshold {threshold} is no probability.", "Give a number from 0 to 1.")
    tissues = Tissues(rules)
    texts, codes = folder / f"{TEXTS}.part", folder / f"{CODES}.part"
    with _aside(folder, texts, codes):
        with _filling(texts) as db:
            table = _Table(db, tissues, threshold)
            for block in samples.blocks(layout, BLOCK):
                table.add(block)
                if on_progress is not None:
                    on_progress(table.length, layout.n_samples)
            arrays = table.arrays()
            arrays["token"] = np.array(_token(layout, arrays))
            _finish(db, layout, table, str(arrays["token"]))
        with codes.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        texts.replace(folder / TEXTS)
        codes.replace(folder / CODES)
    return _coverage(arrays)


@contextmanager
def _aside(folder: Path, *files: Path) -> Iterator[None]:
    """Files that are gone afterwards, unless they were renamed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            file.unlink(missing_ok=True)
        yield
    except (OSError, sqlite3.Error) as error:
        if _is_full(error):
            raise TooLarge("The disk is full.", "Free some space and build again.") from error
        hint = "Look at the free space and the permissions of the folder of the index."
        raise NotConfigured(f"The sample table cannot be written: {error}.", hint) from error
    finally:
        for file in files:
            with suppress(OSError):  # the next build writes over it
                file.unlink(missing_ok=True)


def _is_full(error: Exception) -> bool:
    told = getattr(error, "sqlite_errorcode", None), getattr(error, "errno", None)
    return told[0] == sqlite3.SQLITE_FULL or told[1] in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def _filling(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty table, everything written in one transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(SCHEMA)
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


def _finish(db: sqlite3.Connection, layout: Layout, table: _Table, token: str) -> None:
    facts = {"species": layout.species, "samples": layout.n_samples, "token": token}
    db.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
    db.executemany("INSERT INTO series VALUES (?, ?)", enumerate(table.series.values))
    db.execute("INSERT INTO words (words) VALUES ('optimize')")
    db.execute(INDEX)


def _token(layout: Layout, arrays: Arrays) -> str:
    """The same for both files of one build, so that files of two builds are never read together."""
    found = hashlib.sha256(f"{layout.identity.size} {layout.identity.header}".encode())
    for name, array in arrays.items():
        found.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:32]


class _Table:
    """The table while it is filled, block by block."""

    def __init__(self, db: sqlite3.Connection, tissues: Tissues, threshold: float) -> None:
        self.length = 0
        self.series: Final = Codes()
        self._db = db
        self._tissues = tissues
        self._threshold = threshold
        self._texts = Texts(db)
        self._labels, self._origins, self._instruments, self._libraries = (Codes() for _ in range(4))
        self._systems: dict[str, str] = {}
        self._more: list[tuple[int, int]] = []
        self._pieces: list[Arrays] = []

    def add(self, block: pd.DataFrame) -> None:
        """A table of samples.read."""
        labels = self._tissues.labels(block)
        self._systems.update(zip(labels["label"], labels["system"], strict=True))
        values = {name: block[name].tolist() for name in ("sample", "title", "source", "characteristics", "instrument")}
        values |= {"library": block["library_source"].tolist(), "all_series": block["all_series"].tolist()}
        source, source_words = self._texts.each(values["source"])
        characteristics, characteristics_words = self._texts.each(values["characteristics"])
        piece: Arrays = {
            "tissue": self._labels.each(labels["label"].tolist()),
            "origin": self._origins.each([origin or None for origin in labels["origin"]]),
            "tumour": labels["tumour"].to_numpy(bool),
            "single": block["single_cell"].to_numpy(float) > self._threshold,  # False for NaN
            "year": block["year"].fillna(-1).to_numpy(np.int16),
            "instrument": self._instruments.each(values["instrument"]),
            "library": self._libraries.each(values["library"]),
            "source": source,
            "characteristics": characteristics,
            "series": self._series_codes(values["all_series"]),
        }
        words = {"source": source_words, "characteristics": characteristics_words}
        self._store(values, piece, words | self._code_words(labels, values, piece))
        self._pieces.append(piece)
        self.length += len(block)

    def _series_codes(self, every: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int32]:
        """The code of the first series; further ones are kept apart."""
        codes = [[self.series.of(name) for name in names] for names in every]
        self._more += [(self.length + i, code) for i, found in enumerate(codes) for code in found[1:]]
        return np.array([found[0] if found else -1 for found in codes], np.int32)

    @staticmethod
    def _code_words(labels: pd.DataFrame, values: Mapping[str, list[Any]], piece: Arrays) -> dict[str, list[str]]:
        """Words of the fields that have few values, folded once for each."""
        years = [str(year) if year >= 0 else None for year in piece["year"]]
        return {
            "tissue": [f"{words} {END}" for words in folded_each(labels["label"].tolist())],
            "origin": folded_each(labels["origin"].tolist()),
            "instrument": folded_each(values["instrument"], MISSING),
            "library_source": folded_each(values["library"]),
            "pool": folded_each([POOLS[int(single)] for single in piece["single"]]),
            "year": folded_each(years, MISSING),
        }

    def _store(self, values: Mapping[str, list[Any]], piece: Arrays, words: dict[str, list[str]]) -> None:
        places = range(self.length, self.length + len(values["sample"]))
        sample, title = ([text or "" for text in values[name]] for name in ("sample", "title"))
        series = [SERIES_SEPARATOR.join(names) for names in values["all_series"]]
        texts = (piece[name].tolist() for name in ("source", "characteristics"))
        rows = zip(places, sample, title, *texts, series, strict=True)
        self._db.executemany("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?)", rows)
        words |= {"sample": [sample_match.folded(text) for text in sample]}
        words |= {"title": [sample_match.folded(text) for text in title], "series": folded_each(series, MISSING)}
        self._db.executemany(_INSERT, zip(places, *(words[field] for field in FIELDS), strict=True))

    def arrays(self) -> Arrays:
        """Everything samples.npz holds; labels sorted by system, cell lines and unlabelled last."""
        found: Arrays = {name: np.concatenate([piece[name] for piece in self._pieces]) for name in self._pieces[0]}
        seen = self._labels.values
        last = [label for label in (CELL_LINE, UNLABELLED) if label in seen or label == UNLABELLED]
        named = sorted(set(seen) - set(last), key=lambda label: (self._systems[label], label))
        labels = [*named, *last]
        place = {label: i for i, label in enumerate(labels)}
        found["tissue"] = np.array([place[label] for label in seen], np.int16)[found["tissue"]]
        more = np.array(self._more, np.int32).reshape(-1, 2)
        lists = {
            "labels": labels,
            "systems": [self._systems.get(label, "") for label in labels],
            "origins": self._origins.values,
            "instruments": self._instruments.values,
            "libraries": self._libraries.values,
        }
        found |= {name: np.array(values, dtype=np.str_) for name, values in lists.items()}
        return found | {"more_place": more[:, 0], "more_series": more[:, 1]}


def _coverage(arrays: Arrays) -> Coverage:
    labels, systems = (arrays[name].astype(object)[arrays["tissue"]] for name in ("labels", "systems"))
    cell_line = labels == CELL_LINE
    return coverage(
        pd.DataFrame({"label": labels, "system": systems, "cell_line": cell_line, "tumour": arrays["tumour"]})
    )
