"""Files sent as multipart/form-data (RFC 7578), read from the disk while they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.errors import BadInput

PIECE = 262_144  # bytes
Sent = Callable[[int, int], None]


@dataclass(frozen=True)
class Upload:
    """A body of several parts, each bytes or a file with the size it had. Iterating sends it, as often as needed.

    on_sent(bytes, of): called while it is sent, in the sending thread; what it raises ends the sending.
    """

    content_type: str
    parts: tuple[bytes | tuple[Path, int], ...]
    on_sent: Sent | None = None

    def __len__(self) -> int:
        """Bytes of the whole."""
        return sum(len(part) if isinstance(part, bytes) else part[1] for part in self.parts)

    def __iter__(self) -> Iterator[bytes]:
        """The body, piece by piece. Raises BadInput when a file is not as long any more as it was."""
        sent, whole = 0, len(self)
        for piece in self._pieces():
            yield piece
            sent += len(piece)
            if self.on_sent:
                self.on_sent(sent, whole)

    def _pieces(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from _of_file(*part)


def _of_file(path: Path, size: int) -> Iterator[bytes]:
    left = size
    try:
        with path.open("rb") as file:
            while left and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise BadInput(f"{path.name} could not be read: {what}.", "Check the file, then try again.") from error
    if left:
        raise BadInput(f"{path.name} changed while it was sent.", "Send it again.")


def multipart(fields: Mapping[str, str], files: Mapping[str, Path], on_sent: Sent | None = None) -> Upload:
    """Fields and files, by the name of their field. Raises BadInput for a file that cannot be read."""
    boundary = secrets.token_hex(16)
    parts: list[bytes | tuple[Path, int]] = []
    for name, text in fields.items():
        parts.append(_head(boundary, f'name="{_quoted(name)}"') + text.encode("utf-8", "replace") + b"\r\n")
    for name, path in files.items():
        about = f'name="{_quoted(name)}"; filename="{_quoted(path.name)}"'
        parts += [_head(boundary, about, "Content-Type: application/octet-stream\r\n"), (path, _size(path)), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return Upload(f"multipart/form-data; boundary={boundary}", tuple(parts), on_sent)


def _head(boundary: str, about: str, more: str = "") -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n{more}\r\n".encode("utf-8", "replace")


def _quoted(text: str) -> str:
    """As browsers write names: quotes and line ends percent-encoded."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise BadInput(f"{path.name} could not be read: {what}.", "Check the file, then try again.") from error
