"""The service's own schema against what is taken for granted."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import api, settings
from backend.__main__ import FAILED, main
from backend.errors import BadAnswer, ExpronautError
from backend.model import StomicsProbe
from backend.stomics import probe
from backend.stomics.openapi import document
from tests.contract.stomics_online import online
from tests.doubles.stomics_web import KEY, StomicsWeb
from tests.doubles.stomics_web_openapi import document as told_by_double

LIST, FILES = "/api/v1/datasets", "/api/v1/datasets/{accession}/files"
EXPRESSION = "/api/v1/datasets/{accession}/expression"


@pytest.fixture(scope="module")
def shared() -> Iterator[StomicsWeb]:
    with StomicsWeb() as double:
        yield double


@pytest.fixture
def double(shared: StomicsWeb, tmp_path: Path) -> Iterator[StomicsWeb]:
    shared.reset()
    with settings.use(online(shared, tmp_path)):
        yield shared


def _verdicts(found: StomicsProbe) -> dict[tuple[str, str], str]:
    return {(point.path, point.subject): point.verdict for point in found.points}


def test_a_schema_that_agrees_confirms_all_that_is_known_of_it(double: StomicsWeb) -> None:
    found = api.stomics_probe().value
    assert not [point for point in found.points if point.verdict == "contradicted" and not point.assumed]
    verdicts = _verdicts(found)
    assert {verdicts[path, "is there"] for path in probe.PATHS} == {"confirmed"}
    assert verdicts[FILES, "a file's size_bytes"] == verdicts[LIST, "answers with total"] == "confirmed"
    assert found.shape == "columns (form 2 of 5)"
    assert found.more == ("/api/v1/technologies",)
    assert json.loads(Path(found.saved).read_text()) == told_by_double("usual")
    assert double.count() == api.stomics_status().calls_used == 1
    assert KEY not in repr(found)


def test_what_the_schema_says_otherwise_is_contradicted_and_says_how() -> None:
    found = probe.compared(document(told_by_double("contradicting")))
    wrong = {(p.path, p.subject): p.told for p in found.points if p.verdict == "contradicted" and not p.assumed}
    assert wrong == {
        (LIST, "takes per_page"): "not among q, technology_ids, sort_by, sort_order, page",
        (FILES, "is a plain list"): "object",
    }


def test_what_the_schema_does_not_tell_is_unknown() -> None:
    found = probe.compared(document(told_by_double("poor")))
    verdicts = _verdicts(found)
    assert {verdict for (_, subject), verdict in verdicts.items() if subject != "is there"} == {"unknown"}
    assert found.shape == ""


def test_a_route_that_is_missing_is_contradicted() -> None:
    schema = told_by_double("usual")
    del schema["paths"][EXPRESSION]
    verdicts = _verdicts(probe.compared(document(schema)))
    assert verdicts[EXPRESSION, "is there"] == "contradicted"
    assert not [path for path, subject in verdicts if path == EXPRESSION and subject != "is there"]


def test_routes_may_stand_below_a_server_and_have_blanks_of_other_names() -> None:
    schema = told_by_double("usual")
    schema["servers"] = [{"url": "https://stomics.io/api/v1/"}]
    schema["paths"] = {
        path.removeprefix("/api/v1").replace("{accession}", "{dataset}"): one for path, one in schema["paths"].items()
    }
    assert _verdicts(probe.compared(document(schema))) == _verdicts(probe.compared(document(told_by_double("usual"))))


NUMBERS = {"type": "array", "items": {"type": "number"}}
SPOT = {
    "type": "object",
    "properties": {"cell_id": {"type": "string"}, "x": {"type": "number"}, "value": {"type": "number"}},
}
ITEMS = {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Spot"}}}}
MEANS = {"type": "object", "properties": {"gene": {"type": "string"}, "mean": {"type": "number"}}}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (ITEMS, "records (form 1 of 5)"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Spot"}}, "records (form 1 of 5)"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "mapping (form 3 of 5)"),
        (MEANS, "summary (form 5 of 5)"),
        ({"anyOf": [ITEMS, MEANS]}, "records (form 1 of 5) or summary (form 5 of 5)"),
        ({"allOf": [MEANS, {"properties": {"median": {"type": "number"}}}]}, "summary (form 5 of 5)"),
        ({"type": "object", "properties": {"matrix": NUMBERS}}, "none of the five forms (fields matrix)"),
        ({"type": "object"}, "a form that the schema leaves open"),
        ({"$ref": "#/components/schemas/Round"}, "a form that the schema leaves open"),
        ({"$ref": "#/components/schemas/Gone"}, ""),
    ],
)
def test_how_the_expression_would_be_read(schema: dict, told: str) -> None:
    whole = told_by_double("usual")
    whole["components"]["schemas"]["Spot"] = SPOT
    around = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Round"} for name in "abc"}}
    whole["components"]["schemas"]["Round"] = around
    answer = whole["paths"][EXPRESSION]["get"]["responses"]["200"]
    answer["content"]["application/json"]["schema"] = schema
    assert probe.compared(document(whole)).shape == told


@pytest.mark.parametrize(
    ("ways", "verdict"),
    [
        ({"key": {"type": "http", "scheme": "Bearer"}}, "confirmed"),
        ({"key": {"type": "apiKey", "in": "header"}}, "contradicted"),
        ({}, "unknown"),
    ],
)
def test_the_way_of_the_key(ways: dict, verdict: str) -> None:
    schema = told_by_double("usual")
    schema["components"]["securitySchemes"] = ways
    assert _verdicts(probe.compared(document(schema)))["every path", "takes the key as bearer token"] == verdict


@pytest.mark.parametrize(
    ("told", "verdict"), [({"maximum": 100}, "confirmed"), ({"maximum": 50}, "contradicted"), ({}, "unknown")]
)
def test_how_long_a_page_may_be(told: dict, verdict: str) -> None:
    schema = copy.deepcopy(told_by_double("usual"))
    parameters = schema["paths"][LIST]["get"]["parameters"]
    next(one for one in parameters if one["name"] == "per_page")["schema"] = {"type": "integer", **told}
    assert _verdicts(probe.compared(document(schema)))[LIST, "gives up to 100 data sets a page"] == verdict


# A list where there should be an object, alone and in a part.
ODD = {"type": "object", "allOf": [{"properties": ["x"]}], "properties": [7]}


@pytest.mark.parametrize(
    "odd",
    [
        {"paths": {LIST: {"get": {"parameters": "q", "responses": []}}}},
        {"paths": {LIST: {"get": {"parameters": [7, {"name": 1}], "responses": {"200": 7}}}}},
        {"paths": {LIST: None, FILES: {"get": {"responses": {"200": {"content": {"application/json": 3}}}}}}},
        {"paths": {}, "info": [], "servers": {}, "components": []},
        {"paths": {EXPRESSION: {"get": {"responses": {"200": {"content": {"application/json": {"schema": ODD}}}}}}}},
    ],
)
def test_a_document_that_is_half_broken_is_read_as_far_as_it_goes(odd: dict) -> None:
    assert probe.compared(document({"openapi": "3.0.0", **odd})).points


@pytest.mark.parametrize("found", [[], {"swagger": "2.0", "paths": {}}, {"openapi": "3.1.0"}, None])
def test_a_document_that_is_none_is_an_error_that_names_what_came(found: object) -> None:
    with pytest.raises(BadAnswer, match="there came"):
        document(found)


# the command


def test_the_command_prints_every_path_and_ends_well(double: StomicsWeb, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "stomics"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{path}\n" in said for path in probe.PATHS)
    assert "confirmed     takes technology_ids: string" in said
    assert "Values of a gene would be read as: columns" in said
    assert "Further paths, which this app does not use: /api/v1/technologies." in said
    assert "openapi.json" in said
    assert KEY not in said


@pytest.mark.parametrize("kind", ["missing", "html", "denied", "no key"])
def test_without_a_schema_the_command_says_so_and_saves_nothing(
    double: StomicsWeb, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind in ("missing", "html"):
        double.switches.openapi = kind
    key = {"denied": "sk-wrong", "no key": ""}.get(kind, KEY)
    with settings.use(online(double, tmp_path, EXPRONAUT_STOMICS_KEY=key)):
        assert main(["probe", "stomics"]) == FAILED
        with pytest.raises(ExpronautError):
            api.stomics_probe()
    said = capsys.readouterr()
    assert "Nothing was compared and nothing was changed." in said.err
    assert "<" not in said.err
    assert not list(tmp_path.rglob("openapi.json"))
