"""Answers on disk: the SQLite table of requests-cache, holding what a reply needs and nothing of the request.

A row is one line of JSON (status, host, type, time) and the body. Its key is a hash of the question. Rows go after
KEPT, and the older half when the file would grow over what the settings allow. A file that cannot be read is put
aside, never repaired; where none can be written, answers are kept in memory.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from requests_cache.backends.sqlite import SQLiteDict

from backend import settings
from backend.web.question import Question, Reply

FILE, TABLE = "answers.sqlite", "answers"
KEPT = 90 * 86_400.0  # seconds
MOST_ROW = 64_000_000  # larger answers are not kept
_BUSY = 2_000  # milliseconds to wait for another process that writes
MISSES = 86_400.0  # seconds a 404 is believed, at most
_log = logging.getLogger("expronaut.web")


class _Row(bytes):
    """What is stored; the table keeps expires_unix beside it."""

    expires_unix: int


class _Table(SQLiteDict):
    """The library's table. A transaction that cannot begin or end raises: the library tries for ever, or is silent.

    One thread reads at a time: since Python 3.12 two that ask for the same row take each other's place in it, and one
    finds none.
    """

    def __getitem__(self, key: str) -> Any:
        with self._lock:
            return super().__getitem__(key)  # type: ignore[no-untyped-call]  # the library has no types

    @contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        with self._lock:
            connection = self._connection
            if connection is None:
                raise sqlite3.ProgrammingError("no connection")
            connection.execute("BEGIN IMMEDIATE")
            self._active_transaction = True
            try:
                yield
                connection.commit()
            finally:
                self._active_transaction = False
                if connection.in_transaction:  # it did not come to an end
                    connection.rollback()


class Store:
    """Kept answers in one file of at most about `most` bytes."""

    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        self._lock = threading.Lock()
        self._table = _opened(path)

    def find(self, asked: Question) -> Reply | None:
        """The kept answer, `stale` when it is older than its lifetime; None when there is none."""
        table = self._table
        try:
            row = table.get(asked.key)
        except sqlite3.Error as error:
            self._failed(table, error)
            return None
        return None if row is None else _reply(bytes(row), lifetime(asked))

    def keep(self, asked: Question, reply: Reply) -> None:
        """Keep an answer. That it cannot be kept is no failure of the answer."""
        if len(reply.body) > MOST_ROW:
            return
        about = {"status": reply.status, "host": reply.host, "type": reply.content_type}
        line = json.dumps(about | {"at": reply.fetched_at.timestamp()}).encode()
        row = _Row(line + b"\n" + reply.body)
        row.expires_unix = int(time.time() + KEPT)
        table = self._table
        try:
            with self._lock:
                _make_room(table, len(row), self._most)
                table[asked.key] = row
        except sqlite3.Error as error:
            self._failed(table, error)

    def _failed(self, table: _Table, error: sqlite3.Error) -> None:
        """A file damaged meanwhile is put aside, once."""
        _log.warning("kept answers cannot be read or written: %s", type(error).__name__)
        with self._lock:
            if self._table is table and _damaged(error):
                _put_aside(self._path)
                self._table = _opened(self._path)  # the old one closes itself when no thread reads it any more


def lifetime(asked: Question) -> float:
    """Seconds an answer is fresh: as set for the host, else as the question says."""
    host = asked.host.rpartition("@")[2].lower()
    chosen = dict(settings.current().keep)
    return chosen.get(host, chosen.get(host.partition(":")[0], asked.lifetime)) if asked.lifetime else 0.0


def current() -> Store:
    """The store of the settings in force."""
    chosen = settings.current()
    return _store(chosen.cache / FILE, chosen.most_kept)


def _store(path: Path, most: int) -> Store:
    with _lock:
        key = (path, most, os.getpid())  # a connection does not survive a fork
        if key not in _stores:
            while len(_stores) >= _AT_ONCE:
                del _stores[next(iter(_stores))]
            _stores[key] = Store(path, most)
        return _stores[key]


_AT_ONCE = 4  # stores in use, more than one in tests only
_stores: dict[tuple[Path, int, int], Store] = {}
_lock = threading.Lock()


def _reply(row: bytes, fresh: float) -> Reply | None:
    line, _, body = row.partition(b"\n")
    try:
        about = json.loads(line)
        fetched = datetime.fromtimestamp(float(about["at"]), UTC)
        limit = fresh if about["status"] == 200 else min(fresh, MISSES)
        age = time.time() - float(about["at"])
        return Reply(int(about["status"]), str(about["host"]), str(about["type"]), body, fetched, True, age > limit)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None  # a row of another version: asked again


def _opened(path: Path) -> _Table:
    """The table; a damaged or foreign file is put aside, and memory takes its place where no file can be written."""
    for _ in range(2 if _writable(path) else 0):
        try:
            return _table(path)
        except sqlite3.Error as error:
            if not _damaged(error):  # locked, full: not the file's fault
                break
            _log.warning("%s is damaged and put aside: %s", path.name, type(error).__name__)
            _put_aside(path)
    _log.warning("answers are kept in memory only: %s cannot be written", path.name)
    return _Table(":memory:", TABLE, serializer=None)


def _table(path: Path) -> _Table:
    """The table of a file, without what is too old."""
    table = _Table(path, TABLE, serializer=None, wal=True, busy_timeout=_BUSY)
    with table.connection(commit=True) as connection:
        connection.execute(f"SELECT key, value, expires FROM {TABLE} LIMIT 1").fetchone()  # noqa: S608  a constant
        connection.execute(f"DELETE FROM {TABLE} WHERE expires <= ?", (int(time.time()),))  # noqa: S608
    return table


def _damaged(error: sqlite3.Error) -> bool:
    """Whether the file is no database, a broken one, or has other columns."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details of the further bits
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _writable(path: Path) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # answers to a key are not for the other users of this machine
        with path.open("ab"):
            return os.access(path.parent, os.W_OK)
    except OSError:
        return False


def _put_aside(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.replace(path.with_name(f"{path.name}.damaged"))
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _make_room(table: _Table, size: int, most: int) -> None:
    """Without the older half of all rows when one more would be too much. Their pages are used again."""
    with table.connection() as connection:
        pages, free, page = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    if (pages - free) * page + size <= most:
        return
    with table.connection(commit=True) as connection:
        half = f"SELECT key FROM {TABLE} ORDER BY expires LIMIT (SELECT (count(*) + 1) / 2 FROM {TABLE})"  # noqa: S608
        connection.execute(f"DELETE FROM {TABLE} WHERE key IN ({half})")  # noqa: S608
