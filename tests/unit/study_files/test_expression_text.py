"""GCT and tables: every rule of theirs, their numbers against Python's own, and any bytes at all."""

from __future__ import annotations

import gzip
import math
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.errors import BadInput, ExpronautError, TooLarge
from backend.model_study import Finding
from backend.study_files import expression, text_rows
from backend.study_files.number_text import INFINITE, NA_TEXTS, NumberText
from backend.study_files.outline import ExpressionOptions, ExpressionOutline

GOOD = "#1.2\n2\t2\nName\tDescription\tA\tB\nG1\tNA\t1\t2\nG2\tx\t-3.5\t\n"
FEW = limits(max_examples=50, deadline=None)


def _file(folder: Path, body: str | bytes, name: str = "a.gct") -> Path:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def _outline(folder: Path, body: str | bytes, name: str = "a.gct", **options: object) -> ExpressionOutline:
    return expression.outline(_file(folder, body, name), name, ExpressionOptions(**options))  # type: ignore[arg-type]


def _numbers(folder: Path, found: ExpressionOutline, measurement: str = "") -> np.ndarray:
    return np.concatenate(list(expression.blocks(folder / found.file, found, measurement)))


def _told(found: ExpressionOutline) -> set[tuple[str, str, int | None]]:
    return {(one.code, one.level, one.line) for one in found.findings}


def _only(found: ExpressionOutline, code: str) -> Finding:
    (one,) = [one for one in found.findings if one.code == code]
    return one


def test_a_gct_is_read_and_an_empty_cell_is_never_zero(tmp_path: Path) -> None:
    found = _outline(tmp_path, GOOD)
    assert (found.findings, found.ok, found.form) == ((), True, "gct")
    assert (found.feature_ids, found.names, found.columns) == (("G1", "G2"), ("", "x"), ("A", "B"))
    assert (found.n_missing, found.lowest) == (1, -3.5)
    np.testing.assert_array_equal(_numbers(tmp_path, found), [[1, 2], [-3.5, np.nan]])


@pytest.mark.parametrize("change", ["crlf", "bom", "gz", "zip", "blank lines at the end", "no last line end"])
def test_the_same_file_as_others_write_it(tmp_path: Path, change: str) -> None:
    body, name = GOOD.encode(), "a.gct"
    if change == "crlf":
        body = body.replace(b"\n", b"\r\n")
    elif change == "bom":
        body = b"\xef\xbb\xbf" + body
    elif change == "gz":
        body, name = gzip.compress(body), "a.gct.gz"
    elif change == "zip":
        name = "a.gct.zip"
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("inside.gct", GOOD)
        body = (tmp_path / name).read_bytes()
    elif change == "blank lines at the end":
        body += b"\n\t\t\t\n\r\n"
    else:
        body = body[:-1]
    found = _outline(tmp_path, body, name)
    assert found.findings == ()
    np.testing.assert_array_equal(_numbers(tmp_path, found), [[1, 2], [-3.5, np.nan]])


@pytest.mark.parametrize(
    ("old", "new", "code", "level", "line"),
    [
        ("#1.2", "#1.3", "GCT_VERSION", "error", 1),
        ("#1.2", "#1.2\t", "GCT_VERSION", "error", 1),
        ("2\t2\n", "2\t5\n", "GCT_DIMS", "error", 2),
        ("2\t2\n", "3\t2\n", "GCT_DIMS", "error", 2),
        ("2\t2\n", "2 2\n", "GCT_DIMS", "error", 2),
        ("G1\tNA\t1\t2", "G1\tNA\t1", "GCT_DIMS", "error", 4),
        ("G1\tNA\t1\t2", "G1\tNA\t1\t2\t", "GCT_DIMS", "error", 4),
        ("G1\tNA\t1\t2\n", "G1\tNA\t1\t2\n\n", "GCT_DIMS", "error", 5),
        ("Name", "Gene", "GCT_HEADER", "error", 3),
        ("Description", "", "GCT_HEADER", "error", 3),
        ("A\tB", "A\tA", "GCT_HEADER", "error", 3),
        ("A\tB", "A\tB 1", "GCT_HEADER", "error", 3),
        ("A\tB", "A\t", "GCT_HEADER", "error", 3),
        ("G2\tx", "G1\tx", "GCT_DUP_FEATURE", "error", 5),
        ("G2\tx", " \tx", "GCT_EMPTY_FEATURE", "error", 5),
        ("G2\tx", "G2\t", "GCT_EMPTY_DESCRIPTION", "warning", 5),
        ("-3.5", "3,5", "GCT_VALUE", "error", 5),
        ("-3.5", "1e39", "GCT_VALUE", "error", 5),
        ("-3.5", "Inf", "GCT_VALUE", "error", 5),
        ("-3.5", "True", "GCT_VALUE", "error", 5),
        ("-3.5", "1_0", "GCT_VALUE", "error", 5),
        ("-3.5", "n/a", "GCT_VALUE", "warning", 5),
    ],
)
def test_a_broken_rule_of_gct_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, code: str, level: str, line: int
) -> None:
    found = _outline(tmp_path, GOOD.replace(old, new, 1))
    assert (code, level, line) in _told(found)
    assert found.ok == (level == "warning")
    assert {one.code for one in found.findings} <= {code, "GCT_DIMS"}


