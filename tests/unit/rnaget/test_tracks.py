"""Signals of a region: every form, and any bytes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadAnswer, BadInput, ExpronautError, NotFound, TooLarge
from backend.rnaget import tracks
from backend.rnaget.tracks import Region
from tests.doubles import rnaget_forms as forms
from tests.doubles.rnaget_world import POSITIONS, TRACKS, signal

REGION = Region("chr5", 10, 20)
FIRST = POSITIONS.index(("chr5", 10))
EVERY = list(range(len(POSITIONS)))
FAR_APART = json.dumps([{"id": "a", "seqName": "chr5", "start": n, "values": [1]} for n in range(10_001)]).encode()
CHR5 = [place for place in EVERY if POSITIONS[place][0] == "chr5"]


@pytest.mark.parametrize(
    "body", [forms.signal_tsv(EVERY), forms.signal_loom(EVERY), forms.signal_spec(CHR5), forms.signal_tsv(CHR5[10:20])]
)
def test_every_form_gives_the_same_numbers(body: bytes) -> None:
    found = tracks.read(body, REGION, "counts")
    assert (found.names, found.chromosome, found.unit) == (TRACKS, "chr5", "counts")
    np.testing.assert_array_equal(found.positions, range(10, 20))
    np.testing.assert_array_equal(found.values, signal()[:, FIRST : FIRST + 10])


def test_annotations_of_the_seed_are_tracks() -> None:
    told = [
        {"id": "1", "name": "a", "seqName": "chr5", "start": 8, "values": [1, 2, None, 4]},
        {"id": "2", "seqName": "chr5", "start": 10, "values": [5.5]},
    ]
    found = tracks.read(json.dumps(told).encode(), REGION, "")
    assert found.names == ("a", "2")
    np.testing.assert_array_equal(found.positions, [10, 11])
    np.testing.assert_array_equal(found.values, [[np.nan, 4], [5.5, np.nan]])


def test_positions_are_sorted_and_what_is_outside_is_told() -> None:
    found = tracks.read(b"track\tchr5:12\tchr5:11\tchr5:99\nA\t2\t1\t9\n", REGION, "")
    np.testing.assert_array_equal(found.positions, [11, 12])
    np.testing.assert_array_equal(found.values, [[1, 2]])
    assert found.notes[0].startswith("The server sent 1 positions outside")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", NotFound),
        (b"# only\n", NotFound),
        (b"track\tchr5:1\n", NotFound),
        (b"track\tchr1:12\nA\t1\n", NotFound),
        (b"track\tchr5:12\nA\t1\t2\n", BadAnswer),
        (b"track\tchr5:12\nA\tx\n", BadAnswer),
        (b"track\tsomewhere\nA\t1\n", BadAnswer),
        (b"#range\tchr5:0-999999999999\nA\t1\n", TooLarge),
        pytest.param(FAR_APART, TooLarge, id="far apart"),
        (b"#range\tchr5:20-10\nA\t1\n", NotFound),
        (b"<html></html>", BadAnswer),
        (b'{"seqName": "chr5"}', BadAnswer),
        (b"\x89HDF\r\n\x1a\n", BadAnswer),
    ],
)
def test_what_is_no_signal(body: bytes, kind: type[ExpronautError]) -> None:
    with pytest.raises(kind):
        tracks.read(body, REGION, "")


def _read_or_refused(body: bytes) -> None:
    try:
        found = tracks.read(body, REGION, "")
    except ExpronautError:
        return
    assert found.values.shape == (len(found.names), len(found.positions))
    assert ((found.positions >= 10) & (found.positions < 20)).all()


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    _read_or_refused(body)


@given(
    st.lists(
        st.sampled_from(["track", "chr5:12", "chr5:13", "chr1:2", "#range", "chr5:11-14", "1", "1e999", "x", "\n"]),
        max_size=30,
    )
)
def test_any_table(pieces: list[str]) -> None:
    _read_or_refused("\t".join(pieces).replace("\t\n\t", "\n").encode())


@pytest.mark.parametrize(
    "region", [Region("chr 1"), Region(""), Region("a" * 50), Region("1", 5, 5), Region("1", 6, 5), Region("1", -1)]
)
def test_a_region_without_sense(region: Region) -> None:
    with pytest.raises(BadInput):
        region.params()


def test_a_region_leaves_out_open_ends() -> None:
    assert Region("chrX").params() == {"chr": "chrX"}
    assert Region("chrX", 0, 9).params() == {"chr": "chrX", "start": "0", "end": "9"}


@pytest.mark.parametrize(
    ("region", "told"),
    [(Region("chr5", 10, 20), True), (Region("chr5", 11, 14), True), (Region("chr5", 11, 13), False),
     (Region("chr5"), False)],
)  # fmt: skip
def test_a_region_that_the_server_has_in_part_is_told(region: Region, told: bool) -> None:
    notes = tracks.read(b"track\tchr5:11\tchr5:12\nA\t1\t2\n", region, "").notes
    assert any("values from 11 to 13 only" in note for note in notes) == told
