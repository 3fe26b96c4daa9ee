"""Work that is done in a process apart, and can be ended.

A helper process with everything imported is started once and forks for each job (working.py); it ends when nothing was
asked for a while. Where the system cannot do that (CAN), the work has to be done in the process that wants it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend import errors, settings
from backend.errors import BadInput, ExpronautError, Unavailable

CAN = hasattr(os, "fork") and hasattr(socket, "send_fds")
LOOK = 0.25  # seconds between two looks whether the work is to be stopped
START = 60.0  # seconds that the helper may take to start
_GONE = 1_000  # lines and looks until a process that was ended is gone
_AGAIN = "Get it again, or write it again with a current version of its library."
_PIECE = 1 << 20

Job = dict[str, Any]


def _silent() -> None:
    pass


@dataclass(frozen=True)
class Waiting:
    """How work is waited for. patience: seconds without a sign, after which it is given up. look: called several times
    a second; may raise, which ends the work.
    """

    patience: float = 120.0
    look: Callable[[], None] = _silent


USUAL = Waiting()


class Helper:
    """The process that forks; started when it is needed."""

    def __init__(self, module: str) -> None:
        """module: the program, which calls backend.apart.working.serve with its jobs."""
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        atexit.register(self.end)

    def run(self, job: Job, name: str, waiting: Waiting = USUAL, tell: Callable[..., None] | None = None) -> Any:
        """Do a job; what it gives, as JSON. job: "do" says which; what it writes aside is called as "target" with
        `.NUMBER-*.part` behind, where NUMBER is that of its process. name: of the file, for messages.

        tell: called with what the job tells; may raise, which ends the job. Raises what the job raises; BadInput when
        it gives no sign or its process ends, Unavailable when none can be started.
        """
        with self._begun(job) as told:
            last: list[Any] = ["Starting", 0, 0, "", 0.0]
            seen = time.monotonic()
            for line in told:
                if line is None:
                    if time.monotonic() - seen > waiting.patience:
                        raise BadInput(f"{name} is damaged: it cannot be read to its end.", _AGAIN)
                elif "error" in line:
                    raise _error(line)
                elif "done" in line:
                    return line["done"]
                else:
                    last, seen = line["told"], time.monotonic()
                waiting.look()
                if tell is not None:  # also before the job has told anything, so that it can be stopped
                    tell(*last)
            raise BadInput(f"The process that read {name} has ended: the file is damaged, or memory was short.", _AGAIN)

    @contextmanager
    def _begun(self, job: Job) -> Iterator[Iterator[Job | None]]:
        """What a process that does the job says, None while it says nothing; at the end of the block it is gone."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                lines = _lines(ours)
                pid = self._begin(job, theirs, lines)
            try:
                yield lines
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)  # nobody else's: its number is free only after the helper took note
                _clear(job, pid, lines)

    def _begin(self, job: Job, theirs: socket.socket, lines: Iterator[Job | None]) -> int:
        """The number of the process that does the job."""
        text = json.dumps(job).encode()
        with self._lock:
            for _ in range(2):  # a helper that was idle may be about to end
                control = self._running()
                with contextlib.suppress(OSError):
                    socket.send_fds(control, [text], [theirs.fileno()])
                    pid = self._answer(lines)
                    if pid is not None:
                        return pid
                self.end()
        raise Unavailable("No process could be started to read the file.", "Try again.")

    def _answer(self, lines: Iterator[Job | None]) -> int | None:
        began = time.monotonic()
        for line in lines:
            if line is not None:
                return int(line["pid"])
            if time.monotonic() - began > START or self._process is None or self._process.poll() is not None:
                return None
        return None

    def _running(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self.end()
            ours, theirs = socket.socketpair()
            with theirs:
                command = [sys.executable, "-m", self._module, str(theirs.fileno())]
                alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a process that forks has one thread
                self._process = subprocess.Popen(  # noqa: S603  our own program
                    command, cwd=settings.ROOT, env=alone, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
                )
            self._control = ours
        return self._control

    def end(self) -> None:
        """Close its door, which ends it and what it does."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._control = self._process = None


def _clear(job: Job, pid: int, lines: Iterator[Job | None]) -> None:
    """What a process that was ended left behind, once it is gone: then the connection ends."""
    if "target" in job:
        for _ in zip(range(_GONE), lines, strict=False):
            pass
        target = Path(job["target"])
        for part in target.parent.glob(f"{target.name}.{pid}-*.part"):
            part.unlink(missing_ok=True)


def _lines(connection: socket.socket) -> Iterator[Job | None]:
    """Every line that comes, as JSON; None whenever there is none for a moment. Ends with the connection."""
    begun: list[bytes] = []
    while True:
        if not select.select([connection], [], [], LOOK)[0]:
            yield None
            continue
        try:
            piece = connection.recv(_PIECE)
        except ConnectionError:
            return
        if not piece:
            return
        *whole, rest = piece.split(b"\n")
        for line in whole:
            yield json.loads(b"".join([*begun, line]))
            begun = []
        begun.append(rest)


def _error(line: Job) -> ExpronautError:
    kind = getattr(errors, line["error"])
    if kind is BadInput:
        return BadInput(line["message"], line["hint"], line["line"], line["column"])
    made: ExpronautError = kind(line["message"], line["hint"])
    return made
