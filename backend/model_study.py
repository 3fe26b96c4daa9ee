"""Records of studies: findings in their files, validation, what is stored of a study, and its versions.

Shared by the lab's own studies and those of an ODM server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
Kind = Literal["study", "samples", "libraries", "preparations", "expression", "expression metadata"]
Linked = Literal["complete", "partial", "none"]


@dataclass(frozen=True)
class Finding:
    """A rule that a file breaks. code: of the rule, as `GCT_DIMS`. line counts from 1, None for the file as a whole.

    value: what stands there, shortened; "" for nothing. count: how many places break the rule alike.
    demotable: the user may decide to import all the same.
    """

    code: str
    level: Level
    file: str
    message: str
    line: int | None = None
    column: str = ""
    value: str = ""
    count: int = 1
    demotable: bool = False


@dataclass(frozen=True)
class Invalid:
    """A value of samples that breaks the template. value: None where nothing is filled in.

    error: VALUE_NOT_SET, SYNONYM_ATTRIBUTE, VOCABULARY_NOT_FOUND, TYPE_NOT_MATCH, MISSING_ATTRIBUTE, or unknown here.
    """

    group: str
    attribute: str
    value: str | None
    count: int
    error: str
    message: str


@dataclass(frozen=True)
class Validation:
    """The metadata of a study against a template. skipped: checks that could not be made, in words."""

    invalid: tuple[Invalid, ...]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class AttributeSummary:
    """An attribute over the objects of a group. values: the most frequent with their counts, at most 50."""

    name: str
    n: int
    n_missing: int
    n_unique: int
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Grouping:
    """A way to put the samples of a study into groups. key: what asks for it: a column, or one cut into bins.

    groups: each with its number of samples, in order; “not told” last. how: how they are made, in sentences. ordered:
    whether their order means something, as of numbers.
    """

    key: str
    title: str
    groups: tuple[tuple[str, int], ...]
    how: str = ""
    ordered: bool = False


@dataclass(frozen=True)
class LinkReport:
    """How the columns of an expression file, or libraries, match objects. target: what they were matched to.

    unmatched: columns without an object. without_data: objects without a column. proposal: another target that would
    match, "" for none.
    """

    target: Kind
    attribute: str
    state: Linked
    n_matched: int
    unmatched: tuple[str, ...] = ()
    without_data: tuple[str, ...] = ()
    proposal: str = ""


@dataclass(frozen=True)
class Revision:
    """A version of a metadata object. timestamp: milliseconds since 1970, UTC. version: its UUID."""

    author: str
    message: str
    timestamp: int
    version: str


@dataclass(frozen=True)
class DataVersion:
    """A version of an expression matrix. chain: what its versions share, "" when it has none (v0).

    key: the source that it is in the app, "" while it is none. facts: its expression metadata.
    """

    accession: str
    key: str
    chain: str
    number: int
    active: bool
    name: str
    n_features: int
    n_columns: int
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two versions of a matrix. Lists are shortened to the first 1,000 names; the counts are of all.

    largest: (gene, sample, before, after) of the largest changes, at most 100, largest first; NaN where not measured.
    """

    samples_added: tuple[str, ...]
    samples_gone: tuple[str, ...]
    features_added: tuple[str, ...]
    features_gone: tuple[str, ...]
    n_samples_added: int
    n_samples_gone: int
    n_features_added: int
    n_features_gone: int
    n_compared: int
    n_changed: int
    largest: tuple[tuple[str, str, float, float], ...]
