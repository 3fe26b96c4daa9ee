"""What a study is made of, as study.json says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from backend.errors import BadAnswer
from backend.model_study import Kind, LinkReport
from backend.own import place
from backend.own.place import Numbers

FORMAT = 1


@dataclass(frozen=True)
class GroupEntry:
    """The objects of a file of metadata: accessions LOC<first> to LOC<first + n - 1>, table in <accession>.json.

    link: of libraries and preparations to samples. The metadata of a matrix are a group of one object, which has the
    accession of the matrix.
    """

    accession: str
    kind: Kind
    file: str
    first: int
    n: int
    link: LinkReport | None = None

    def place_of(self, accession: str) -> int | None:
        """Which of its objects has this accession."""
        found = int(accession[3:]) - self.first if place.ACCESSION.match(accession) else -1
        return found if 0 <= found < self.n else None


@dataclass(frozen=True)
class MatrixEntry:
    """A matrix: numbers in <accession>.h5, its links in <accession>.links.json. file: as the user called it.

    kept: the file of the study that holds its bytes, gzip-compressed when `packed`. sha256: of the unpacked bytes.
    first_run: number of the run of the first column. imported: ISO time. form: as the reader names it. options: how it
    was read, to be read alike again by others.
    """

    accession: str
    file: str
    kept: str
    packed: bool
    sha256: str
    form: str
    measurement: str
    unit: str
    n_features: int
    n_columns: int
    first_run: int
    link: LinkReport
    imported: str
    grouping: str = ""
    chain: str = ""
    number: int = 0
    active: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The source that it is."""
        return f"own-{self.accession.lower()}"


@dataclass(frozen=True)
class Manifest:
    """A study. title: where its metadata have none. origin: what the first versions of its objects are derived from.

    given: the last numbers when it was written. sums: SHA-256 -> accession of the files of metadata. last_in_chain:
    chain -> the highest number it ever had. template: file of its own template, "" for none.
    """

    accession: str
    title: str
    imported: str
    origin: str
    given: Numbers
    groups: tuple[GroupEntry, ...]
    matrices: tuple[MatrixEntry, ...]
    sums: Mapping[str, str] = field(default_factory=dict)
    last_in_chain: Mapping[str, int] = field(default_factory=dict)
    template: str = ""

    def files(self) -> set[str]:
        """The names of all files that belong to the study."""
        own = {place.MANIFEST, self.template}
        for group in self.groups:
            own |= {table_file(group.accession), edits_file(group.accession), links_file(group.accession)}
        for matrix in self.matrices:
            own |= {matrix.kept, store_file(matrix.accession), links_file(matrix.accession)}
        return own


def table_file(accession: str) -> str:
    """The table of a group."""
    return f"{accession}.json"


def edits_file(accession: str) -> str:
    """What was changed in a group since its import."""
    return f"{accession}.edits.jsonl"


def links_file(accession: str) -> str:
    """Which objects the columns of a matrix belong to, or the records of a group."""
    return f"{accession}.links.json"


def store_file(accession: str) -> str:
    """The numbers of a matrix."""
    return f"{accession}.h5"


def write(folder: Path, manifest: Manifest) -> None:
    """Make this what the study is, from one moment to the next."""
    place.write_json(folder / place.MANIFEST, {"format": FORMAT} | asdict(manifest))


def read(folder: Path) -> Manifest:
    """Raises NotFound, BadAnswer."""
    told = place.read_json(folder / place.MANIFEST)
    try:
        if told["format"] != FORMAT or told["accession"] != folder.name:
            raise BadAnswer(f"{folder.name} was written by another version of the program.", "Use that one.")
        fields = {name: value for name, value in told.items() if name != "format"}
        return Manifest(
            **fields
            | {
                "given": Numbers(**told["given"]),
                "groups": tuple(_group(one) for one in told["groups"]),
                "matrices": tuple(_matrix(one) for one in told["matrices"]),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BadAnswer(f"The study {folder.name} is damaged.", "Import it again, or remove it.") from error


def _group(told: dict[str, Any]) -> GroupEntry:
    return GroupEntry(**told | {"link": _link(told["link"])})


def _matrix(told: dict[str, Any]) -> MatrixEntry:
    link = _link(told["link"])
    if link is None or not place.ACCESSION.match(told["accession"]):
        raise TypeError("a matrix has a link and an accession")
    return MatrixEntry(**told | {"link": link})


def _link(told: dict[str, Any] | None) -> LinkReport | None:
    if told is None:
        return None
    return LinkReport(**told | {name: tuple(told[name]) for name in ("unmatched", "without_data")})
