"""Whatever an endpoint answers, what comes of it is a sound table or an error of ours: nothing else gets out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from backend import settings
from backend.archs4_live import boxes, counts, legacy, partners, sigpy, v1
from backend.archs4_live.service import Served
from backend.errors import BadAnswer, ExpronautError
from backend.settings import Archs4, Patience
from tests.doubles.archs4_web import Archs4Web
from tests.doubles.http_double import Answer, Call, HttpDouble

few = examples(max_examples=10, deadline=None, derandomize=True)
more = examples(max_examples=60, deadline=None, derandomize=True)
numbers = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -1, 1e308, "1e999", "nan", "-inf", "1_0", "x", ""]),
)
_WORDS = """data values gene genes correlation samples series_count tissue zscore statistics sample_count median min
    error message columns rowids sample_id A ALB"""
words = st.sampled_from(_WORDS.split())
keys = words | st.text(max_size=4)
anything = st.recursive(
    numbers | words | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)
BOX = dict(zip(boxes.NUMBERS, (0.1, 1, 2.5, 3, 4), strict=True))
LEAF = {"statistics": BOX, "color": "#fff", "sample_count": 12, "series_count": 3}
PARTNER = {"gene": "TTR", "correlation": 0.5, "mean_log_expression": 4.0}
TRUE: dict[str, Any] = {
    "sigpy tissues": {"data": {"A System": {"Liver": {"LIVER": LEAF, "HEPATOCYTE": LEAF}, "Bone": {"BONE": LEAF}}}},
    "sigpy partners": {
        "positive_correlated_genes": [PARTNER, PARTNER | {"gene": "APOB"}],
        "negative_correlated_genes": [PARTNER | {"gene": "MYC", "correlation": -0.2}],
        "samples": ["GSM1", "GSM2", "GSM3", "GSM4"],
    },
    "sigpy genes": {"genes": ["ALB", "TTR"]},
    "sigpy search": {"samples": ["GSM1", "GSM2"], "series_count": 1},
    "sigpy descriptions": {"GSM1": {"series": "GSE1,GSE2", "title": "a", "source": "b", "characteristics": "c: d"}},
    "legacy partners": {"index": [0, 1], "column": "ALB", "rowids": ["ALB", "TTR"], "values": [1.0, 0.5]},
    "legacy genes": {"columns": ["ALB", "TTR"]},
    "legacy samples": ["liver", [1, 2], ["GSE1"]],
    "v1 tissues": {"values": [{"tissue": "liver", "zscore": 2.0}, {"tissue": "lung", "zscore": None}]},
    "v1 partners": {"values": [{"gene": "TTR", "correlation": 0.5}, {"gene": "APOB", "correlation": 0.4}]},
    "v1 gene": {"gene_symbol": "ALB", "species": "human", "ensembl_gene_id": "ENSG1", "description": "albumin"},
    "v1 samples": {"samples": [{"sample_id": "GSM1", "series_id": "GSE1", "title": "a"}]},
}
odd = numbers | words | anything


def _altered(value: Any, data: st.DataObject) -> Any:
    """A copy with one part replaced by something odd, left out, or given twice under another name."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 5)):
        at = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        made = dict(value) if isinstance(value, dict) else list(value)
        how = data.draw(st.sampled_from(["in", "in", "in", "in", "out", "again"]))
        if how == "out":
            del made[at]
        elif how == "again" and isinstance(made, dict):
            made[data.draw(st.sampled_from([str(at).lower(), f"{at}X", "data", "System"]))] = made[at]
        elif how == "again":
            made.append(made[at])
        else:
            made[at] = _altered(value[at], data)
        return made
    return data.draw(odd)


ENDPOINTS: dict[str, Callable[[], Served[Any]]] = {
    "sigpy tissues": lambda: sigpy.tissue_boxes("ALB", "fresh"),
    "sigpy partners": lambda: sigpy.coexpressed("ALB", "human", 10, "liver", "fresh"),
    "sigpy genes": lambda: sigpy.genes("human", "fresh"),
    "sigpy search": lambda: sigpy.quicksearch("liver", "human", False, "fresh"),
    "sigpy descriptions": lambda: sigpy.descriptions(["A", "GSM1"], "human", "fresh"),
    "legacy tissues": lambda: legacy.tissue_boxes("ALB", "human", "fresh"),
    "legacy cell lines": lambda: legacy.cell_lines("ALB", "fresh"),
    "legacy partners": lambda: legacy.coexpressed("ALB", 10, "fresh"),
    "legacy genes": lambda: legacy.genes("fresh"),
    "legacy samples": lambda: legacy.samples("liver", "human", "fresh"),
    "v1 tissues": lambda: v1.zscores("ALB", "human", "fresh"),
    "v1 partners": lambda: v1.coexpressed("ALB", "human", 10, "fresh"),
    "v1 gene": lambda: v1.gene("ALB", "human", "fresh"),
    "v1 samples": lambda: v1.samples("liver", "human", "fresh"),
}
CSV = {"legacy tissues": "tissue", "legacy cell lines": "cellline"}


