"""A study as a source: its numbers by group, within a group and by search against numpy and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from backend import api, settings
from backend.errors import BadInput, NotFound
from backend.model import Choice
from tests.contract import study_world as world

KEY = world.KEY


@pytest.fixture(autouse=True, scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    cache = tmp_path_factory.mktemp("study")
    world.write(cache)
    with settings.use(replace(settings.current(), cache=cache)):
        yield


def _logged(gene: str) -> np.ndarray:
    return np.log2(world.values()[world.GENES.index(gene)].astype(float) + 1)


def test_boxes_of_crossed_columns_are_those_of_numpy() -> None:
    answer = api.tissue_profiles(KEY, ["ALB", "CD3E"], choice=Choice(by=("Tissue", "Sex")))
    about, seen = world.samples(), 0
    for row in answer.value.itertuples():
        tissue, sex = row.tissue.split(" × ")
        member = (about["Tissue"] == tissue.replace("not told", "")) & (about["Sex"] == sex.replace("not told", ""))
        every = _logged(row.gene)
        own = every[member.to_numpy() & ~np.isnan(every)]
        assert (row.n_samples, row.n_group) == (len(own), member.sum())
        box = [row.min, row.q1, row.median, row.q3, row.max]
        np.testing.assert_allclose(box, np.quantile(own, [0, 0.25, 0.5, 0.75, 1]), rtol=1e-9)
        assert row.z == pytest.approx((own.mean() - np.nanmean(every)) / np.nanstd(every))
        seen += member.sum()
    assert seen == 2 * world.N
    assert "Samples are grouped by “Tissue” and “Sex”." in " ".join(answer.provenance.notes)
    assert world.WARNING in answer.provenance.notes


def test_not_measured_is_not_zero() -> None:
    answer = api.tissue_profile(KEY, world.ABSENT)
    table = answer.value.set_index("tissue")
    assert table.loc["Kidney", "median"] == 0
    assert np.isnan(table.loc["Liver", "median"])
    assert (table.loc["Liver", "n_samples"], table.loc["Liver", "n_group"]) == (0, 9)
    assert any("which is not 0: UMOD in Liver" in note for note in answer.provenance.notes)


def test_points_are_the_samples_of_the_groups() -> None:
    table = api.group_points(KEY, ["ALB", world.ABSENT], by=("Tissue",)).value
    about = world.samples().set_index("sample")
    for gene in ("ALB", world.ABSENT):
        own = table[table["gene"] == gene].set_index("sample")
        every = pd.Series(_logged(gene), index=about.index).dropna()
        assert set(own.index) == set(every.index)
        np.testing.assert_allclose(own["value"], every[own.index], rtol=1e-9)
        assert list(own["tissue"]) == list(about.loc[own.index, "Tissue"].replace("", "not told"))
        assert list(own["title"]) == list(about.loc[own.index, "Sample Name"])


def test_partners_within_a_group_are_those_of_scipy() -> None:
    member = (world.samples()["Dose (mg)"] == "10").to_numpy()
    answer = api.coexpressed(KEY, "ALB", limit=5, within="group:Dose (mg)=10")
    for row in answer.value.itertuples():
        one, other = _logged("ALB")[member], _logged(row.gene)[member]
        both = ~np.isnan(other)
        r, p = scipy_stats.pearsonr(one[both], other[both])
        assert (row.r, row.p, row.n) == (pytest.approx(r, abs=1e-6), pytest.approx(p, rel=1e-3), both.sum())
    assert answer.provenance.n == 12
    assert "the 12 samples of Dose (mg) = 10" in answer.provenance.transform
    found = api.coexpressed(KEY, "ALB", within="query:Tissue:Liver").value
    assert set(found["n"]) <= {4, 5, 6, 7, 8, 9}


@pytest.mark.parametrize(
    ("within", "error", "words"),
    [
        ("group:Tissue=not told", NotFound, "There are 3 samples of Tissue = not told"),
        ("group:Tissue=Moon", NotFound, "There is no group"),
        ("group:Planet=Mars", NotFound, "There is no group"),
        ("tissue:Liver", BadInput, "is no group of this study"),
    ],
)
def test_groups_that_cannot_be_used_are_refused(within: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        api.coexpressed(KEY, "ALB", within=within)


def test_groupings_cover_numbers_and_blanks() -> None:
    found = {one.key: one for one in api.groupings(KEY).value}
    assert list(found) == ["Tissue", "Sex", "bins:Age", "quantiles:Age", "Dose (mg)", "Cell Type"]
    assert found["Cell Type"].groups == (("T cell", 10), ("B cell", 10), ("not told", 10))
    with pytest.raises(BadInput):
        api.tissue_profiles(KEY, ["ALB"], choice=Choice(pool="both", by=("Sex",)))
    with pytest.raises(NotFound):
        api.groupings("hpa")
    with pytest.raises(NotFound):
        api.tissue_profiles("hpa", ["ALB"], choice=Choice(by=("Sex",)))


def test_columns_with_blanks_in_their_names_are_searched() -> None:
    page = api.search_samples(KEY, 'Cell_Type:"T cell" AND Sex:male').value
    about = world.samples()
    assert page.total == ((about["Cell Type"] == "T cell") & (about["Sex"] == "male")).sum()
    page = api.search_samples(KEY, "donor").value
    assert page.total == world.N
    assert page.facets["Cell Type"] == {"T cell": 10, "B cell": 10, "not told": 10}
    assert list(page.facets) == ["Tissue", "Cell Type", "Sex", "Dose (mg)"]
    assert not page.rows.astype(str).isin(["NaN", "nan", "None"]).any(axis=None)
