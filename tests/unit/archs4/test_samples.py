"""The table of samples: missing is missing, texts are readable, a sample has all its series, blocks join up."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.archs4 import samples, text
from backend.archs4.layout import detect
from backend.errors import BadAnswer, BadInput
from tests.doubles import archs4_files
from tests.doubles.archs4_files import LAYOUTS, MESSY, UNSURE

GAPS = ("", "NA", "na", "null", "NULL")


@pytest.fixture
def table(written):
    return lambda layout: samples.read(detect(written(layout).path))


def missing_as_none(values: list[str]) -> list[str | None]:
    return [None if value in GAPS else value for value in values]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_columns(table, written, layout: str) -> None:
    made, found = written(layout), table(layout)
    assert tuple(found.columns) == samples.COLUMNS
    assert found.index.equals(pd.RangeIndex(60))
    assert found["sample"].tolist() == made.samples["geo_accession"]
    assert found["instrument"].tolist() == missing_as_none(made.samples["instrument_model"])
    assert found["library_source"].tolist() == made.samples["library_source"]
    shown = [value.replace("Î¼", "μ") for value in made.samples["title"]]
    assert found["title"].tolist() == missing_as_none(shown)
    assert found["series"].tolist()[:8] == ["GSE29282", "GSE198071", "GSE172367", "GSE1", None, "GSE5", "GSE6", None]
    years = [2012 + i % 12 if i != 4 else pd.NA for i in range(60)]
    pd.testing.assert_series_equal(found["year"], pd.Series(years, dtype="Int64", name="year"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_numbers_of_a_sample_are_those_of_the_file_or_missing(table, written, layout: str) -> None:
    made, found = written(layout), table(layout)
    if layout in ("v1", "v8"):
        assert found["single_cell"].isna().all()
    else:
        np.testing.assert_array_equal(found["single_cell"], made.single_cell)
        assert np.isnan(found["single_cell"][UNSURE])
    if layout in ("v1", "v2.5", "metadata", "metadata with genes"):
        assert found["aligned_reads"].isna().all()
    else:
        np.testing.assert_array_equal(found["aligned_reads"], made.aligned)


@pytest.mark.parametrize("layout", ["v8", "v11", "v2.6"])  # tabs, tabs, commas
def test_a_sample_belongs_to_each_of_its_series(table, layout: str) -> None:
    found = table(layout)["all_series"]
    assert found[2] == ("GSE172367", "GSE172368")
    assert found[3] == ("GSE1", "GSE2", "GSE3")
    assert found[4] == ()
    assert found[20] == ("GSE20",)


@pytest.mark.parametrize("layout", ["v1", "v2.6"])
def test_characteristics_are_read_as_pairs(table, layout: str) -> None:
    found = table(layout)
    assert found["pairs"][0] == {"treatment": "siNT", "cell line": "OCI-LY1"}
    assert found["pairs"][1] == {
        "tissue": "Tibialis anterior muscle",
        "genotype": "mfn1-/-, mfn2-/-",
        "age": "6 weeks",
    }
    assert found["pairs"][2] == {"tissue": "liver", "time point": "12:30", "note": "ratio a: b"}
    assert found["pairs"][3] == {"protocol": "manufacture’s"}
    assert found["pairs"][4] == {}
    assert found["pairs"][5] == {"": "healthy donor"}
    assert found["pairs"][9] == {"tissue": "Liver", "age": "9 weeks", "Sex": "female"}
    assert found["characteristics"][4] is None


def test_blocks_join_to_the_whole(table, written) -> None:
    layout = detect(written("v2.6").path)
    pieces = list(samples.blocks(layout, 7))
    assert [len(piece) for piece in pieces] == [7] * 8 + [4]
    pd.testing.assert_frame_equal(pd.concat(pieces), samples.read(layout), check_index_type=False)
    pd.testing.assert_frame_equal(samples.read(layout, 7, 14), pieces[1])
    assert samples.read(layout, 5, 5).empty


def test_more_samples_than_a_block_are_read_whole(tmp_path) -> None:
    made = archs4_files.write(tmp_path / "many.h5", "metadata", samples=samples.BLOCK + 5)
    found = samples.read(detect(made.path))
    assert found["sample"].tolist() == made.samples["geo_accession"]
    assert found.index.equals(pd.RangeIndex(samples.BLOCK + 5))


@pytest.mark.parametrize("ends", [(-1, 5), (0, 61), (9, 3)])
def test_a_range_outside_the_file_is_refused(written, ends) -> None:
    with pytest.raises(BadInput, match="holds 60"):
        samples.read(detect(written("v2.5").path), *ends)
    with pytest.raises(BadInput, match="at least one"):
        next(samples.blocks(detect(written("v2.5").path), 0))


def test_a_field_the_file_lacks_is_missing(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    with h5py.File(path, "r+") as file:
        for name in ("title", "series_id", "characteristics_ch1", "submission_date"):
            del file[f"meta/samples/{name}"]
    found = samples.read(detect(path))
    assert found[["title", "series", "characteristics", "year"]].isna().all(axis=None)
    assert set(found["all_series"]) == {()}
    assert found["pairs"].tolist() == [{}] * 60


def test_bytes_that_are_not_utf8_do_not_stop_the_reading(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    with h5py.File(path, "r+") as file:
        del file["meta/samples/title"]
        file["meta/samples/title"] = np.array([b"caf\xe9 \xff"] * 60, dtype="S6")
    assert samples.read(detect(path))["title"][0] == "caf� �"


def test_probabilities_and_reads_written_as_text_are_numbers(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    with h5py.File(path, "r+") as file:
        del file["meta/samples/singlecellprobability"]
        file["meta/samples/singlecellprobability"] = np.array(["0.25", "NA", "inf"] * 20, dtype=h5py.string_dtype())
    found = samples.read(detect(path))["single_cell"]
    assert found[0] == 0.25
    assert np.isnan(found[1]) and np.isnan(found[2])


def test_a_replaced_file_is_an_error(tmp_path) -> None:
    path = tmp_path / "file.h5"
    archs4_files.write(path, "v2.5")
    found = detect(path)
    archs4_files.write(path, "v2.5", seed=3)
    with pytest.raises(BadAnswer, match="replaced or changed"):
        samples.read(found)


# The texts on their own


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("treatment: siNT,cell line: OCI-LY1", {"treatment": "siNT", "cell line": "OCI-LY1"}),
        ("a: 1, 2,b: 3", {"a": "1, 2", "b": "3"}),
        ("a: x,y,b: 3", {"a": "x,y", "b": "3"}),
        ("dose: 5 mg, twice: daily", {"dose": "5 mg, twice: daily"}),  # a key does not begin with a blank
        ("a: 1\tb: 2", {"a": "1", "b": "2"}),
        ("a: stray\ttab,b: 2", {"a": "stray tab", "b": "2"}),
        ("a: ,b: NA,c: 1", {"c": "1"}),
        ("a: 1,b:", {"a": "1"}),
        ("a: 1,a: 2", {"a": "1; 2"}),
        ("time: 12:30:00", {"time": "12:30:00"}),
        ("url: https://x.org,b: 1", {"url": "https://x.org", "b": "1"}),
        ("HeLa", {"": "HeLa"}),
        ("null", {}),
        ("", {}),
    ],
)
def test_splitting_of_characteristics(given: str, wanted: dict[str, str]) -> None:
    assert text.pairs(given) == wanted


@given(st.text(alphabet=st.one_of(st.sampled_from(",:\t ab"), st.characters())))
@example(":,:,: ")
@example("\ud800: ,")
def test_splitting_of_characteristics_never_fails_and_invents_nothing(given: str) -> None:
    for key, value in text.pairs(given).items():
        assert key == key.strip()
        assert value not in GAPS
        assert all(part in given for part in value.replace("; ", " ").split())


WORD = st.text(alphabet="abcXYZ019 -/+()", min_size=1, max_size=12).map(str.strip).filter(lambda t: t not in GAPS)


@given(st.dictionaries(WORD, WORD, min_size=1), st.sampled_from([",", "\t"]))
def test_what_was_joined_is_split_again(wanted: dict[str, str], sign: str) -> None:
    assert text.pairs(sign.join(f"{key}: {value}" for key, value in wanted.items())) == wanted


@given(st.text())
def test_utf8_read_as_latin1_is_mended(given: str) -> None:
    plain = given.encode("utf-8", "ignore").decode()
    assert text.mended(plain.encode().decode("latin-1")) == plain


@given(st.text(alphabet=st.characters()))
@example("\udcff")
@example("Ã")
def test_mending_never_fails_and_leaves_what_is_not_mojibake(given: str) -> None:
    found = text.mended(given)
    assert found == given or found.encode("utf-8").decode("latin-1") == given


@pytest.mark.parametrize("given", ["café", "α-helix", "37°C", "naïve", "10 µM", "plain", ""])
def test_good_text_stays(given: str) -> None:
    assert text.mended(given) == given


@given(st.lists(st.sampled_from(["GSE1", "GSE22", "NA", "", " GSE333 ", "null"])), st.sampled_from([",", "\t", ", "]))
def test_series_are_split_at_commas_and_tabs(given: list[str], sign: str) -> None:
    wanted = [part.strip() for part in given if part.strip().startswith("GSE")]
    assert text.series(sign.join(given)) == tuple(dict.fromkeys(wanted))


@given(st.text())
def test_splitting_of_series_never_fails(given: str) -> None:
    assert all(part in given and not set(part) & {",", "\t"} for part in text.series(given))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("Sep 12 2012", 2012), ("2019-05-06", 2019), ("May 3, 1999", 1999), ("NA", None), ("", None), ("12 12012", None)],
)
def test_year_of_a_date(given: str, wanted: int | None) -> None:
    assert text.year(given) == wanted


def test_the_messy_cases_are_in_the_files() -> None:
    """What the tests above stand on: the fixtures hold mojibake, two series, gaps, and commas in values."""
    joined = " ".join(part for row in MESSY for part in row)
    assert all(case in joined for case in ("â\x80\x99", "{sep}", "NULL", "mfn1-/-, mfn2-/-", "12:30"))