def test_a_finding_names_the_column_and_the_value(tmp_path: Path) -> None:
    found = _outline(tmp_path, GOOD.replace("-3.5\t", "-3.5\tlots"))
    one = _only(found, "GCT_VALUE")
    assert (one.line, one.column, one.value) == (5, "B", "lots")


def test_words_for_missing_are_counted_and_read_as_missing(tmp_path: Path) -> None:
    lines = [f"G{n}\tx\tNA\t{n}\tnull\t" for n in range(30)]
    found = _outline(tmp_path, "\n".join(["#1.2", "30\t4", "Name\tDescription\tA\tB\tC\tD", *lines]))
    one = _only(found, "GCT_VALUE")
    assert (one.level, one.line, one.column, one.value, one.count) == ("warning", 4, "A", "NA", 60)
    assert found.n_missing == 90
    values = _numbers(tmp_path, found)
    np.testing.assert_array_equal(values[:, 1], np.arange(30))
    assert np.isnan(values[:, [0, 2, 3]]).all()


def test_a_file_of_words_ends_early_and_says_so(tmp_path: Path) -> None:
    wide = "\t".join(f"word{n}" for n in range(300))
    rows = [f"G{n}\tx\t{wide}" for n in range(2_400)]
    head = ["#1.2", "2400\t300", "Name\tDescription\t" + "\t".join(f"S{n}" for n in range(300))]
    found = _outline(tmp_path, "\n".join([*head, *rows]))
    assert any("not all were looked at" in one.message for one in found.findings)
    assert len(found.findings) < 300
    assert {one.code for one in found.findings} == {"GCT_VALUE", "GCT_UNREAD"}


def test_blocks_are_small_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    columns = 1_000
    row = "\t".join(["0.125"] * columns)
    lines = [f"G{n}\tx\t{row}" for n in range(2_500)]
    head = ["#1.2", f"2500\t{columns}", "Name\tDescription\t" + "\t".join(f"S{n}" for n in range(columns))]
    found = _outline(tmp_path, "\n".join([*head, *lines]))
    sizes = [len(block) for block in expression.blocks(tmp_path / "a.gct", found)]
    assert sum(sizes) == 2_500
    assert max(sizes) * len(row) <= text_rows.BLOCK + 2 * len(row)


def test_a_file_that_changed_since_is_refused(tmp_path: Path) -> None:
    found = _outline(tmp_path, GOOD)
    for other in (GOOD + "G3\tx\t1\t2\n", GOOD.replace("-3.5", "word"), GOOD.replace("\t1\t2", "\t1")):
        _file(tmp_path, other)
        with pytest.raises(BadInput, match="changed"):
            _numbers(tmp_path, found)


VALUES = st.floats(width=32, allow_infinity=False) | st.just(0.0)


@FEW
@given(st.data())
def test_any_gct_comes_back(data: st.DataObject) -> None:
    rows, columns = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 5)))
    values = np.array(data.draw(st.lists(VALUES, min_size=rows * columns, max_size=rows * columns)), dtype=np.float32)
    texts = iter(["" if math.isnan(value) else repr(float(value)) for value in values])
    lines = [f"G{row}\tNA\t" + "\t".join(next(texts) for _ in range(columns)) for row in range(rows)]
    header = "Name\tDescription\t" + "\t".join(f"S{n}" for n in range(columns))
    with tempfile.TemporaryDirectory() as folder:
        found = _outline(Path(folder), "\n".join(["#1.2", f"{rows}\t{columns}", header, *lines]) + "\n")
        assert found.findings == ()
        np.testing.assert_array_equal(_numbers(Path(folder), found), values.reshape(rows, columns))


NUMBERS = ("0", "-1.5", "+2", ".5", "5.", "1e3", "1E-3", " 7 ", "-0", "1e400", "3.5e38")
WORDS = (
    "",
    " ",
    "NA",
    "na",
    "N\\A",
    "Inf",
    "nan",
    "1e",
    ".",
    "True",
    "true",
    "1_0",
    "0x1",
    "1,5",
    "1d5",
    "--1",
    "None",
)
CELLS = st.sampled_from([*NUMBERS, *WORDS, "\r", "\xa01", '"1"', "٣", "1\x1a"])


