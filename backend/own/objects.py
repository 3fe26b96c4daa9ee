"""A table of metadata with the history of each of its objects: as imported, then one line of a file for each change.

A change is one line that is appended; a line that a kill cut short has no end, and does not count.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from backend.errors import BadAnswer, BadInput, NotFound
from backend.model_study import Revision
from backend.own import place, records
from backend.own.records import GroupEntry
from backend.study_files.tables import RESERVED, AttributeTable, Cell

LONGEST_NAME = 255
LONGEST_VALUE = 20_000
LONGEST_MESSAGE = 1_000
SYSTEM = "Expronaut"
_SPLITS = "\t\n\r\0"
Record = dict[str, Cell]


@dataclass(frozen=True)
class Edit:
    """One change of one object: all it has said since. item: its place in the table."""

    item: int
    revision: Revision
    record: Record


class Objects:
    """The objects of a group. origin, imported: of the study, for the versions its import made."""

    def __init__(self, folder: Path, group: GroupEntry, origin: str, imported: int) -> None:
        self.folder, self.group, self._origin, self._imported = folder, group, origin, imported

    @cached_property
    def first(self) -> AttributeTable:
        """As they were imported. Raises BadAnswer."""
        told = place.read_json(self.folder / records.table_file(self.group.accession))
        try:
            rows = tuple(tuple(_cell(one) for one in row) for row in told["rows"])
            table = AttributeTable(self.group.file, tuple(told["names"]), rows)
        except (KeyError, TypeError) as error:
            raise _damaged(self.group) from error
        if len(rows) != self.group.n or any(len(row) != len(table.names) for row in rows):
            raise _damaged(self.group)
        return table

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """Every change since, oldest first."""
        try:
            body = self._edits_path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _damaged(self.group) from error
        try:
            return tuple(_edit(json.loads(line)) for line in body.split(b"\n")[:-1])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _damaged(self.group) from error

    @cached_property
    def table(self) -> AttributeTable:
        """As they are now: attributes of the import, then those that were added."""
        if not self.edits:
            return self.first
        now = {edit.item: edit.record for edit in self.edits}
        added = (name for record in now.values() for name in record)
        names = tuple(dict.fromkeys((*self.first.names, *added)))
        rows = [
            now.get(item) or dict(zip(self.first.names, row, strict=True)) for item, row in enumerate(self.first.rows)
        ]
        return AttributeTable(self.group.file, names, tuple(tuple(row.get(name) for name in names) for row in rows))

    def record(self, item: int, version: str = "") -> Record:
        """An object as it is now, or was in a version. Raises NotFound."""
        mine = [edit for edit in self.edits if edit.item == item]
        if version and version != self._imported_as(item):
            mine = [edit for edit in mine if edit.revision.version == version]
            if not mine:
                raise NotFound(f"There is no version {version[:40]} of this object.", "Choose one of its history.")
        if mine and version != self._imported_as(item):
            return mine[-1].record
        return self._imported_record(item)

    def history(self, item: int) -> tuple[Revision, ...]:
        """The versions of an object, newest first."""
        begun = Revision(SYSTEM, f"Imported from {self.group.file}", self._imported, self._imported_as(item))
        return (*(edit.revision for edit in reversed(self.edits) if edit.item == item), begun)

    def append(self, item: int, record: Mapping[str, Cell], message: str, author: str) -> Revision:
        """Add a version of an object. Call it within `place.changing`. Raises BadInput, Unavailable."""
        for name, value in record.items():
            _check(name, value)
        now = max(time.time_ns() // 1_000_000, self.history(item)[0].timestamp)
        revision = Revision(author[:LONGEST_NAME] or SYSTEM, message[:LONGEST_MESSAGE], now, str(uuid.uuid4()))
        line = {"item": item, **vars(revision), "record": dict(record)}
        body = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with place.told("The change could not be stored"):
            _append(self._edits_path, body)
        for known in ("edits", "table"):
            self.__dict__.pop(known, None)
        return revision

    @property
    def _edits_path(self) -> Path:
        return self.folder / records.edits_file(self.group.accession)

    def _imported_record(self, item: int) -> Record:
        return dict(zip(self.first.names, self.first.rows[item], strict=True))

    def _imported_as(self, item: int) -> str:
        return str(uuid.uuid5(uuid.UUID(self._origin), f"{self.group.accession} {item}"))


def write(folder: Path, group: GroupEntry, table: AttributeTable) -> None:
    """Store a table as it was imported."""
    content = {"names": table.names, "rows": table.rows}
    place.write_json(folder / records.table_file(group.accession), content)


def _append(path: Path, body: bytes) -> None:
    """Add a whole line, after taking away what a kill left without an end."""
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        if whole < end:
            file.truncate(whole)
        try:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(whole)
            raise


def _check(name: str, value: Cell) -> None:
    """Raises BadInput for what no file could hold."""
    texts = (value,) if isinstance(value, str) else value or ()
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME or any(sign in name for sign in _SPLITS):
        raise BadInput("An attribute has no name that a file could hold.", f"Use 1 to {LONGEST_NAME} letters, no tab.")
    if name in RESERVED:
        raise BadInput(f"“{name}” is given by the system.", "Leave it as it is.")
    if any(sign in text for text in texts for sign in _SPLITS) or sum(map(len, texts)) > LONGEST_VALUE:
        raise BadInput(f"The value of “{name}” is too long or holds a line end.", "Write it in one line.", column=name)


def _edit(told: dict[str, Any]) -> Edit:
    revision = Revision(told["author"], told["message"], int(told["timestamp"]), told["version"])
    return Edit(int(told["item"]), revision, {str(name): _cell(value) for name, value in told["record"].items()})


def _cell(told: Any) -> Cell:
    if told is None or isinstance(told, str):
        return told
    if isinstance(told, list) and all(isinstance(one, str) for one in told):
        return tuple(told)
    raise TypeError("a cell is a text, a list of texts or nothing")


def _damaged(group: GroupEntry) -> BadAnswer:
    return BadAnswer(f"The metadata {group.accession} ({group.file}) are damaged.", "Import the study again.")
