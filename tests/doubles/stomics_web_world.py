"""What the double of STOmics holds: data sets, their files, and the section that each tells the expression of.

Only accession and title of a data set, and file_type, filename and size_bytes of a file, are sure to exist; every other
field here is an ASSUMED SHAPE. Everything is simulated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.doubles import section_files
from tests.doubles.section_files import Truth
from tests.doubles.stomics_web_bytes import Generated

N_PUBLISHED = 45
UNPUBLISHED = "STD0046"  # never listed
TINY, SECTION, EMPTY = "STD0001", "STD0002", "STD0003"  # the tiny h5ad; a file of each type; no files
LARGE = 210  # id of the large file, of the data set SECTION
EVIL = "../../evil.h5ad"
TECHNOLOGIES = {1: "Stereo-seq", 2: "Visium", 3: "MERFISH"}  # ASSUMED SHAPE: id and name of an object
ORGANS = ("brain", "liver", "heart", "kidney", "lung")
CERTAIN = ("accession", "title", "download_count")


@dataclass
class Stored:
    """A file. size: as the list tells it, None for null. content: made when it is asked for. more: ASSUMED SHAPE."""

    id: int
    name: str
    file_type: str
    size: int | None
    content: Callable[[], bytes | Generated]
    more: dict[str, str] = field(default_factory=dict)


@dataclass
class Dataset:
    """fields: as the detail tells them. truth: what expression is told of."""

    fields: dict
    files: list[Stored]
    truth: Truth

    @property
    def accession(self) -> str:
        return self.fields["accession"]


def world(large: int) -> dict[str, Dataset]:
    """All data sets by accession, the unpublished one among them. large: bytes of the large file."""
    made = [Dataset(_fields(n), _files(n, large), truth(n)) for n in range(1, N_PUBLISHED + 2)]
    return {one.accession: one for one in made}


@lru_cache
def truth(number: int) -> Truth:
    """The section of a data set by its number: tiny of 1, 300 spots of 40 genes of 2, 36 of 12 of the others."""
    if number == 1:
        return section_files.tiny()
    return section_files.made() if number == 2 else section_files.made(36, 12, seed=number)


@lru_cache
def section_file(number: int, name: str, *how: str) -> bytes:
    """A spatial file of the section of a data set. how: the layout of h5ad."""
    write = {".h5ad": section_files.h5ad, ".gz": section_files.gem, ".gef": section_files.gef}[Path(name).suffix]
    with TemporaryDirectory() as folder:
        return write(Path(folder) / name, truth(number), *how).read_bytes()


def _fields(number: int) -> dict:
    """ASSUMED SHAPE, but for accession and title. 10 and 11 were downloaded equally often."""
    organ, technology = ORGANS[(number - 1) % 5], (number - 1) % 3 + 1
    species = "Mus musculus" if number % 4 else "Homo sapiens"
    title = f"{'Mouse' if number % 4 else 'Human'} {organ} {'coronal ' if organ == 'brain' else ''}section"
    counts = 42 if number == 1 else 1_000 - 7 * (10 if number == 11 else number)
    section = truth(number)
    told = {
        "accession": f"STD{number:04d}",
        "title": title if number < 6 else f"{title}, replicate {number // 5}",
        "download_count": counts,
        "technology": {"id": technology, "name": TECHNOLOGIES[technology]},
        "species": species,
        "tissue": organ.capitalize(),
        "disease": "Infarction" if number == 3 else None,
        "developmental_stage": f"P{number}",
        "n_spots": len(section.spots),
        "n_genes": len(section.names),
        "doi": f"10.5555/simulated.{number}",
        "published_at": f"2026-01-{number % 28 + 1:02d}",
        "note": "Simulated for tests",
    }
    if number % 5 == 4:  # other names and forms of the same
        other = {"technologies": [TECHNOLOGIES[technology]], "organism": [species], "organ": {"name": organ}}
        told = {**other, **{key: told[key] for key in told if key not in ("technology", "species", "tissue")}}
    return told


def _files(number: int, large: int) -> list[Stored]:
    if number == 1:
        return _tiny_files()
    if number == 2:
        return _section_files(large)
    return [] if number == 3 else [_real(number * 100 + 1, number, "matrix.h5ad"), _image(number * 100 + 2)]


def _tiny_files() -> list[Stored]:
    data = section_file(1, "matrix.h5ad")
    wrong = Stored(44, "wrong_size.h5ad", "expression_matrix", len(data) + 1, lambda: data)
    evil = Stored(45, EVIL, "expression_matrix", len(data), lambda: data)
    other = section_file(1, "matrix.h5ad", "csc")
    again = Stored(46, "matrix.h5ad", "expression_matrix", len(other), lambda: other)  # the same name once more
    return [_real(42, 1, "matrix.h5ad"), _image(43), wrong, evil, again]


def _section_files(large: int) -> list[Stored]:
    big = Generated(large)
    layouts = enumerate(("csr", "csc", "dense"), start=201)
    made = [_real(number, 2, f"section_{layout}.h5ad", layout) for number, layout in layouts]
    packed = section_file(2, "section.gem.gz")
    made.append(Stored(204, "section.gem.gz", "gene_matrix", len(packed), lambda: packed, {"md5": _md5(packed)}))
    made += [_real(205, 2, "section.gef"), _image(206)]
    made.append(Stored(207, "section.rds", "seurat_object", 1_000, lambda: bytes(1_000)))
    told = {"sha256": _large_digest(large)}
    return [*made, Stored(LARGE, "registered.tif", "registered_image", large, lambda: big, told)]


def _real(id: int, number: int, name: str, *how: str) -> Stored:
    return Stored(
        id, name, "expression_matrix", len(section_file(number, name, *how)), lambda: section_file(number, name, *how)
    )


def _image(id: int) -> Stored:
    return Stored(id, "tissue.png", "image", None, lambda: b"\x89PNG\r\n\x1a\n" + bytes(2_000))


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@lru_cache
def _large_digest(large: int) -> str:
    return Generated(large).digest()
