"""The texts of the samples: as varied and as messy as those of GEO, and mostly within reach of the tissue rules."""

from __future__ import annotations

import re

import h5py
import numpy as np
import pytest

from backend.archs4 import tissues
from backend.demo.kinds import KINDS

NO_RULE = {"seminal vesicle", "epididymis", "choroid plexus"}  # stay unlabelled, as some samples of GEO do


@pytest.fixture(scope="module")
def rules() -> tissues.Tissues:
    return tissues.Tissues()


def test_the_rules_place_nine_samples_in_ten(many):
    found = tissues.coverage(many.labels)
    assert 0.85 <= 1 - found.unlabelled / found.samples <= 0.93
    assert 0.08 <= found.cell_lines / found.samples <= 0.25
    assert 0.03 <= found.tumours / found.samples <= 0.3


def test_some_tissues_are_common_some_rare_some_hardly_there(many):
    counted = many.labels["label"].value_counts()
    assert (counted >= 50).sum() >= 8
    assert ((counted >= 3) & (counted < 10)).sum() >= 3
    assert (counted < 3).sum() >= 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.words[0])
def test_every_spelling_of_a_material_means_the_same_to_the_rules(kind, rules):
    labels = [rules.label({kind.key: word}, word, f"{word} rep1") for word in kind.words]
    assert {label.cell_line for label in labels} == {kind.line}
    if not kind.line:
        assert len({label.system for label in labels}) == 1
        assert {label.label == tissues.UNLABELLED for label in labels} == {kind.words[0] in NO_RULE}
    assert any(label.tumour for label in labels) == kind.tumour


def test_two_samples_in_five_are_like_single_cells_and_one_is_not_told(many):
    probability = many.table["single_cell"].to_numpy()
    assert 0.33 <= np.mean(probability > 0.5) <= 0.47
    assert 0.01 <= np.mean((probability > 0.3) & (probability < 0.7)) <= 0.1
    assert np.isnan(probability).sum() == 1


def test_accessions_look_like_geo_s_and_lie_above_them(many):
    assert all(re.fullmatch(r"GSM9\d{8}", sample) for sample in many.table["sample"])
    series = {name for names in many.table["all_series"] for name in names}
    assert all(re.fullmatch(r"GSE9\d{6}", name) for name in series)
    assert 0.1 <= many.table["all_series"].map(len).gt(1).mean() <= 0.3
    own = many.table["series"].value_counts()
    assert own.max() <= 60
    assert own.iloc[:-1].min() >= 1
    assert len(own) > 100


def test_values_keep_their_commas_and_colons(many):
    values = [value for pairs in many.table["pairs"] for value in pairs.values()]
    assert any("," in value for value in values)
    assert any(":" in value for value in values)
    keys = {key for pairs in many.table["pairs"] for key in pairs}
    assert {"tissue", "Tissue", "cell type", "cell line", "age", "Sex", "treatment"} <= keys


def test_what_is_missing_or_garbled_in_geo_is_so_here(many):
    with h5py.File(many.path) as file:
        fields = file["meta/samples"]
        characteristics, titles = (fields[name].asstr()[:] for name in ("characteristics_ch1", "title"))
        assert {"NA", "null", ""} <= set(characteristics)
        assert any("Î¼" in title for title in titles)
        assert any("â\x80\x99" in text for text in fields["extract_protocol_ch1"].asstr()[:])
    assert any("μM" in title for title in many.table["title"] if title)
    assert many.table["characteristics"].isna().any()
    assert many.table["year"].isna().any()


def test_years_and_instruments_vary(many):
    assert many.table["year"].dropna().between(2011, 2024).all()
    assert many.table["year"].nunique() > 8
    assert many.table["instrument"].nunique() >= 5
