"""Searches of words, put together from the sets of single texts: the same as looking at each sample."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from backend import sample_query
from backend.archs4_live import search
from backend.errors import BadInput, TooLarge

SAMPLES = {
    "GSM1": "liver of a male",
    "GSM2": "fetal liver, female",
    "GSM3": "kidney of a male",
    "GSM4": "fetal kidney; delivered",
    "GSM5": "bone-marrow, female",
    "GSM6": "bone and marrow",
}
WORDS = ["liver", "kidney", "male", "female", "fetal", "bone marrow", "nothing"]
_query = st.recursive(
    st.sampled_from(WORDS).map(lambda word: f'"{word}"' if " " in word else word),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} NOT {two[1]})"),
    ),
    max_leaves=6,
)


def _service(text: str, regex: bool) -> list[str]:
    """As quicksearch: a text anywhere, in any case."""
    wanted = re.compile(text if regex else re.escape(text), re.IGNORECASE)
    return [name for name, about in SAMPLES.items() if wanted.search(about)]


def _by_eye(query: str, about: str) -> bool:
    """The query as an expression of Python, word by word."""
    words = sorted(WORDS, key=len, reverse=True)
    found = re.compile("|".join(f'"{word}"' if " " in word else rf"\b{word}\b" for word in words))

    def value(match: re.Match[str]) -> str:
        word = match.group().strip('"').replace(" ", r"[\W_]+")
        return str(bool(re.search(word, about, re.IGNORECASE)))

    return eval(found.sub(value, query).replace("NOT", "and not").replace("AND", "and").replace("OR", "or"))


@examples(max_examples=150, deadline=None, derandomize=True)
@given(_query)
def test_sets_agree_with_a_look_at_each_sample(query: str) -> None:
    found = search.found(sample_query.parse(query), _service)
    assert sorted(found) == [name for name, about in SAMPLES.items() if _by_eye(query, about)]
    assert len(found) == len(set(found))


def test_what_is_excluded_is_not_asked_for_when_nothing_is_left() -> None:
    asked: list[str] = []

    def lookup(text: str, regex: bool) -> list[str]:
        asked.append(text)
        return _service(text, regex)

    assert search.found(sample_query.parse("nothing NOT male"), lookup) == []
    assert asked == ["nothing"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("liver", ("liver", False)),
        ("gse29282", ("GSE29282", False)),
        ("T-cell", (r"t[\W_]+cell", True)),
        ('"bone marrow"', (r"bone[\W_]+marrow", True)),
        ("hepat*", ("hepat", False)),
    ],
)
def test_how_a_term_is_sent(typed: str, sent: tuple[str, bool]) -> None:
    assert search.text(sample_query.parse(typed)) == sent


def test_a_list_of_samples_asks_nobody() -> None:
    node = sample_query.parse("GSM3, gsm1 GSM999")
    assert search.found(node, lambda *_: pytest.fail("asked")) == ["GSM3", "GSM1", "GSM999"]
    assert search.accessions(sample_query.parse("GSM1 OR liver")) is None


def test_too_many_words_are_refused() -> None:
    node = sample_query.parse(" OR ".join(f"word{number}" for number in range(13)))
    with pytest.raises(TooLarge, match="13 words"):
        search.found(node, lambda *_: pytest.fail("asked"))


def test_the_place_of_a_hit_is_shown() -> None:
    looked_for = search.pattern(sample_query.parse("liver OR male"))
    record = {"title": "rep 1", "source": "Fetal LIVER", "characteristics": "Sex: female"}
    found = search.match(record, looked_for)
    assert (found.field, found.snippet, found.spans) == ("source", "Fetal LIVER", ((6, 11),))
    assert search.match({"title": "rep 1"}, looked_for).field == "other texts"


@pytest.mark.parametrize("typed", ["", "  ", "*a", "(", "[a", "a{2,1}"])
def test_what_is_no_expression_is_told(typed: str) -> None:
    with pytest.raises(BadInput):
        search.checked_pattern(typed)
