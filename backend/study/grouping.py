"""Samples of a study in groups: by a column of theirs, numbers in bins, two columns crossed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadInput, NotFound, TooLarge
from backend.model import Grouping

NOT_TOLD = "not told"
MOST_GROUPS = 100
MOST_COLUMNS = 2  # that are crossed
FEW_NUMBERS = 12  # different numbers up to which each is a group
MOST_BINS, QUANTILES = 6, 4
WIDTH, SIZE = "bins:", "quantiles:"  # before the name of a column of numbers
_DIGITS = re.compile(r"([0-9]{1,15})")
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MISSING = frozenset({"", "nan", "NaN", "NAN", "null", "NULL", "NA", "N/A", "#N/A", "None", "<NA>"})


@dataclass(frozen=True)
class Groups:
    """Samples in groups. names: of the groups, in order. member: the place of each sample's group in names, (s,).

    by: the columns and how they are cut, in words. lacking: sentences on samples of which nothing is told. one: what a
    sample is, in a word.
    """

    title: str
    names: tuple[str, ...]
    member: npt.NDArray[np.intp]
    by: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    ordered: bool = False
    one: str = "sample"

    @property
    def how(self) -> str:
        """How the groups are made, in sentences."""
        if not self.by:
            return f"The {self.one}s are not told apart."
        return " ".join([f"{self.one.capitalize()}s are grouped by {' and '.join(self.by)}.", *self.lacking])

    def counts(self) -> tuple[tuple[str, int], ...]:
        """The groups with how many samples each has."""
        return tuple(zip(self.names, np.bincount(self.member, minlength=len(self.names)).tolist(), strict=True))

    def label(self) -> npt.NDArray[np.object_]:
        """The group of each sample by name."""
        return np.array(self.names, dtype=object)[self.member]


def told(column: pd.Series) -> list[str]:
    """What a column tells of each sample, "" where it tells nothing."""
    codes, found = pd.factorize(column.astype(str))  # few texts are looked at, also of very many samples
    texts = [" ".join(text.split()) for text in found]
    plain = np.array(["" if text in _MISSING else text for text in texts], dtype=object)
    return list(plain[codes])


def numbers(texts: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """The same as numbers, NaN where nothing is told; None when any text is no finite number, or none is told."""
    try:
        found = np.array([float(text) if text else np.nan for text in texts])
    except ValueError:
        return None
    return None if np.isinf(found).any() or np.isnan(found).all() else found


def offered(samples: pd.DataFrame, first: str = "", one: str = "sample") -> tuple[Grouping, ...]:
    """Every way to group by one column: with two groups at least, and fewer than there are samples.

    first: a column that comes first, also where it would not be offered. one: what a row is; its column of names.
    """
    names = [str(name) for name in samples.columns if name != one]
    found: list[Grouping] = []
    for name in dict.fromkeys([*([first] if first in names else []), *names]):
        for key in _keys(samples, name):
            groups = _by_one(samples, key, one)
            fits = 1 < len(groups.names) <= MOST_GROUPS and len(groups.names) < len(samples)
            if fits or (name == first and not found and len(groups.names) <= MOST_GROUPS):
                found.append(Grouping(key, groups.title, groups.counts(), groups.how, groups.ordered))
    return tuple(found)


def _keys(samples: pd.DataFrame, name: str) -> tuple[str, ...]:
    """How a column can be grouped by: its values; numbers of many values in bins."""
    texts = told(samples[name])
    if len(set(texts)) > FEW_NUMBERS and numbers(texts) is not None:
        return f"{WIDTH}{name}", f"{SIZE}{name}"
    return (name,)


def of(samples: pd.DataFrame, by: Sequence[str], one: str = "sample") -> Groups:
    """The samples by one grouping or two crossed; by none they are one group.

    Raises NotFound for a column that is not there, BadInput for text in bins or more than two columns, TooLarge over
    MOST_GROUPS groups.
    """
    keys = tuple(dict.fromkeys(by))
    if len(keys) > MOST_COLUMNS:
        raise BadInput(f"{len(keys)} columns to group by.", f"Choose up to {MOST_COLUMNS}.")
    if not keys:
        return Groups(f"all {one}s", (f"all {one}s",), np.zeros(len(samples), dtype=np.intp), one=one)
    parts = [_by_one(samples, key, one) for key in keys]
    groups = parts[0] if len(parts) == 1 else _crossed(*parts)
    if len(groups.names) > MOST_GROUPS:
        what = f"“{groups.title}” makes {len(groups.names):,} groups; the cap is {MOST_GROUPS}."
        raise TooLarge(what, "Group by another column.")
    return groups


def _by_one(samples: pd.DataFrame, key: str, one: str) -> Groups:
    """By one grouping, with how it was made in words."""
    cut = next((cut for cut in (WIDTH, SIZE) if key.startswith(cut) and key not in samples), "")
    name = key.removeprefix(cut)
    if name not in samples or name == one:
        columns = [str(column) for column in samples.columns if column != one]
        raise NotFound(f"The {one}s have no column “{name[:60]}”.", f"There are: {', '.join(columns[:20])}.")
    texts = told(samples[name])
    values = numbers(texts)
    if cut and values is None:
        raise BadInput(f"“{name[:60]}” does not hold numbers alone.", "Group by its values.")
    if values is None:
        groups = _by_value(name, texts, _usual_order(texts), ordered=False)
    elif not cut:
        order = sorted(dict.fromkeys(texts), key=lambda text: (not text, float(text or 0)))
        groups = _by_value(name, texts, order, ordered=True)
    else:
        groups = _in_bins(name, values) if cut == WIDTH else _in_quantiles(name, values)
    groups, lacking = replace(groups, one=one), sum(not text for text in texts)
    if not lacking:
        return groups
    are = f"{one} tells" if lacking == 1 else f"{one}s tell"
    return replace(groups, lacking=(f"{lacking:,} {are} no “{name}” and are the group “{NOT_TOLD}”.",))


def _usual_order(texts: Sequence[str]) -> list[str]:
    """As they first come where each stands in one block, as control before treated; else by name, numbers as such."""
    found = list(dict.fromkeys(texts))
    runs = 1 + sum(one != other for one, other in pairwise(texts))
    return found if runs == len(found) else sorted(found, key=_natural)


def _natural(text: str) -> list[tuple[int, int, str]]:
    parts = _DIGITS.split(text.casefold())
    return [(0, int(part), "") if part.isascii() and part.isdecimal() else (1, 0, part) for part in parts]


def _by_value(name: str, texts: Sequence[str], order: Sequence[str], ordered: bool) -> Groups:
    """Each value a group; samples of which nothing is told come last."""
    last = [text for text in order if text] + ([""] if "" in order else [])
    place = {text: number for number, text in enumerate(last)}
    names = tuple(text or NOT_TOLD for text in last)
    member = np.array([place[text] for text in texts], dtype=np.intp)
    return Groups(name, names, member, (f"“{name}”",), ordered=ordered)


def _in_bins(name: str, values: npt.NDArray[np.float64]) -> Groups:
    """Bins of equal width, at most MOST_BINS, with round borders; bins without a sample are left out."""
    step = _round_step(float(np.nanmin(values)), float(np.nanmax(values)))
    at = np.floor(np.round(values / step, 9))

    def label(number: float) -> str:
        return f"{_plain(number * step)} to <{_plain((number + 1) * step)}"

    by = f"“{name}” in bins of equal width ({_plain(step)})"
    return _numbered(f"{name} (bins of {_plain(step)})", at, label, by)


def _round_step(low: float, high: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten whose multiples cut low to high into at most MOST_BINS."""
    least = (high - low) / MOST_BINS if high > low else 1.0
    power = 10.0 ** np.floor(np.log10(least))
    wide = [step * power for step in (*_STEPS, *(10 * step for step in _STEPS)) if step * power >= least]
    fits = (step for step in wide if np.floor(high / step) - np.floor(low / step) < MOST_BINS)
    return float(next(fits, wide[-1]))


