"""A file of the user as one stream of bytes: plain, .gz, or .zip with one file in it. What it holds decides."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from backend.errors import BadInput, TooLarge, Unavailable

MOST_BYTES = 32 << 30  # of a file once unpacked: 100,000 genes x 30,000 samples of ten letters
LONGEST_LINE = 128 << 20
PIECE = 1 << 20
MOST_MEMBERS = 1_000
PACKED = (".gz", ".zip")
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, struct.error)
_UNKNOWN = (RuntimeError, ValueError, OverflowError)
_OFFICE = "[Content_Types].xml"
_UNPACK = "Unpack it and give the file that is inside."
_AGAIN = "Pack or copy it again."


def plain_name(name: str) -> str:
    """The file name without .gz or .zip: a.gct for A.GCT.GZ keeps its letters, A.GCT."""
    return name[: -len(Path(name).suffix)] if name.lower().endswith(PACKED) else name


@contextmanager
def opened(path: Path, name: str = "", cap: int = MOST_BYTES) -> Iterator[BinaryIO]:
    """The unpacked bytes, buffered. name: what the user calls the file, for messages; the name of the path if empty.

    Raises BadInput for what is damaged, encrypted, packed twice, or not packed though it is called so; TooLarge once
    more than `cap` bytes come out; Unavailable when it cannot be read. Also while it is being read.
    """
    told = name or path.name
    with ExitStack() as closing:
        try:
            raw = closing.enter_context(path.open("rb"))
        except OSError as error:
            raise _unreadable(told, error) from error
        stream = io.BufferedReader(_Checked(_unpacked(raw, told, cap, closing), told, cap), PIECE)
        closing.callback(stream.close)
        yield cast("BinaryIO", stream)


def lines(stream: BinaryIO, name: str, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1, without its end (LF or CRLF); nothing else is cut off.

    Raises TooLarge for a line of more than `longest` bytes, so that a bomb of one line does not fill the memory.
    """
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise TooLarge(f"Line {number} of {name} has more than {longest:,} bytes.", "Check its line ends.")
        yield number, line.removesuffix(b"\n").removesuffix(b"\r")


def unpack_to(path: Path, target: Path, name: str = "", cap: int = MOST_BYTES) -> Path:
    """Write the unpacked bytes to `target`, for readers that need a file. Raises as `opened`."""
    with opened(path, name, cap) as stream:
        try:
            with target.open("wb") as file:
                while piece := stream.read(PIECE):
                    file.write(piece)
        except OSError as error:
            raise Unavailable(f"{target.name} could not be written.", "Make room, then try again.") from error
    return target


