"""An opened data set of STOmics as a source: genes over the spots of its section, against the double."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import streamlit as st
from scipy import stats as scipy_stats

from backend import api, settings
from backend import sources as registry
from backend.errors import BadAnswer, NotFound, Unavailable, UnknownExpressionShape
from backend.model import Choice
from tests.contract.source_contract import GeneLookupContract, TissueProfileContract
from tests.contract.stomics_online import online
from tests.doubles.http_double import Answer, Fault
from tests.doubles.section_files import Truth
from tests.doubles.stomics_web import StomicsWeb
from tests.doubles.stomics_web_world import SECTION

EXPRESSION = f"/api/v1/datasets/{SECTION}/expression"


@pytest.fixture
def key(double: StomicsWeb) -> str:
    """The section of 300 spots, open."""
    return api.open_stomics(SECTION)


@pytest.fixture
def truth(double: StomicsWeb) -> Truth:
    return double.datasets[SECTION].truth


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], str]]:
    """telling({"Sox2": JSON}) -> key of an open data set that answers so; its server is its own."""
    with StomicsWeb() as own, settings.use(online(own, tmp_path)):

        def tell(answers: dict[str, Any]) -> str:
            own.route(EXPRESSION, lambda call: Answer.json(answers[call.query["gene"]]))
            return api.open_stomics(SECTION)

        yield tell


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stomics")


@pytest.mark.usefixtures("opened")
class TestSource(TissueProfileContract, GeneLookupContract):
    name: ClassVar[str] = "stomics-std0002"
    gene, other_gene = "Sox2", "Gapdh"
    organism = "mouse"

    @pytest.fixture
    def opened(self, shared: StomicsWeb, place: Path) -> Iterator[None]:
        shared.reset()
        with settings.use(online(shared, place)):
            assert api.open_stomics(SECTION) == self.name
            yield

    def test_many_profiles_keep_the_entered_order_and_name_what_is_missing(self) -> None:
        """A gene is known to lack only once it was asked for, so it is counted among those that are fetched."""
        seen: list[tuple[int, int]] = []
        names = [self.other_gene, "NOSUCHGENE1", self.gene]
        answer = api.tissue_profiles(self.name, names, self.organism, lambda done, of: seen.append((done, of)))
        assert list(dict.fromkeys(answer.value["gene"])) == [self.other_gene, self.gene]
        assert any("NOSUCHGENE1" in note and "not 0" in note for note in answer.provenance.notes)
        assert seen[-1] == (3, 3)

    def test_it_is_listed_with_what_it_can_do(self) -> None:
        (info,) = [one for one in api.sources().value if one.key == self.name]
        can = {"Tissue profile", "Gene lookup", "Choice of grouping", "Spatial view"}
        assert (set(info.capabilities), info.kind, info.state, info.problem) == (can, "live", "ready", None)


# spots


def test_spots_are_those_of_the_service_and_asked_for_once(double: StomicsWeb, key: str, truth: Truth) -> None:
    found = api.spots(key, ["Sox2", "Gapdh"], "mouse")
    spots = found.value
    np.testing.assert_array_equal(spots.values, [truth.of("Sox2"), truth.of("Gapdh")])
    np.testing.assert_array_equal(spots.table[["x", "y"]], truth.xy)
    told = [name or "not told" for name in next(iter(truth.groups.values()))]
    assert (list(spots.table["spot"]), list(spots.table["group"])) == (truth.spots, told)
    assert (spots.unit, spots.read_as, spots.spacing, spots.n_told) == ("counts", "columns", 10, None)
    assert set(spots.order) == set(told)
    asked = double.count(EXPRESSION)
    st.cache_data.clear()  # as after a restart
    again = api.spots(key, ["Sox2", "Gapdh"], "mouse")
    assert double.count(EXPRESSION) == asked == 2
    assert (found.provenance.kind, again.provenance.kind) == ("live", "cached")


def test_an_answer_is_kept_until_it_is_asked_for_anew(double: StomicsWeb, key: str, truth: Truth) -> None:
    first = api.spots(key, ["Sox2"], "mouse").value
    double.switches.shape = "nulls"
    assert api.spots(key, ["Sox2"], "mouse").value.read_as == first.read_as
    double.faults.append(Fault("status", EXPRESSION, status=500))
    with pytest.raises(Unavailable):
        api.stomics_refresh(key, "Sox2")
    double.faults.clear()
    assert api.spots(key, ["Sox2"], "mouse").value.read_as == "columns"  # a failure takes nothing away
    api.stomics_refresh(key, "Sox2")
    new = api.spots(key, ["Sox2"], "mouse").value
    assert new.read_as == "records"
    expected = truth.of("Sox2").copy()
    expected[1] = np.nan  # null: missing, not 0
    np.testing.assert_array_equal(new.values[0], expected)
    st.cache_data.clear()
    asked = double.count(EXPRESSION)
    assert api.spots(key, ["Sox2"], "mouse").value.read_as == "records"
    assert double.count(EXPRESSION) == asked


def test_spots_that_are_not_listed_are_told_and_are_not_0(double: StomicsWeb, key: str, truth: Truth) -> None:
    api.spots(key, ["Gapdh"], "mouse")  # in all spots
    double.switches.shape = "expressing"
    found = api.spots(key, ["Sox2", "Gapdh"], "mouse")
    sox2, spots = truth.of("Sox2"), found.value
    listed = int((sox2 > 0).sum())
    assert (spots.n_told, spots.n_listed) == (300, (listed, 300))
    own = spots.values[0][[list(spots.table["spot"]).index(name) for name in truth.spots]]
    np.testing.assert_array_equal(own, np.where(sox2 > 0, sox2, np.nan))
    warned = [note for note in found.provenance.notes if note.startswith("Warning: ")]
    assert any(f"Sox2 {listed}" in note and "not taken as 0" in note for note in warned)
    profile = api.tissue_profile(key, "Sox2", "mouse")
    assert profile.value["n_samples"].sum() == listed
    assert any(note.startswith("Warning: ") for note in profile.provenance.notes)
    assert "that are listed" in profile.provenance.z_reference


def test_a_missing_value_among_spots_that_are_listed_is_no_absent_spot(telling: Any) -> None:
    items = [{"id": "a", "value": None}, {"id": "b", "value": 2}]
    spots = api.spots(telling({"Sox2": {"items": items, "n_spots": 5}}), ["Sox2"], "mouse").value
    assert (spots.n_told, spots.n_listed) == (5, (2,))
    assert np.isnan(spots.values[0][0])


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        ({"total": 90, "page": 1}, True),
        ({"next": "?page=2"}, True),
        ({"total": 1, "page": 1}, False),
        ({"page": 1, "pages": 1, "next": None}, False),
    ],
)
def test_a_page_of_several_is_warned_of(telling: Any, told: Any, warned: bool) -> None:
    answer = {"items": [{"id": "a", "value": 1}], **told}
    notes = api.spots(telling({"Sox2": answer}), ["Sox2"], "mouse").provenance.notes
    assert any(note.startswith("Warning: ") and "one page of several" in note for note in notes) == warned


def test_genes_meet_by_their_spots_whatever_the_order(telling: Any) -> None:
    key = telling(
        {
            "Sox2": {"values": [1, 2, 3, 4], "cell_ids": ["a", "b", "c", "d"], "cell_types": ["A", "A", "B", None]},
            "Gapdh": [{"barcode": one, "expr": n, "x": n, "y": 0} for one, n in zip("edcba", range(5), strict=True)],
        }
    )
    spots = api.spots(key, ["Sox2", "Gapdh"], "mouse").value
    assert list(spots.table["spot"]) == list("abcde")
    np.testing.assert_array_equal(spots.values, [[1, 2, 3, 4, np.nan], [4, 3, 2, 1, 0]])
    assert list(spots.table["x"]) == [4, 3, 2, 1, 0]  # told by the second alone
    assert list(spots.table["group"]) == ["A", "A", "B", "not told", "not told"]


@pytest.mark.parametrize(
    "other",
    [{"values": [1, 2], "x": [1, 2], "y": [1, 2]}, {"values": [1, 2]}],  # without ids, and without any way
)
def test_genes_that_cannot_be_joined_are_an_error_that_says_why(telling: Any, other: Any) -> None:
    key = telling({"Sox2": {"a": 1, "b": 2}, "Gapdh": other})
    assert api.spots(key, ["Gapdh"], "mouse").value.values.tolist() == [[1, 2]]
    with pytest.raises(BadAnswer, match="Sox2 by name and Gapdh by") as caught:
        api.spots(key, ["Sox2", "Gapdh"], "mouse")
    assert caught.value.hint


def test_spots_without_names_and_places_meet_by_order_only_where_equally_many_come(telling: Any) -> None:
    key = telling({"Sox2": {"values": [1, 2]}, "Gapdh": {"values": [3, 4]}, "Actb": {"values": [1, 2, 3]}})
    assert api.spots(key, ["Sox2", "Gapdh"], "mouse").value.values.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(BadAnswer, match="Sox2 2, Actb 3"):
        api.spots(key, ["Sox2", "Actb"], "mouse")


def test_a_name_that_two_spots_have_does_not_make_them_one(telling: Any) -> None:
    rows = [{"id": "a", "value": 1}, {"id": "a", "value": 2}, {"id": "b", "value": 3}]
    spots = api.spots(telling({"Sox2": rows, "Gapdh": rows}), ["Sox2", "Gapdh"], "mouse").value
    assert spots.values.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert spots.table["spot"].is_unique


# what is no list of spots


def test_a_summary_is_told_as_it_is_and_gives_no_profile(double: StomicsWeb, key: str, truth: Truth) -> None:
    double.switches.shape = "summary"
    spots = api.spots(key, ["Sox2"], "mouse").value
    assert spots.table.empty
    assert spots.summaries["Sox2"]["mean"] == pytest.approx(truth.of("Sox2").mean())
    with pytest.raises(NotFound, match="only a summary of Sox2: mean") as caught:
        api.tissue_profile(key, "Sox2", "mouse")
    assert "h5ad" in caught.value.hint


def test_what_cannot_be_read_is_not_asked_for_again_before_the_user_wants_it(double: StomicsWeb, key: str) -> None:
    double.switches.shape = "unknown"
    for _ in range(3):  # each run of a page
        with pytest.raises(UnknownExpressionShape, match="gene, matrix_url, blocks") as caught:
            api.spots(key, ["Olig2"], "mouse")
    assert double.count(EXPRESSION) == 1
    frames = {Path(frame.filename).name for frame in traceback.extract_tb(caught.value.__traceback__)}
    assert "shapes.py" not in frames  # what is remembered does not hold the answer that was read there
    double.switches.shape = "columns"
    api.stomics_refresh(key, "Olig2")
    assert api.spots(key, ["Olig2"], "mouse").value.values.shape == (1, 300)


# genes


@pytest.mark.parametrize("unknown", ["404", "empty"])
def test_a_gene_the_service_lacks_is_not_0_and_other_spellings_are_offered(
    double: StomicsWeb, key: str, unknown: str
) -> None:
    double.switches.unknown_gene = unknown
    with pytest.raises(NotFound, match="no data of SOX2 in STD0002, which is not 0") as caught:
        api.tissue_profile(key, api.gene(key, "SOX2", "mouse").value.symbol, "mouse")
    assert caught.value.suggestions == ("Sox2",)
    with pytest.raises(NotFound) as caught:
        api.tissue_profile(key, "Nosuch1", "mouse")
    assert caught.value.suggestions == ("NOSUCH1",)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("sox2", "Sox2"),  # small letters say nothing of how the data set writes it
        ("SOX2", "SOX2"),  # as typed
        ("Oct4", "Pou5f1"),  # an alias
        ("Oct4!", "Oct4!"),  # as typed, all the same
        ("Gm99999x", "Gm99999x"),  # no gene is known by it
        ("ENSMUSG00000074637", "Sox2"),
    ],
)
def test_what_is_sent_for_a_name_and_that_it_stays_so(key: str, typed: str, sent: str) -> None:
    once = api.gene(key, typed, "mouse").value.symbol
    assert (once, api.gene(key, once, "mouse").value.symbol) == (sent, sent)
    assert list(api.triage([typed], "mouse", key).value["gene"]) == [sent]


def test_names_go_out_as_they_are_without_the_sign_for_it(double: StomicsWeb, key: str) -> None:
    for name in ("H2-K1", "Oct4!", "a/b", "x y"):
        with pytest.raises(NotFound):
            api.tissue_profile(key, f"{name}9" if name == "H2-K1" else name, "mouse")
    asked = [one.query["gene"] for one in double.requests if one.path == EXPRESSION]
    assert asked == ["H2-K19", "Oct4", "a/b", "x y"]


def test_a_gene_lookup_asks_nothing(double: StomicsWeb, key: str) -> None:
    asked = double.count()
    api.gene(key, "p53", "mouse")
    api.triage(["Sox2", "p53"], "mouse", key)
    assert api.usual_genes(key, ("ALB",)) == api.genes(key, "mouse") == ()  # no page begins with a call
    assert double.count() == asked


# profiles


def test_profiles_are_those_of_the_spots(key: str, truth: Truth) -> None:
    answer = api.tissue_profiles(key, ["Gapdh", "Sox2"], "mouse")
    groups = np.array([name or "not told" for name in next(iter(truth.groups.values()))])
    for row in answer.value.to_dict("records"):
        every = truth.of(row["gene"])
        own = every[groups == row["tissue"]]
        assert row["n_samples"] == len(own)
        quartiles = np.quantile(own, [0, 0.25, 0.5, 0.75, 1])
        assert [row[name] for name in ("min", "q1", "median", "q3", "max")] == pytest.approx(list(quartiles))
        assert row["z"] == pytest.approx((own.mean() - every.mean()) / every.std())
    assert answer.provenance.z_reference == "all 300 spots (population SD)"
    assert set(answer.value["tissue"]) == set(groups)


def test_groups_are_known_after_the_first_answer_and_give_the_same_profile(double: StomicsWeb, key: str) -> None:
    assert api.groupings(key, "mouse").value == ()
    usual = api.tissue_profiles(key, ["Sox2"], "mouse")
    (grouping,) = api.groupings(key, "mouse").value
    assert sum(n for _, n in grouping.groups) == 300
    asked = double.count()
    again = api.tissue_profiles(key, ["Sox2"], "mouse", choice=Choice(by=(grouping.key,)))
    assert again.value.equals(usual.value)
    assert double.count() == asked
    with pytest.raises(NotFound, match="cluster"):
        api.tissue_profiles(key, ["Sox2"], "mouse", choice=Choice(by=("cluster",)))


def test_an_answer_without_the_groups_that_others_tell_is_one_group_and_says_so(telling: Any) -> None:
    key = telling({"Sox2": {"values": [1, 2], "cell_ids": ["a", "b"], "cell_types": ["A", "B"]}, "Mbp": {"a": 1}})
    api.tissue_profile(key, "Sox2", "mouse")
    answer = api.tissue_profile(key, "Mbp", "mouse", Choice(by=("cell_types",)))
    assert answer.value["tissue"].tolist() == ["all spots"]
    assert any("tells no groups" in note for note in answer.provenance.notes)


@pytest.mark.parametrize("shape", ["mapping", "genes", "bare records"])
def test_without_groups_all_spots_are_one(double: StomicsWeb, key: str, truth: Truth, shape: str) -> None:
    double.switches.shape = shape
    answer = api.tissue_profile(key, "Sox2", "mouse")
    (row,) = answer.value.to_dict("records")
    assert (row["tissue"], row["n_samples"], row["median"]) == ("all spots", 300, np.median(truth.of("Sox2")))
    assert any("tells no groups" in note for note in answer.provenance.notes)
    assert api.groupings(key, "mouse").value == ()


def test_points_are_the_spots_and_a_draw_where_there_are_many(telling: Any) -> None:
    rng = np.random.default_rng(7)
    count, values = 2_600, rng.poisson(2, (2, 2_600)).astype(float)
    ids, groups = [f"s{n}" for n in range(count)], ["Many"] * 2_500 + ["Few"] * 100
    told = [{"values": row.tolist(), "cell_ids": ids, "cell_types": groups} for row in values]
    key = telling({"Sox2": told[0], "Gapdh": told[1]})
    answer = api.group_points(key, ["Sox2", "Gapdh"], "mouse")
    table = answer.value
    assert table.groupby(["gene", "tissue"]).size().unique().tolist() == [100, 1_000]
    assert any("drawn at random" in note for note in answer.provenance.notes)
    of = dict(zip(ids, values.T.tolist(), strict=True))
    assert all(of[row.sample][row.gene == "Gapdh"] == row.value for row in table.itertuples())
    drawn = table.groupby("gene")["sample"].agg(set)
    assert drawn["Sox2"] == drawn["Gapdh"]  # or no spot would have both


def test_r_of_pairs_is_over_the_spots_that_both_have(telling: Any, truth_of_three: np.ndarray) -> None:
    ids = [f"s{n}" for n in range(40)]
    told = {
        gene: dict(zip(ids[shift:], row[shift:].tolist(), strict=True))
        for shift, (gene, row) in enumerate(zip(("Sox2", "Gapdh", "Actb"), truth_of_three, strict=True))
    }
    told["Actb"]["s5"] = None
    answer = api.pair_correlations(telling(told), ["Sox2", "Gapdh", "Actb"], "mouse")
    rows = {(row.gene_a, row.gene_b): (row.r, row.n) for row in answer.value.itertuples()}
    sox2, gapdh, actb = truth_of_three
    kept = [n for n in range(2, 40) if n != 5]
    assert rows[("Sox2", "Gapdh")] == (pytest.approx(scipy_stats.pearsonr(sox2[1:], gapdh[1:])[0]), 39)
    assert rows[("Sox2", "Actb")] == (pytest.approx(scipy_stats.pearsonr(sox2[kept], actb[kept])[0]), 37)
    assert answer.value["r"].abs().is_monotonic_decreasing
    with pytest.raises(NotFound, match="no co-expression"):
        api.coexpressed(registry.names()[-1], "Sox2", "mouse")


def test_three_spots_are_too_few_for_an_r(telling: Any, truth_of_three: np.ndarray) -> None:
    shared = {"Sox2": 4, "Gapdh": 4, "Actb": 3}
    rows = zip(shared.items(), truth_of_three, strict=True)
    told = {gene: {f"s{n}": row[n] for n in range(spots)} for (gene, spots), row in rows}
    found = api.pair_correlations(telling(told), list(shared), "mouse").value
    assert list(zip(found["gene_a"], found["gene_b"], found["n"], strict=True)) == [("Sox2", "Gapdh", 4)]


@pytest.fixture
def truth_of_three() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(3, 40)).cumsum(axis=1)
