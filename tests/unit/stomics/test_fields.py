"""Fields of a data set under names that are only assumed."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.stomics import fields
from backend.stomics.datasets import _list
from backend.stomics.failures import message
from backend.web import Reply

LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from([name for names in fields.ALIASES.values() for name in names] + ["title", "id", "name", "x"])
JSON = st.recursive(
    LEAF, lambda kept: st.lists(kept, max_size=3) | st.dictionaries(NAMES, kept, max_size=5), max_leaves=12
)


@pytest.mark.parametrize(
    ("told", "technologies"),
    [
        ({"technology": "Visium"}, ((None, "Visium"),)),
        ({"technology": {"id": 2, "name": "Visium"}}, ((2, "Visium"),)),
        ({"technologies": [{"id": 1, "name": "Stereo-seq"}, "Visium"]}, ((1, "Stereo-seq"), (None, "Visium"))),
        ({"technology": None, "technologies": [], "platform": "MERFISH"}, ((None, "MERFISH"),)),
        ({"technology_id": 3}, ()),
    ],
)
def test_technology_in_each_form(told: dict, technologies: tuple) -> None:
    assert fields.dataset({"accession": "STD1", "title": "t", **told}).technologies == technologies


def test_the_first_alias_that_tells_something_counts_and_the_others_stay_to_be_seen() -> None:
    found = fields.dataset(
        {
            "accession": "STD1",
            "title": "A  title\nof two lines",
            "species": "",
            "organisms": [{"name": "Mus musculus"}, {"name": "Homo sapiens"}, {"name": "Mus musculus"}],
            "tissue": "Brain",
            "section": 4,
            "n_spots": "12000",
            "cell_count": None,
            "pmid": 123,
            "is_public": True,
            "license": None,
            "authors": [{"first": "A"}],
            "keywords": ["a", "b"],
        }
    )
    assert (found.title, found.species, found.tissue) == ("A title of two lines", "Mus musculus, Homo sapiens", "Brain")
    assert (found.n_spots, found.n_genes) == (12_000, None)
    assert found.references == (("pmid", "123"),)
    assert found.more == (("section", "4"), ("is_public", "yes"), ("keywords", "a, b"))
    assert fields.nested({"authors": [{"first": "A"}], "keywords": ["a"], "none": []}) == ("authors",)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (7, 7),
        ("7", 7),
        (7.0, 7),
        (True, None),
        (-1, None),
        (1.5, None),
        ("many", None),
        (None, None),
        (math.nan, None),
        (math.inf, None),
        (10**400, 10**400),  # more than a float holds
    ],
)
def test_unknown_is_not_0_and_0_is_not_unknown(value: object, number: int | None) -> None:
    assert fields.number(value) == number


@settings(max_examples=40)
@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_any_object_is_read_or_left_out_never_broken(found: dict) -> None:
    read = fields.dataset(found, "STD1")
    texts = [read.title, read.species, read.tissue, *(text for pair in read.more for text in pair)]
    assert all("\n" not in text for text in texts)
    assert read.accession
    fields.nested(found)


@settings(max_examples=40)
@given(JSON)
def test_an_error_body_of_any_form_gives_a_line_of_text(body: object) -> None:
    said = message(Reply(422, "h", "application/json", json.dumps(body).encode(), datetime.now(UTC)))
    assert len(said) <= 300
    assert said.isprintable()


def test_a_page_lists_a_data_set_once() -> None:
    items = [{"accession": "STD1", "title": "first"}, {"accession": "STD2"}, {"accession": "STD1", "title": "again"}]
    total, listed = _list({"items": items, "total": 3})
    assert (total, [(one.accession, one.title) for one in listed]) == (3, [("STD1", "first"), ("STD2", "STD2")])
