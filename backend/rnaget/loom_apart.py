"""HDF5 of a server is first read in a process apart (backend/apart; apart_work.py is its program), then here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from backend.apart import CAN, Helper, Job, Waiting
from backend.errors import BadAnswer, BadInput, Unavailable
from backend.rnaget import loom_form
from backend.study.matrix import Matrix

CHECK = Waiting(60.0)
_TOLD = "The HDF5 file of the server"
_helper = Helper("backend.rnaget.apart_work")


def read(
    body: bytes,
    unit: str,
    rows: tuple[str, ...] = loom_form.IDS,
    columns: tuple[str, ...] = loom_form.SAMPLES,
) -> Matrix:
    """As loom_form.read, once that went well in a process apart.

    Raises as that; BadAnswer for a file that keeps its reader busy or ends it; Unavailable (disk, process).
    """
    if CAN:
        _check(body, {"do": "check", "unit": unit, "rows": rows, "columns": columns})
    return loom_form.read(body, unit, rows, columns)


def _check(body: bytes, job: Job) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "matrix.h5"
            path.write_bytes(body)
            _helper.run({**job, "path": str(path)}, _TOLD, CHECK)
    except BadInput as error:
        raise BadAnswer(error.message, "Ask again, or ask for TSV.") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unavailable(f"{_TOLD} could not be put aside: {why}.", "Make room, then try again.") from error