def _in_quantiles(name: str, values: npt.NDArray[np.float64]) -> Groups:
    """About equally many samples in each, equal numbers always together; named by their lowest and highest number."""
    borders = np.unique(np.nanquantile(values, np.linspace(0, 1, QUANTILES + 1))[1:-1])
    at = np.where(np.isnan(values), np.nan, np.searchsorted(borders, values, side="left"))

    def label(number: float) -> str:
        own = values[at == number]
        low, high = _plain(own.min()), _plain(own.max())
        return low if low == high else f"{low} to {high}"

    by = f"“{name}” in {QUANTILES} parts of about equally many samples"
    return _numbered(f"{name} ({QUANTILES} equal parts)", at, label, by)


def _numbered(title: str, at: npt.NDArray[np.float64], label: Callable[[float], str], by: str) -> Groups:
    """Groups by the number of their bin, NaN for samples of which nothing is told."""
    kept = np.unique(at[~np.isnan(at)])
    names = [label(float(number)) for number in kept]
    member = np.searchsorted(kept, np.where(np.isnan(at), kept[0], at)).astype(np.intp)
    if np.isnan(at).any():
        member[np.isnan(at)] = len(names)
        names.append(NOT_TOLD)
    return Groups(title, tuple(names), member, (by,), ordered=True)


def _plain(number: float) -> str:
    return f"{number + 0.0:.10g}"


def _crossed(first: Groups, second: Groups) -> Groups:
    """Every pair of groups that some sample has, in the order of the first, then of the second."""
    both = first.member * len(second.names) + second.member
    kept, member = np.unique(both, return_inverse=True)
    pairs = [(first.names[pair // len(second.names)], second.names[pair % len(second.names)]) for pair in kept]
    names = tuple(NOT_TOLD if a == b == NOT_TOLD else f"{a} × {b}" for a, b in pairs)
    title = f"{first.title} × {second.title}"
    by, lacking = first.by + second.by, first.lacking + second.lacking
    return Groups(title, names, member.astype(np.intp), by, lacking, ordered=True, one=first.one)
