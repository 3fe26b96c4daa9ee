"""Counts of chosen samples from sigpy: ask for a task, wait for it, fetch its ZIP, read the one table inside.

The table: rows genes (the first column names them), columns samples. It is read a line at a time, so that a gene
of thousands of samples costs no more memory than a line.
"""

from __future__ import annotations

import contextlib
import io
import lzma
import re
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import numpy.typing as npt

from backend import settings, web
from backend.archs4_live import sigpy
from backend.archs4_live.service import record
from backend.errors import BadAnswer, TooLarge, Unavailable
from backend.model import Species
from backend.web import Reply

Progress = Callable[[str, int, int], None]  # part, done, of
MOST_SAMPLES = 5_000  # of one task: the site says that only the first 5,000 are packed
MOST_ZIP, MOST_TABLE = 4_000_000_000, 8_000_000_000  # bytes
LONGEST = 3_600.0  # seconds a task is waited for
MOST_COUNT = 2**32 - 1  # what the files of ARCHS4 hold
Counts = npt.NDArray[np.float64]
MOST_LINE = 10_000_000  # characters, far more than a line of MOST_SAMPLES takes
# What zipfile raises for damaged archives; RuntimeError for a password, or a way of packing it does not know.
_NO_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, IndexError,
    OverflowError, RuntimeError,
)  # fmt: skip
_TASK = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@contextlib.contextmanager
def table(samples: Sequence[str], species: Species, tell: Progress) -> Iterator[Table]:
    """The counts of samples, while the block lasts; the fetched file goes with it.

    tell(part, done, of) is called often and may raise to stop. Raises TooLarge over MOST_SAMPLES, Unavailable when the
    task fails or takes over an hour, BadAnswer when what comes is not one table in a ZIP.
    """
    if len(samples) > MOST_SAMPLES:
        raise TooLarge(f"{len(samples):,} samples; ARCHS4 packs up to {MOST_SAMPLES:,}.", "Take fewer samples.")
    sigpy.check_active("fresh")
    task = _begun(samples, species)
    _waited(task, tell)
    with tempfile.TemporaryDirectory(prefix="expronaut-counts-") as folder:
        packed = Path(folder) / "counts.zip"
        _fetched(task, packed, tell)
        with _opened(packed) as lines:
            yield Table(lines)


class Table:
    """The table line by line. samples: the accessions of its columns, in their order."""

    def __init__(self, lines: IO[str]) -> None:
        self._lines = _each_line(lines)
        header = _cells(next(self._lines, ""))
        self.samples = tuple(header[1:])
        if not self.samples or len(set(self.samples)) != len(self.samples):
            raise _wrong("its first line does not name each sample once")

    def rows(self) -> Iterator[tuple[str, Counts]]:
        """Each gene and its counts, one a sample. Raises BadAnswer with the line that is wrong."""
        for number, line in enumerate(self._lines, start=2):
            gene, *counts = _cells(line)
            if len(counts) != len(self.samples):
                raise _wrong(f"line {number} has {len(counts)} counts for {len(self.samples)} samples")
            yield gene, _counts(counts, number)


def _counts(cells: list[str], number: int) -> Counts:
    try:
        found = np.array(cells, dtype=np.float64)
    except ValueError as error:
        raise _wrong(f"line {number} holds something that is no count") from error
    if not ((found >= 0) & (found <= MOST_COUNT)).all():
        raise _wrong(f"line {number} holds something that is no count")
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.rstrip("\r\n").split("\t")]


def _begun(samples: Sequence[str], species: Species) -> str:
    def read(reply: Reply) -> str:
        task = record(reply).get("task_id")
        if not isinstance(task, str) or not _TASK.fullmatch(task):
            raise BadAnswer(f"{reply.host} gives no task for these samples.", "Try again later.")
        return task

    body = {"gsm_ids": list(samples), "species": species}
    return sigpy.service().ask("/data/samples", read, "fresh", body=body, lifetime=0.0).value


def _waited(task: str, tell: Progress) -> None:
    """Until the service has packed the counts. States it does not document count as under way."""
    deadline, step = time.monotonic() + LONGEST, settings.current().archs4.poll
    while True:
        found = sigpy.service().ask(f"/data/samples/status/{task}", record, "fresh", lifetime=0.0).value
        state = found.get("status")
        if state == "SUCCESS":
            return
        if state == "FAILURE":
            raise Unavailable("ARCHS4 could not pack the counts of these samples.", "Try again, or with fewer samples.")
        if time.monotonic() > deadline:
            raise Unavailable("ARCHS4 has not packed the counts within an hour.", "Try again later.")
        progress = found.get("progress")
        done = int(progress) if isinstance(progress, int | float) and 0 <= progress <= 100 else 0
        tell("Waiting for ARCHS4 to pack the counts", done, 100)
        web.pause(step)


def _fetched(task: str, packed: Path, tell: Progress) -> None:
    asked = web.question(f"{sigpy.service().base}/data/samples/download/{task}", lifetime=0.0)
    with web.stream(asked) as streamed, _written(packed) as file:
        if streamed.status != 200:
            raise Unavailable(f"{streamed.host} does not hand the counts out (HTTP {streamed.status}).", "Try again.")
        announced = streamed.headers.get("Content-Length", "")
        of = int(announced) if announced.isdecimal() else 0
        taken = 0
        for piece in streamed.pieces(MOST_ZIP):
            taken += file.write(piece)
            tell("Fetching the counts", taken, of)


@contextlib.contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"The counts could not be written: {what}.", "Make room, then try again.") from error


@contextlib.contextmanager
def _opened(packed: Path) -> Iterator[IO[str]]:
    """The one table of the ZIP as lines of text. Nothing is unpacked to the disk."""
    with contextlib.ExitStack() as stack:
        with _unpacking():
            archive = stack.enter_context(zipfile.ZipFile(packed))
            binary = stack.enter_context(archive.open(_only_member(archive)))
        yield io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="")


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) != 1:
        raise _wrong(f"the ZIP holds {len(members)} files instead of one")
    name = PurePosixPath(members[0].filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts:
        raise _wrong("the ZIP names a file outside of itself")
    if members[0].file_size > MOST_TABLE:
        raise TooLarge("The table of counts is over 8 GB.", "Take fewer samples.")
    return members[0]


def _each_line(lines: IO[str]) -> Iterator[str]:
    """A line at a time; one that is too long comes in pieces, which have too few counts."""
    while True:
        with _unpacking():
            line = lines.readline(MOST_LINE)
        if not line:
            return
        yield line


@contextlib.contextmanager
def _unpacking() -> Iterator[None]:
    """Around calls of the library alone: it raises all of these for bytes that are no good ZIP."""
    try:
        yield
    except _NO_ZIP as error:
        raise _wrong("the ZIP is damaged, or packed in a way that cannot be read") from error


def _wrong(what: str) -> BadAnswer:
    return BadAnswer(f"The counts of ARCHS4 cannot be read: {what}.", "Try again later.")
