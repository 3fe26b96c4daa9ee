"""A local ARCHS4 file keeps the contracts, and its numbers agree with h5py and numpy on the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from backend import api
from backend.archs4.layout import detect
from backend.errors import BadInput, NotConfigured, NotFound, TooLarge, Unavailable
from backend.model import Choice, Cohort
from tests.contract import archs4_cohort
from tests.contract.archs4_cohort import KEY, Raw, found, indexed
from tests.contract.source_contract import (
    CoexpressionContract,
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file, indexed."""
    folder = tmp_path_factory.mktemp("cohort")
    path = archs4_cohort.written(folder)
    with found(folder):
        indexed()
    return path


@pytest.fixture(scope="module")
def raw(file: Path) -> Raw:
    return Raw(file)


@pytest.fixture
def cohort(file: Path) -> Iterator[Path]:
    with found(file.parent):
        yield file


pytestmark = pytest.mark.usefixtures("cohort")


class TestLocalFile(TissueProfileContract, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    name, gene, other_gene, partner, query = KEY, "ALB", "INS", "FGB", "liver"


def test_it_says_that_it_is_simulated_wherever_it_stands() -> None:
    (info,) = (info for info in api.sources().value if info.key == KEY)
    assert (info.kind, info.problem, info.species) == ("simulated", None, ("human",))
    for answer in (api.tissue_profile(KEY, "ALB"), api.search_samples(KEY, "liver"), api.coexpressed(KEY, "ALB")):
        assert answer.provenance.kind == "simulated"
        assert "bundled" not in answer.provenance.held


def test_profile_and_z_are_those_of_the_samples(raw: Raw) -> None:
    answer = api.tissue_profile(KEY, "ALB")
    values = raw.values("ALB")
    reference = values[raw.bulk & (raw.sizes > 0)]
    assert answer.provenance.n == len(reference)
    assert f"all {len(reference):,} bulk samples" in answer.provenance.z_reference
    for row in answer.value.itertuples():
        members = api.points(KEY, "ALB", row.tissue).value
        own = values[[raw.samples.index(sample) for sample in members["sample"]]]
        np.testing.assert_allclose(members["value"], own, atol=1e-9)
        assert row.n_samples == len(own)
        assert row.mean == pytest.approx(own.mean(), abs=0.01)
        assert row.median == pytest.approx(np.median(own), abs=0.04)  # half a step of the store
        assert row.z == pytest.approx((own.mean() - reference.mean()) / reference.std(), abs=0.01)


def test_a_search_result_is_a_bar_of_its_own(raw: Raw) -> None:
    choice = Choice(pool="both", cohorts=(Cohort("mine", "liver"),))
    table = api.tissue_profile(KEY, "ALB", choice=choice).value.set_index("tissue")
    hits = api.search_samples(KEY, "liver", limit=500).value.rows["sample"]
    own = raw.values("ALB")[[raw.samples.index(sample) for sample in hits]]
    own = own[~np.isnan(own)]
    assert table.loc["mine", "n_samples"] == len(own)
    assert table.loc["mine", "mean"] == pytest.approx(own.mean(), abs=0.04)
    with pytest.raises(BadInput, match="called “liver”"):
        api.tissue_profile(KEY, "ALB", choice=Choice(cohorts=(Cohort("liver", "liver"),)))
    with pytest.raises(BadInput, match="same name"):
        api.tissue_profile(KEY, "ALB", choice=Choice(cohorts=(Cohort("a", "x"), Cohort("A", "y"))))


def test_pools_are_apart(raw: Raw) -> None:
    usable = raw.sizes > 0
    expected = {"bulk": raw.bulk & usable, "single-cell": ~raw.bulk & usable, "both": usable}
    for pool, members in expected.items():
        answer = api.tissue_profiles(KEY, ["INS"], choice=Choice(pool=pool))
        assert answer.value["n_samples"].sum() == answer.provenance.n == members.sum()


def test_a_choice_that_a_source_cannot_make_is_refused() -> None:
    with pytest.raises(NotFound, match="pools and cohorts"):
        api.tissue_profile("hpa", "ALB", choice=Choice(pool="both"))
    with pytest.raises(NotFound, match="co-expression within"):
        api.coexpressed("hpa", "ALB", method="spearman")


def test_r_is_pearsons_over_the_samples(raw: Raw) -> None:
    table = api.coexpressed(KEY, "ALB", limit=20).value.set_index("gene")
    use = raw.bulk & (raw.sizes > 0)
    for partner in ("FGB", "APOA1"):
        expected = scipy_stats.pearsonr(raw.values("ALB")[use], raw.values(partner)[use]).statistic
        assert table.loc[partner, "r"] == pytest.approx(expected, abs=0.02)
        assert table.loc[partner, "n"] == use.sum()


@pytest.mark.parametrize("method", ["pearson", "spearman"])
@pytest.mark.parametrize("within", ["tissue:Liver", "tissue:liver", "query:liver"])
def test_within_a_group_r_is_exact(raw: Raw, method: str, within: str) -> None:
    answer = api.coexpressed(KEY, "ALB", limit=10, within=within, method=method)
    hits = (
        api.search_samples(KEY, "liver", limit=500).value.rows["sample"]
        if within.startswith("query")
        else api.points(KEY, "ALB", "Liver").value["sample"]
    )
    use = [place for place in map(raw.samples.index, hits) if raw.bulk[place] and raw.sizes[place]]
    other = answer.value.iloc[0]
    test = scipy_stats.pearsonr if method == "pearson" else scipy_stats.spearmanr
    name = other["gene"]
    symbol = name if name in raw.symbols else raw.symbols[raw.ensembl.index(name)]
    assert other["n"] == answer.provenance.n == len(use)
    assert other["r"] == pytest.approx(test(raw.values("ALB")[use], raw.values(symbol)[use]).statistic, abs=1e-6)


def test_groups_that_are_none_are_told() -> None:
    with pytest.raises(BadInput, match="group of samples"):
        api.coexpressed(KEY, "ALB", within="liver")
    with pytest.raises(NotFound, match="not a tissue") as caught:
        api.coexpressed(KEY, "ALB", within="tissue:Liv")
    assert "Liver" in caught.value.suggestions
    with pytest.raises(NotFound, match="GSE1"):
        api.coexpressed(KEY, "ALB", within="series:GSE1")


def test_a_network_and_what_is_behind_its_edges(raw: Raw) -> None:
    network = api.network(KEY, ["ALB"], per_gene=5)
    assert network.value.nodes["mean_expression"].notna().all()
    edge = api.edge(KEY, "ALB", "APOA1").value
    use = raw.bulk & (raw.sizes > 0)
    pooled = scipy_stats.pearsonr(raw.values("ALB")[use], raw.values("APOA1")[use]).statistic
    assert edge.attrs["pooled"] == pytest.approx(pooled, abs=0.02)
    liver = [raw.samples.index(sample) for sample in api.points(KEY, "ALB", "Liver").value["sample"]]
    rest = use.copy()
    rest[liver] = False
    without = scipy_stats.pearsonr(raw.values("ALB")[rest], raw.values("APOA1")[rest]).statistic
    row = edge.set_index("tissue").loc["Liver"]
    assert row["n"] == len(liver)
    assert row["r_without"] == pytest.approx(without, abs=0.02)


def test_a_pattern_finds_what_re_finds() -> None:
    words = api.search_samples(KEY, "liver").value.total
    assert api.search_samples(KEY, r"\bliver\b", regex=True).value.total > 0
    assert api.search_samples(KEY, "liv.r", regex=True).value.total >= words
    with pytest.raises(BadInput):
        api.search_samples(KEY, "liv(", regex=True)


def test_values_are_exact_and_unknown_samples_named(raw: Raw) -> None:
    answer = api.expression(KEY, ["INS", "ALB"], [raw.samples[5], "GSM1", raw.samples[2]])
    table = answer.value
    assert list(table["gene"].unique()) == ["INS", "ALB"]
    assert list(table["sample"].unique()) == [raw.samples[5], raw.samples[2]]
    np.testing.assert_allclose(table["value"][:2], raw.values("INS")[[5, 2]], atol=1e-9)
    assert any("GSM1" in note for note in answer.provenance.notes)
    with pytest.raises(NotFound, match="None of the samples"):
        api.expression(KEY, ["INS"], ["GSM1"])
    with pytest.raises(TooLarge):
        api.expression(KEY, ["INS"], [f"GSM{i}" for i in range(6_000)])


class TestExport:
    def test_tsv_holds_the_counts_and_says_what_it_is(self, raw: Raw, tmp_path: Path) -> None:
        seen: list[tuple[int, int]] = []
        target = tmp_path / "counts.tsv"
        api.export_counts(KEY, "liver", target, on_progress=lambda done, of: seen.append((done, of)))
        header = [line for line in target.read_text().splitlines() if line.startswith("#")]
        assert header[0] == "# SIMULATED DATA"
        assert any(line.startswith("# licence: ") for line in header)
        assert not any(str(tmp_path) in line for line in header)
        table = pd.read_csv(target, sep="\t", comment="#")
        hits = api.search_samples(KEY, "liver", limit=500).value.rows["sample"]
        assert list(table.columns[2:]) == list(hits)
        assert list(table["ensembl"]) == raw.ensembl
        np.testing.assert_array_equal(
            table.iloc[:, 2:].to_numpy(), raw.counts[:, [raw.samples.index(sample) for sample in hits]]
        )
        assert seen[-1] == (len(raw.ensembl), len(raw.ensembl))

    def test_hdf5_is_an_archs4_file_again_and_stays_simulated(self, raw: Raw, tmp_path: Path) -> None:
        target = tmp_path / "counts.h5"
        told = api.export_counts(KEY, "liver", target, form="hdf5").provenance
        layout = detect(target)
        assert (layout.kind, layout.n_genes, layout.n_samples) == ("gene", len(raw.ensembl), told.n)
        with h5py.File(target) as exported:
            names = [text.decode() for text in exported["meta/samples/geo_accession"][:]]
            expected = raw.counts[:, [raw.samples.index(name) for name in names]]
            np.testing.assert_array_equal(exported["data/expression"][:], expected)
        with found(tmp_path):
            (info,) = (info for info in api.sources().value if info.key == "archs4-counts")
            assert info.kind == "simulated"

    def test_a_stopped_export_leaves_nothing(self, tmp_path: Path) -> None:
        class StopHereError(Exception):
            pass

        def stop(done: int, of: int) -> None:
            raise StopHereError

        for form in ("tsv", "hdf5"):
            with pytest.raises(StopHereError):
                api.export_counts(KEY, "liver", tmp_path / "counts", form=form, on_progress=stop)
        assert not list(tmp_path.iterdir())

    def test_nothing_found_and_nowhere_to_write(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="zzz"):
            api.export_counts(KEY, "zzzznothing", tmp_path / "counts.tsv")
        with pytest.raises(Unavailable, match="could not be written") as refused:
            api.export_counts(KEY, "liver", tmp_path / "missing" / "counts.tsv")
        assert "folder that is there" in refused.value.hint
        assert not list(tmp_path.iterdir())


class TestOwnSample:
    def own(self, raw: Raw, place: int) -> pd.DataFrame:
        return pd.DataFrame({"gene": raw.ensembl, "count": raw.counts[:, place]})

    def test_a_liver_sample_is_nearest_to_liver(self, raw: Raw) -> None:
        place = raw.samples.index(api.points(KEY, "ALB", "Liver").value["sample"].iloc[0])
        table = api.nearest_tissues(KEY, self.own(raw, place)).value
        assert table.iloc[0]["tissue"] == "Liver"
        assert table["r"].is_monotonic_decreasing

    def test_percentiles_are_shares_of_the_samples(self, raw: Raw) -> None:
        members = api.points(KEY, "ALB", "Liver").value
        place = raw.samples.index(members["sample"].iloc[0])
        answer = api.percentiles(KEY, self.own(raw, place), ["ALB", "nosuchgene"])
        row = answer.value.set_index("tissue").loc["Liver"]
        value = raw.values("ALB")[place]
        assert row["value"] == pytest.approx(value, abs=1e-6)
        below = (members["value"] < value).mean() + 0.5 * (members["value"] == value).mean()
        assert row["percentile"] == pytest.approx(100 * below, abs=5)  # samples within one step of the store
        assert any("nosuchgene" in note for note in answer.provenance.notes)

    def test_unknown_and_repeated_names_are_told(self, raw: Raw) -> None:
        own = pd.concat([self.own(raw, 0), pd.DataFrame({"gene": ["ALB", "Foo1"], "count": [3, 5]})])
        notes = " ".join(api.nearest_tissues(KEY, own).provenance.notes)
        assert "1 names are not genes" in notes
        assert "1 names repeat" in notes

    @pytest.mark.parametrize(
        "counts",
        [
            pd.DataFrame({"gene": [], "count": []}),
            pd.DataFrame({"symbol": ["ALB"], "count": [1]}),
            pd.DataFrame({"gene": ["ALB"], "count": [-1]}),
            pd.DataFrame({"gene": ["ALB"], "count": ["many"]}),
            pd.DataFrame({"gene": ["ALB"], "count": [0]}),
            pd.DataFrame({"gene": ["Foo1"], "count": [4]}),
            pd.DataFrame({"gene": ["ALB"], "count": [4]}),
        ],
    )
    def test_what_is_no_sample_is_bad_input(self, counts: pd.DataFrame) -> None:
        with pytest.raises(BadInput):
            api.nearest_tissues(KEY, counts)


def test_without_an_index_what_is_cheap_works_and_the_rest_says_how(raw: Raw, cohort: Path, tmp_path: Path) -> None:
    plain = tmp_path / cohort.name
    plain.write_bytes(cohort.read_bytes())
    indexed_page = api.search_samples(KEY, "liver AND tissue", limit=500).value
    with found(tmp_path):
        assert api.gene(KEY, "ALB").value.ensembl == "ENSG00000163631"
        assert len(api.genes(KEY)) == len(raw.ensembl)
        page = api.search_samples(KEY, "liver AND tissue", limit=500).value
        assert list(page.rows["sample"]) == list(indexed_page.rows["sample"])
        assert (page.total, page.total_series) == (indexed_page.total, indexed_page.total_series)
        values = api.expression(KEY, ["ALB"], raw.samples[3:6]).value["value"]
        np.testing.assert_allclose(values, raw.values("ALB")[3:6], atol=1e-9)
        for ask in (
            lambda: api.tissue_profile(KEY, "ALB"),
            lambda: api.coexpressed(KEY, "ALB"),
            lambda: api.search_samples(KEY, "liv.r", regex=True),
        ):
            with pytest.raises(NotConfigured, match="no index yet") as caught:
                ask()
            assert "python -m backend index" in caught.value.hint
