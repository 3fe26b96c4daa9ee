"""A file that is there when it is whole, and not before: written under another name beside it, then renamed."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from backend.errors import Unavailable


@contextlib.contextmanager
def aside(target: Path, what: str = "") -> Iterator[Path]:
    """A path beside `target` to write to: it becomes `target` at the end, and is gone after any failure.

    what: is written, in words; the name of `target` when left out. Raises Unavailable for an OSError inside.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except OSError as error:
        told = f"{what or target.name} could not be written: {error.strerror or type(error).__name__}."
        raise Unavailable(told, "Make room, then try again.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
