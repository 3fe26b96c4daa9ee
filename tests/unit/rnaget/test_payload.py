"""The bytes of a matrix: every form is read, and any bytes are a matrix or an error of ours."""

from __future__ import annotations

import io
import json
import math

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.errors import BadAnswer, ExpronautError, TooLarge
from backend.rnaget import json_form, payload
from backend.study.matrix import Matrix
from tests.doubles import rnaget_forms as forms
from tests.doubles.rnaget_world import world

PART = world().cut(range(6), range(8))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["expressionMatrix", "rowLabels", "columnLabels", "@graph", "features", "expression", "file", "gene",
                 "gene_id", "units", "sampleID", "sampleList", "tpm", "@id"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)  # fmt: skip


def _same(found: Matrix, ids: tuple[str, ...] = PART.ids) -> None:
    assert found.ids == ids
    assert list(found.samples["sample"]) == list(PART.samples)
    np.testing.assert_array_equal(found.values, PART.values)


def _read_or_refused(body: bytes) -> None:
    try:
        found = payload.read(body, "TPM")
    except ExpronautError as error:
        assert error.message
        return
    assert found.values.shape == (len(found.ids), len(found.samples))
    assert len(found.names) == len(found.ids)


def test_every_form_gives_the_same_numbers() -> None:
    _same(payload.read(forms.tsv(PART, ("Gene ID", "Gene Name"), forms.described(PART), comment="# a"), "TPM"))
    _same(payload.read(forms.tsv(PART, ("gencode_ids",), PART.samples, missing=""), ""))
    _same(payload.read(forms.loom(PART), ""))
    _same(payload.read(forms.candig_h5(PART), ""))
    rows = {"rowLabels": PART.ids, "columnLabels": PART.samples, "expressionMatrix": forms.rows_of(PART)}
    _same(payload.read(json.dumps([rows]).encode(), ""))


def test_what_is_known_of_samples_is_kept() -> None:
    for body in (forms.tsv(PART, ("Gene ID", "Gene Name"), forms.described(PART)), forms.loom(PART)):
        found = payload.read(body, "TPM")
        assert found.names == PART.names
        assert list(found.samples["tissue"]) == list(PART.tissues)
        assert list(found.samples["condition"]) == list(PART.conditions)


def test_headers_of_encode_are_an_id_and_a_description() -> None:
    head = "featureID\tgeneSymbol\t/files/A/, skin, of the leg (2 days)\t/files/B/, blood"
    found = payload.read(f"# c\n{head}\nENSG00000039987.6\t\t0.01\t0.02\n".encode(), "tpm")
    assert list(found.samples["sample"]) == ["/files/A/", "/files/B/"]
    assert list(found.samples["description"]) == ["skin, of the leg (2 days)", "blood"]
    assert (found.ids, found.names) == (("ENSG00000039987.6",), ("",))  # an empty symbol is no number
    np.testing.assert_allclose(found.values, [[0.01, 0.02]])


def test_headers_without_rows_are_no_match_and_not_an_error() -> None:
    found = payload.read(b"# c\nfeatureID\tgeneSymbol\tS1\tS2\n", "")
    assert found.values.shape == (0, 2)


