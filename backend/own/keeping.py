"""Expression files kept as they came, so that export and publishing give them back byte for byte."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from backend.errors import BadAnswer
from backend.own import place
from backend.own.records import MatrixEntry
from backend.study_files import unpack

PIECE = 1 << 20
LEVEL = 1  # text shrinks to a third, at the speed of the disk
_PACKED = (b"\x1f\x8b", b"PK\x03\x04")
Report = Callable[[str, int, int, str, float], None]  # part, done, of, unit, seconds


@dataclass(frozen=True)
class Kept:
    """A file of the study that holds the bytes of an expression file. packed: it was compressed here."""

    name: str
    packed: bool


def sha256(path: Path, name: str) -> str:
    """Of the bytes inside, so that a.gct and a.gct.gz are the same. Raises BadInput, TooLarge, Unavailable."""
    digest = hashlib.sha256()
    with unpack.opened(path, name) as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def keep(path: Path, folder: Path, stem: str, tell: Report) -> Kept:
    """Copy a file into the study, gzip-compressed unless it is compressed already."""
    with place.told("The expression file could not be kept"), path.open("rb") as source:
        packed = source.read(4).startswith(_PACKED)
        source.seek(0)
        name = f"{stem}.original" if packed else f"{stem}.original.gz"
        with _written(folder / name, packed) as target:
            _copy(source, target, path.stat().st_size, tell)
    return Kept(name, not packed)


@contextmanager
def _written(path: Path, plain: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        if plain:
            yield file
        else:
            with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
                yield cast("BinaryIO", packed)


def _copy(source: BinaryIO, target: BinaryIO, size: int, tell: Report) -> None:
    begun, done = time.monotonic(), 0
    while piece := source.read(PIECE):
        target.write(piece)
        done += len(piece)
        tell("Storing", done, size, "bytes", time.monotonic() - begun)


@contextmanager
def original(folder: Path, matrix: MatrixEntry) -> Iterator[BinaryIO]:
    """The bytes of the file as it came. Raises BadAnswer while they are read when they are damaged."""
    path = folder / matrix.kept
    try:
        with path.open("rb") as file:
            if matrix.packed:
                with gzip.GzipFile(fileobj=file) as inside:
                    yield cast("BinaryIO", inside)
            else:
                yield file
    except (OSError, EOFError) as error:  # of gzip as well
        raise BadAnswer(f"{matrix.kept} of {folder.name} cannot be read.", "Import the file again.") from error


def give_back(folder: Path, matrix: MatrixEntry, target: Path) -> Path:
    """Write the file as it came to a path."""
    with original(folder, matrix) as source, place.told(f"{target.name} could not be written"), target.open("wb") as to:
        shutil.copyfileobj(source, to, PIECE)
    return target
