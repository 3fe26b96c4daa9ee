"""The gene table: how genes are shown, one row for each symbol, and any name leads to the right row."""

from __future__ import annotations

import pandas as pd
import pytest

from backend.archs4 import genes
from backend.archs4.layout import detect
from backend.errors import NotFound
from backend.settings import ROOT
from tests.doubles import archs4_files


@pytest.fixture
def table(written):
    return lambda layout: genes.read(detect(written(layout).path))


@pytest.mark.parametrize("layout", ["v1", "v8", "v9", "v11", "v2.1.2", "v2.2", "v2.5", "v2.6", "metadata with genes"])
def test_symbols_are_those_of_the_file(table, written, layout: str) -> None:
    made, found = written(layout), table(layout)
    assert len(found) == 300
    assert found.given == tuple("" if symbol == "NA" else symbol for symbol in made.symbols)
    assert found.symbols[:6] == ("TSPAN6", "TNMD", "DPM1", "SCYL3", "C1orf112", "FGR")
    if layout not in ("v1", "v2.1.2"):
        assert found.ensembl == tuple(made.ensembl)
    if layout not in ("v1", "v8", "v2.1.2"):
        assert found.biotype == tuple("" if kind == "NA" else kind for kind in made.biotype)


def test_metadata_without_genes_has_an_empty_table(table) -> None:
    assert len(table("metadata")) == 0
    with pytest.raises(NotFound):
        table("metadata").row("TP53")


def test_the_row_that_hgnc_names_stands_for_a_repeated_symbol(table) -> None:
    approved = pd.read_parquet(ROOT / "data/genes/human.parquet").set_index("symbol").loc["MATR3", "ensembl"]
    found = table("v2.5")
    row = found.row("MATR3")
    assert (row, found.ensembl[row]) == (7, approved)  # not the first, 6
    assert found.twins(row) == (7, 6)
    assert found.row("ENSG00000280987") == 6
    assert (found.labels[7], found.labels[6]) == ("MATR3", "ENSG00000280987")


def test_the_first_row_stands_for_a_symbol_hgnc_does_not_settle(table) -> None:
    found = table("v2.5")
    assert found.row("Y_RNA") == 8
    assert found.labels[8:11] == ("Y_RNA", "ENSG00000199901", "ENSG00000199902")
    assert found.row("ENSG00000199902") == 10


def test_without_ensembl_ids_the_first_row_stands_and_the_others_are_still_reached(table) -> None:
    found = table("v1")
    assert found.row("MATR3") == 6
    assert found.labels[7] == "MATR3 (row 8)"
    assert found.row("MATR3 (row 8)") == 7


@pytest.mark.parametrize("layout", ["v1", "v2.5", "v2.6", "mouse", "transcript"])
def test_every_label_is_different_and_leads_back_to_its_row(table, layout: str) -> None:
    found = table(layout)
    assert len(set(found.labels)) == len(found)
    assert [found.row(label) for label in found.labels] == list(range(len(found)))


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        ("TP53", 12),
        ("tp53", 12),
        (" “TP53” ".replace("“", '"').replace("”", '"'), 12),
        ("p53", 12),  # alias
        ("ENSG00000141510", 12),
        ("ensg00000141510.18", 12),
        ("7157", 12),  # Entrez id
        ("C1orf112", 4),
        ("C1ORF112", 4),
        ("FIRRM", 4),  # its symbol now
        ("ENSG00000287180", 11),  # its symbol in the file
        ("ENSG00000299999", 14),  # it has none
        ("Trp53", 12),  # the mouse gene
    ],
)
def test_any_name_leads_to_the_row(table, typed: str, row: int) -> None:
    assert table("v2.5").row(typed) == row


def test_a_new_symbol_is_found_by_its_old_one_without_ensembl_ids(table) -> None:
    assert table("v1").row("FIRRM") == 4


@pytest.mark.parametrize("typed", ["BRCA1", "nonsense gene", "", "ENSG00000000001", "MARCH1"])
def test_a_gene_that_is_not_there_is_not_found(table, typed: str) -> None:
    with pytest.raises(NotFound, match=r"is not a human gene of v2\.5\.h5") as caught:
        table("v2.5").row(typed)
    found = table("v2.5")
    assert all(found.row(suggestion) is not None for suggestion in caught.value.suggestions)


def test_suggestions_are_genes_of_the_file(table) -> None:
    with pytest.raises(NotFound) as caught:
        table("v2.5").row("TSPANN6")
    assert caught.value.suggestions[0] == "TSPAN6"
    assert "TSPAN6" in caught.value.hint


def test_mouse_symbols_are_shown_as_mgi_writes_them(table, written) -> None:
    found = table("mouse")
    assert found.given[:5] == ("GNAI3", "TRP53", "0610005C13RIK", "ACTB", "GM99999X")
    assert found.symbols[:5] == ("Gnai3", "Trp53", "0610005C13Rik", "Actb", "GM99999X")  # MGI has no Gm99999x
    for typed in ("TRP53", "Trp53", "trp53", "ENSMUSG00000059552", "TP53"):
        assert found.row(typed) == 1
    assert found.row("Gapdh") == 6
    assert found.labels[5:7] == ("ENSMUSG00000999997", "Gapdh")


def test_mouse_symbols_in_mgi_case_stay(tmp_path, written) -> None:
    import h5py

    path = tmp_path / "mouse.h5"
    archs4_files.write(path, "mouse")
    with h5py.File(path, "r+") as file:
        file["meta/genes/symbol"][1] = "Trp53"
    found = genes.read(detect(path))
    assert found.symbols[1] == "Trp53"
    assert found.row("TRP53") == 1


def test_transcripts_go_by_their_ids(table, written) -> None:
    found, made = table("transcript"), written("transcript")
    assert found.symbols == tuple(made.ensembl)
    for typed in (made.ensembl[20], made.ensembl[20].split(".")[0], made.ensembl[20].lower()):
        assert found.row(typed) == 20
    with pytest.raises(NotFound, match="not a human transcript"):
        found.row("TP53")


def test_the_frame_says_which_rows_stand_for_their_symbol(table, written) -> None:
    frame = table("v2.5").frame
    assert list(frame.columns) == ["gene", "symbol", "ensembl", "biotype", "kept"]
    assert frame.index[~frame["kept"]].tolist() == [6, 9, 10]
    assert frame["kept"].sum() == frame.loc[frame["kept"], "gene"].nunique()
