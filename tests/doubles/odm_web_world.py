"""What an ODM server knows: studies, groups, samples, libraries, preparations, runs, values, and their links."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.doubles.odm_web_templates import DEFAULT, EXPRESSION, SAMPLE, STUDY

Metadata = dict[str, Any]
ACCESSION, CHAIN, NUMBER, ACTIVE = (
    "genestack:accession",
    "genestack:chain",
    "genestack:versionInChain",
    "genestack:activeInChain",
)
FIRST_TIME = 1_669_260_909_268  # ms
FIRST_MESSAGE = "[Script] Commit created by API call"


@dataclass
class Version:
    metadata: Metadata
    author: str
    message: str
    timestamp: int  # ms
    version: str


@dataclass
class Thing:
    """A study, a sample, a library, a preparation, or the group of an expression file. group: empty for studies."""

    kind: str
    accession: str
    group: str
    template: str
    history: list[Version] = field(default_factory=list)  # oldest first

    @property
    def metadata(self) -> Metadata:
        return self.history[-1].metadata

    def text(self, name: str) -> str:
        return str(self.metadata.get(name) or "")

    def texts(self, name: str) -> list[str]:
        value = self.metadata.get(name)
        return [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]


@dataclass
class Run:
    """A data column. target: kind and accession of what it is linked to; by: the attribute it was linked through."""

    id: str
    source: str
    group: str
    target: tuple[str, str] | None = None
    by: str = ""


@dataclass
class Matrix:
    """names: of the feature columns; values: (features, runs, measurements), NaN where nothing was measured."""

    form: str  # gct or tsv
    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    features: list[tuple[Any, ...]]
    measurements: tuple[str, ...]  # ("value",) for one without a name
    separator: str
    runs: list[Run]
    values: np.ndarray

    def cells(self, row: int) -> dict[str, Any]:
        return dict(zip(self.names, self.features[row], strict=True))


@dataclass(frozen=True)
class User:
    name: str
    email: str
    curator: bool


class World:
    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.groups: dict[str, str] = {}  # accession: kind of its objects
        self.matrices: dict[str, Matrix] = {}
        self.runs: dict[str, Run] = {}
        self.study_of: dict[str, str] = {}  # sample: study
        self.samples_of: dict[str, list[str]] = {}  # library or preparation: samples
        self._accession, self._run, self._tick, self._chain = 1_047_000, 45_214, 0, 0

    def new_accession(self) -> str:
        self._accession += 1
        return f"GSF{self._accession}"

    def new_chain(self) -> str:
        self._chain += 1
        return f"GSVC{self._chain:03d}"

    def new_run(self, source: str, group: str) -> Run:
        self._run += 1
        made = Run(str(self._run), source, group)
        self.runs[made.id] = made
        return made

    def new_group(self, kind: str) -> str:
        made = self.new_accession()
        self.groups[made] = kind
        return made

    def now(self) -> int:
        """A time in ms that goes on by an hour with every call."""
        self._tick += 1
        return FIRST_TIME + 3_600_000 * self._tick

    def commit(self, thing: Thing, metadata: Metadata, author: str, message: str = FIRST_MESSAGE) -> None:
        time = self.now()
        own = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{thing.accession} {time}"))
        thing.history.append(Version(dict(metadata), author, message, time, own))

    def add(self, kind: str, metadata: Metadata, *, group: str = "", template: str = "", author: str) -> Thing:
        own = group if kind == EXPRESSION else self.new_accession()
        thing = Thing(kind, own, group, template or DEFAULT)
        self.commit(thing, {ACCESSION: own} | metadata, author)
        self.things[own] = thing
        return thing

    def of(self, kind: str) -> list[Thing]:
        """In order of accession."""
        return sorted((one for one in self.things.values() if one.kind == kind), key=lambda one: number(one.accession))

    def members(self, group: str) -> list[Thing]:
        return [one for one in self.things.values() if one.group == group and one.kind != EXPRESSION]

    def samples_in(self, study: str) -> list[Thing]:
        return [one for one in self.of(SAMPLE) if self.study_of.get(one.accession) == study]

    def run_samples(self, run: Run) -> list[str]:
        """The samples a run belongs to, through its library or preparation if need be."""
        if run.target is None:
            return []
        kind, accession = run.target
        return [accession] if kind == SAMPLE else self.samples_of.get(accession, [])

    def studies_of(self, samples: Iterable[str]) -> set[str]:
        return {self.study_of[one] for one in samples if one in self.study_of}

    def studies_with(self, group: str) -> set[str]:
        """The studies that the objects, or the runs, of a group belong to."""
        if group in self.matrices:
            return self.studies_of(one for run in self.matrices[group].runs for one in self.run_samples(run))
        if self.groups.get(group) == SAMPLE:
            return self.studies_of(one.accession for one in self.members(group))
        return self.studies_of(
            sample for one in self.members(group) for sample in self.samples_of.get(one.accession, [])
        )

    def chain(self, name: str) -> list[Thing]:
        """The expression groups of a chain, first version first."""
        found = [one for one in self.of(EXPRESSION) if name and one.metadata.get(CHAIN) == name]
        return sorted(found, key=lambda one: one.metadata[NUMBER])

    def continue_chain(self, group: Thing, previous: Thing) -> None:
        """group becomes the newest and the active version of the chain of previous, which may only now begin."""
        if not previous.metadata.get(CHAIN):
            previous.metadata.update({CHAIN: self.new_chain(), NUMBER: 1, ACTIVE: True})
        name = previous.metadata[CHAIN]
        versions = self.chain(name)
        for one in versions:
            one.metadata[ACTIVE] = False
        group.metadata.update({CHAIN: name, NUMBER: len(versions) + 1, ACTIVE: True})

    def title(self, study: str) -> str:
        thing = self.things[study]
        return thing.text("Study Title") or thing.text("Study Source") or study


def number(accession: str) -> int:
    return int("".join(one for one in accession if one.isdigit()) or 0)


__all__ = ["ACCESSION", "STUDY", "Matrix", "Run", "Thing", "User", "Version", "World"]
