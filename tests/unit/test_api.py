"""The counter as others call it: checked arguments, one meaning for each call."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from backend import api
from backend.errors import BadInput, NotFound, TooLarge
from backend.settings import ROOT


def test_sources_say_what_they_are_and_can_do() -> None:
    infos = {info.key: info for info in api.sources().value}
    hpa = infos["hpa"]
    assert hpa.problem is None
    assert hpa.kind == "real"
    assert {"Tissue profile", "Co-expression", "Gene lookup", "Sample search", "Tumour cohorts"} <= set(
        hpa.capabilities
    )
    assert "Count export" not in hpa.capabilities
    assert api.DEFAULT_SOURCE in infos


def test_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="nope") as caught:
        api.tissue_profile("nope", "ALB")
    assert "hpa" in caught.value.suggestions


def test_unknown_species_is_bad_input() -> None:
    with pytest.raises(BadInput, match="species"):
        api.tissue_profile("hpa", "ALB", "rat")  # type: ignore[arg-type]


def test_a_list_may_be_given_as_text() -> None:
    assert list(dict.fromkeys(api.tissue_profiles("hpa", "ALB, INS").value["gene"])) == ["ALB", "INS"]
    assert len(api.triage("TP53 p53", "human").value) == 2


def test_caps_are_stated() -> None:
    with pytest.raises(TooLarge, match="500"):
        api.tissue_profiles("hpa", api.genes("hpa")[:501])
    with pytest.raises(BadInput, match="500"):
        api.search_samples("hpa", "brain", limit=501)


def test_an_empty_list_is_bad_input_and_no_known_gene_not_found() -> None:
    with pytest.raises(BadInput):
        api.tissue_profiles("hpa", [])
    with pytest.raises(NotFound, match="None of the 2 names"):
        api.tissue_profiles("hpa", ["nosuch1", "nosuch2"])


def test_batch_gives_the_same_partners_as_one_by_one() -> None:
    batch = api.batch_coexpressed("hpa", ["ALB", "nosuch", "CD3E"], limit=5)
    assert any("nosuch" in note for note in batch.provenance.notes)
    for gene in ("ALB", "CD3E"):
        got = batch.value[batch.value["query_gene"] == gene]
        assert list(got["gene"]) == list(api.coexpressed("hpa", gene, limit=5).value["gene"][:5])


def test_a_gene_without_partners_is_left_out_and_told(tissues: pd.DataFrame, symbols: list[str]) -> None:
    alike = tissues.max(axis=1) == tissues.min(axis=1)
    known = set(api.genes("hpa"))
    flat = next(symbol for symbol, same in zip(symbols, alike, strict=True) if same and symbol in known)
    for answer in (api.batch_coexpressed("hpa", ["ALB", flat]), api.network("hpa", [flat, "ALB"])):
        assert any(flat in note for note in answer.provenance.notes)
    with pytest.raises(NotFound, match="same value in every tissue"):
        api.network("hpa", [flat])


def test_a_batch_over_the_cap_is_refused_and_never_cut() -> None:
    with pytest.raises(TooLarge, match="500"):
        api.batch_coexpressed("hpa", api.genes("hpa")[:501])


def test_a_list_in_brackets_can_be_narrowed() -> None:
    page = api.search_samples("hpa", "(title:liver, title:kidney) kind:normal").value
    assert set(page.rows["title"]) == {"Liver", "Kidney"}


def test_correlation_of_a_pair() -> None:
    r, rho, n = api.correlation([1, 2, 3, 4], [1, 4, 9, 16])
    assert (round(r, 4), rho, n) == (0.9844, 1.0, 4)


def test_works_from_plain_python_without_a_word_on_stderr() -> None:
    code = "from backend import api; print(api.tissue_profile('hpa', 'ALB').value.iloc[0, 0])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "Liver\n"
    assert done.stderr == ""