class _Parrot(HttpDouble):
    """Answers everything with what it is told to, but for the state of sigpy."""

    def __init__(self) -> None:
        super().__init__()
        self.said = Answer()
        self.route("/", lambda call: self.said)
        self.route("/status", lambda call: Answer.json({"message": "active"}))


@pytest.fixture(scope="module")
def parrot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Parrot]:
    with _Parrot() as double:
        asked = Archs4((), *[double.url] * 6)
        once = Patience(attempts=1, per_second=100_000)
        chosen = replace(settings.read({}), offline=False, cache=tmp_path_factory.mktemp("kept"), archs4=asked)
        with settings.use(replace(chosen, patience=once, keep=(("127.0.0.1", 0.0),))):
            sigpy.check_active("fresh")
            yield double


def _sound(found: Any) -> None:
    """No infinite number, no r beyond 1, no tissue twice."""
    if not isinstance(found, pd.DataFrame):
        return
    shown = found.select_dtypes("number").to_numpy(dtype=float)
    assert not np.isinf(shown).any()
    if "r" in found:
        assert (found["r"].abs() <= 1).all()
        assert "ALB" not in set(found["gene"])
    if "tissue" in found and "cell_line" not in found:
        assert found["tissue"].is_unique


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_any_json(parrot: _Parrot, endpoint: str) -> None:
    @few
    @given(anything, st.sampled_from([200, 404]))
    def asked(value: Any, status: int) -> None:
        parrot.said = Answer.json(value, status)
        with suppress(ExpronautError):
            _sound(ENDPOINTS[endpoint]().value)

    asked()


@pytest.mark.parametrize("endpoint", TRUE)
def test_what_is_promised_with_one_part_altered(parrot: _Parrot, endpoint: str) -> None:
    parrot.said = Answer.json(TRUE[endpoint])
    _sound(ENDPOINTS[endpoint]().value)

    @more
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        parrot.said = Answer.json(_altered(TRUE[endpoint], data))
        with suppress(ExpronautError):
            _sound(ENDPOINTS[endpoint]().value)

    asked()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_any_bytes(parrot: _Parrot, endpoint: str) -> None:
    @few
    @given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def asked(body: bytes) -> None:
        parrot.said = Answer(200, body)
        with suppress(ExpronautError):
            _sound(ENDPOINTS[endpoint]().value)

    asked()


@pytest.mark.parametrize("endpoint", CSV)
def test_true_pages_with_a_few_pieces_changed(parrot: _Parrot, endpoint: str) -> None:
    web = Archs4Web()
    asked_for = {"search": "ALB", "type": CSV[endpoint]}
    true = web.legacy.search(Call("GET", "/archs4/search/loadExpressionTissue.php", asked_for, Message(), b"", ""))
    parrot.said = true
    _sound(ENDPOINTS[endpoint]().value)

    @more
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        parrot.said = Answer(200, _changed(true.body, data))
        with suppress(ExpronautError):
            _sound(ENDPOINTS[endpoint]().value)

    asked()


def _changed(true: bytes, data: st.DataObject) -> bytes:
    pieces = [b"", b",", b"\r", b"\0", b'"', b"\xff", b"1e999", b"nan", b"null", b".", b"-", b"System.A.B.C,1,2,3,4,5"]
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(true))), data.draw(st.integers(0, 12))
        true = true[:at] + data.draw(st.sampled_from(pieces)) + true[at + size :]
    return true


TABLE = b"\tGSM1\tGSM2\nALB\t1\t2\nTP53\t30\t0\n"


@more
@given(st.data(), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
def test_any_zip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, method: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("tabellé.tsv", TABLE * data.draw(st.sampled_from([1, 300])))
    packed = bytearray(made.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "any.zip"
    path.write_bytes(packed[: data.draw(st.sampled_from([len(packed)] * 3 + [len(packed) // 2]))])
    with suppress(ExpronautError):
        _read(path)


@few
@given(st.binary(max_size=80) | st.text(alphabet='\t\n\r"GSM1ALB2.e-+ \0', max_size=60).map(str.encode))
def test_any_table(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "any_table.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("counts.tsv", content)
    with suppress(ExpronautError):
        _read(path)


def _read(path: Path) -> None:
    with counts._opened(path) as lines:
        table = counts.Table(lines)
        for _, row in table.rows():
            assert len(row) == len(table.samples)
            assert ((row >= 0) & (row <= counts.MOST_COUNT)).all()


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("counts.tsv", TABLE)
    packed = bytearray(made.getvalue())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(sign) + place] |= 1  # the bit that says it is encrypted
    (tmp_path / "locked.zip").write_bytes(packed)
    with pytest.raises(BadAnswer, match="cannot be read"):
        _read(tmp_path / "locked.zip")


@pytest.mark.parametrize("name", ["", " ", None, 7])
def test_a_partner_without_a_name_is_a_bad_answer(name: object) -> None:
    with pytest.raises(BadAnswer, match="no name"):
        partners.table(["TTR", name], [0.5, 0.4], [None, None], None, "ALB")
