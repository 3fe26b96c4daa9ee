"""The helper process of helper.py: forks a process for each job it is sent, which says how it goes as lines of JSON.

A room's own program calls `serve` with its jobs: python -m MODULE DESCRIPTOR. That is a socket; each message is a job,
with a socket to say things on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from backend.errors import BadInput, ExpronautError

IDLE, LOOK = 120, 2.0  # looks without a job before the helper ends; seconds between them
MOST = 65_536  # bytes of a job

Say = Callable[[dict[str, Any]], None]
Work = Callable[[dict[str, Any], Say], object]


def serve(jobs: Mapping[str, Work]) -> None:
    """Do jobs until nobody wants more. jobs: by what "do" says; each gives what JSON can hold."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the only other thread is of pyarrow's memory, and minds forks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the other end then closes
    _listen(socket.socket(fileno=int(sys.argv[1])), jobs)


def _listen(control: socket.socket, jobs: Mapping[str, Work]) -> None:
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
        children.add(_forked(control, descriptors[0], json.loads(message), jobs))
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _forked(control: socket.socket, descriptor: int, job: dict[str, Any], jobs: Mapping[str, Work]) -> int:
    pid = os.fork()
    if pid:
        os.close(descriptor)
        return pid
    control.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError), socket.socket(fileno=descriptor) as connection:
        _work(connection, job, jobs)  # nobody listens any more: the work has cleaned up, and ends
    os._exit(0)


def _work(connection: socket.socket, job: dict[str, Any], jobs: Mapping[str, Work]) -> None:
    """One job from its beginning to its end, in a process of its own."""

    def say(told: dict[str, Any]) -> None:
        connection.sendall(json.dumps(told).encode() + b"\n")

    say({"pid": os.getpid()})
    try:
        done = jobs[job["do"]](job, say)
    except ExpronautError as error:
        where = {"line": error.line, "column": error.column} if isinstance(error, BadInput) else {}
        say({"error": type(error).__name__, "message": error.message, "hint": error.hint, **where})
    else:
        say({"done": done})
