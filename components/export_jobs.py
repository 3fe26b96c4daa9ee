"""Files that take long to make: made in the background, kept on disk for an hour, streamed by a route of the server.

A download button of Streamlit would hold the whole file in memory; counts of thousands of samples do not fit there.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from backend.errors import ExpronautError, Unavailable

KEPT = 3600.0  # seconds
PREFIX, FOLDER = "exports", "expronaut-exports-"
Tell = Callable[[int, int], None]  # (done, of)
_TURN = threading.Semaphore(1)  # one file at a time, so that pages stay quick
_offered: dict[str, Path] = {}
_lock = threading.Lock()


class Cancelled(Exception):
    """The user does not want the file any more."""


class Job:
    """One file in the making. done, of: as the work tells; file: there when it ended well; problem: when it did not."""

    def __init__(self, name: str, work: Callable[[Path, Tell], object]) -> None:
        """name: of the file. work: writes the file at a path, tells how far it is, and may be stopped by what it
        then gets raised."""
        self.name, self._work = name, work
        self.done, self.of = 0, 0
        self.ended = self.cancelled = False
        self.file: Path | None = None
        self.problem: ExpronautError | None = None
        self.token = secrets.token_urlsafe(18)
        self._begun = 0.0
        self._thread = threading.Thread(target=self._run, name=f"export {name[:40]}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop at the next step; nothing stays behind."""
        self.cancelled = True

    def wait(self, seconds: float) -> bool:
        """Whether the job has ended after at most this long."""
        self._thread.join(seconds)
        return self.ended

    @property
    def left(self) -> float | None:
        """Seconds until the end at the present speed, None when unknown."""
        if not self.done or not self._begun:
            return None
        return (time.monotonic() - self._begun) / self.done * (self.of - self.done)

    @property
    def waiting(self) -> bool:
        """Whether another file comes first."""
        return not self._begun

    def _run(self) -> None:
        try:
            with _TURN:
                self._begun = time.monotonic()
                self._tell(0, 0)
                path = _folder(self.token) / self.name
                self._work(path, self._tell)
                with _lock:
                    _offered[self.token] = path
                self.file = path
        except Cancelled:
            pass
        except ExpronautError as error:
            self.problem = error
        except OSError as error:
            words = error.strerror or type(error).__name__
            self.problem = Unavailable(f"The file could not be written: {words}.", "Make room, then try again.")
        finally:
            if self.file is None:
                forget(self.token)
            self.ended = True

    def _tell(self, done: int, of: int) -> None:
        if self.cancelled:
            raise Cancelled
        self.done, self.of = done, of


def address(job: Job) -> str:
    """Where the server hands the file out, without host: /exports/<unguessable>/<name>."""
    return f"/{PREFIX}/{job.token}/{job.name}"


def taken(path: Path) -> str:
    """Move a file that is there already to those that are handed out; its address."""
    token = secrets.token_urlsafe(18)
    target = _folder(token) / path.name
    shutil.move(path, target)
    target.touch()
    with _lock:
        _offered[token] = target
    return f"/{PREFIX}/{token}/{path.name}"


def forget(token: str) -> None:
    """Delete a file."""
    with _lock:
        _offered.pop(token, None)
    shutil.rmtree(_root() / token, ignore_errors=True)


def _folder(token: str) -> Path:
    """A new folder for one file, after those that are too old went."""
    with _lock:
        old = [known for known, path in _offered.items() if _age(path) > KEPT]
    for known in old:
        forget(known)
    folder = _root() / token
    folder.mkdir(parents=True)
    return folder


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime if path.exists() else KEPT + 1


_made: list[Path] = []


def _root() -> Path:
    """The folder of this process; it goes with it."""
    with _lock:
        if not _made:
            _sweep()
            _made.append(Path(tempfile.mkdtemp(prefix=FOLDER)))
            atexit.register(shutil.rmtree, _made[0], ignore_errors=True)
        return _made[0]


def _sweep() -> None:
    """Delete what processes that were killed left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        if _age(left) > 24 * KEPT:
            shutil.rmtree(left, ignore_errors=True)


async def hand_out(request: Request) -> Response:
    """The file behind a token, streamed from disk; 404 when it was never there or is gone."""
    with _lock:
        path = _offered.get(request.path_params["token"])
    if path is None or path.name != request.path_params["name"] or not path.is_file():
        return PlainTextResponse("This file is gone. Make it again.", status_code=404)
    return FileResponse(path, filename=path.name, headers={"Cache-Control": "no-store"})


ROUTE = Route(f"/{PREFIX}/{{token}}/{{name}}", hand_out)