def is_bundle(path: Path) -> bool:
    """Whether a file is a zip of several files, as a study that was exported; office documents are none."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = _members(packed)
    except (*_DAMAGED, *_UNKNOWN, OSError):
        return False
    return len(members) > 1 and not any(one.filename == _OFFICE for one in members)


def unpack_bundle(path: Path, folder: Path, name: str = "", cap: int = MOST_BYTES) -> dict[str, Path]:
    """The files of a zip, in `folder`, by the last part of their names; hidden ones are left out. Of a folder in which
    one has the name of another file, as versions of a matrix in an export, all have the folder's name before theirs.

    Raises BadInput for what is damaged, encrypted, or holds two files of one name or too many; TooLarge over `cap`
    bytes in all; Unavailable when a disk fails.
    """
    told, files, left = name or path.name, dict[str, Path](), cap
    try:
        with zipfile.ZipFile(path) as packed:
            members = [one for one in _members(packed) if not _base(one).startswith(".")]
            names = _names(members)
            _check_members(members, names, told, cap)
            for place, (member, plain) in enumerate(zip(members, names, strict=True)):
                target = folder / f"{place:04d}"  # a name from elsewhere never becomes a path
                with packed.open(member) as inside, target.open("wb") as file:
                    checked = io.BufferedReader(_Checked(cast("BinaryIO", inside), told, left), PIECE)
                    shutil.copyfileobj(checked, file, PIECE)
                left -= target.stat().st_size
                files[plain] = target
    except _DAMAGED as error:
        raise BadInput(f"{told} is damaged: it cannot be unpacked.", _AGAIN) from error
    except _UNKNOWN as error:
        raise BadInput(f"{told} is packed in a way that is not known here.", _UNPACK) from error
    except OSError as error:
        raise _unreadable(told, error) from error
    return files


def _base(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/").rsplit("/", 1)[-1]


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """The base of each name; with the folder before it in a folder where some base is also that of another file."""
    bases = [_base(one) for one in members]
    folders = [tuple(one.filename.replace("\\", "/").split("/")[-2:-1]) for one in members]
    shared = {folder for base, folder in zip(bases, folders, strict=True) if bases.count(base) > 1}
    found = zip(bases, folders, strict=True)
    return [" ".join([*folder, base]) if folder in shared else base for base, folder in found]


def _check_members(members: list[zipfile.ZipInfo], names: list[str], name: str, cap: int) -> None:
    if not 0 < len(names) <= MOST_MEMBERS:
        raise BadInput(f"{name} holds {len(names):,} files.", f"Give between 1 and {MOST_MEMBERS:,}.")
    if again := next((one for one in names if names.count(one) > 1), ""):
        raise BadInput(f"Two files of {name} are called {again[:80]}.", "Give each a name of its own.")
    if any(one.flag_bits & 1 for one in members):
        raise BadInput(f"{name} is encrypted.", _UNPACK)
    if sum(one.file_size for one in members) > cap:
        raise _too_large(name, cap)


def _members(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [one for one in packed.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]


def _unpacked(raw: BinaryIO, name: str, cap: int, closing: ExitStack) -> BinaryIO:
    """The stream inside, whatever the packing. What is inside must not be packed again."""
    try:
        start = raw.read(4)
        raw.seek(0)
        if start.startswith(_GZIP):
            inside = cast("BinaryIO", closing.enter_context(gzip.GzipFile(fileobj=raw)))
        elif start.startswith(_ZIP):
            inside = _only_member(closing.enter_context(zipfile.ZipFile(raw)), name, cap, closing)
        elif name.lower().endswith(PACKED):
            raise BadInput(f"{name} is called {Path(name).suffix} but is not packed.", "Give it its right name.")
        else:
            return raw
        start = inside.read(4)
        inside.seek(0)
    except _DAMAGED as error:
        raise BadInput(f"{name} is damaged: it cannot be unpacked.", _AGAIN) from error
    except _UNKNOWN as error:
        raise BadInput(f"{name} is packed in a way that is not known here.", _UNPACK) from error
    except OSError as error:
        raise _unreadable(name, error) from error
    if start.startswith((_GZIP, _ZIP)):
        raise BadInput(f"{name} is packed twice.", _UNPACK)
    return inside


def _only_member(packed: zipfile.ZipFile, name: str, cap: int, closing: ExitStack) -> BinaryIO:
    members = _members(packed)
    if any(one.filename == _OFFICE for one in members):
        raise BadInput(f"{name} is a workbook or a document of an office program.", "Save the sheet as text with tabs.")
    if len(members) != 1:
        raise BadInput(f"{name} holds {len(members)} files; one is expected.", _UNPACK)
    if members[0].flag_bits & 1:
        raise BadInput(f"{name} is encrypted.", _UNPACK)
    if members[0].file_size > cap:
        raise _too_large(name, cap)
    return cast("BinaryIO", closing.enter_context(packed.open(members[0])))


class _Checked(io.RawIOBase):
    """Reads from a stream, counts, and turns what libraries raise into the errors of the house."""

    def __init__(self, inside: BinaryIO, name: str, cap: int) -> None:
        self._inside, self._name, self._cap, self._n = inside, name, cap, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._inside.read(len(buffer))
        except _DAMAGED as error:
            raise BadInput(f"{self._name} is damaged: it cannot be unpacked to its end.", _AGAIN) from error
        except OSError as error:
            raise _unreadable(self._name, error) from error
        self._n += len(piece)
        if self._n > self._cap:
            raise _too_large(self._name, self._cap)
        buffer[: len(piece)] = piece
        return len(piece)


def _too_large(name: str, cap: int) -> TooLarge:
    return TooLarge(f"{name} holds more than {cap >> 20:,} MB once unpacked.", "Give a smaller file.")


def _unreadable(name: str, error: OSError) -> Unavailable:
    return Unavailable(f"{name} cannot be read: {error.strerror or type(error).__name__}.", "Check the file.")
