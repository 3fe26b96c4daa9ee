"""The helper process of apart.py: forks a process for each job it is sent, which says how it goes as lines of JSON.

python -m backend.section.apart_work DESCRIPTOR      a socket; each message is a job, with a socket to say things on
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend import section_files
from backend.errors import BadInput, ExpronautError
from backend.section import building
from backend.section_files import SectionOptions

IDLE, LOOK = 120, 2.0  # looks without a job before the helper ends; seconds between them
MOST = 65_536  # bytes of a job

Say = Callable[[dict[str, Any]], None]


def check(job: dict[str, Any], say: Say) -> None:
    """Read the outline, so that the same can be done elsewhere without fear."""
    del say
    with tempfile.TemporaryDirectory() as folder:
        options = SectionOptions(job["bin"], job["layer"])
        with section_files.opened(Path(job["path"]), options, Path(folder), None, job["name"]):
            return


def build(job: dict[str, Any], say: Say) -> None:
    """Make the copy sorted by gene."""

    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        say({"told": [part, done, of, unit, seconds]})

    options = SectionOptions(job["bin"], job["layer"])
    building.write(Path(job["path"]), Path(job["target"]), options, tell, job["name"])


JOBS = {"check": check, "build": build}


def work(connection: socket.socket, job: dict[str, Any]) -> None:
    """One job from its beginning to its end, in a process of its own."""

    def say(told: dict[str, Any]) -> None:
        connection.sendall(json.dumps(told).encode() + b"\n")

    say({"pid": os.getpid()})
    try:
        JOBS[job["do"]](job, say)
    except ExpronautError as error:
        where = {"line": error.line, "column": error.column} if isinstance(error, BadInput) else {}
        say({"error": type(error).__name__, "message": error.message, "hint": error.hint, **where})
    else:
        say({"done": True})


def main(control: socket.socket) -> None:
    """Until the other end is closed, or nothing was asked for a while; what is under way then ends with it."""
    children: set[int] = set()
    idle = 0
    control.settimeout(LOOK)
    while idle < IDLE:
        children = {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0] == 0}
        idle = 0 if children else idle + 1
        try:
            message, descriptors, _, _ = socket.recv_fds(control, MOST, 1)
        except TimeoutError:
            continue
        if not message:
            break
        idle = 0
        children.add(_forked(control, descriptors[0], json.loads(message)))
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _forked(control: socket.socket, descriptor: int, job: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        os.close(descriptor)
        return pid
    control.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError), socket.socket(fileno=descriptor) as connection:
        work(connection, job)  # nobody listens any more: the work has cleaned up, and ends
    os._exit(0)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # the only other thread is of pyarrow's memory, and minds forks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the other end then closes
    main(socket.socket(fileno=int(sys.argv[1])))
