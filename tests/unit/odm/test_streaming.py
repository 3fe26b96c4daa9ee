"""Streamed data: what is read of a file, and the errors that hide in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from backend.errors import BadAnswer, ExpronautError, NotFound
from backend.odm import streaming


def _file(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _read(path: Path, n_leading: int, places: list[int] | None = None) -> tuple[streaming.Outline, np.ndarray]:
    found = streaming.outline(path, n_leading)
    chosen = list(range(len(found.runs))) if places is None else places
    return found, np.concatenate(list(streaming.blocks(found, chosen)))


def test_a_gct_group_has_one_column_before_its_runs(tmp_path: Path) -> None:
    path = _file(tmp_path, "NAME,S1,S2\nENSG1,14.7,\nENSG2,0,Inf\n")
    streaming.check_end(path)
    found, values = _read(path, 1)
    assert (found.ids, found.names, found.runs) == (("ENSG1", "ENSG2"), ("", ""), ("S1", "S2"))
    assert found.n_infinite == 1
    np.testing.assert_array_equal(values, np.array([[14.7, np.nan], [0, np.nan]], dtype=np.float32))


def test_a_tsv_group_has_as_many_as_told_and_may_be_tabbed(tmp_path: Path) -> None:
    head = "Ensembl_ID\tchrom\tgene\tA\tB\n"
    path = _file(tmp_path, f'{head}ENSG1\tchr1\t"a, b"\t1\tN/A\nENSG2\tchr2\tTP53\t-2.5\t3e2\n')
    streaming.check_end(path)
    found, values = _read(path, 3, [1, 0])
    assert found.names == ("a, b", "TP53")
    np.testing.assert_array_equal(values, np.array([[np.nan, 1], [300, -2.5]], dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("NAME,S1\nA,1\n#Search timed out\n", "Search timed out"),
        ("NAME,S1\nA,1\n# x\n\n", "broke off the data: x"),
        ("#No access\n", "No access"),
        ("NAME,S1,S2\nA,1,2\nB,1", "in the middle of a row"),
        ("", "no data"),
        ("<html><body>504</body></html>\n", "something else"),
        ('{"error":{"message":"x"}}\n', "something else"),
    ],
)
def test_an_error_inside_of_the_data_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadAnswer, match=told):
        streaming.check_end(_file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("NAME,S1,S2\nA,1\nB,1,2\n", "Line 2"),
        ("NAME,S1\nA,1\nB,high\n", "“high” in line 3"),
        ("NAME\nA\n", "1 columns"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadAnswer, match=told):
        _read(_file(tmp_path, text), 1)


def test_no_feature_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        streaming.outline(_file(tmp_path, "NAME,S1\n"), 1)


@examples(max_examples=50)
@given(st.text(alphabet='ab1.,\t\n"#-e\r', max_size=60), st.integers(1, 3))
def test_any_text_is_a_table_or_one_of_our_errors(tmp_path_factory: pytest.TempPathFactory, text: str, n: int) -> None:
    path = _file(tmp_path_factory.mktemp("any"), text)
    try:
        streaming.check_end(path)
        found, values = _read(path, n)
    except ExpronautError:
        return
    assert values.shape == (len(found.ids), len(found.runs))
    assert not np.isinf(values).any()
