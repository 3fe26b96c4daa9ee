"""An omics query in the address: what is written is read again, anything else is refused and never half taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from backend.errors import BadInput
from components.odm import draft, draft_text
from components.odm.draft import KINDS, OPERATORS, PAGES, WHAT, Draft, Row

words = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
kinds = some.sampled_from(list(KINDS))
rows = some.builds(
    Row, kinds, words, some.sampled_from(list(OPERATORS)), some.lists(words, max_size=3).map(tuple)
)  # fmt: skip
pairs = some.lists(some.tuples(kinds, words), max_size=2).map(tuple)
drafts = some.builds(
    Draft,
    what=some.sampled_from(list(WHAT)),
    rows=some.lists(rows, max_size=3).map(tuple),
    filters=pairs,
    texts=pairs,
    genes=some.lists(words, max_size=3).map(tuple),
    threshold=some.none() | some.floats(allow_nan=False, allow_infinity=False),
    ex_query=words,
    versions=words,
    measurement=words,
    narrower=some.booleans(),
    page=some.sampled_from(PAGES),
)


@settings(max_examples=40, deadline=None)
@given(drafts)
def test_a_query_comes_back_from_its_address(made: Draft) -> None:
    assert draft_text.read(draft_text.written(made)) == made


def test_a_long_list_of_genes_fits_into_an_address() -> None:
    made = Draft(genes=tuple(f"ENSG{number:011d}" for number in range(500)))
    text = draft_text.written(made)
    assert len(text) < 4_000
    assert draft_text.read(text) == made


@settings(max_examples=40, deadline=None)
@given(
    some.text(max_size=40) | some.dictionaries(some.sampled_from(["rows", "genes", "page", "x"]), words).map(json.dumps)
)
def test_other_text_is_refused(text: str) -> None:
    try:
        draft_text.read(text)
    except (ValueError, TypeError, KeyError, BadInput):
        return
    assert not text or isinstance(json.loads(text), dict)


WRONG = ('{"rows":[["sample","Sex","~",["male"]]]}', '{"threshold":true}', '{"genes":"CD36"}', '{"page":7}', "z.x")


@pytest.mark.parametrize("text", WRONG)
def test_a_query_with_a_wrong_part_is_refused(text: str) -> None:
    with pytest.raises((ValueError, BadInput)):
        draft_text.read(text)


def test_conditions_of_an_object_hold_together_and_unfinished_ones_do_not_count() -> None:
    made = Draft(
        rows=(
            Row("sample", "Sex", "=", ("male", "M")),
            Row("sample", "Age", ">", ("40",)),
            Row("sample", "Tissue"),
            Row("expression", "Genome Version", "!=", ('GR"Ch37',)),
        ),
        filters=(("sample", "BMI < 25 OR Batch=1"),),
    )
    asked = draft.query(made, "GSF1")
    assert asked.sample_filter == '(("Sex"="male" OR "Sex"="M") AND ("Age" > 40)) AND (BMI < 25 OR Batch=1)'
    assert asked.expression_filter == '"Genome Version"!="GR\\"Ch37"'
    assert asked.study == "GSF1"
    assert asked.study_filter == ""
