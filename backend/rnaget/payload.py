"""The bytes of a matrix, whatever they call themselves: HDF5 (loom, CanDIG), JSON (v0.1.0, CanDIG, ENCODE) or TSV."""

from __future__ import annotations

from backend.errors import BadAnswer
from backend.rnaget import json_form, loom_apart, tsv_form
from backend.study.matrix import Matrix

HDF5 = b"\x89HDF\r\n\x1a\n"


def read(body: bytes, unit: str) -> Matrix:
    """The matrix inside of these bytes. unit: what a ticket says, used where the data say nothing.

    The content decides, not the Content-Type. Raises BadAnswer naming what came, or the line that is wrong.
    """
    if body.startswith(HDF5):
        return loom_apart.read(body, unit)
    begin = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin[:1] in (b"{", b"["):
        return json_form.read(body, unit)
    if not begin or begin[:1] == b"<":
        raise BadAnswer("The server sent a web page or nothing where a matrix was due.", "Try again later.")
    return tsv_form.read(body, unit)
