"""The records of v0.1.0, field by field."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadAnswer
from backend.rnaget import annotations as records

FEATURE = {
    "id": "1", "version": "2", "tags": ["a"], "accession": "ENSG1", "name": "TNMD", "seqName": "chrX", "start": 4,
    "end": 9, "strand": "-", "featureType": "gene", "parentID": "0", "childIDs": ["2", "3"],
    "attributes": ["biotype:protein coding", "note:a:b"],
}  # fmt: skip
SEQUENCE = {"id": "1", "name": "v29", "referenceGenomeID": "GRCh38"}
SIGNAL = {"id": "1", "seqName": "chr1", "values": [1, 2.5, None]}
FILE = {"id": "1", "URL": "https://a.org/b.bam"}
CHANGES = {"version": "1.1", "log": ["a", "b"]}


def test_a_feature() -> None:
    found = records.feature(FEATURE)
    assert (found.id, found.version, found.tags, found.accession, found.name) == ("1", "2", ("a",), "ENSG1", "TNMD")
    assert (found.sequence, found.start, found.end, found.strand, found.kind) == ("chrX", 4, 9, "-", "gene")
    assert (found.parent, found.children) == ("0", ("2", "3"))
    assert found.attributes == (("biotype", "protein coding"), ("note", "a:b"))


def test_what_is_left_out_has_its_default() -> None:
    needed = {name: FEATURE[name] for name in ("id", "accession", "seqName", "start", "end", "featureType")}
    found = records.feature(needed)
    assert (found.strand, found.parent, found.children, found.attributes, found.tags) == ("+", "", (), (), ())
    assert records.sequence_annotation(SEQUENCE).reference == "GRCh38"
    signal = records.continuous_annotation(SIGNAL)
    assert (signal.start, signal.strand, signal.values[:2]) == (0, "+", (1.0, 2.5))
    assert math.isnan(signal.values[2])
    assert records.file(FILE).url == "https://a.org/b.bam"
    assert records.changes(CHANGES).log == ("a", "b")


@pytest.mark.parametrize(
    ("read", "whole", "needed"),
    [
        (records.feature, FEATURE, ("id", "accession", "seqName", "start", "end", "featureType")),
        (records.sequence_annotation, SEQUENCE, ("id", "referenceGenomeID")),
        (records.continuous_annotation, SIGNAL, ("id", "seqName", "values")),
        (records.file, FILE, ("id",)),
        (records.changes, CHANGES, ("version",)),
    ],
)
def test_a_missing_field_is_named(read: Any, whole: dict, needed: tuple[str, ...]) -> None:
    for name in needed:
        with pytest.raises(BadAnswer, match=name):
            read({key: value for key, value in whole.items() if key != name})


@pytest.mark.parametrize(
    "wrong",
    [{"start": 10}, {"start": -1}, {"start": 1.5}, {"start": True}, {"strand": "up"}, {"tags": "a"}, {"childIDs": [{}]},
     {"name": []}, {"accession": ""}],
)  # fmt: skip
def test_a_wrong_field_is_refused(wrong: dict) -> None:
    with pytest.raises(BadAnswer):
        records.feature(FEATURE | wrong)


FIELDS = st.sampled_from(sorted({*FEATURE, *SEQUENCE, *SIGNAL, *FILE, *CHANGES}))
ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers())


@given(st.dictionaries(FIELDS, ANYTHING))
def test_anything_is_a_record_or_a_bad_answer(found: dict) -> None:
    for read in (
        records.feature,
        records.sequence_annotation,
        records.continuous_annotation,
        records.file,
        records.changes,
    ):
        try:
            read(found)
        except BadAnswer as error:
            assert error.message
