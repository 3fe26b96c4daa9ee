"""Samples in groups: every sample in the group that its value says, blanks as a group of their own, borders as told."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.errors import BadInput, NotFound, TooLarge
from backend.study import grouping, profile

MANY = grouping.FEW_NUMBERS + 1
AGES = st.lists(
    st.none() | st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)), min_size=MANY, max_size=60
)


def _table(**columns: list[str]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"sample": [f"S{i}" for i in range(n)], **columns}, dtype=object)


def _border(text: str) -> float:
    return float(text.removeprefix("<"))


@limits(max_examples=50, deadline=None)
@given(AGES)
def test_every_number_lies_in_its_bin(ages: list[float | None]) -> None:
    told = [age for age in ages if age is not None]
    samples = _table(Age=["" if age is None else f"{age}" for age in ages])
    if not told:
        with pytest.raises(BadInput):
            grouping.of(samples, ["bins:Age"])
        return
    bins, parts = (grouping.of(samples, [f"{cut}:Age"]) for cut in ("bins", "quantiles"))
    assert len([name for name in bins.names if name != "not told"]) <= grouping.MOST_BINS
    widths = set()
    for age, width, part in zip(ages, bins.label(), parts.label(), strict=True):
        if age is None:
            assert width == part == "not told"
            continue
        low, high = (_border(text) for text in str(width).split(" to "))
        widths.add(round(high - low, 9))
        slack = 1e-6 * (high - low)  # a number on a border up to rounding
        assert low - slack <= age < high + slack
        ends = [float(text) for text in str(part).split(" to ")]
        assert ends[0] <= age <= ends[-1] or math.isclose(age, ends[0]) or math.isclose(age, ends[-1])
    assert max(widths) - min(widths) <= 1e-6 * max(widths)
    assert sum(n for _, n in bins.counts()) == sum(n for _, n in parts.counts()) == len(ages)
    assert ("not told" in bins.names) == (len(told) < len(ages))


def test_borders_are_round_and_told() -> None:
    samples = _table(Age=[f"{age}" for age in range(23, 72)])
    found = grouping.of(samples, ["bins:Age"])
    assert found.names == ("20 to <30", "30 to <40", "40 to <50", "50 to <60", "60 to <70", "70 to <80")
    assert dict(found.counts())["20 to <30"] == 7
    assert found.how == "Samples are grouped by “Age” in bins of equal width (10)."
    parts = dict(grouping.of(samples, ["quantiles:Age"]).counts())
    assert parts == {"23 to 35": 13, "36 to 47": 12, "48 to 59": 12, "60 to 71": 12}


@pytest.mark.parametrize("doses", list(itertools.permutations(["10", "2.5", "", "0"])))
def test_numbers_that_are_few_are_groups_in_their_order(doses: tuple[str, ...]) -> None:
    found = grouping.of(_table(Dose=[*doses, "10", "2.5"]), ["Dose"])
    assert found.names == ("0", "2.5", "10", "not told")
    assert found.ordered


def test_values_in_blocks_keep_their_order_others_are_sorted() -> None:
    samples = _table(Arm=["treated", "treated", "control", ""], Day=["day 10", "day 2", "day 10", "day 1"])
    assert grouping.of(samples, ["Arm"]).names == ("treated", "control", "not told")
    assert grouping.of(samples, ["Day"]).names == ("day 1", "day 2", "day 10")


def test_what_is_offered() -> None:
    n = 30
    samples = _table(
        Id=[f"x{i}" for i in range(n)],
        Sex=[("male", "female", "")[i % 3] for i in range(n)],
        Same=["one"] * n,
        Age=[f"{i / 2}" for i in range(n)],
        Blank=["" for _ in range(n)],
        Gone=["NaN" if i else "kept" for i in range(n)],
    )
    found = {one.key: one for one in grouping.offered(samples)}
    assert list(found) == ["Sex", "bins:Age", "quantiles:Age", "Gone"]
    assert found["Sex"].groups == (("female", 10), ("male", 10), ("not told", 10))
    assert found["Gone"].groups == (("kept", 1), ("not told", 29))
    assert next(iter(grouping.offered(samples, "Age"))).key == "bins:Age"


def test_two_columns_are_crossed_in_their_order() -> None:
    samples = _table(Organ=["a", "a", "b", "b", ""], Sex=["m", "f", "f", "", ""])
    found = grouping.of(samples, ["Organ", "Sex"])
    assert found.names == ("a × m", "a × f", "b × f", "b × not told", "not told")
    assert list(found.label()) == list(found.names)
    assert found.how.startswith("Samples are grouped by “Organ” and “Sex”.")
    assert found.how.count("not told") == 2


def test_what_cannot_be_grouped_by_is_told() -> None:
    samples = _table(Organ=["a", "b"] * 60, Id=[f"x{i}" for i in range(120)])
    for by, error in (
        (["Planet"], NotFound),
        (["sample"], NotFound),
        (["bins:Organ"], BadInput),
        (["Organ", "Id", "x"], BadInput),
        (["Id"], TooLarge),
    ):
        with pytest.raises(error):
            grouping.of(samples, by)
    assert grouping.of(samples, []).names == ("all samples",)


def test_a_gene_that_is_not_measured_in_a_group_has_no_numbers_there() -> None:
    groups = grouping.of(_table(Organ=["a", "a", "b", "b"]), ["Organ"])
    table = profile.profiles(["G"], groups, np.array([[np.nan, np.nan, 0.0, 0.0]])).set_index("tissue")
    assert table.loc["a", ["min", "median", "mean", "z"]].isna().all()
    assert list(table["n_samples"]) == [0, 2]
    assert list(table["n_group"]) == [2, 2]
    assert table.loc["b", "median"] == 0
    points = profile.points(["G"], groups, np.array([[np.nan, 3.0, 1.0, 2.0]]))
    assert list(zip(points["tissue"], points["place"], points["value"], strict=True)) == [
        ("a", 1, 3.0),
        ("b", 2, 1.0),
        ("b", 3, 2.0),
    ]
