"""Which reader a spatial file gets, and the questions to it."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from backend.errors import BadInput, NotFound, Unavailable
from backend.section_files import gef, gem, h5ad, h5ad_layers, hdf5_file
from backend.section_files.outline import Floats, Form, Reading, SectionOptions, SectionOutline, Tell

USUAL = SectionOptions()
ENDINGS = (".h5ad", ".gem", ".gem.gz", ".gef", ".txt", ".txt.gz", ".tsv", ".tsv.gz")
_OTHERS = {
    ".rds": "an R object; h5ad, GEM and GEF files can be opened",
    ".tif": "an image; it can be downloaded, not opened here",
    ".tiff": "an image; it can be downloaded, not opened here",
    ".png": "an image; it can be downloaded, not opened here",
    ".loom": "a loom file; add it as an own study",
}
_HINT = "Choose an h5ad, GEM or GEF file."
_START = 512  # bytes in which a web page shows what it is


def form(path: Path, name: str = "") -> Form:
    """The form of a file by what it holds. name: what the user calls it.

    Raises BadInput, saying what it seems to be, Unavailable when it is not there or cannot be read.
    """
    told = name or path.name
    if path.is_dir():
        raise BadInput(f"{told} is a folder.", _HINT)
    if not path.is_file():
        raise Unavailable(f"{told} is not there any more.", "Open it again from where it is now.")
    other = next((what for ending, what in _OTHERS.items() if told.lower().endswith(ending)), "")
    if other:
        raise BadInput(f"{told} is {other}.", _HINT)
    if not path.stat().st_size:
        raise BadInput(f"{told} is empty.", "Get it again.")
    with hdf5_file.sound(told):
        packed = h5py.is_hdf5(path)
    if packed:
        return _of_hdf5(path, told)
    if _is_page(path, told):
        raise BadInput(f"{told} is a web page (HTML), no spatial file.", "Get the file itself; a login may be needed.")
    if told.lower().endswith((".h5ad", ".gef", ".h5")):
        raise BadInput(f"{told} is no HDF5 file, or it was cut.", "Get it again.")
    if gem.fits(path, told):
        return "gem"
    raise BadInput(f"{told} is no spatial file that is known here.", _HINT)


def _is_page(path: Path, told: str) -> bool:
    """Whether it begins like HTML, as what a server says instead of a file. Raises Unavailable."""
    try:
        with path.open("rb") as file:
            start = file.read(_START).removeprefix(codecs.BOM_UTF8).lstrip().lower()
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{told} cannot be read: {what}.", "Check the file and its permissions.") from error
    return start.startswith((b"<!doctype html", b"<html"))


def _of_hdf5(path: Path, told: str) -> Form:
    with hdf5_file.opened(path, told) as file, hdf5_file.sound(told):
        if gef.fits(file):
            return "gef"
        if gef.of_cells(file):
            what = f"{told} is a GEF of cells, which is not read here"
            raise BadInput(f"{what}.", "Take the GEF of square bins, or the h5ad, of the same section.")
        if h5ad.fits(file):
            return "h5ad"
        if h5ad.is_old(file):
            what = f"{told} was written by a version of anndata before 0.7, which is not read here"
            raise BadInput(f"{what}.", "Read it and write it again with a later version.")
    raise BadInput(f"{told} is an HDF5 file, but neither an h5ad nor a GEF.", _HINT)


def layers(path: Path, name: str = "") -> tuple[str, ...]:
    """What of an h5ad file can be taken (h5ad_layers.py), () for other forms. Raises as `form`."""
    told = name or path.name
    if form(path, told) != "h5ad":
        return ()
    with hdf5_file.opened(path, told) as file, hdf5_file.sound(told):
        return h5ad_layers.layers(file)


def outline(path: Path, options: SectionOptions = USUAL, name: str = "") -> SectionOutline:
    """Genes, spots, positions and groups. A GEM is read to its end for it; the others are not."""
    with _reading(path, options, name) as found:
        return found.outline


def gene(path: Path, known: SectionOutline, place: int) -> Floats:
    """Values of the gene at `place` of `known.ids` over all spots, float64 (spots,); 0 where none is, NaN missing.

    Reads that gene only: a slice of CSC, one scan of the indices of CSR, a column of a dense matrix, the rows of a GEF.
    A GEM is read to its end. Raises NotFound for a place that is none, BadInput when the file has changed.
    """
    if not 0 <= place < len(known.ids):
        raise NotFound(f"{known.file} has no gene number {place}.", "Choose one of its genes.")
    if known.form == "h5ad":
        return h5ad.gene(path, known, place)
    if known.form == "gef":
        return gef.gene(path, known, place)
    with _reading(path, known.options, known.file) as found:
        if found.outline.ids != known.ids:
            raise BadInput(f"{known.file} has changed since it was opened.", "Open it again.")
        return found.gene(place)


@contextmanager
def opened(
    path: Path, options: SectionOptions, scratch: Path, tell: Tell | None = None, name: str = ""
) -> Iterator[Reading]:
    """An open file, with its outline. scratch: a folder for what does not fit into memory, which goes at the end.

    tell may raise to stop the reading of a GEM. Raises BadInput, NotFound (bin), TooLarge, Unavailable (disk).
    """
    told = name or path.name
    kind = form(path, told)
    if kind == "gem":
        with gem.opened(path, told, options, scratch, tell) as text:
            yield text
    elif kind == "gef":
        with gef.opened(path, told, options) as bins:
            yield bins
    else:
        with h5ad.opened(path, told, options) as cells:
            yield cells


@contextmanager
def _reading(path: Path, options: SectionOptions, name: str) -> Iterator[Reading]:
    with (
        tempfile.TemporaryDirectory(prefix="expronaut-") as folder,
        opened(path, options, Path(folder), None, name) as one,
    ):
        yield one
