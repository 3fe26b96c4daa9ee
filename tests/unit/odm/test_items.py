"""Expression items as servers gave them over the years, by the recorded ones."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from backend.errors import TooLarge
from backend.odm import omics, selection
from backend.odm.columns import Run

THIRD = {
    "itemId": "45215-CD36",
    "itemOrigin": {"runSourceId": "SAMN10979936", "runId": "45215", "groupId": "GSF024853"},
    "metadata": {"Genome Version": "GRCh38", "Normalization Method": None, "Features (string)": "gene"},
    "feature": {"gene": "CD36"},
    "value": {"value": 0.0},
    "relationships": {"sample": "GSF024809"},
}
SECOND = {
    "itemId": "..",
    "metadata": {"Genome Version": "hg19", "Run Source ID": "GTEX-111CU"},
    "runId": "7020",
    "groupId": "GSF028899",
    "gene": "ENSG00000000003.10",
    "feature": "ENSG00000000003.10",
    "expression": 1248,
    "relationships": {"sample": "GSF014768"},
}
FIRST = {
    "itemId": None,
    "metadata": None,
    "gene": "ENSG00000077044",
    "expression": 14.74187,
    "description": None,
    "relationships": {"sample": "GSF282801"},
}
UNLINKED = THIRD | {"itemId": "856314-HLA-A", "feature": {"feature": "HLA-A"}, "relationships": None}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (THIRD, ("CD36", 0.0, "SAMN10979936", "45215", "GSF024853", ("sample", "GSF024809"))),
        (SECOND, ("ENSG00000000003.10", 1248.0, "GTEX-111CU", "7020", "GSF028899", ("sample", "GSF014768"))),
        (FIRST, ("ENSG00000077044", 14.74187, "", "GSF282801", "", ("sample", "GSF282801"))),
        (UNLINKED, ("HLA-A", 0.0, "SAMN10979936", "45215", "GSF024853", ("", ""))),
    ],
)
def test_all_generations_are_read(record: dict[str, Any], expected: tuple[object, ...]) -> None:
    (one,) = omics.items(record)
    assert (one.feature, one.value, one.run, one.run_id, one.group, one.linked) == expected


def test_data_of_a_library_are_not_taken_for_those_of_a_sample() -> None:
    (one,) = omics.items(THIRD | {"relationships": {"library": "GSF9"}})
    assert one.linked == ("library", "GSF9")
    table = omics.table([one, *omics.items(THIRD)], {"GSF9": "GSF1 | GSF2"})
    assert list(table["sample"]) == ["GSF1 | GSF2", "GSF024809"]
    assert list(table["library"]) == ["GSF9", ""]


def test_a_table_of_few_values_among_very_many_runs_is_refused_before_it_is_made() -> None:
    items = [omics.Item(str(n), f"G{n}", "value", 1.0, f"S{n}", str(n), "GSF1", ("", "")) for n in range(10_001)]
    runs = [Run(one.run, one.run_id, one.group, one.linked) for one in items]
    with pytest.raises(TooLarge, match="10,001 features in 10,001 runs"):
        selection._pivoted(items, runs)
    assert selection._pivoted(items[:2], runs[:2])[1].shape == (2, 2)


def test_several_measurements_are_several_values_and_infinity_may_be_a_text() -> None:
    given_ = {"p_value": 0.01, "intensity": "Inf", "fold": "-Inf", "none": None}
    found = {one.measurement: one.value for one in omics.items(THIRD | {"value": given_})}
    assert math.isnan(found.pop("none"))
    assert found == {"p_value": 0.01, "intensity": math.inf, "fold": -math.inf}


@pytest.mark.parametrize(
    ("feature", "item", "expected"),
    [
        ({"chrom": "1", "gene": "A"}, "1-x", "A"),
        ({"chrom": None, "Ensembl_ID": "ENSG1"}, "1-x", "ENSG1"),
        ({"gene": None}, "12-HLA-DRB1", "HLA-DRB1"),
        (None, "12-TRAF3IP2-AS1", "TRAF3IP2-AS1"),
    ],
)
def test_the_feature_is_found_wherever_it_stands(feature: object, item: str, expected: str) -> None:
    record = {**THIRD, "feature": feature, "itemId": item}
    assert omics.items(record)[0].feature == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@examples(max_examples=50)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(THIRD | SECOND, JSON)))
def test_no_item_breaks_the_reader(record: dict[str, Any]) -> None:
    for one in omics.items(record):
        assert isinstance(one.value, float)
