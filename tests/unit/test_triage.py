"""A pasted list sorted out, name by name."""

from __future__ import annotations

import pytest

from backend import api, triage
from backend.errors import BadInput
from backend.model import TRIAGE_COLUMNS


def test_each_status_once() -> None:
    entered = ["TP53", "PD-L1", "2-Sep", "Alb", "Trp53", "p53", "DEC1", "nosuchgene"]
    answer = api.triage(entered, "human")
    table = answer.value
    assert tuple(table.columns) == TRIAGE_COLUMNS
    assert list(table["entered"]) == entered
    assert list(table["status"]) == [
        "current", "renamed", "date repaired", "current", "duplicate", "duplicate", "ambiguous", "absent",
    ]  # fmt: skip
    assert list(table["use"]) == [True, True, True, True, False, False, False, False]
    assert list(table["gene"][:4]) == ["TP53", "CD274", "SEPTIN2", "ALB"]
    assert "BHLHE40" in table["note"][6]


def test_an_ortholog_is_used_and_named() -> None:
    row = api.triage(["Trp53"], "human").value.iloc[0]
    assert (row["status"], row["gene"], row["use"]) == ("ortholog", "TP53", True)
    assert "mouse Trp53" in row["note"]


def test_a_source_decides_what_is_absent() -> None:
    by_names = api.triage(["XIST"], "human").value.iloc[0]
    by_source = api.triage(["XIST"], "human", "hpa").value.iloc[0]
    assert by_names["status"] == "current"
    assert (by_source["status"], by_source["use"]) == ("absent", False)
    assert "not a gene of the atlas" in by_source["note"]


def test_absent_names_get_suggestions_but_only_the_first_ones() -> None:
    table = api.triage([f"TP5{n}X" for n in range(triage.SUGGESTED_FOR + 5)], "human").value
    assert table["note"][0].startswith("nearest: ")
    assert not table["note"].iloc[-1].startswith("nearest: ")


def test_ten_thousand_words_are_sorted_out() -> None:
    table = api.triage([f"word{n}" for n in range(9_998)] + ["TP53", "ALB"], "human", "hpa").value
    assert len(table) == 10_000
    assert table["use"].sum() == 2


def test_an_empty_list_is_bad_input() -> None:
    with pytest.raises(BadInput):
        api.triage([], "human")


def test_summary_counts_in_one_line() -> None:
    table = api.triage(["TP53", "ALB", "p53", "nosuchgene"], "human").value
    assert triage.summary(table) == "2 current, 1 duplicate, 1 absent"
