"""Which of its names a gene has in the gene list of ARCHS4, and how its genes are shown."""

from __future__ import annotations

import pytest

from backend import genes
from backend.archs4_live.spelling import Spellings, shown


def _list(*names: str) -> Spellings:
    return Spellings({name.casefold(): name for name in names})


def _gene(name: str, species: str = "human"):
    return genes.resolve(name, species, 5).gene


@pytest.mark.parametrize(
    ("listed", "asked", "species", "called"),
    [
        ("TP53", "p53", "human", "TP53"),
        ("C1orf112", "FIRRM", "human", "C1orf112"),  # as the human files of Ensembl 107 have it
        ("TRP53", "Trp53", "mouse", "TRP53"),
        ("ENSG00000141510", "TP53", "human", "ENSG00000141510"),
    ],
)
def test_the_list_decides(listed: str, asked: str, species: str, called: str) -> None:
    assert _list("ALB", listed).of(_gene(asked, species)) == called


def test_a_gene_the_list_lacks_has_no_name() -> None:
    assert _list("ALB").of(_gene("TP53")) is None


def test_without_a_list_capitals_are_tried() -> None:
    assert Spellings({}).of(_gene("Trp53", "mouse")) == "TRP53"


def test_the_symbol_of_another_gene_is_not_taken_for_an_alias() -> None:
    """CAP1 is a symbol of its own, and an alias of PRSS8."""
    other = _gene("PRSS8")
    assert "CAP1" in other.aliases
    assert _list("CAP1").of(other) is None


@pytest.mark.parametrize(
    ("name", "species", "seen"),
    [
        ("TRP53", "mouse", "Trp53"),
        ("C1orf112", "human", "C1orf112"),
        ("ENSMUSG00000999998", "mouse", "ENSMUSG00000999998"),
    ],
)
def test_genes_are_shown_as_people_write_them(name: str, species: str, seen: str) -> None:
    assert shown(name, species) == seen
