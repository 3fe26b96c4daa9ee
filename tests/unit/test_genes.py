"""Any name of a gene leads to that gene, or to a clear question."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import genes
from backend.errors import ExpronautError, NotFound
from backend.gene_names import names
from backend.settings import ROOT


@pytest.mark.parametrize(
    ("typed", "symbol", "status", "matched"),
    [
        ("TP53", "TP53", "current", "approved symbol"),
        ("tp53", "TP53", "current", "approved symbol"),
        (" 'TP53' ", "TP53", "current", "approved symbol"),
        ("p53", "TP53", "renamed", "alias"),
        ("PD-L1", "CD274", "renamed", "alias"),
        ("pdl1", "CD274", "renamed", "alias"),
        ("PD–L1", "CD274", "renamed", "alias"),  # a dash from a word processor
        ("PDCD1LG1", "CD274", "renamed", "previous symbol"),
        ("MARCH1", "MARCHF1", "renamed", "previous symbol"),
        ("ENSG00000141510", "TP53", "current", "Ensembl id"),
        ("ensg00000141510.17", "TP53", "current", "Ensembl id"),
        ("7157", "TP53", "current", "Entrez id"),
        ("HGNC:11998", "TP53", "current", "HGNC or MGI id"),
        ("TNF-α", "TNF", "renamed", "alias"),
        ("Insulin", "INS", "current", "gene name"),
        ("C1orf112", "FIRRM", "renamed", "previous symbol"),
        ("Trp53", "TP53", "ortholog", "ortholog of mouse Trp53"),
        ("2-Sep", "SEPTIN2", "date repaired", "spreadsheet date"),
        ("Sep-02", "SEPTIN2", "date repaired", "spreadsheet date"),
        ("2023-09-02", "SEPTIN2", "date repaired", "spreadsheet date"),
        ("2-Sep-2023", "SEPTIN2", "date repaired", "spreadsheet date"),
        ("8-Mar", "MARCHF8", "date repaired", "spreadsheet date"),
    ],
)
def test_human_names(typed: str, symbol: str, status: str, matched: str) -> None:
    found = genes.resolve(typed, "human")
    assert found.gene is not None
    assert (found.gene.symbol, found.status, found.gene.matched) == (symbol, status, matched)


@pytest.mark.parametrize(
    ("typed", "symbol", "status"),
    [
        ("Trp53", "Trp53", "current"),
        ("trp53", "Trp53", "current"),
        ("TRP53", "Trp53", "current"),
        ("MGI:98834", "Trp53", "current"),
        ("ENSMUSG00000059552", "Trp53", "current"),
        ("p53", "Trp53", "renamed"),
        ("TP53", "Trp53", "ortholog"),
        ("ACTB", "Actb", "current"),
    ],
)
def test_mouse_names_keep_mouse_case(typed: str, symbol: str, status: str) -> None:
    found = genes.resolve(typed, "mouse")
    assert found.gene is not None
    assert (found.gene.symbol, found.status, found.gene.species) == (symbol, status, "mouse")


def test_exact_letter_case_decides_between_symbols_that_differ_only_in_case() -> None:
    frame = pd.read_parquet(ROOT / "data/genes/mouse.parquet")
    folded = frame["symbol"].str.casefold()
    for symbol in frame.loc[folded.duplicated(keep=False), "symbol"]:
        found = genes.resolve(symbol, "mouse")
        assert found.gene is not None
        assert found.gene.symbol == symbol


@pytest.mark.parametrize(("typed", "candidates"), [("1-Mar", {"MARCHF1", "MTARC1"}), ("DEC1", {"DELEC1", "BHLHE40"})])
def test_ambiguous_names_are_listed_and_never_guessed(typed: str, candidates: set[str]) -> None:
    found = genes.resolve(typed, "human")
    assert (found.status, found.gene) == ("ambiguous", None)
    assert candidates <= set(found.candidates)
    with pytest.raises(NotFound) as caught:
        genes.gene(typed, "human")
    assert candidates <= set(caught.value.suggestions)


def test_every_alias_of_several_genes_is_ambiguous_or_an_approved_symbol() -> None:
    frame = pd.read_parquet(ROOT / "data/genes/human.parquet")
    aliases = frame["aliases"].str.split("|").explode()
    owners = (
        pd.DataFrame({"row": aliases.index, "alias": aliases.str.casefold()}).query("alias != ''").drop_duplicates()
    )
    shared = owners.loc[owners["alias"].duplicated(keep=False), "alias"].unique()
    approved = set(frame["symbol"].str.casefold())
    for alias in shared[::20]:
        found = genes.resolve(alias, "human", near=0)
        assert found.status == ("current" if alias in approved else "ambiguous"), alias


def test_an_approved_symbol_wins_over_an_alias_and_says_so() -> None:
    found = genes.resolve("CAP1", "human")
    assert found.gene is not None
    assert found.gene.symbol == "CAP1"
    assert "PRSS8" in found.note


@pytest.mark.parametrize(("typed", "near"), [("ALBB", "ALB"), ("TP35", "TP53"), ("GAPDHH", "GAPDH")])
def test_a_miss_suggests_the_nearest_names(typed: str, near: str) -> None:
    found = genes.resolve(typed, "human")
    assert found.status == "absent"
    assert near in found.candidates


def test_facts_of_a_gene() -> None:
    info = genes.gene("TP53", "human")
    assert (info.ensembl, info.entrez, info.gene_id) == ("ENSG00000141510", "7157", "HGNC:11998")
    assert info.name == "tumor protein p53"
    assert info.orthologs == ("Trp53",)
    assert "p53" in info.aliases


def test_several_orthologs_are_a_question() -> None:
    frame = pd.read_parquet(ROOT / "data/genes/mouse.parquet")
    table = names("human")
    several = frame[frame["human"].str.contains("|", regex=False)]
    symbol = next(s for s in several["symbol"] if not table.matches(s))
    found = genes.resolve(symbol, "human")
    assert found.status == "ambiguous"
    assert len(found.candidates) > 1


def test_suggestions_begin_with_the_prefix_and_are_capped() -> None:
    found = genes.suggest("gapd", "human", 5)
    assert found[0] == "GAPDH"
    assert len(genes.suggest("A", "human", 7)) == 7
    assert genes.suggest("", "human") == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_an_answer_or_one_of_our_errors(text: str) -> None:
    found = genes.resolve(text, "human", near=0)
    assert found.typed == text
    assert (found.gene is None) == (found.status in ("ambiguous", "absent"))
    try:
        genes.gene(text, "mouse")
    except ExpronautError as error:
        assert error.message
