"""The bundled gene names against known facts, read with pandas directly."""

from __future__ import annotations

import pandas as pd
import pytest


def genes_with(table: pd.DataFrame, column: str, name: str) -> list[str]:
    """Symbols of the genes whose list in `column` holds exactly `name`."""
    return table["symbol"][[name in cell.split("|") for cell in table[column]]].tolist()


def test_every_approved_human_gene_is_there_once(human):
    assert len(human) == 43837
    assert human["id"].is_unique
    assert human["symbol"].is_unique
    assert human["id"].str.fullmatch(r"HGNC:\d+").all()
    assert not human["symbol"].isin(["A1S9T"]).any(), "a withdrawn symbol"


def test_mouse_genes_can_be_found_by_id_symbol_or_ensembl(mouse):
    assert len(mouse) == 56672
    assert mouse["id"].is_unique
    assert mouse["symbol"].is_unique
    assert mouse["id"].str.fullmatch(r"MGI:\d+").all()
    assert ((mouse["ensembl"] != "") | (mouse["human"] != "")).all()


def test_absent_is_empty_text_and_never_missing(human, mouse):
    for table in (human, mouse):
        assert not table.isna().any(axis=None)
        assert all(isinstance(cell, str) for column in table for cell in table[column].head(50))
        assert (table[["id", "symbol"]] != "").all(axis=None)


def test_ids_have_their_form(human, mouse):
    assert human["ensembl"].str.fullmatch(r"(ENSG\d{11})?").all()
    assert human["entrez"].str.fullmatch(r"\d*").all()
    assert mouse["ensembl"].str.fullmatch(r"(ENSMUSG\d{11})?").all()
    assert (human["ensembl"] != "").sum() == 39950
    assert human["ensembl"][human["ensembl"] != ""].is_unique


@pytest.mark.parametrize(
    ("name", "column", "symbol"),
    [
        ("PD-L1", "aliases", "CD274"),
        ("PDL1", "aliases", "CD274"),
        ("PDCD1LG1", "previous", "CD274"),
        ("p53", "aliases", "TP53"),
        ("HS1-BP3", "aliases", "HS1BP3"),
        ("PKCα", "aliases", "PRKCA"),
        ("NaN", "aliases", "SCN11A"),
        ("NA", "previous", "XK"),
    ],
)
def test_name_leads_to_one_human_gene(human, name, column, symbol):
    assert genes_with(human, column, name) == [symbol]


def test_no_human_name_list_is_left_unsplit_or_holds_an_empty_name(human, mouse):
    for column in ("aliases", "previous", "mouse"):
        assert not human[column].str.contains(",", regex=False).any(), column
    for table, columns in ((human, ["aliases", "previous", "mouse"]), (mouse, ["aliases", "human"])):
        for column in columns:
            assert not table[column].str.contains(r"^\||\|\||\|$| \||\| ").any(), column


def test_tp53_leads_to_trp53_and_back(human, mouse):
    tp53 = human.set_index("symbol").loc["TP53"]
    assert (tp53["id"], tp53["ensembl"], tp53["entrez"]) == ("HGNC:11998", "ENSG00000141510", "7157")
    assert tp53["locus_type"] == "gene with protein product"
    assert tp53["mouse"] == "MGI:98834"
    trp53 = mouse.set_index("id").loc["MGI:98834"]
    assert (trp53["symbol"], trp53["ensembl"], trp53["human"]) == (
        "Trp53",
        "ENSMUSG00000059552",
        "HGNC:11998",
    )
    assert "p53" in trp53["aliases"].split("|")


def test_ortholog_columns_are_the_same_pairs_in_both_directions(human, mouse):
    forth = {(h, m) for h, cell in zip(human["id"], human["mouse"], strict=True) for m in cell.split("|") if m}
    back = {(h, m) for m, cell in zip(mouse["id"], mouse["human"], strict=True) for h in cell.split("|") if h}
    assert forth == back
    assert (human["mouse"] != "").sum() == 19325
    assert human["mouse"].str.contains("|", regex=False).sum() == 1255


def test_mouse_gene_with_two_ensembl_ids_keeps_the_one_in_common_use(mouse):
    by_symbol = mouse.set_index("symbol")["ensembl"]
    assert by_symbol["Aldoa"] == "ENSMUSG00000030695"
    assert by_symbol["Nrg1"] == "ENSMUSG00000062991"


def test_expression_rows_are_known_to_the_gene_table(ensembl, symbols, human):
    """A gene found by alias must lead to its row; 25 rows have an Ensembl id that HGNC does not list."""
    current = human[human["ensembl"] != ""].set_index("ensembl")["symbol"]
    known = [(gene, symbol) for gene, symbol in zip(ensembl, symbols, strict=True) if gene in current.index]
    assert len(ensembl) - len(known) == 25
    assert sum(current[gene] != symbol for gene, symbol in known) == 113
