"""What STOmics may answer for a gene, read into one table; anything else is an error that names what came."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import ExpronautError, UnknownExpressionShape
from backend.stomics import shapes

# Assumed shapes: the same four spots, told in each of the ways the contract thinks of.
RECORDS = (
    '{"items":[{"cell_id":"s1","x":1,"y":1,"value":0.0},{"cell_id":"s2","x":2,"y":1,"value":1.4},'
    '{"cell_id":"s3","x":1,"y":2,"value":2.2},{"cell_id":"s4","x":2,"y":2,"value":0.0}]}'
)
COLUMNS = (
    '{"accession":"STD0001","gene":"Sox2","n_spots":4,"x":[1,2,1,2],"y":[1,1,2,2],"values":[0.0,1.4,2.2,0.0],'
    '"cell_ids":["s1","s2","s3","s4"]}'
)
MAPPING = '{"s1":0.0,"s2":1.4,"s3":2.2,"s4":0.0}'
BY_GENE = '{"genes":{"Sox2":{"coordinates":[[1,1],[2,1],[1,2],[2,2]],"values":[0.0,1.4,2.2,0.0]}}}'
SUMMARY = '{"gene":"Sox2","mean":0.9,"median":0.7,"std":1.1,"pct_expressing":50.0,"n_spots":4}'
VALUES, IDS, X, Y = [0.0, 1.4, 2.2, 0.0], ["s1", "s2", "s3", "s4"], [1, 2, 1, 2], [1, 1, 2, 2]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [*shapes.CONTAINERS, "gene", "genes", "x", "y", "value", "cell_id", "mean", "n_spots", "unit"]
            )
            | st.text(st.characters(), max_size=6),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read(text: str) -> shapes.Expression:
    return shapes.read(json.loads(text), "Sox2")


@pytest.mark.parametrize(
    ("text", "shape", "name", "ids", "places"),
    [
        (RECORDS, 1, "records", True, True),
        (COLUMNS, 2, "columns", True, True),
        (MAPPING, 3, "mapping", True, False),
        (BY_GENE, 4, "columns by gene", False, True),
    ],
)
def test_the_same_spots_come_of_each_shape(text: str, shape: int, name: str, ids: bool, places: bool) -> None:
    found = read(text)
    assert (found.shape, found.name, found.has_ids, found.has_places) == (shape, name, ids, places)
    assert list(found.table["value"]) == VALUES
    assert list(found.table["gene"]) == ["Sox2"] * 4
    assert list(found.table["obs_id"]) == (IDS if ids else [""] * 4)
    assert not places or (list(found.table["x"]), list(found.table["y"])) == (X, Y)
    assert places or found.table[["x", "y"]].isna().all(axis=None)


def test_a_summary_is_statistics_and_no_spot() -> None:
    found = read(SUMMARY)
    assert (found.shape, found.n_total, len(found.table)) == (5, 4, 0)
    assert found.summaries == {"Sox2": {"mean": 0.9, "median": 0.7, "std": 1.1, "pct_expressing": 50.0, "n_spots": 4.0}}


@pytest.mark.parametrize("container", ["", *shapes.CONTAINERS])
@pytest.mark.parametrize("value", ["value", "expression", "expr", "count", "level"])
def test_records_under_any_name_with_any_name_of_the_value(container: str, value: str) -> None:
    rows = [{"barcode": name, value: number} for name, number in zip(IDS, VALUES, strict=True)]
    found = shapes.read({container: rows} if container else rows)
    assert (found.shape, list(found.table["obs_id"]), list(found.table["value"])) == (1, IDS, VALUES)


@pytest.mark.parametrize(
    "place",
    [
        lambda x, y: {"x": x, "y": y},
        lambda x, y: {"spatial_x": x, "spatial_y": y},
        lambda x, y: {"coord_x": x, "coord_y": y},
        lambda x, y: {"coordinates": [x, y]},
        lambda x, y: {"spatial": [x, y]},
    ],
)
def test_places_under_any_name(place: Any) -> None:
    found = shapes.read([{"value": v, **place(x, y)} for v, x, y in zip(VALUES, X, Y, strict=True)])
    assert (list(found.table["x"]), list(found.table["y"]), found.has_places) == (X, Y, True)


def test_groups_units_and_what_else_comes_are_kept() -> None:
    found = shapes.read(
        {
            "unit": "CP10K", "normalization": "log1p", "n_spots": 9, "total": 9, "images": ["a.png"], "note": None,
            "spots": [{"id": 7, "expr": 1, "cluster": 3}, {"id": 8, "expr": None, "cluster": None}],
        }
    )  # fmt: skip
    assert (found.by, list(found.table["group"]), list(found.table["obs_id"])) == ("cluster", ["3", ""], ["7", "8"])
    assert (found.unit, found.n_total, found.unread) == ("CP10K", 9, ("images",))
    assert ("normalization", "log1p") in found.annotations
    assert math.isnan(found.table["value"][1])


@pytest.mark.parametrize(
    "text",
    [
        '[{"cell_id":"s1","value":null},{"cell_id":"s2","value":0}]',
        '{"cell_ids":["s1","s2"],"values":[null,0]}',
        '{"s1":null,"s2":0}',
        '{"gene":"Sox2","s1":null,"s2":0}',
    ],
)
def test_null_stays_missing_and_0_stays_0(text: str) -> None:
    values = read(text).table["value"]
    assert math.isnan(values[0])
    assert values[1] == 0.0


def test_unequal_lengths_are_an_error_that_names_each() -> None:
    with pytest.raises(UnknownExpressionShape, match=r"values 3.* x 2.* y 3") as caught:
        read('{"values":[1,2,3],"x":[1,2],"y":[1,2,3]}')
    assert caught.value.keys == ("values", "x", "y")
    assert "h5ad" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("{}", ()),
        ('{"s1":true,"s2":1}', ("s1", "s2")),
        ('{"s1":"1.4"}', ("s1",)),
        ('{"s1":0.1,"unit":"counts"}', ("s1", "unit")),  # alone, a mapping holds numbers only
        ('{"s1":1e999}', ("s1",)),
        ('{"mean":0.9,"s1":0.1}', ("mean", "s1")),  # neither a summary nor spots
        ('{"n_spots":4,"total":4,"page":1,"matrix":[[1,2]]}', ("n_spots", "total", "page", "matrix")),
        ('{"detail":"Gene not found"}', ("detail",)),
        ('{"status":404}', ("status",)),
        ('{"value":1.4,"x":1,"y":2}', ("value", "x", "y")),  # one record is no mapping of three spots
        ('{"groups":["Cortex","Fibre"],"values":[1.2,0.3]}', ("groups", "values")),  # means of groups, perhaps
        ('[{"cluster":"A","value":1.2}]', ("cluster", "value")),
        ('[{"gene":"Sox2","mean":0.9,"count":4}]', ("gene", "mean", "count")),
        ('{"values":[true,false],"x":[1,2],"y":[1,2]}', ("values", "x", "y")),
        ('{"genes":{"Sox2":1.4}}', ("genes",)),
        ('{"genes":{"a":{"genes":{"b":{"s1":1}}}}}', ("genes",)),
        ('"<html>"', ()),
        ("[1,2,3]", ()),
        ("4", ()),
    ],
)
def test_anything_else_is_told_by_its_keys_and_what_to_do_instead(text: str, keys: tuple[str, ...]) -> None:
    with pytest.raises(UnknownExpressionShape) as caught:
        read(text)
    assert caught.value.keys == keys
    assert all(key in caught.value.message for key in keys)
    assert "h5ad" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "shape", "values"),
    [
        ('{"values":[{"id":"s1","value":1}]}', 1, [1]),  # objects: records
        ('{"values":[1,2],"spots":["s1","s2"]}', 2, [1, 2]),  # numbers: columns
        ('{"gene":"Sox2","n_spots":2,"unit":"counts","s1":1,"s2":2}', 4, [1, 2]),  # what describes is no spot
        ('{"n_spots":2,"s1":1,"s2":2}', 3, [1, 2]),
        ('{"n_genes_of_all":9,"s1":1}', 3, [1]),  # a count of something is no spot either
        ('[{"gene":"Sox2","spots":[{"id":"s1","value":1}]}]', 4, [1]),
        ('[{"gene":"Sox2","s1":1},{"gene":"Sox3","s1":2}]', 4, [1, 2]),
        ('{"items":[],"total":0}', 1, []),
        ('{"values":[],"x":[],"y":[]}', 2, []),
        ('{"expression":[{"id":"s1","count":3,"cluster":"A"}],"spots":["s1"]}', 1, [3]),
    ],
)
def test_what_could_be_read_in_two_ways(text: str, shape: int, values: list[float]) -> None:
    found = read(text)
    assert (found.shape, list(found.table["value"])) == (shape, values)


def test_a_page_of_several_is_known() -> None:
    assert read('{"items":[{"id":"s1","value":1}],"total":300,"page":1}').is_page
    assert not read('{"items":[{"id":"s1","value":1}],"total":300}').is_page


@given(JSON)
@settings(max_examples=40)
def test_no_json_is_another_error_than_ours(value: Any) -> None:
    try:
        found = shapes.read(value, "Sox2")
    except ExpronautError as error:
        assert error.hint
        assert str(error).encode()  # no half characters, which a page could not show
        return
    assert list(found.table.columns) == list(shapes.spot_lists.TABLE)
    assert not np.isinf(found.table[["x", "y", "value"]].to_numpy(dtype=float)).any()
    assert "".join((*found.table["obs_id"], *found.table["group"])).encode() is not None


NUMBER = st.none() | st.integers(-5, 5) | st.floats(-1e6, 1e6)
SPOTS = st.lists(st.tuples(NUMBER, st.integers(0, 9), st.integers(0, 9), st.sampled_from("AB")), min_size=1, max_size=5)


@given(SPOTS)
@settings(max_examples=40)
def test_all_shapes_agree_on_any_spots(spots: list[tuple[float | None, int, int, str]]) -> None:
    ids = [f"s{number}" for number in range(len(spots))]
    records = [{"id": i, "value": v, "x": x, "y": y, "cluster": g} for i, (v, x, y, g) in zip(ids, spots, strict=True)]
    values, x, y, group = (list(column) for column in zip(*spots, strict=True))
    columns = {"values": values, "x": x, "y": y, "barcodes": ids, "cell_types": group}
    wanted = np.array([np.nan if one is None else one for one in values], dtype=float)
    for told in (records, {"data": records}, columns, {"genes": {"Sox2": columns}}, [{"gene": "Sox2", **columns}]):
        table = shapes.read(told, "Sox2").table
        np.testing.assert_array_equal(table["value"], wanted)
        assert (list(table["obs_id"]), list(table["x"]), list(table["group"])) == (ids, x, group)
    np.testing.assert_array_equal(shapes.read(dict(zip(ids, values, strict=True))).table["value"], wanted)
