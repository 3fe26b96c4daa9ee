"""Files that are being added, with what the user said of them, until they are imported. Of this session."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import streamlit as st

from backend import api
from backend.errors import ExpronautError, NotFound
from backend.model import FileChoice, ImportOptions
from components import inputs

NEW = "new"  # goal of files that become a study


@dataclass
class Draft:
    """upload: the key of the staged files. turn: of the file field, which is emptied once its files are staged.
    problems: files that could not be staged, in words. goal: what the files are added to, as in the address."""

    upload: str = ""
    options: ImportOptions = field(default_factory=ImportOptions)
    turn: int = 0
    problems: list[str] = field(default_factory=list)
    goal: str = ""


def current() -> Draft:
    """The draft of this session."""
    draft: Draft = st.session_state.setdefault(inputs.OWN_DRAFT, Draft())
    return draft


def names(draft: Draft) -> tuple[str, ...]:
    """The staged files; none any more when they were deleted."""
    if not draft.upload:
        return ()
    try:
        return api.staged_files(draft.upload)
    except NotFound as error:
        draft.problems, draft.upload = [f"{error.message} {error.hint}"], ""
        draft.options = ImportOptions()
        return ()


def stage(draft: Draft, files: Iterable[tuple[str, bytes | BinaryIO]]) -> None:
    """Keep files aside; what cannot be kept is told on the page."""
    draft.problems = []
    for name, content in files:
        try:
            draft.upload = api.stage_upload(name, content, draft.upload)
        except ExpronautError as error:
            draft.problems.append(f"{error.message} {error.hint}")
    draft.turn += 1


def drop(draft: Draft, name: str) -> None:
    """Take one file out."""
    with contextlib.suppress(NotFound):
        api.drop_staged(draft.upload, name)
    left = tuple(one for one in draft.options.choices if one.file != name)
    draft.options = replace(draft.options, choices=left)


def choice(draft: Draft, file: str) -> FileChoice:
    """What was said of a file."""
    return next((one for one in draft.options.choices if one.file == file), FileChoice(file))


def choose(draft: Draft, file: str, **changes: Any) -> None:
    """Say something of a file."""
    changed = replace(choice(draft, file), **changes)
    others = tuple(one for one in draft.options.choices if one.file != file)
    kept = others if changed == FileChoice(file) else (*others, changed)
    draft.options = replace(draft.options, choices=kept)


def change(draft: Draft, **changes: Any) -> None:
    """Say something of the whole."""
    draft.options = replace(draft.options, **changes)


def clear() -> None:
    """Begin anew; staged files are deleted."""
    draft = current()
    if draft.upload:
        with contextlib.suppress(NotFound):
            api.discard_upload(draft.upload)
    renew()


def renew() -> None:
    """Begin anew; staged files stay with whoever has their key."""
    st.session_state[inputs.OWN_DRAFT] = Draft(turn=current().turn + 1)
