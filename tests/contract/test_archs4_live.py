"""The live ARCHS4 keeps the contracts over each of its services, and its numbers are those of the double."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from backend import api, settings
from backend.model import Species
from tests.contract.live_world import online
from tests.contract.source_contract import (
    CoexpressionContract,
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)
from tests.doubles.archs4_web import Archs4Web

FIVE = ["min", "q1", "median", "q3", "max"]
SPELLED = {"BLYMPHOCYTE": "B lymphocyte", "TLYMPHOCYTE": "T lymphocyte", "GRANULOSA": "Granulosa cell"}


@pytest.fixture(scope="module")
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


class _Live:
    """dialects: as an installation may choose them; () for the usual ones."""

    dialects: ClassVar[tuple[str, ...]] = ()
    name, gene, other_gene, partner, query = "archs4", "PCNA", "ALB", "RFC4", "liver"

    @pytest.fixture(autouse=True)
    def services(self, web: Archs4Web, tmp_path: Path) -> Iterator[None]:
        with settings.use(online(web, tmp_path, self.dialects, read=5)):
            yield


class _Everything(_Live, TissueProfileContract, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    pass


class TestUsual(_Everything):
    both_signs = tells_n = False


class TestSigpy(_Everything):
    dialects = ("sigpy",)
    partner = "MKI67"


class TestLegacy(_Everything):
    dialects = ("legacy",)
    both_signs = tells_n = describes = False


class TestV1(_Everything):
    dialects = ("v1",)
    both_signs = tells_n = False


class _Mouse(_Everything):
    organism = "mouse"
    gene, other_gene = "Pcna", "Alb"


class TestUsualMouse(_Mouse):
    partner = "Top2a"


class TestV1Mouse(_Mouse):
    dialects = ("v1",)
    partner = "Top2a"
    both_signs = tells_n = False


class TestSigpyMouse(_Live, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    dialects = ("sigpy",)
    organism = "mouse"
    gene, other_gene, partner = "Pcna", "Alb", "Top2a"


class TestLegacyMouse(_Live, TissueProfileContract, SampleSearchContract):
    dialects = ("legacy",)
    organism = "mouse"
    gene, other_gene = "Pcna", "Alb"
    describes = False


def _boxes(web: Archs4Web, gene: str, species: str) -> pd.DataFrame:
    """What the double means to say, by the name of the tissue as people write it."""
    rows = {}
    for leaf in web.leaves(species):
        name = leaf.rsplit(".", 1)[1]
        rows[SPELLED.get(name, name.capitalize())] = web.box(gene, leaf, species)
    return pd.DataFrame(rows).T


@pytest.mark.parametrize(
    ("dialects", "gene", "species", "own"),
    [((), "ALB", "human", "ALB"), (("legacy",), "ACE2", "human", "ACE2"), ((), "Fundc1", "mouse", "FUNDC1")],
)
def test_boxes_and_z_are_those_of_the_service(
    web: Archs4Web, tmp_path: Path, dialects: tuple[str, ...], gene: str, species: Species, own: str
) -> None:
    with settings.use(online(web, tmp_path, dialects, read=5)):
        answer = api.tissue_profile("archs4", gene, species)
    table, want = answer.value.set_index("tissue"), _boxes(web, own, species)
    assert set(table.index) == set(want.index)
    want = want.loc[table.index]
    np.testing.assert_allclose(table[FIVE].to_numpy(), want[FIVE].to_numpy(), atol=1e-6)
    median = want["median"].to_numpy()
    np.testing.assert_allclose(table["z"], (median - median.mean()) / median.std(), atol=1e-9)
    if "n_samples" in table:
        assert (table["n_samples"] == want["sample_count"]).all()
        assert (table["n_series"] == want["series_count"]).all()
    assert ("n_samples" in table) == (answer.provenance.version == "via sigpy")
    assert "log2(" not in f"{answer.provenance.unit}{answer.provenance.transform}"


def test_system_and_organ_are_those_of_the_path(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        human = api.tissue_profile("archs4", "ALB").value.set_index("tissue")
    for leaf in web.leaves("human"):
        _, system, organ, name = leaf.split(".")
        row = human.loc[SPELLED.get(name, name.capitalize())]
        assert (row["system"].casefold(), row["organ"]) == (system.casefold(), organ)


def test_cell_lines_are_those_of_the_service(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        table = api.cell_lines("archs4", "ALB").value
    assert table["median"].is_monotonic_decreasing
    for row in table.itertuples():
        want = web.box("ALB", f"Cell line.{row.tissue}.{row.cell_line}")
        assert [row.min, row.q1, row.median, row.q3, row.max] == pytest.approx([want[name] for name in FIVE])
    assert len(table) == len(web.cell_lines())


def test_z_of_v1_stays_as_served(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, ("v1",), read=5)):
        answer = api.tissue_profile("archs4", "TP53")
    want = web.zscores("TP53")
    got = dict(zip(answer.value["tissue"], answer.value["z"], strict=True))
    assert got.keys() == want.keys()
    for tissue, z in want.items():
        assert got[tissue] == z or (z is None and np.isnan(got[tissue]))
    assert answer.value["median"].isna().all()
    assert "as served" in answer.provenance.z_reference


def test_partners_over_all_samples_are_the_recorded_ones(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        table = api.coexpressed("archs4", "FUNDC1", limit=100).value
    want = [(gene, r) for gene, r in web.partners("FUNDC1") if r > 0][:100]
    assert list(table["gene"]) == [gene for gene, _ in want]
    assert list(table["r"]) == pytest.approx([r for _, r in want])
    assert table["r"].iloc[0] == 0.5372708439826965
    assert table[["n", "p", "q"]].isna().all(axis=None)


@pytest.mark.parametrize(("gene", "own", "species"), [("ALB", "ALB", "human"), ("Alb", "ALB", "mouse")])
def test_partners_within_a_term_agree_with_numpy(
    web: Archs4Web, tmp_path: Path, gene: str, own: str, species: Species
) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        answer = api.coexpressed("archs4", gene, species, limit=10, within="query:liver")
    data = web.corpus(species)
    used = [data.position[name] for name in web.samples_matching("liver", species)]
    seed = data.log[data.row[own], used]
    assert answer.provenance.n == len(used)
    for row in answer.value.itertuples():
        other = data.log[data.row[row.gene.upper() if species == "mouse" else row.gene], used]
        expected = scipy_stats.pearsonr(seed, other)
        assert row.r == pytest.approx(expected.statistic, abs=1e-9)
        assert row.p == pytest.approx(expected.pvalue, rel=1e-6)
        assert (row.n, row.mean_expression) == (len(used), pytest.approx(other.mean()))
    assert (answer.value["r"] < 0).sum() == (answer.value["r"] > 0).sum() == 10


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_hits_and_series_are_all_that_match(web: Archs4Web, tmp_path: Path, species: Species) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        page = api.search_samples("archs4", "liver", species, limit=500).value
    want = web.samples_matching("liver", species)
    assert list(page.rows["sample"]) == want
    series = {one for name in want for one in web.metadata(name, species)["series"].split(",")}
    assert (page.total, page.total_series) == (len(want), len(series))
    for row in page.rows.itertuples():
        told = web.metadata(row.sample, species)
        assert (row.title, row.all_series) == (told["title"], told["series"].replace(",", ", "))


@pytest.mark.parametrize(("dialects", "words"), [((), "liver NOT female"), (("v1",), "liver female")])
def test_words_are_combined_as_sets(web: Archs4Web, tmp_path: Path, dialects: tuple[str, ...], words: str) -> None:
    with settings.use(online(web, tmp_path, dialects, read=5)):
        page = api.search_samples("archs4", words, limit=500).value
    liver, female = set(web.samples_matching("liver")), set(web.samples_matching("female"))
    want = liver - female if "NOT" in words else liver & female
    assert set(page.rows["sample"]) == want
    assert page.total == len(want) > 0
    assert page.total_series == len({s for n in want for s in web.metadata(n)["series"].split(",")})


def test_values_of_chosen_samples_agree_with_numpy(web: Archs4Web, tmp_path: Path) -> None:
    names = web.samples_matching("liver")[:5]
    with settings.use(online(web, tmp_path, read=5)):
        answer = api.expression("archs4", ["TP53", "ALB"], [*names, "GSM1"])
    data = web.corpus()
    sizes = {name: int(data.counts[:, data.position[name]].sum()) for name in names}
    assert list(answer.value["gene"].unique()) == ["TP53", "ALB"]
    for row in answer.value.itertuples():
        want = np.log2(1 + web.counts(row.gene, row.sample) / sizes[row.sample] * 1e6)
        assert row.value == pytest.approx(want, abs=1e-9)
    assert len(answer.value) == 10
    assert answer.provenance.unit == "log2(CPM+1)"
    assert any("GSM1" in note for note in answer.provenance.notes)


def test_exported_counts_are_those_of_the_samples(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, read=5)):
        api.export_counts("archs4", "liver", tmp_path / "counts.tsv")
    table = pd.read_csv(tmp_path / "counts.tsv", sep="\t", comment="#", index_col=0)
    names, data = web.samples_matching("liver"), web.corpus()
    want = data.counts[:, [data.position[name] for name in names]]
    np.testing.assert_array_equal(table[names].to_numpy(), want)
