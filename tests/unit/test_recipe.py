"""What a figure says about itself: link, file name, legend, methods, citations, data header."""

from __future__ import annotations

import csv
import dataclasses
import io
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from backend.model import Provenance
from backend.recipe import Recipe, genes_phrase

WHEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROVENANCE = Provenance(
    source="hpa", title="Human Protein Atlas", species="human", version="v23", kind="real", licence="CC BY-SA 4.0",
    citations=("Uhlén M et al. 2015",), url="https://www.proteinatlas.org", fetched_at=WHEN, unit="log2(nTPM+1)",
    transform="log2(x+1) of consensus nTPM", z_reference="the 50 normal tissues", n=50,
    notes=("ALB was not measured\nin 9 tissues.",),
)  # fmt: skip
RECIPE = Recipe(
    "gene", "tissue-z", "ALB", (("gene", "ALB"), ("gene", "TP53"), ("top", "10"), ("system", "Liver & gallbladder")),
    PROVENANCE, "z-scores of ALB.", ("z = (x − mean) / SD.",), WHEN,
)  # fmt: skip


def test_the_link_holds_every_option_and_survives_odd_characters() -> None:
    link = urlsplit(RECIPE.link("http://localhost:8501/"))
    assert (link.netloc, link.path) == ("localhost:8501", "/gene")
    assert parse_qs(link.query) == {"gene": ["ALB", "TP53"], "top": ["10"], "system": ["Liver & gallbladder"]}


def test_the_file_name_says_what_it_is() -> None:
    assert RECIPE.file_name("svg") == "ALB_human_hpa_v23_tissue-z_2026-11-22.svg"


@pytest.mark.parametrize("subject", ["../../etc/passwd", "a/b\\c:d*?", "<script>", "\0", "α" * 300, ""])
def test_the_file_name_is_safe_everywhere(subject: str) -> None:
    name = dataclasses.replace(RECIPE, subject=subject).file_name("csv")
    assert len(name) < 150
    assert not set(name) & set('/\\:*?"<>|\0')
    assert not name.startswith(".")


def test_legend_methods_and_citations_name_what_reviewers_ask_for() -> None:
    legend, methods, cite = RECIPE.full_legend(), RECIPE.methods(), " ".join(RECIPE.citations())
    assert "Human Protein Atlas v23" in legend
    assert "log2(nTPM+1)" in legend
    assert "the 50 normal tissues" in legend
    assert "bundled with Expronaut" in methods
    live = dataclasses.replace(RECIPE, provenance=dataclasses.replace(PROVENANCE, kind="live"))
    assert "accessed 22 November 2026" in live.methods()
    assert "log2(x+1) of consensus nTPM" in methods
    assert "z = (x − mean) / SD." in methods
    assert "the 50 normal tissues" in methods
    assert "Uhlén" in cite
    assert "CC BY-SA 4.0" in cite


def test_csv_holds_exactly_the_numbers_under_its_header() -> None:
    table = pd.DataFrame({"tissue": ["Liver", "Skin"], "z": [5.290574123456789, np.nan]})
    text = RECIPE.csv(table, "http://localhost:8501").decode()
    header = [line for line in text.splitlines() if line.startswith("#")]
    for words in (
        "link: http://localhost:8501/gene?",
        "source: Human",
        "unit: log2",
        "n: 50",
        "licence: CC",
        "cite: Uhl",
    ):
        assert any(words in line for line in header)
    rows = list(csv.reader(io.StringIO("\n".join(text.splitlines()[len(header) :]))))
    assert rows == [["tissue", "z"], ["Liver", "5.290574123456789"], ["Skin", ""]]


def test_a_note_cannot_break_out_of_the_header() -> None:
    lines = RECIPE.data_header("http://localhost")
    assert all("\n" not in line for line in lines)
    assert "note: ALB was not measured in 9 tissues." in lines


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1"])
def test_text_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    body = RECIPE.csv(pd.DataFrame({"entered": [text], "z": [-1.5]}), "http://x").decode().splitlines()[-1]
    row = next(csv.reader([body]))
    assert row == [f"'{text}", "-1.5"]


def test_simulated_data_is_called_so_everywhere() -> None:
    recipe = dataclasses.replace(RECIPE, provenance=dataclasses.replace(PROVENANCE, kind="simulated"))
    assert recipe.simulated
    assert recipe.file_name("svg").startswith("SIMULATED_")
    assert "SIMULATED DATA" in recipe.full_legend()
    assert recipe.data_header("http://x")[0] == "SIMULATED DATA"
    assert "simulated" in recipe.methods()
    assert "imulated" not in RECIPE.full_legend() + RECIPE.methods() + RECIPE.file_name("svg")


def test_a_stale_answer_is_called_stale() -> None:
    recipe = dataclasses.replace(RECIPE, provenance=dataclasses.replace(PROVENANCE, kind="cached", stale=True))
    assert "stale" in recipe.methods()
    assert any("stale" in line for line in recipe.data_header("http://x"))


def test_genes_are_listed_until_they_are_many() -> None:
    assert genes_phrase(["A"]) == "A"
    assert genes_phrase(["A", "B", "C"]) == "A, B and C"
    assert genes_phrase([f"G{n}" for n in range(24)]) == "24 genes"
