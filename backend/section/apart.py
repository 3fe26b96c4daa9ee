"""Spatial files are first read in a process apart, which can be ended: a damaged HDF5 file can keep its library busy
without end, and while it reads, every other reader of this process waits.

A helper process with everything imported is started once and forks for each file (apart_work.py); it ends when nothing
was asked for a while. Where the system cannot do that, the work is done here.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend import errors, settings
from backend.errors import BadInput, ExpronautError, Unavailable
from backend.section_files.outline import Tell

CAN = hasattr(os, "fork") and hasattr(socket, "send_fds")
LOOK = 0.25  # seconds between two looks whether the work is to be stopped
START = 60.0  # seconds that the helper may take to start
CHECK, BUILD = 60.0, 900.0  # seconds without a sign after which a file is given up
_AGAIN = "Get it again, or write it again with a current version of its library."

Job = dict[str, Any]


def run(job: Job, name: str, patience: float, tell: Tell | None = None) -> None:
    """Do a job of apart_work.JOBS. name: of the file, for messages. patience: seconds without a sign.

    tell: as the job tells; may raise, which ends the job. Raises what the job raises; BadInput when it gives no sign or
    its process ends.
    """
    with _begun(job) as told:
        last: list[Any] = []
        seen = time.monotonic()
        for line in told:
            if line is None:
                if time.monotonic() - seen > patience:
                    raise BadInput(f"{name} is damaged: it cannot be read to its end.", _AGAIN)
            elif "error" in line:
                raise _error(line)
            elif "done" in line:
                return
            else:
                last, seen = line["told"], time.monotonic()
            if last and tell is not None:
                tell(*last)
        raise BadInput(f"The process that read {name} has ended: the file is damaged, or memory was short.", _AGAIN)


@contextmanager
def _begun(job: Job) -> Iterator[Iterator[Job | None]]:
    """What a process that does the job says, None while it says nothing; at the end of the block it is gone."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            lines = _lines(ours)
            pid = _helper.begin(job, theirs, lines)
        try:
            yield lines
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # it is nobody's else: its number is free only after the helper took note
            _clear(job, pid)


def _clear(job: Job, pid: int) -> None:
    """What a process that was ended left behind."""
    if "target" in job:
        target = Path(job["target"])
        for part in target.parent.glob(f"{target.name}.{pid}-*.part"):
            part.unlink(missing_ok=True)


def _lines(connection: socket.socket) -> Iterator[Job | None]:
    """Every line that comes, as JSON; None whenever there is none for a moment. Ends with the connection."""
    rest = b""
    while True:
        if not select.select([connection], [], [], LOOK)[0]:
            yield None
            continue
        try:
            piece = connection.recv(65_536)
        except ConnectionError:
            return
        if not piece:
            return
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield json.loads(line)


def _error(line: Job) -> ExpronautError:
    kind = getattr(errors, line["error"])
    if kind is BadInput:
        return BadInput(line["message"], line["hint"], line["line"], line["column"])
    made: ExpronautError = kind(line["message"], line["hint"])
    return made


class _Helper:
    """The process that forks; started when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def begin(self, job: Job, theirs: socket.socket, lines: Iterator[Job | None]) -> int:
        """The number of the process that does the job. Raises Unavailable when none can be started."""
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
                command = [sys.executable, "-m", "backend.section.apart_work", str(theirs.fileno())]
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


_helper = _Helper()
atexit.register(_helper.end)
