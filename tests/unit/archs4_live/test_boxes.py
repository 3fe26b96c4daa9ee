"""Tissue answers as tables: leaves, names, what stands twice, and pages that lost their end."""

from __future__ import annotations

import pytest

from backend.archs4_live import boxes
from backend.errors import BadAnswer, NotFound
from tests.unit.archs4_live.answers import reply

HEADER = "id,min,q1,median,q3,max"
GROUPS = (
    "System\nSystem.Digestive System,,,,,\nSystem.Digestive System.Liver,,,,,\nSystem.Digestive System.Stomach,,,,,\n"
)
LEAVES = (
    "System.Digestive System.Liver.LIVER,1,2,3,4,5\n"
    "System.Digestive System.Stomach.GASTRIC EPITHELIAL CELL,7.32347,8.11491,8.46069,8.81085,9.07661"
)
BOX = dict(zip(boxes.NUMBERS, (1.0, 2.0, 3.0, 4.0, 5.0), strict=True))


def test_columns_are_read_by_name() -> None:
    table = boxes.of_csv(reply(f"{HEADER}\n{GROUPS}{LEAVES}"))
    assert list(table["tissue"]) == ["Liver", "Gastric epithelial cell"]
    assert list(table["median"]) == [3.0, 8.46069]
    turned = "median,id,max,q3,q1,min\n3,System.A.B.LIVER,5,4,2,1"
    assert boxes.of_csv(reply(turned))[[*boxes.NUMBERS]].iloc[0].to_list() == [1, 2, 3, 4, 5]


def test_the_answer_to_an_unknown_gene_is_not_found() -> None:
    for page in (f"{HEADER},color\nSystem", f"{HEADER}\nSystem\n"):
        with pytest.raises(NotFound):
            boxes.of_csv(reply(page))


@pytest.mark.parametrize("page", ["", "nonsense", "id,min,q1\nSystem.A.B.C,1,2", "id;min;q1;median;q3;max", '"' * 999])
def test_another_form_is_a_bad_answer(page: str) -> None:
    with pytest.raises(BadAnswer):
        boxes.of_csv(reply(page))


def test_a_page_is_whole_or_refused() -> None:
    """Wherever a page is cut after its groups, no leaf is lost unnoticed, but for the last digits of the very end."""
    page = f"{HEADER},color\n" + GROUPS.replace("\n", ",\n") + LEAVES.replace("5\n", "5,#aabbcc\n") + ",#ddeeff"
    whole = boxes.of_csv(reply(page))
    for end in range(len(HEADER) + 8, len(page)):
        try:
            cut = boxes.of_csv(reply(page[:end]))
        except (BadAnswer, NotFound):
            continue
        assert list(cut["tissue"]) == list(whole["tissue"]) or end < len(f"{HEADER},color\n" + GROUPS)


def test_what_stands_twice_is_kept_once() -> None:
    leaf = "System.Integumentary System.Skin.SKIN,7.43725,9.0387,9.46519,9.85367,11.1134"
    table = boxes.of_csv(reply(f"{HEADER}\n{leaf}\n{leaf}"))
    assert list(table["tissue"]) == ["Skin"]
    assert any("Skin twice" in note for note in boxes.notes(table, "mouse"))


def _leaf(**more: object) -> dict[str, object]:
    return {"statistics": BOX, "sample_count": 9, "series_count": 2} | more


def test_leaves_are_known_by_their_statistics_at_any_depth() -> None:
    tree = {"System": {"A system": {"LIVER": _leaf(), "Lung": {"LUNG": _leaf(), "empty": {}}}}, "version": 3}
    table = boxes.of_tree(tree).set_index("tissue")
    assert table["system"].to_dict() == {"Liver": "A system", "Lung": "A system"}
    assert table.loc["Lung", ["organ", "n_samples", "n_series"]].to_list() == ["Lung", 9, 2]


def test_leaves_without_samples_go_and_a_tree_of_them_is_not_found() -> None:
    tree = {"A": {"B": {"LIVER": _leaf(), "LUNG": _leaf(sample_count=0), "SKIN": _leaf(sample_count=None)}}}
    assert list(boxes.of_tree(tree)["tissue"]) == ["Liver"]
    for empty in ({}, {"data": {}}, {"A": {"B": {"LUNG": _leaf(sample_count=0)}}}):
        with pytest.raises(NotFound):
            boxes.of_tree(empty)


@pytest.mark.parametrize("number", [10**400, "1e999", float("inf"), True, [1], "many", -1, 1e300])
def test_numbers_that_cannot_be_are_a_bad_answer(number: object) -> None:
    with pytest.raises(BadAnswer):
        boxes.of_tree({"A": {"B": {"LIVER": _leaf(sample_count=number, series_count=number)}}})


def test_leaves_of_the_same_name_are_told_apart() -> None:
    tree = {"A": {"Bone": {"STROMAL CELL": _leaf()}, "Skin": {"STROMAL CELL": _leaf()}}}
    assert list(boxes.of_tree(tree)["tissue"]) == ["Stromal cell (Bone)", "Stromal cell (Skin)"]
    tree = {"A": {"Bone": {"CELL": _leaf(), "Cell": _leaf()}}, "B": {"Bone": {"CELL": _leaf()}}}
    assert boxes.of_tree(tree)["tissue"].is_unique


def test_a_tree_without_end_is_a_bad_answer() -> None:
    tree: dict[str, object] = {}
    for _ in range(12):
        tree = {"A": tree}
    with pytest.raises(BadAnswer, match="deeper"):
        boxes.of_tree(tree)
