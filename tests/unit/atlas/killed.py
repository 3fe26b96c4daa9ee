"""Builds in a process of their own, which kill themselves at a chosen moment, or stand still until they are told.

The processes are forked from one that has imported everything, so that each costs little.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from backend.atlas import build
from tests import workers

EVENTS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree", "sqlite3.connect")

_context = workers.forkserver()


def moments(path: Path, width: int) -> int:
    """How many times a whole build touches a file of its index: opens, makes, renames or removes one."""
    told, tell = _context.Pipe(duplex=False)
    assert _ended(_context.Process(target=_count, args=(path, width, tell))) == 0
    return int(told.recv())


def kill_at(moment: int | str, path: Path, width: int, **options: Any) -> None:
    """A build that kill -9 ends just before it touches its index for the `moment`-th time, or a file so named."""
    process = _context.Process(target=_until, args=(moment, path, width, options))
    assert _ended(process) == -signal.SIGKILL


def kill_after_step(number: int, path: Path, width: int) -> None:
    """A build that kill -9 ends when it tells its progress for the `number`-th time, whatever its threads do."""
    process = _context.Process(target=_until_step, args=(number, path, width))
    assert _ended(process) == -signal.SIGKILL


def standing_still(path: Path, width: int) -> BaseProcess:
    """A build that holds the lock, in the middle of the counts, until it is killed."""
    told, tell = _context.Pipe(duplex=False)
    process = _context.Process(target=_wait, args=(path, width, tell))
    process.start()
    tell.close()  # one that ends early is noticed
    assert told.recv() == "in the middle"
    return process


def _ended(process: BaseProcess) -> int | None:
    process.start()
    process.join(120)
    return process.exitcode


def _watched(path: Path, at: int | str) -> list[int]:
    """Count what happens in the index of `path`; die before the `at`-th, or before the file of that name."""
    seen = [0]
    own = f"{path.name}.index"

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and own in str(arguments[0]):
            seen[0] += 1
            if seen[0] == at or Path(str(arguments[0])).name == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return seen


def _count(path: Path, width: int, tell: Connection) -> None:
    seen = _watched(path, 0)
    build.build(path, width=width)
    tell.send(seen[0])


def _until(moment: int | str, path: Path, width: int, options: dict[str, Any]) -> None:
    _watched(path, moment)
    build.build(path, width=width, **options)


def _until_step(number: int, path: Path, width: int) -> None:
    seen = [0]

    def step(_: build.Step) -> None:
        seen[0] += 1
        if seen[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    build.build(path, width=width, on_progress=step)


def _wait(path: Path, width: int, tell: Connection) -> None:
    def step(now: build.Step) -> None:
        if now.part == "Counts" and now.done:
            tell.send("in the middle")
            signal.pause()

    build.build(path, width=width, on_progress=step)
