"""A copy of a spatial file, sorted by gene, in the cache (building.py makes it, layout.py says what is where)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import section_files, settings
from backend.aside import aside
from backend.errors import BadAnswer, NotFound
from backend.section import apart, building, layout
from backend.section_files.outline import Floats, Ints, SectionOptions, Tell

USUAL = SectionOptions()
PIECE = 2_000_000  # stored numbers that `pieces` gives at once, or one gene
_DAMAGED = (OSError, KeyError, ValueError, TypeError, RuntimeError, IndexError)
_AGAIN = "Open the file again."


@dataclass(frozen=True)
class SectionHead:
    """A section without its numbers.

    ids, names: of genes (ids each once, names "" where none is told). spots: `spot` first, then columns of groups as
    text, "" not told. positions: float64 (spots, 2) x, y, NaN where missing, or None. totals: sum over genes of each
    spot, float64 (spots,), missing numbers left out. counts: every stored number is whole and not negative. measured:
    spots of each gene whose number is not missing, int64 (genes,). means: over these, float64 (genes,), NaN for none.
    missing: stored numbers that are missing, over all genes. about: "form", "file" (its name), "bin", "bins", "layer",
    "layers".
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    spots: pd.DataFrame
    positions: Floats | None
    totals: Floats
    counts: bool
    measured: npt.NDArray[np.int64]
    means: Floats
    missing: int
    notes: tuple[str, ...]
    about: dict[str, Any]


class SectionStore:
    """A stored section. Raises NotFound when the copy is gone, BadAnswer when it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def head(self) -> SectionHead:
        """Read once."""
        with self._opened() as file:
            if file.attrs["format"] != layout.FORMAT:
                raise ValueError("format")
            genes = file["genes"]
            return SectionHead(
                tuple(layout.texts(genes, "id")),
                tuple(layout.texts(genes, "name")),
                layout.spots(file),
                file["spot/position"][:] if "position" in file["spot"] else None,
                file["spot/total"][:],
                bool(file.attrs["counts"]),
                genes["measured"][:],
                genes["mean"][:],
                int(file.attrs["missing"]),
                tuple(json.loads(file.attrs["notes"])),
                dict(json.loads(file.attrs["about"])),
            )

    @cached_property
    def _first(self) -> Ints:
        with self._opened() as file:
            found: Ints = file["genes/first"][:]
            return found

    def rows(self, places: Sequence[int]) -> Floats:
        """Numbers of some genes over all spots as stored, (len(places), spots); 0 where none is, NaN missing."""
        values = np.zeros((len(places), len(self.head.spots)))
        first = self._first
        with self._opened() as file:
            for row, place in enumerate(places):
                spots, numbers = _between(file, int(first[place]), int(first[place + 1]))
                values[row, spots] = numbers
        return values

    def pieces(self, plain: bool = False) -> Iterator[tuple[int, Ints, Any, Any]]:
        """Every stored number, in runs of genes: place of the first, indptr (genes of the run + 1, from 0), spots,
        values (float64). Spots of a gene ascend, each once. Values are never 0; NaN is missing. Every gene is in one
        run, also one without numbers. plain: spots and values of the types they are stored in, which is quicker.
        """
        first = self._first
        start = 0
        while start < len(first) - 1:
            full = int(np.searchsorted(first, first[start] + PIECE, side="right")) - 1
            end = min(max(start + 1, full), len(first) - 1)
            with self._opened() as file:
                spots, values = _between(file, int(first[start]), int(first[end]), plain)
            yield start, first[start : end + 1] - first[start], spots, values
            start = end

    @contextmanager
    def _opened(self) -> Iterator[h5py.File]:
        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except FileNotFoundError as error:
            raise NotFound("The copy of this section is not there any more.", _AGAIN) from error
        except _DAMAGED as error:
            raise damaged() from error


def damaged() -> BadAnswer:
    """What is raised for a copy that is not as it was written."""
    return BadAnswer(
        "The copy of this section sorted by gene is damaged.", "Close the section and open its file again."
    )


def _between(file: h5py.File, start: int, end: int, plain: bool = False) -> tuple[Any, Any]:
    if plain:
        return file["spots"][start:end], file["values"][start:end]
    return file["spots"][start:end].astype(np.int64), file["values"][start:end].astype(np.float64)


def copy_of(path: Path, options: SectionOptions = USUAL) -> Path:
    """Where the copy of a file is, or will be, in the cache: named by its path, size, time, bin and layer.

    It is complete and of this very file when it is there. Raises NotFound when the file is not.
    """
    try:
        seen = path.stat()
    except OSError as error:
        raise NotFound(f"{path.name} is not there any more.", "Open it from where it is now.") from error
    told = [str(path.resolve()), seen.st_size, seen.st_mtime_ns, options.bin, options.layer, layout.FORMAT]
    digits = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]
    return settings.current().cache / "sections" / f"{digits}.h5"


def build(
    path: Path,
    options: SectionOptions = USUAL,
    tell: Tell | None = None,
    target: Path | None = None,
    name: str = "",
    trusted: bool = False,
) -> Path:
    """Write the copy of a spatial file, in a process apart; its path (`copy_of`, or target). Takes 0.5 GB or so.

    tell: as backend.jobs.Tell; may raise to stop, and nothing is left behind then. name: what the user calls the file.
    trusted: the file is ours, and small; no process is started for it.
    Raises BadInput, NotFound (file, bin), TooLarge, Unavailable (disk).
    """
    place = target or copy_of(path, options)
    if trusted or not apart.CAN:
        return building.write(path, place, options, tell, name)
    told = name or path.name
    with aside(place, f"The copy of {told}") as part:  # stopped, it is not renamed
        apart.run({"do": "build", "target": str(part), **_job(path, options, name)}, told, apart.BUILD, tell)
    return place


def check(path: Path, options: SectionOptions = USUAL, name: str = "") -> None:
    """Read the outline of an h5ad or GEF in a process apart: it can then be read here, too. A GEM is not looked at.

    Raises as backend.section_files.outline, and BadInput when the file cannot be read to its end.
    """
    if apart.CAN and h5py.is_hdf5(path):
        apart.run({"do": "check", **_job(path, options, name)}, name or path.name, apart.CHECK)


def layers(path: Path, name: str = "") -> tuple[str, ...]:
    """What of an h5ad can be taken, "" for X, looked up in a process apart; () for other forms. Raises as `check`."""
    if not h5py.is_hdf5(path):
        return ()
    if not apart.CAN:
        return section_files.layers(path, name)
    job = {"do": "layers", **_job(path, USUAL, name)}
    return tuple(map(str, apart.run(job, name or path.name, apart.CHECK)))


def _job(path: Path, options: SectionOptions, name: str) -> dict[str, Any]:
    return {"path": str(path.absolute()), "bin": options.bin, "layer": options.layer, "name": name}