@FEW
@given(st.lists(st.lists(CELLS | st.text("0123456789.eE+- ", max_size=6), min_size=3, max_size=3), max_size=6))
@example([["True", "", ""], ["True", "1", "2"]])
@example([["1", "2", "3"], ["", "NA", "1e400"]])
def test_fast_and_slow_agree_and_know_the_same_numbers(table: list[list[str]]) -> None:
    """A cell is what Python's float makes of it, as long as it is plain digits."""
    reader = NumberText(3, (*NA_TEXTS, *INFINITE))
    known = {one.casefold() for one in (*NA_TEXTS, *INFINITE)}
    lines = ["\t".join(row).encode() for row in table]
    found, wrong = reader.read(lines), set()
    for row, cells in enumerate(table):
        for column, raw in enumerate(cells):
            cell = raw.encode().strip().decode()
            value = found.values[row, column]
            if cell and all(sign in "0123456789.eE+-" for sign in cell) and _is_float(cell):
                assert value == np.float32(float(cell))
            else:
                assert np.isnan(value)
                if cell and cell.casefold() not in known:
                    wrong.add((row, column))
    assert {(row, column) for row, column, _ in found.wrong} == wrong
    single = [reader.read([line]) for line in lines]
    assert sum(one.n_words for one in single) == found.n_words


def _is_float(cell: str) -> bool:
    try:
        return abs(float(cell)) < 3.4e38
    except ValueError:
        return False


TSV = "Id\tName\tLength\tA.x\tA.p\tB.x\tB.p\nG1\tg1\t10\t1\t.1\t2\t.2\nG2\tg2\t20\t3\tNA\tfiltered\t-Inf\n"


