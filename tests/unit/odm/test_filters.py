"""The filter language: whatever is named or valued comes back from it, and older queries of expression are read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.model import Condition
from backend.odm import filters

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


def _read(text: str) -> list[str]:
    """The quoted texts of a filter, read by hand, sign by sign; what stands between them is left out."""
    found, inside, escaped = [], False, False
    for sign in text:
        if not inside:
            inside = sign == '"'
            if inside:
                found.append("")
        elif escaped:
            found[-1] += sign
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"':
            inside = False
        else:
            found[-1] += sign
    assert not inside, "a quote was not closed"
    return found


@examples(max_examples=50)
@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from(["=", "!="]))
def test_any_name_and_value_is_read_back(name: str, values: list[str], operator: str) -> None:
    made = filters.condition(Condition(name, operator, tuple(values)))  # type: ignore[arg-type]
    assert _read(made) == [text for value in values for text in (name, value)]
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "", made, flags=re.DOTALL).split() == _signs(operator, len(values))


def _signs(operator: str, n: int) -> list[str]:
    return [operator, *(word for _ in range(n - 1) for word in ("OR" if operator == "=" else "AND", operator))]


def test_several_conditions_stand_in_parentheses() -> None:
    sex, age = Condition("Sex", "=", ("male", "M")), Condition("Age", ">", ("40",))
    made = filters.combined([filters.condition(sex), filters.condition(age)])
    assert made == '("Sex"="male" OR "Sex"="M") AND ("Age" > 40)'
    assert filters.combined(["", " "]) == ""
    assert filters.combined(["a=b", "c=d"], any_of=True) == "(a=b) OR (c=d)"


@pytest.mark.parametrize(
    "condition",
    [
        Condition("", "=", ("x",)),
        Condition("Sex", "=", (" ",)),
        Condition("Sex", "=", ()),
        Condition("Age", "<", ("old",)),
        Condition("Age", "<", ("1", "2")),
    ],
)
def test_a_condition_that_says_nothing_is_told(condition: Condition) -> None:
    with pytest.raises(BadInput):
        filters.condition(condition)


def test_accessions_are_asked_for_fifty_at_a_time_and_once() -> None:
    listed = [f"GSF{place}" for place in range(120)]
    found = list(filters.chunks([*listed, "GSF3"]))
    assert [len(chunk) for chunk in found] == [50, 50, 20]
    assert [one for chunk in found for one in chunk] == listed
    assert filters.accessions(["GSF1", "GSF2"]) == '"genestack:accession"="GSF1" OR "genestack:accession"="GSF2"'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Feature=TRAF3IP2-AS1 MinValue=200", "feature=TRAF3IP2-AS1 value >= 200"),
        ("Gene=ENSG00000077044 MinValue=0", "feature=ENSG00000077044 value >= 0"),
        ("minvalue = 1.5e2 FEATURE = A,B", "value >= 1.5e2 feature= A,B"),
        ("feature=CD36,CPT1A value >= 4", "feature=CD36,CPT1A value >= 4"),
        ('feature.Gene="ZNF814"', 'feature.Gene="ZNF814"'),
        ('feature="MinValue=3 Gene=X"', 'feature="MinValue=3 Gene=X"'),
        ('feature.attr =~ "sub" AND -3 < value < 3', 'feature.attr =~ "sub" AND -3 < value < 3'),
        ("value.p_value > 3", "value.p_value > 3"),
    ],
)
def test_older_words_become_present_ones_and_present_ones_stay(old: str, new: str) -> None:
    assert filters.translated(old) == new
    assert filters.translated(new) == new


def test_a_least_value_that_is_no_number_is_told() -> None:
    with pytest.raises(BadInput, match="MinValue"):
        filters.translated("Feature=X MinValue=high")


@pytest.mark.parametrize(
    ("genes", "threshold", "made"),
    [
        (("CD36", "CPT1A"), 4, "feature=CD36,CPT1A value >= 4"),
        (("HLA A", 'a"b', "c,d", "or"), None, r'feature="HLA A","a\"b","c,d","or"'),
        ((), 0.00001, "value >= 0.00001"),
        (("X",), 1e21, "feature=X value >= 1000000000000000000000"),
        ((), None, ""),
    ],
)
def test_genes_and_a_least_value_are_one_query(genes: tuple[str, ...], threshold: float | None, made: str) -> None:
    assert filters.ex_query(genes, threshold) == made


def test_no_number_is_no_least_value() -> None:
    with pytest.raises(BadInput):
        filters.ex_query(("X",), float("nan"))