def test_odd_lines_are_read_as_they_are_meant() -> None:
    found = payload.read(b"\xef\xbb\xbfid\tS1\tS2\r\nA\t1\t\r\nB\tNaN\r\n\r\nC\t2\t3", "")
    np.testing.assert_array_equal(found.values, [[1, np.nan], [np.nan, np.nan], [2, 3]])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "nothing"),
        (b"<html>Busy</html>", "web page"),
        (b"id\tS1\tS2\nA\t1\t2\nB\t1", "cut"),  # the end of the last line is missing
        (b"id\tS1\tS2\tS3\nA\t1\n", "Line 2"),
        (b"id\tS1\nA\t1\t2\n", "Line 2"),
        (b"id\tS1\tS2\nA\t1\t2\nB\toops\t2\nC\t1\t2\n", "Line 3"),
        (b"id\n", "no samples"),
        (b'{"error": "x"}', "no matrix"),
        (b"[]", "no matrix"),
        (b"[{}, {}]", "2 matrices"),
        (b'{"expressionMatrix": [[1]], "rowLabels": ["A"], "columnLabels": ["S", "T"]}', "Row 1"),
        (b'{"expressionMatrix": [["x"]], "rowLabels": ["A"], "columnLabels": ["S"]}', "no number"),
        (b'{"expressionMatrix": [[true]], "rowLabels": ["A"], "columnLabels": ["S"]}', "no number"),
        (b'{"features": ["A"], "expression": {"S": [1, 2]}}', "Row 1"),
        (b'{"@graph": [{"gene": {}}]}', "names no gene"),
        (b'{"expressionMatrix": [[1', "damaged"),
    ],
)
def test_what_is_no_matrix_is_named(body: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        payload.read(body, "")


def test_few_numbers_of_very_many_genes_and_samples_are_too_many() -> None:
    graph = [{"expression": {"gene_id": f"G{n}", "tpm": 1}, "file": {"@id": f"F{n}"}} for n in range(10_001)]
    with pytest.raises(TooLarge, match="10,001 genes"):
        json_form.of({"@graph": graph}, "")


def test_rows_and_columns_of_the_seed_are_told_apart_by_what_was_asked() -> None:
    told = {"rowLabels": ["S1", "S2"], "columnLabels": ["EGFR"], "expressionMatrix": [[1], [2]], "units": "TPM"}
    for asked in ({"genes": ["EGFR"]}, {"samples": ["s2"]}):
        found = json_form.of(told, "", **{"genes": (), "samples": ()} | asked)
        assert (found.ids, list(found.samples["sample"]), found.notes) == (("EGFR",), ["S1", "S2"], ())
    assumed = json_form.of(told, "")
    assert assumed.ids == ("S1", "S2")
    assert assumed.notes == (json_form.ASSUMED,)


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    _read_or_refused(body)


@given(st.text(alphabet="\t\n\r,#A1.e-NaN \x0b\x1c\u2028", max_size=120))
def test_any_table(text: str) -> None:
    _read_or_refused(text.encode())


@given(JSON)
def test_any_json(value: object) -> None:
    body = json.dumps(value).encode()
    if body[:1] in b"{[":
        _read_or_refused(body)


@limits(max_examples=60, derandomize=True)
@given(st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_any_damage_to_a_loom(place: int, byte: int, cut: bool) -> None:
    body = bytearray(forms.loom(PART))
    place %= len(body)
    if cut:
        del body[place:]
    else:
        body[place] = byte
    _read_or_refused(bytes(body))


def test_numbers_too_large_are_infinite_until_checked() -> None:
    assert math.isinf(payload.read(b"id\tS1\nA\t1e300\n", "").values[0, 0])
    with pytest.raises(BadAnswer):
        payload.read(b'{"expressionMatrix": [[1' + b"0" * 400 + b']], "rowLabels": ["A"], "columnLabels": ["S"]}', "")


def _hdf5(**sets: object) -> bytes:
    kept = io.BytesIO()
    with h5py.File(kept, "w") as file:
        for name, value in sets.items():
            file[name.replace("__", "/")] = value
    return kept.getvalue()


def test_a_file_never_leads_to_another_file(tmp_path) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(forms.loom(PART))
    linked = _hdf5(
        matrix=h5py.ExternalLink(str(other), "/matrix"),
        row_attrs=h5py.ExternalLink(str(other), "/row_attrs"),
        col_attrs=h5py.ExternalLink(str(other), "/col_attrs"),
    )
    with pytest.raises(BadAnswer):
        payload.read(linked, "")
    raw = tmp_path / "raw.bin"
    raw.write_bytes(np.ones((6, 8), "f4").tobytes())
    kept = io.BytesIO(forms.loom(PART))
    with h5py.File(kept, "a") as file:
        del file["matrix"]
        file.create_dataset("matrix", shape=(6, 8), dtype="f4", external=[(str(raw), 0, 6 * 8 * 4)])
    with pytest.raises(BadAnswer):
        payload.read(kept.getvalue(), "")


def test_a_small_file_that_would_be_huge_is_too_large() -> None:
    kept = io.BytesIO()
    with h5py.File(kept, "w") as file:
        file.create_dataset("matrix", shape=(1_000_000, 1_000_000), dtype="f4", chunks=(1000, 1000))
    with pytest.raises(TooLarge):
        payload.read(kept.getvalue(), "")


@pytest.mark.parametrize("sets", [{"matrix": [1.0]}, {"matrix": [[b"a"]]}, {"x": 1}, {"matrix__a": 1}, {"matrix": 1.0}])
def test_hdf5_that_is_no_loom(sets: dict) -> None:
    with pytest.raises(BadAnswer):
        payload.read(_hdf5(**sets), "")