def test_a_tsv_of_odm_with_measurements(tmp_path: Path) -> None:
    found = _outline(tmp_path, TSV, "b.tsv", n_features=3, separator=".")
    assert (found.form, found.ok, found.columns, found.measurements) == ("tsv", True, ("A", "B"), ("x", "p"))
    assert (found.feature_names, found.numeric_features) == (("Id", "Name", "Length"), ("Length",))
    assert (found.feature_ids, found.names) == (("G1", "G2"), ("g1", "g2"))
    assert (_only(found, "TSV_VALUE").level, _only(found, "TSV_VALUE").count) == ("warning", 3)
    np.testing.assert_array_equal(_numbers(tmp_path, found, "x"), [[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(
        _numbers(tmp_path, found, "p"), np.array([[0.1, 0.2], [np.nan, np.nan]], dtype=np.float32)
    )
    with pytest.raises(BadInput, match="no measurement"):
        _numbers(tmp_path, found, "q")


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ("Name", "", "TSV_FEATURES", 1, ""),
        ("Length", "Name", "TSV_FEATURES", 1, "Name"),
        ("A.x", "", "TSV_HEADER", 1, ""),
        ("B.x", "A.x", "TSV_HEADER", 1, "A.x"),
        ("B.p", "Bp", "TSV_SEPARATOR", 1, "Bp"),
        ("B.p", "B.", "TSV_SEPARATOR", 1, "B."),
        ("B.p", "B.q", "TSV_SEPARATOR", 1, "B"),
        ("\t1\t", "\tlow\t", "TSV_VALUE", 2, "A.x"),
        ("\t.1\t", "\t", "TSV_DIMS", 2, ""),
        ("G2", "G1", "TSV_DUP_FEATURE", 3, ""),
        ("G2", "", "TSV_EMPTY_FEATURE", 3, ""),
    ],
)
def test_a_broken_rule_of_tsv_is_named(tmp_path: Path, old: str, new: str, code: str, line: int, column: str) -> None:
    found = _outline(tmp_path, TSV.replace(old, new, 1), "b.tsv", n_features=3, separator=".")
    assert any((one.code, one.level, one.line, one.column) == (code, "error", line, column) for one in found.findings)
    assert not found.ok


@pytest.mark.parametrize("options", [{"n_features": 0}, {"n_features": 7}, {"n_features": 3, "separator": "x"}])
def test_options_that_do_not_fit_the_table_are_findings(tmp_path: Path, options: dict[str, object]) -> None:
    assert not _outline(tmp_path, TSV, "b.tsv", **options).ok


def test_a_feature_column_behind_the_numbers_is_one_finding(tmp_path: Path) -> None:
    rows = "".join(f"G{n}\t{n}\t2\tkinase {n}\n" for n in range(80))
    found = _outline(tmp_path, "Id\tA\tB\tKind\n" + rows, "b.tsv", n_features=1)
    assert [(one.code, one.column) for one in found.findings] == [("TSV_FEATURES", "Kind")]


def test_the_first_separator_of_a_header_counts(tmp_path: Path) -> None:
    found = _outline(tmp_path, "Id\tA::x::1\tB::x::1\nG1\t1\t2\n", "b.tsv", n_features=1, separator="::")
    assert (found.columns, found.measurements, found.ok) == (("A", "B"), ("x::1",), True)


PLAIN = [[1, 2], [3, np.nan]]


@pytest.mark.parametrize(
    ("name", "body", "names"),
    [
        ("p.tsv", "gene\tA\tB\nG1\t1\t2\nG2\t3\t\n", ("", "")),
        ("p.tsv", "A\tB\nG1\t1\t2\nG2\t3\tNA\n", ("", "")),
        ("p.csv", "gene,symbol,A,B\nG1,1-Mar,1,2\nG2,T,3,\n", ("1-Mar", "T")),
        ("p.csv", '"","description","A","B"\n"G1","a, b",1,"2"\n"G2","T",3,NA\n', ("a, b", "T")),
        ("p.txt", "# made by us\n#\ngene\tA\tB\r\nG1\t1\t2\r\nG2\t3\t\r\n", ("", "")),
    ],
)
def test_plain_tables_as_people_write_them(tmp_path: Path, name: str, body: str, names: tuple[str, str]) -> None:
    found = _outline(tmp_path, body, name)
    assert (found.form, found.ok, found.columns) == ("table", True, ("A", "B"))
    assert (found.feature_ids, found.names) == (("G1", "G2"), names)
    np.testing.assert_array_equal(_numbers(tmp_path, found), PLAIN)


def test_a_table_with_a_sample_a_row_is_turned(tmp_path: Path) -> None:
    found = _outline(tmp_path, "sample\tG1\tG2\nA\t1\t3\nB\t2\t\n", "p.tsv", samples_in_rows=True)
    assert (found.feature_ids, found.columns) == (("G1", "G2"), ("A", "B"))
    np.testing.assert_array_equal(_numbers(tmp_path, found), PLAIN)


def test_repeated_ids_are_errors_of_a_table_and_may_be_let_through_in_tsv(tmp_path: Path) -> None:
    body = "gene\tA\tB\nG1\t1\t2\nG1\t3\t4\n"
    plain, odm = _outline(tmp_path, body, "p.tsv"), _outline(tmp_path, body, "p.tsv", n_features=1)
    assert (_only(plain, "TSV_DUP_FEATURE").line, _only(plain, "TSV_DUP_FEATURE").demotable) == (3, False)
    assert _only(odm, "TSV_DUP_FEATURE").demotable
    assert len(_numbers(tmp_path, odm)) == 2


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"\xff\xfe\n1\n", b"a\0b\tc\nx\t1\n", b'"a\tb\nx\t1\n', b"a\tb\nG\xff\t1\n"]
)
def test_what_is_no_table_is_refused_with_its_line(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(BadInput) as told:
        _outline(tmp_path, body, "p.tsv")
    assert told.value.line


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("id\tchrom\tstrand\tA", "G1\tchr1\t+\t1", ""),
        ("id\tchrom\tgene\tA", "G1\tchr1\tTP53\t1", "TP53"),
        ("id\tlabel\tA", "G1\tTP53\t1", "TP53"),
        ("id\tlength\tA", "G1\t300\t1", ""),
        ("id\tdescription\tA", "G1\ttumor protein p53\t1", ""),
        ("id\tgene\tA", "G1\tn/a\t1", ""),
    ],
)
def test_a_feature_is_called_what_the_file_calls_it(tmp_path: Path, header: str, row: str, name: str) -> None:
    """Not by its chromosome, its length, or a sentence."""
    found = _outline(tmp_path, f"{header}\n{row}\n", "b.tsv", n_features=header.count("\t"))
    assert found.names == (name,)


PIECES = st.sampled_from(
    [b"#1.2", b"\n", b"\t", b"Name\tDescription\t", b"A", b"2", b"1\t1", b"1.5", b",", b'"', b"\r"]
)


@FEW
@given(
    st.lists(PIECES | st.binary(max_size=5), max_size=30).map(b"".join),
    st.sampled_from(["a.gct", "a.tsv", "a.csv", "a.h5ad", "a.gct.gz"]),
    st.sampled_from([{}, {"n_features": 1}, {"separator": "."}, {"samples_in_rows": True}]),
)
def test_any_bytes_are_an_outline_or_an_error_in_words(body: bytes, name: str, options: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = _outline(Path(folder), body, name, **options)
        except (BadInput, TooLarge) as error:
            assert error.message
            return
        if found.ok:
            values = _numbers(Path(folder), found)
            assert values.shape == (len(found.feature_ids), len(found.columns))
            assert np.count_nonzero(np.isnan(values)) == found.n_missing
        else:
            assert all(one.line for one in found.findings if one.level == "error")


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExpronautError):
        expression.outline(tmp_path / "none.gct")
