"""What a served matrix is: labels of its features and samples, and values in the units it offers.

Each label of an axis stands once. A name that a row before it has is replaced by the row's id, a repeated id or sample
by itself with its row or column, so that whatever is shown can be asked for again.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from backend.errors import BadInput

FileType = Literal["loom", "tsv"]
FILE_TYPES: tuple[FileType, ...] = ("loom", "tsv")
Places = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]
SAMPLE_FIELDS = ("condition", "tissue")
UNKNOWN = "unknown"
MOST_ID = 128
_ID = re.compile(r"[A-Za-z0-9._~-]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]+")
_BLANKS = re.compile(r"\s+")
_VERSION = re.compile(r"(ENS[A-Z]*[GT]\d{11})\.\d+", re.IGNORECASE)


@dataclass(frozen=True)
class About:
    """What a matrix says of itself. id, project, study: letters, digits, - . _ ~. file_type: given when none is asked.

    notes: sentences for the head of every file. simulated: it is no measurement.
    """

    id: str
    version: str
    project: str
    project_name: str
    study: str
    study_name: str
    name: str
    description: str
    genome: str = ""
    project_description: str = ""
    notes: tuple[str, ...] = ()
    simulated: bool = False
    file_type: FileType = "loom"


class Labels:
    """The labels of an axis and where they stand; asked for in any case, Ensembl ids also with a version."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, places: Places) -> list[str]:
        return [self.texts[place] for place in places]

    def find(self, names: Sequence[str]) -> Places:
        """The places of these labels, ascending, each once; unknown ones are left out."""
        found = (self._place(name) for name in names)
        return np.unique(np.array([place for place in found if place is not None], dtype=np.int64))

    def _place(self, name: str) -> int | None:
        if name in self._exact:
            return self._exact[name]
        folded = name.casefold()
        return self._folded.get(folded, self._folded.get(_VERSION.sub(r"\1", folded)))

    @cached_property
    def _exact(self) -> dict[str, int]:
        return {text: place for place, text in enumerate(self.texts)}

    @cached_property
    def _folded(self) -> dict[str, int]:
        return {text.casefold(): place for place, text in reversed(list(enumerate(self.texts)))}


@dataclass(frozen=True)
class Columns:
    """Samples of an answer; condition and tissue are never empty and hold no comma with a blank behind it."""

    sample: list[str]
    condition: list[str]
    tissue: list[str]


class Matrix(ABC):
    """Features x samples. units: the first is given when none is asked. block: cells that are read at once, about.

    too_many: what to do when more than most_samples are asked for.
    """

    about: About
    units: tuple[str, ...]
    ids: Labels
    names: Labels
    n_samples: int
    block: int = 250_000
    most_samples: int = 1_000_000  # of one answer
    too_many: str = "Name fewer in sampleIDList."

    @property
    def n_features(self) -> int:
        return len(self.ids)

    @abstractmethod
    def find_samples(self, names: Sequence[str]) -> Places:
        """The columns of these samples, ascending, each once; unknown ones are left out."""

    @abstractmethod
    def columns(self, places: Places) -> Columns:
        """The labels of these columns."""

    @abstractmethod
    def having(self, field: str, values: Sequence[str]) -> Places:
        """The columns whose condition or tissue is one of these, in any case; ascending."""

    @abstractmethod
    def choices(self, field: str) -> tuple[str, ...]:
        """The conditions or tissues there are."""

    @abstractmethod
    def values(self, rows: Places, columns: Places, unit: str) -> Values:
        """(rows, columns), NaN where not measured. Raises TooLarge, BadAnswer, NotConfigured."""

    def copy(self) -> Path | None:
        """A loom file that holds exactly the whole matrix in its first unit, when there is one."""
        return None


class Held(Matrix):
    """A matrix whose labels are in memory."""

    def __init__(
        self, ids: Sequence[str], names: Sequence[str], samples: Sequence[str], fields: dict[str, Sequence[str]]
    ) -> None:
        """fields: condition and tissue of each sample."""
        self.ids, self.names = feature_labels(ids, names)
        self.samples = Labels(once([plain(sample) for sample in samples], "column"))
        self.fields = {name: [plain(text) or UNKNOWN for text in fields[name]] for name in SAMPLE_FIELDS}
        self.n_samples = len(self.samples)

    def find_samples(self, names: Sequence[str]) -> Places:
        return self.samples.find(names)

    def columns(self, places: Places) -> Columns:
        found = ([self.fields[name][place] for place in places] for name in SAMPLE_FIELDS)
        return Columns(self.samples.at(places), *found)

    def having(self, field: str, values: Sequence[str]) -> Places:
        wanted = {value.casefold() for value in values}
        found = [place for place, text in enumerate(self.fields[field]) if text.casefold() in wanted]
        return np.array(found, dtype=np.int64)

    def choices(self, field: str) -> tuple[str, ...]:
        return tuple(sorted(set(self.fields[field])))


def feature_labels(ids: Sequence[str], names: Sequence[str]) -> tuple[Labels, Labels]:
    """Ids and names, each once; a row without an id has its name for one, and the other way round."""
    tidy = [(one_line(own), one_line(name)) for own, name in zip(ids, names, strict=True)]
    unique = once([own or name or UNKNOWN for own, name in tidy], "row")
    seen: set[str] = set()
    shown = []
    for (_, name), own in zip(tidy, unique, strict=True):
        shown.append(own if not name or name in seen else name)
        seen.add(shown[-1])
    return Labels(unique), Labels(once(shown, "row"))


def once(texts: Sequence[str], axis: str) -> list[str]:
    """The texts; one that stands for the second time is told apart by its row or column, counted from 1."""
    seen, every = set[str](), set(texts)
    found = []
    for place, text in enumerate(texts, start=1):
        shown = text
        while shown in seen or (shown != text and shown in every):
            shown = f"{shown} ({axis} {place})"
        seen.add(shown)
        found.append(shown)
    return found


def one_line(text: str) -> str:
    """Without tabs and line breaks, which a table cannot hold."""
    return _BLANKS.sub(" ", text).strip()


def plain(text: str) -> str:
    """A label of a sample: readers cut “sample, condition, tissue” where a comma and a blank stand."""
    return one_line(text).replace(", ", "; ").rstrip(",").strip()


def is_id(text: str) -> bool:
    """Whether RNAget allows this id."""
    return len(text) <= MOST_ID and _ID.fullmatch(text) is not None


def as_id(text: str) -> str:
    """An id made of any text."""
    return _UNSAFE.sub("-", text)[:MOST_ID].strip("-") or "unnamed"


def unit_of(matrix: Matrix, unit: str) -> str:
    """The unit as the matrix spells it, the first when none is asked. Raises BadInput for one it does not offer."""
    wanted = folded_unit(unit)
    for offered in matrix.units:
        if not wanted or folded_unit(offered) == wanted:
            return offered
    raise BadInput(f"{matrix.about.id} is not offered in “{unit[:40]}”.", f"It has {', '.join(matrix.units)}.")


def folded_unit(unit: str) -> str:
    """Without case and blanks; a plus sign that became a blank on its way is one again."""
    return unit.strip().casefold().replace(" ", "+")


def as_float32(values: npt.NDArray[Any]) -> Values:
    return np.asarray(values, dtype=np.float32)
