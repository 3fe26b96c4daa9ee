"""The Human Protein Atlas keeps the contracts, and its numbers agree with pandas and scipy on the raw file."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from backend import api
from backend.errors import BadAnswer, BadInput, NotConfigured, NotFound
from backend.sources import hpa_atlas
from tests.contract.source_contract import (
    CoexpressionContract,
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)

FILE = Path(__file__).resolve().parents[2] / "data/hpa/hpa_v23.h5"


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """log2(nTPM+1) straight from the file: Ensembl id x tissue label, float64."""
    with h5py.File(FILE) as file:
        ensembl = [value.decode() for value in file["genes/ensembl"][:]]
        tissues = [value.decode() for value in file["tissue/label"][:]]
        values = file["tissue/expression"][:].astype(float)
    return pd.DataFrame(np.log2(values + 1), index=ensembl, columns=tissues)


class TestHumanProteinAtlas(TissueProfileContract, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    name, gene, other_gene, partner, query = "hpa", "CD3E", "ALB", "CD3D", "brain"


@pytest.mark.parametrize(
    ("gene", "tissue", "z"),
    [
        ("ALB", "Liver", 5.3), ("INS", "Pancreas", 5.0), ("TG", "Thyroid gland", 6.0), ("PRM1", "Testis", 6.2),
        ("UMOD", "Kidney", 6.7), ("SFTPC", "Lung", 5.5), ("MYH6", "Heart muscle", 5.6),
    ],
)  # fmt: skip
def test_known_genes_are_highest_where_they_should_be(gene: str, tissue: str, z: float) -> None:
    best = api.tissue_profile("hpa", gene).value.iloc[0]
    assert best["tissue"] == tissue
    assert round(best["z"], 1) == z


def test_z_of_every_gene_agrees_with_pandas(raw: pd.DataFrame) -> None:
    expected = raw.sub(raw.mean(axis=1), axis=0).div(raw.std(axis=1, ddof=0), axis=0)
    labels = api.genes("hpa")
    assert len(labels) == 19_784
    ensembl_of = dict(zip(hpa_atlas.atlas().labels, hpa_atlas.atlas().ensembl, strict=True))
    for start in range(0, len(labels), api.MAX_GENES):
        part = labels[start : start + api.MAX_GENES]
        answer = api.tissue_profiles("hpa", part)
        got = answer.value.pivot_table(index="gene", columns="tissue", values="z", sort=False, dropna=False)
        got = got.reindex(list(part))[raw.columns]
        want = expected.loc[[ensembl_of[label] for label in part]].to_numpy(copy=True)
        constant = raw.loc[[ensembl_of[label] for label in part]].std(axis=1, ddof=0).to_numpy() < 1e-12
        want[constant] = np.nan
        np.testing.assert_allclose(got.to_numpy(), want, atol=1e-9)


def test_missing_tissues_stay_missing(raw: pd.DataFrame) -> None:
    row = raw[raw.isna().sum(axis=1) == 9].index[0]
    answer = api.tissue_profile("hpa", row)
    table = answer.value
    assert table["median"].isna().sum() == table["z"].isna().sum() == 9
    assert table["median"].tail(9).isna().all()
    assert any("not measured in 9 tissues" in note for note in answer.provenance.notes)
    assert answer.provenance.n == 41
    assert "those where it was measured" in answer.provenance.z_reference


def test_partners_agree_with_scipy(raw: pd.DataFrame) -> None:
    table = api.coexpressed("hpa", "CD3E", limit=20).value
    assert {"CD3D", "CD2"} <= set(table["gene"].head(5))
    seed = raw.loc["ENSG00000198851"]
    for row in table.itertuples():
        other = raw.loc[api.gene("hpa", row.gene).value.ensembl]
        both = seed.notna() & other.notna()
        expected = scipy_stats.pearsonr(seed[both], other[both])
        assert row.r == pytest.approx(expected.statistic, abs=1e-9)
        assert row.n == both.sum()
        assert row.p == pytest.approx(expected.pvalue, rel=1e-6)


def test_the_strongest_partner_is_the_strongest_of_all_genes(raw: pd.DataFrame) -> None:
    complete = raw.dropna()
    varying = complete[complete.std(axis=1) > 1e-9]
    unit = varying.sub(varying.mean(axis=1), axis=0)
    unit = unit.div(np.sqrt((unit**2).sum(axis=1)), axis=0)
    expected = unit.drop(index="ENSG00000163631") @ unit.loc["ENSG00000163631"]  # Pearson's r of each gene with ALB
    table = api.coexpressed("hpa", "ALB", limit=5).value
    positive = table[(table["r"] > 0) & (table["n"] == 50)]
    assert positive["r"].max() == pytest.approx(expected.max(), abs=1e-9)


def test_q_is_benjamini_hochberg_over_all_genes(raw: pd.DataFrame) -> None:
    table = api.coexpressed("hpa", "CD3E", limit=500).value.sort_values("p")
    count = (raw.std(axis=1, ddof=0) > 1e-12).sum() - 1
    first = table.iloc[0]
    assert first["q"] == pytest.approx(min(first["p"] * count, 1), rel=0.02)
    assert table["q"].is_monotonic_increasing


def test_within_a_tissue_is_refused_with_the_reason() -> None:
    with pytest.raises(BadInput, match="one value a tissue"):
        api.coexpressed("hpa", "ALB", within="Liver")


def test_cohorts_are_apart_and_keep_their_units() -> None:
    answer = api.cohort_profile("hpa", "ALB")
    table = answer.value.set_index("cohort")
    with h5py.File(FILE) as file:
        row = [value.decode() for value in file["genes/ensembl"][:]].index("ENSG00000163631")
        keys = [value.decode() for value in file["cohort/key"][:]]
        raw_values = file["cohort/expression"][row].astype(float)
    np.testing.assert_array_equal(table.loc[keys, "value"], raw_values)
    assert table["value"].idxmax() == "LIHC"
    assert table["unit"].value_counts().to_dict() == {"median FPKM": 21, "median TPM": 12}
    assert "z" not in table.columns
    assert any("TCGA" in citation for citation in answer.provenance.citations)


@pytest.mark.parametrize("symbol", ["HERC3", "MATR3", "PINX1", "PRODH", "TBCE", "TMSB15B", "NOX5", "POLR2J3"])
def test_repeated_symbols_are_one_gene_or_a_question(symbol: str) -> None:
    labels = hpa_atlas.atlas().labels
    assert len(set(labels)) == len(labels)
    try:
        found = api.gene("hpa", symbol).value.ensembl
    except NotFound as error:
        assert all(api.gene("hpa", ensembl).value.ensembl == ensembl for ensembl in error.suggestions)
    else:
        assert found in hpa_atlas.atlas().row_of


def test_every_gene_of_the_file_is_reachable_by_its_ensembl_id() -> None:
    data = hpa_atlas.atlas()
    for ensembl in data.ensembl[::97]:
        assert api.gene("hpa", ensembl).value.ensembl == ensembl


def test_a_gene_the_atlas_lacks_says_so() -> None:
    with pytest.raises(NotFound, match="not a gene of the atlas"):
        api.tissue_profile("hpa", "XIST")


def test_a_miss_offers_only_genes_the_atlas_has() -> None:
    for typed in ("HLA-DR", "TTRR", "ALBB"):
        with pytest.raises(NotFound) as caught:
            api.gene("hpa", typed)
        assert caught.value.suggestions
        assert all(api.gene("hpa", symbol).value.symbol == symbol for symbol in caught.value.suggestions)


def test_a_list_of_its_own_accessions_finds_each() -> None:
    page = api.search_samples("hpa", "TCGA:GBM TCGA:LGG HPA:liver").value
    assert set(page.rows["sample"]) == {"TCGA:GBM", "TCGA:LGG", "HPA:liver"}


def test_all_records_can_be_found() -> None:
    page = api.search_samples("hpa", "kind:normal OR kind:tumour").value
    assert (page.total, page.facets["kind"]) == (83, {"normal tissue": 50, "tumour cohort": 33})


def test_a_tissue_is_asked_for_by_its_field_as_in_other_sources() -> None:
    page = api.search_samples("hpa", "tissue:liver").value
    assert list(page.rows["sample"]) == ["HPA:liver"]
    assert (page.rows["matched_field"][0], page.rows["snippet"][0]) == ("tissue", "Liver")
    assert api.search_samples("hpa", "tissue:carcinoma").value.total == 0  # cohorts are of no normal tissue


class TestDamagedFile:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(NotConfigured, match="hpa"):
            hpa_atlas.read(tmp_path / "hpa.h5")

    @pytest.mark.parametrize("content", [b"", b"not hdf5 at all", FILE.read_bytes()[:200_000]])
    def test_foreign_or_truncated(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "hpa.h5").write_bytes(content)
        with pytest.raises(BadAnswer, match="damaged"):
            hpa_atlas.read(tmp_path / "hpa.h5")

    def test_wrong_shape_or_type(self, tmp_path: Path) -> None:
        for data in (np.zeros((3, 50), "f4"), np.zeros((19_784, 50), "i4")):
            with h5py.File(tmp_path / "hpa.h5", "w") as file:
                file["tissue/expression"] = data
            with pytest.raises(BadAnswer, match="expected a float matrix"):
                hpa_atlas.read(tmp_path / "hpa.h5")

    def test_missing_field(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "hpa.h5", "w") as file:
            file["tissue/expression"] = np.zeros((19_784, 50), "f4")
        with pytest.raises(BadAnswer, match="damaged"):
            hpa_atlas.read(tmp_path / "hpa.h5")
