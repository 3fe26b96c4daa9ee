"""A section as a source: what every source must keep, and its numbers against numpy, pandas and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from scipy.spatial.distance import cdist

from backend import api, section_openings
from backend.errors import BadInput, ExpronautError, NotFound, Unavailable
from backend.model import Choice, Species
from backend.sources import get, names
from tests.contract import section_world as world
from tests.contract.source_contract import CoexpressionContract, GeneLookupContract, TissueProfileContract
from tests.doubles import section_files

TRUTH = world.truth()
SHOWN = world.cp10k(TRUTH.values)  # (genes, spots)
GENE, OTHER = "Sox2", "Gapdh"
SPECIES: Species = "mouse"


@pytest.fixture(autouse=True, scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with world.home(tmp_path_factory.mktemp("sections")) as place:
        made = world.opened(world.downloaded(place), of="STD0001")
        Section.name = made
        yield made


def of(name: str) -> np.ndarray:
    return SHOWN[TRUTH.names.index(name)]


def strongest(name: str, at: np.ndarray) -> pd.Series:
    """r of a gene with every other over some spots, by numpy."""
    kept = SHOWN[:, at]
    vary = np.flatnonzero(kept.std(axis=1) > 0)
    r = np.corrcoef(kept[vary])[list(vary).index(TRUTH.names.index(name))]
    return pd.Series(r, index=[TRUTH.names[place] for place in vary]).drop(name).sort_values()


class Section:
    name: ClassVar[str]
    gene = GENE
    other_gene = OTHER
    organism: ClassVar[Species] = SPECIES
    partner = str(strongest(GENE, np.arange(world.SPOTS)).index[-1])


class TestProfile(Section, TissueProfileContract):
    pass


class TestCoexpression(Section, CoexpressionContract):
    pass


class TestGenes(Section, GeneLookupContract):
    pass


def test_boxes_and_z_are_those_of_numpy(key: str) -> None:
    answer = api.tissue_profiles(key, [GENE, OTHER], SPECIES, choice=Choice(by=("region",)))
    region = np.array([one or "not told" for one in TRUTH.groups["region"]])
    for row in answer.value.itertuples():
        every = of(row.gene)
        own = every[region == row.tissue]
        assert row.n_samples == len(own)
        box = [row.min, row.q1, row.median, row.q3, row.max]
        np.testing.assert_allclose(box, np.quantile(own, [0, 0.25, 0.5, 0.75, 1]), atol=1e-9)
        assert row.z == pytest.approx((own.mean() - every.mean()) / every.std())
    assert set(answer.value["tissue"]) == set(region)
    assert answer.provenance.z_reference == f"all {world.SPOTS} spots of the section (population SD)"
    assert answer.provenance.unit == "log2(CP10K+1)"
    assert "Spots are grouped by “region”." in " ".join(answer.provenance.notes)


@pytest.mark.parametrize("group", ["", "Cortex"])
def test_partners_are_those_of_numpy(key: str, group: str) -> None:
    at = np.flatnonzero(np.array(TRUTH.groups["region"]) == group) if group else np.arange(world.SPOTS)
    answer = api.coexpressed(key, GENE, SPECIES, 500, f"group:region={group}" if group else None)
    found = answer.value.set_index("gene")
    expected = strongest(GENE, at)
    np.testing.assert_allclose(found["r"].sort_index(), expected[found.index].sort_index(), atol=1e-9)
    assert set(found.index) == set(expected[expected != 0].index)
    assert (found["n"] == len(at)).all()
    assert found[["p", "q"]].isna().all(axis=None)
    means = [SHOWN[TRUTH.names.index(one), at].mean() for one in found.index]
    np.testing.assert_allclose(found["mean_expression"], means, rtol=1e-9)
    assert answer.provenance.n == len(at)
    assert any("Neighbouring spots" in note for note in answer.provenance.notes)


def test_many_genes_at_once_have_the_partners_of_each_alone(key: str) -> None:
    some, never = [GENE, OTHER, str(strongest(GENE, np.arange(world.SPOTS)).index[0])], TRUTH.names[-1]
    many = api.batch_coexpressed(key, [*some, never], SPECIES, 7)
    for name in some:
        expected = strongest(name, np.arange(world.SPOTS))
        own = many.value[many.value["query_gene"] == name].set_index("gene")["r"]
        assert list(own.abs()) == pytest.approx(list(expected.abs().sort_values()[::-1][:7]), abs=1e-9)
        np.testing.assert_allclose(own, expected[own.index], atol=1e-9)
    assert any(f"{never} does not vary over these spots" in note for note in many.provenance.notes)


def test_pairs_and_spots_agree_with_scipy(key: str) -> None:
    some = [name for name in TRUTH.names[:10] if of(name).std() > 0][:6]
    pairs = get(key).correlations(some, SPECIES).value
    assert len(pairs) == 15
    for row in pairs.itertuples():
        assert row.r == pytest.approx(scipy_stats.pearsonr(of(row.gene_a), of(row.gene_b))[0], abs=1e-9)
        assert row.n == world.SPOTS
    r, n = api.spot_correlation(api.spots(key, some[:3], SPECIES).value)
    np.testing.assert_allclose(r, np.corrcoef([of(name) for name in some[:3]]), atol=1e-9)
    assert (n == world.SPOTS).all()


def test_spots_hold_every_number_and_place(key: str) -> None:
    answer = api.spots(key, [OTHER, "nosuchgene", GENE], SPECIES, by="half", scale="stored")
    found = answer.value
    assert found.genes == (OTHER, GENE)
    np.testing.assert_array_equal(found.values, [TRUTH.of(OTHER), TRUTH.of(GENE)])
    assert list(found.table["spot"]) == TRUTH.spots
    np.testing.assert_array_equal(found.table[["x", "y"]], TRUTH.xy)
    assert list(found.table["group"]) == [one or "not told" for one in TRUTH.groups["half"]]
    assert (found.unit, found.by) == ("count", "half")
    far = cdist(TRUTH.xy, TRUTH.xy)
    np.fill_diagonal(far, np.inf)
    assert found.spacing == pytest.approx(np.median(far.min(axis=1)))
    assert any("nosuchgene" in note for note in answer.provenance.notes)
    np.testing.assert_allclose(
        api.spots(key, [GENE], SPECIES, scale="log").value.values[0], np.log2(TRUTH.of(GENE) + 1)
    )


def test_scales_begin_with_the_usual_one_and_others_are_refused(key: str) -> None:
    assert [one.key for one in api.spot_scales(key)] == ["cp10k", "log", "stored"]
    with pytest.raises(BadInput, match="is no scale"):
        api.spots(key, [GENE], SPECIES, scale="ln")
    with pytest.raises(NotFound):
        api.spots(key, [GENE], SPECIES, by="planet")


def test_numbers_in_bins_never_come_before_what_is_named(tmp_path: Path) -> None:
    """Visium files have array_col, by which nobody groups."""
    with world.home(tmp_path) as place:
        path = world.downloaded(place)
        with h5py.File(path, "r+") as file:
            obs = file["obs"]
            obs.move("region", "where")
            obs["array_col"] = np.arange(world.SPOTS) % 90
        found = [one.key for one in api.groupings(world.opened(path), SPECIES).value]
    cut = [key.startswith(("bins:", "quantiles:")) for key in found]
    assert "bins:array_col" in found
    assert cut == sorted(cut)
    assert not cut[0]


def test_points_of_a_group_are_its_spots(key: str) -> None:
    table = api.group_points(key, [GENE], SPECIES, ("region",)).value.set_index("sample")
    assert set(table.index) == set(TRUTH.spots)
    np.testing.assert_allclose(table.loc[TRUTH.spots, "value"], of(GENE))


def test_a_large_panel_goes_through_the_numbers_once(tmp_path) -> None:
    """So it is answered though they are gone right after."""
    with world.home(tmp_path) as place:
        source = get(world.opened(world.downloaded(place)))
        asked = [name for name in TRUTH.names if TRUTH.of(name).any()][:90]
        found = source.partner_panel(
            asked, SPECIES, 1, lambda done, of: [one.unlink() for one in (tmp_path / "cache").rglob("*.h5")]
        )
        for name in (asked[0], asked[-1]):
            due = strongest(name, np.arange(world.SPOTS)).abs().max()
            assert found[name].value["r"].abs().iloc[0] == pytest.approx(due, abs=1e-9)
        assert set(found) == set(asked)


def test_before_the_copy_single_genes_come_from_the_file_and_the_rest_says_so(tmp_path) -> None:
    with world.home(tmp_path) as place:
        early = section_openings.remember(world.downloaded(place))
        answer = api.spots(early, [GENE], SPECIES)
        np.testing.assert_array_equal(answer.value.values[0], TRUTH.of(GENE))
        assert any("Read directly from the file" in note for note in answer.provenance.notes)
        for ask in (api.tissue_profile, api.coexpressed):
            with pytest.raises(Unavailable, match=r"copy of section\.h5ad sorted by gene is not made yet"):
                ask(early, GENE, SPECIES)
        with pytest.raises(Unavailable):
            api.spots(early, [GENE], SPECIES, scale="cp10k")
        section_openings.make(early, world.silent)
        assert api.spots(early, [GENE], SPECIES).value.unit == "log2(CP10K+1)"


def test_a_text_has_nothing_before_its_copy(tmp_path) -> None:
    with world.home(tmp_path) as place:
        (place / "spatial").mkdir(parents=True)
        path = section_files.gem(place / "spatial" / "chip.gem.gz", TRUTH, "0.2")
        early = section_openings.remember(path, bin=20)
        assert "not made yet" in str(get(early).configured())
        assert api.genes(early, SPECIES) == ()
        section_openings.make(early, world.silent)
        section = next(one for one in api.sections() if one.key == early)
        assert (section.bin, section.n_genes, section.problem) == (20, (TRUTH.values.sum(axis=0) > 0).sum(), None)
        found = api.spots(early, [OTHER], section.species, scale="stored").value
        binned = TRUTH.binned(20)
        assert found.values[0].sum() == binned.of(OTHER).sum()
        assert len(found.table) == len(binned.spots)


@pytest.mark.parametrize(
    ("harm", "words"),
    [(lambda path: path.unlink(), "cannot be opened"), (lambda path: path.write_bytes(b"x"), "has changed since")],
)
def test_a_file_that_is_gone_or_another_one_is_told(tmp_path, harm, words: str) -> None:
    with world.home(tmp_path) as place:
        path = world.downloaded(place)
        lost = world.opened(path)
        harm(path)
        with pytest.raises(ExpronautError, match=words):
            api.spots(lost, [GENE], SPECIES)
        section = next(one for one in api.sections() if one.key == lost)
        assert words in str(section.problem)
        assert words in str(get(lost).configured())
        api.close_section(lost)
        assert lost not in names()
        assert not list((tmp_path / "cache").rglob("*.h5"))


def test_large_groups_are_drawn_and_that_is_said(tmp_path) -> None:
    many = section_files.made(4_700, 6)
    with world.home(tmp_path) as place:
        place.mkdir()
        large = world.opened(section_files.h5ad(place / "large.h5ad", many, "csc"))
        answer = api.group_points(large, [GENE], SPECIES, ("half",))
        sizes = pd.Series([one or "not told" for one in many.groups["half"]]).value_counts()
        drawn = answer.value["tissue"].value_counts()
        assert (drawn == sizes.clip(upper=2_000)[drawn.index]).all()
        assert sizes.max() > 2_000
        assert "2,000 points were drawn at random from each group with more spots." in answer.provenance.notes
        own = pd.Series(world.cp10k(many.values)[0], index=many.spots)
        np.testing.assert_allclose(answer.value["value"], own[answer.value["sample"]])
        again = api.group_points(large, [GENE], SPECIES, ("half",)).value
        pd.testing.assert_frame_equal(again, answer.value)


def test_missing_numbers_stay_missing(tmp_path) -> None:
    gappy = section_files.made(200, 30, whole=False, missing=40)
    with world.home(tmp_path) as place:
        place.mkdir()
        shown = world.opened(section_files.h5ad(place / "dense.h5ad", gappy, "dense"))
        assert [one.key for one in api.spot_scales(shown)] == ["stored", "log"]
        holed = next(name for name in gappy.names if np.isnan(gappy.of(name)).any())
        values = api.spots(shown, [holed], SPECIES).value.values[0]
        np.testing.assert_array_equal(values, gappy.of(holed))
        for row in api.coexpressed(shown, holed, SPECIES, 30).value.itertuples():
            both = ~np.isnan(gappy.of(holed)) & ~np.isnan(gappy.of(row.gene))
            r = scipy_stats.pearsonr(gappy.of(holed)[both], gappy.of(row.gene)[both])[0]
            assert (row.r, row.n) == (pytest.approx(r, abs=1e-9), both.sum())
        pairs = get(shown).correlations([holed, *[name for name in gappy.names[:4] if name != holed]], SPECIES).value
        for row in pairs.itertuples():
            both = ~np.isnan(gappy.of(row.gene_a)) & ~np.isnan(gappy.of(row.gene_b))
            r = scipy_stats.pearsonr(gappy.of(row.gene_a)[both], gappy.of(row.gene_b)[both])[0]
            assert (row.r, row.n) == (pytest.approx(r, abs=1e-9), both.sum())
