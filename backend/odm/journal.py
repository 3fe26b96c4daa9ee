"""The journal of an import: a file that tells what was wished, which steps are done and what came of each.

odm/imports/<key>.json   one import; written aside and renamed after every change, and it never holds a token
odm/files/<sha256>/      the files waiting for it (backend/odm/kept.py)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend import settings
from backend.atlas import place
from backend.errors import BadAnswer, BadInput, NotFound, Unavailable
from backend.model_odm_import import OdmImport, OdmWish
from backend.odm import journal_forms, steps, wishes
from backend.settings import Odm
from backend.web import hidden

FORMAT = 1
DIGITS = 16
_KEY = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_lock = threading.Lock()


def folder() -> Path:
    """Where journals are."""
    return settings.current().home / "odm" / "imports"


def key(wish: OdmWish, odm: Odm) -> str:
    """Equal for equal files on the same server, whatever the title, keys of signed links, and what links columns."""
    told = journal_forms.of_wish(wish)
    for one in told["parts"]:
        one["target"] = one["linking_attribute"] = ""
    text = json.dumps([FORMAT, odm.base, odm.dialect, {**told, "title": ""}], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:DIGITS]


class Journal:
    """One import on disk. wish: what is imported; its links come without the keys of signed ones when read again."""

    def __init__(self, path: Path, content: dict[str, Any], wish: OdmWish, secrets: tuple[str, ...] = ()) -> None:
        self.path, self._content, self.wish, self._secrets = path, content, wish, secrets

    @property
    def key(self) -> str:
        """The key of the import."""
        return self.path.stem

    @property
    def server(self) -> str:
        """The address of the server."""
        return str(self._content["server"])

    def facts(self, step: str) -> dict[str, Any]:
        """What is known of a step: state, job, accession, message, link."""
        found = self._content["steps"].get(step)
        return dict(found) if isinstance(found, dict) else {}

    def is_done(self, step: steps.Step) -> bool:
        """Whether a step is done, and, of a link, in the way that is wished now."""
        facts = self.facts(step.key)
        return facts.get("state") == "done" and (step.kind != "link" or facts.get("how") == step.how)

    def note(self, step: str, **facts: Any) -> None:
        """Keep facts of a step; on disk when this returns. Raises Unavailable when they cannot be written."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = {name: self._without_token(value) for name, value in facts.items()}
        known = {**self.facts(step), **told, "at": now}
        self._content = {**self._content, "changed": now, "steps": {**self._content["steps"], step: known}}
        self.write()

    def by(self, odm: Odm, wish: OdmWish | None = None) -> Journal:
        """The same, for this server, whose tokens are never written; with the links of a wish as it was given now."""
        return Journal(self.path, self._content, wish or self.wish, tuple(filter(None, (odm.token, odm.bearer))))

    def write(self) -> None:
        """Write aside, then rename, for the eyes of this user only."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _lock:
                aside = self.path.with_suffix(".json.part")
                aside.unlink(missing_ok=True)
                os.close(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
                place.write_json(self.path, self._content)
        except OSError as error:
            what = error.strerror or type(error).__name__
            hint = "Free space, or set EXPRONAUT_DATA to a folder that can be written."
            raise Unavailable(f"The journal of the import cannot be written: {what}.", hint) from error

    def seen(self) -> OdmImport:
        """The import as it is told to people."""
        found = tuple(journal_forms.step(one, self.facts(one.key), self.is_done(one)) for one in steps.steps(self.wish))
        finished = all(map(self.is_done, steps.steps(self.wish)))
        content = self._content
        return OdmImport(
            self.key, self.wish.title, self.server, self.known().get("study-1", ""), found, finished,
            str(content.get("begun", "")), str(content.get("changed", "")),
        )  # fmt: skip

    def known(self) -> dict[str, str]:
        """Accessions by the key of their part, of those that are known."""
        parts = wishes.keyed(self.wish.parts)
        found = {one: part.accession or str(self.facts(one).get("accession") or "") for one, part in parts}
        return {one: accession for one, accession in found.items() if accession}

    def _without_token(self, value: Any) -> Any:
        return hidden(value, *self._secrets) if isinstance(value, str) else value


def begin(wish: OdmWish, odm: Odm) -> Journal:
    """The journal of a checked wish: a new one, or that of the same import begun before, as it stands on disk now."""
    journal = peek(wish, odm)
    journal.write()
    return journal


def peek(wish: OdmWish, odm: Odm) -> Journal:
    """What `begin` would give; nothing is written."""
    name = key(wish, odm)
    path, secrets = folder() / f"{name}.json", tuple(filter(None, (odm.token, odm.bearer)))
    if path.is_file():  # it goes on, with links and linking as they are wished now
        return Journal(path, {**read(name)._content, "wish": journal_forms.of_wish(wish)}, wish, secrets)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    content = {
        "format": FORMAT, "server": odm.base, "dialect": odm.dialect, "wish": journal_forms.of_wish(wish),
        "begun": now, "changed": now, "steps": {},
    }  # fmt: skip
    journal = Journal(path, content, wish, secrets)
    _adopt(journal)
    return journal


def _adopt(journal: Journal) -> None:
    """Take over what an unfinished import of the same study has done, such as one whose other file was wrong."""
    wanted = _prints(journal)
    for name in every() if not journal.wish.allow_dups else ():
        try:
            other = read(name)
        except BadAnswer:
            continue
        known = _prints(other)
        same_study = known.get("study-1") == wanted.get("study-1") and other.known().get("study-1")
        if other.server == journal.server and same_study and not other.seen().finished:
            _take_over(journal, other, {told: key for key, told in known.items()})
            return


def _take_over(journal: Journal, other: Journal, known: Mapping[str, str]) -> None:
    for step, told in _prints(journal).items():
        facts = other.facts(known.get(told, ""))
        if facts.get("state") in ("done", "running"):
            journal._content["steps"][step] = {**facts, "message": f"Begun by the import {other.key}."}


def _prints(journal: Journal) -> dict[str, str]:
    """What tells imports of files apart, by step; of a study that was there before its accession."""
    told = {one.key: one.told for one in steps.steps(journal.wish) if one.kind == "import"}
    return {"study-1": journal.wish.parts[0].accession, **told}


def read(name: str) -> Journal:
    """A journal by its key. Raises NotFound, or BadAnswer for a damaged one."""
    path = _path(name)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        wish = journal_forms.wish(content["wish"])
        if content["format"] != FORMAT or not isinstance(content["steps"], dict) or not content["server"]:
            raise ValueError("another form")
    except FileNotFoundError as error:
        raise NotFound("There is no such import.", "Start it again from its files.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "Look on the server what is there already, then forget this import."
        raise BadAnswer(f"The journal {path.name} is damaged.", hint) from error
    return Journal(path, content, wish)


def every() -> tuple[str, ...]:
    """The keys of all imports, the last changed first."""
    try:
        found = [(path.stat().st_mtime_ns, path.stem) for path in folder().glob("*.json") if _KEY.fullmatch(path.stem)]
    except OSError:
        return ()
    return tuple(name for _, name in sorted(found, reverse=True))


def forget(name: str) -> None:
    """Delete a journal; what is on the server stays there."""
    with alone(name):
        _path(name).unlink(missing_ok=True)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Only one process at a time goes on with an import. Raises Unavailable."""
    with place.lock(_path(name).with_suffix(""), "imported", "Set EXPRONAUT_DATA to a folder that can be written."):
        yield


def _path(name: str) -> Path:
    if not _KEY.fullmatch(name):
        raise BadInput(f"“{name[:40]}” is not the key of an import.", "Use the keys that are listed.")
    return folder() / f"{name}.json"
