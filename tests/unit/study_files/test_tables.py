"""Attribute tables: what is read, what is said of what is wrong, and that writing gives back what was read."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.model_study import Finding
from backend.study_files.findings import MOST_OF_A_CODE
from backend.study_files.summary import summarise
from backend.study_files.tables import AttributeTable, cell, table_of, write_table, written
from backend.study_files.text import read_table
from tests.unit.study_files.worked import LIBRARIES, SAMPLES


def read(body: bytes | str, file: str = "x.tsv") -> tuple[AttributeTable | None, tuple[Finding, ...]]:
    return read_table(io.BytesIO(body.encode() if isinstance(body, str) else body), file)


def told(body: bytes | str, file: str = "x.tsv") -> list[tuple[str, str, int | None, str, str]]:
    return [(one.code, one.level, one.line, one.column, one.value) for one in read(body, file)[1]]


def test_cells_are_trimmed_and_lists_are_cut() -> None:
    table, findings = read("\ufeffA\tB \r\n x \tA|B\r\n\t x||y \r\n1.50\t||\r\n")
    assert not findings
    assert table is not None
    assert table.names == ("A", "B")
    assert table.rows == (("x", ("A", "B")), (None, "x|y"), ("1.50", "|"))  # numbers stay as they are written
    assert [table.line(row) for row in range(3)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A\tSex\tSex\n1\t2\t3\n", ("DUP_ATTRIBUTE", "error", 1, "Sex", "Sex")),
        ("A\t\tB\n1\t2\t3\n", ("EMPTY_ATTRIBUTE", "error", 1, "2", "")),
        (f"A\t{'n' * 256}\n1\t2\n", ("ATTRIBUTE_TOO_LONG", "error", 1, "n" * 79 + "…", "n" * 79 + "…")),
        ("A\tgroupId\n1\t2\n", ("RESERVED_ATTRIBUTE", "error", 1, "groupId", "")),
        ("Sex\tsex\n1\t2\n", ("CASE_ATTRIBUTE", "warning", 1, "sex", "sex")),
        ("A\tB\n1\t2\n1\t2\t \tmore\n", ("EXTRA_CELL", "error", 3, "", "more")),
        ("A\tB\n1\t2\n1\n", ("SHORT_ROW", "warning", 3, "B", "")),
        ("A\tB\n\n1\t2\n", ("BLANK_LINE", "warning", 2, "", "")),
        ("A\tB\n1\t2\n\t\n", ("BLANK_LINE", "warning", 3, "", "")),
        ("A\tB\n1\tx||\n1\tx| |y\n", ("LIST_VALUE", "warning", 3, "B", "x| |y")),
        ("A,B\n1,2\n", ("NOT_TAB_SEPARATED", "warning", 1, "", "")),
        ("A\rB\r1\r", ("TEXT_LINE_ENDS", "error", 1, "", "")),
        ("", ("EMPTY_FILE", "error", 1, "", "")),
        (b"A\tB\n1\t\xe9\n", ("UNREADABLE", "error", 2, "B", "")),
        (b"A\tB\n1\tx\0y\n", ("UNREADABLE", "error", 2, "B", "")),
        ("A\tB\n1\t2\n".encode("utf-16"), ("UNREADABLE", "error", 1, "", "")),
        ("A\tB\n1\t2\n".encode("utf-16-le"), ("UNREADABLE", "error", 1, "", "")),
    ],
)
def test_each_rule_is_told_with_its_place(body: bytes | str, expected: tuple[str, str, int, str, str]) -> None:
    assert told(body) == [expected]
    assert (read(body)[0] is None) == (expected[1] == "error")


def test_commas_and_quotes_are_read_of_csv_only_and_said() -> None:
    table, findings = read('A,B\n1,"x, y"\n', "x.csv")
    assert table is not None
    assert table.rows == (("1", "x, y"),)
    assert [one.code for one in findings] == ["NOT_TAB_SEPARATED"]
    assert ("TEXT_QUOTES", "error", 2, "", "") in told('A,B\n1,"x\n', "x.csv")
    table, _ = read('A\tB\n1\t"x"\n')
    assert table is not None
    assert table.rows == (("1", '"x"'),)


def test_equal_findings_are_counted_and_the_report_stays_short() -> None:
    (one,) = read("A\tB\n" + "1\n" * 7)[1]
    assert (one.code, one.line, one.count) == ("SHORT_ROW", 2, 7)
    _, many = read("A\n" + "".join(f"1\tmore{n}\n" for n in range(1000)))
    assert len(many) == MOST_OF_A_CODE + 1
    assert sum(one.count for one in many) == 1000


def test_a_packed_table_is_read_and_a_damaged_one_told(tmp_path: Path) -> None:
    path = tmp_path / "samples.tsv.gz"
    path.write_bytes(gzip.compress(SAMPLES.encode()))
    table, findings = read_table(path, path.name)
    assert table == read(SAMPLES, path.name)[0]
    assert not findings
    path.write_bytes(path.read_bytes()[:-12])
    table, (finding,) = read_table(path, path.name)
    assert table is None
    assert (finding.code, finding.level, finding.file) == ("UNREADABLE", "error", "samples.tsv.gz")


def test_writing_gives_back_the_file() -> None:
    for body in (SAMPLES, LIBRARIES, "A\tB\nx||y\ta|b||\n\tx\n"):
        table, _ = read(body)
        assert table is not None
        assert write_table(table) == body.encode()


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "a\rb"])
def test_what_no_line_can_hold_is_not_written(value: str) -> None:
    with pytest.raises(BadInput) as caught:
        write_table(table_of("x.tsv", [{"A": "1", "B": value}]))
    assert caught.value.column == "B"


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\0"), min_size=1, max_size=6)
PLAIN = VALUES.map(str.strip).filter(bool)


@settings(max_examples=50, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=4))
@example(["a", "|b"])
@example(["a|", "b"])
@example(["||", "|", "|x|"])
def test_any_list_is_written_so_that_it_is_read_again(values: list[str]) -> None:
    one = values[0] if len(values) == 1 else tuple(values)
    assert cell(written(one)) == one


@settings(max_examples=50, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(st.sampled_from("A\tB|\n\r\ufeff \"',;é0"), max_size=40).map(str.encode),
    ),
    st.sampled_from(["x.tsv", "x.csv"]),
)
@example(b"\x1f\x8b\x08", "x.tsv")
@example(b"A\n\n", "x.tsv")
def test_any_bytes_are_a_table_or_findings_and_a_table_survives_writing(body: bytes, file: str) -> None:
    table, findings = read(body, file)
    errors = [one for one in findings if one.level == "error"]
    assert (table is None) == bool(errors)
    assert all(one.line for one in errors)
    if table is not None:
        again, _ = read(write_table(table))
        assert again is not None
        filled = tuple(row for row in table.rows if any(row)) or again.rows
        assert (again.names, again.rows) == (table.names, filled)


def test_the_summary_counts_each_value_of_a_list() -> None:
    table, _ = read("A\tB\nx\t1|2\ny\t2\nx\t\n")
    assert table is not None
    a, b = summarise(table)
    assert (a.n, a.n_missing, a.n_unique, a.values) == (3, 0, 2, (("x", 2), ("y", 1)))
    assert (b.n, b.n_missing, b.n_unique, b.values) == (3, 1, 2, (("2", 2), ("1", 1)))
    assert len(summarise(table_of("x", [{"A": str(n)} for n in range(99)]))[0].values) == 50
