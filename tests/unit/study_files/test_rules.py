"""The rules of each kind of table: every finding with its file, line and attribute."""

from __future__ import annotations

import io

import pytest

from backend.model_study import Finding, Kind
from backend.study_files.rules import check, check_across, check_references
from backend.study_files.tables import AttributeTable
from backend.study_files.text import read_table
from tests.unit.study_files.worked import LIBRARIES, META, PREPARATIONS, SAMPLES, STUDY


def table(body: str, file: str = "x.tsv") -> AttributeTable:
    read, _ = read_table(io.BytesIO(body.encode()), file)
    assert read is not None
    return read


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int | None, str, str, int]]:
    return [(one.code, one.level, one.line, one.column, one.value, one.count) for one in findings]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("study", STUDY),
        ("samples", SAMPLES),
        ("libraries", LIBRARIES),
        ("preparations", PREPARATIONS),
        ("expression metadata", META),
    ],
)
def test_good_tables_break_no_rule(kind: Kind, body: str) -> None:
    assert check(kind, table(body)) == ()


ID = "Sample Source ID"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("study", STUDY + "Another\t\t\n", ("STUDY_ROWS", "error", 3, "", "", 1)),
        ("study", "Study Title\n", ("STUDY_ROWS", "error", 1, "", "", 1)),
        ("study", "Study Source\nx\n", ("STUDY_TITLE_MISSING", "error", 1, "Study Title", "", 1)),
        ("study", "Study Title\tA\n\tx\n", ("STUDY_TITLE_MISSING", "error", 2, "Study Title", "", 1)),
        ("samples", f"{ID}\nS1\n", ("SAMPLE_SOURCE_MISSING", "error", 1, "Sample Source", "", 1)),
        (
            "samples",
            f"Sample Source\t{ID}\nx\tS1\n\tS2\n\tS3\n",
            ("SAMPLE_SOURCE_MISSING", "error", 3, "Sample Source", "", 2),
        ),
        ("samples", "Sample Source\nx\n", ("SAMPLE_SOURCE_ID_MISSING", "error", 1, ID, "", 1)),
        ("samples", f"Sample Source\t{ID}\nx\tS1\nx\t\n", ("SAMPLE_SOURCE_ID_EMPTY", "error", 3, ID, "", 1)),
        ("samples", f"Sample Source\t{ID}\nx\tS1\nx\tS1 \n", ("SAMPLE_SOURCE_ID_DUPLICATE", "error", 3, ID, "S1", 1)),
        ("samples", f"Sample Source\t{ID}\nx\tS1\nx\ts1\n", ("SAMPLE_SOURCE_ID_CASE", "warning", 3, ID, "s1", 1)),
        ("samples", f"Sample Source\t{ID}\nx\tS1|S2\n", ("SAMPLE_SOURCE_ID_LIST", "error", 2, ID, "S1|S2", 1)),
        ("samples", f"Sample Source\t{ID}\n", ("NO_RECORDS", "error", 1, "", "", 1)),
        ("libraries", f"{ID}\nS1\n", ("LIBRARY_ID_MISSING", "error", 1, "Library ID", "", 1)),
        ("libraries", f"Library ID\t{ID}\n\tS1\n", ("LIBRARY_ID_EMPTY", "error", 2, "Library ID", "", 1)),
        (
            "libraries",
            f"Library ID\t{ID}\nL\tS1\nL\tS2\n",
            ("LIBRARY_ID_DUPLICATE", "error", 3, "Library ID", "L", 1),
        ),
        ("libraries", "Library ID\nL\n", ("SAMPLE_REF_MISSING", "error", 1, ID, "", 1)),
        ("preparations", f"{ID}\nS1\n", ("PREPARATION_ID_MISSING", "error", 1, "Preparation ID", "", 1)),
        (
            "preparations",
            f"Preparation ID\t{ID}\n\tS1\n",
            ("PREPARATION_ID_EMPTY", "error", 2, "Preparation ID", "", 1),
        ),
        (
            "preparations",
            f"Preparation ID\t{ID}\nP\tS1\nP\tS2\n",
            ("PREPARATION_ID_DUPLICATE", "error", 3, "Preparation ID", "P", 1),
        ),
        ("expression metadata", META + "x\ty\n", ("EXPR_META_ROWS", "error", 3, "", "", 1)),
        ("expression metadata", "A\tB\n", ("EXPR_META_ROWS", "error", 1, "", "", 1)),
    ],
)
def test_each_rule(kind: Kind, body: str, expected: tuple[object, ...]) -> None:
    assert told(check(kind, table(body))) == [expected]


def test_only_two_errors_may_be_let_pass() -> None:
    broken = [("study", "A\nx\ny\n"), ("samples", "A\nx\n"), ("libraries", "A\nx\n"), ("preparations", "A\n")]
    findings = [one for kind, body in broken for one in check(kind, table(body))]  # type: ignore[arg-type]
    assert {one.code for one in findings if one.demotable} == {"STUDY_TITLE_MISSING", "SAMPLE_SOURCE_MISSING"}


def test_references_must_exist_each_value_of_a_list_by_itself() -> None:
    samples = [table(SAMPLES)]
    assert check_references(table(LIBRARIES), samples) == ()
    body = f"Library ID\t{ID}\nL1\tHG00119|HG9\nL2\thg00121\nL3\tHG9\nL4\t\n"
    assert told(check_references(table(body), samples)) == [
        ("SAMPLE_REF_MISSING", "error", 5, ID, "", 1),
        ("SAMPLE_REF_UNKNOWN", "warning", 2, ID, "HG9", 2),
        ("SAMPLE_REF_UNKNOWN", "warning", 3, ID, "hg00121", 1),
    ]


def test_an_id_names_one_sample_over_all_files() -> None:
    more = table(f"Sample Source\t{ID}\nx\tHG00200\nx\tHG00121\n", "more.tsv")
    (found,) = check_across("samples", [table(SAMPLES, "samples.tsv"), more])
    assert (found.code, found.file, found.line, found.value) == (
        "SAMPLE_SOURCE_ID_DUPLICATE",
        "more.tsv",
        3,
        "HG00121",
    )
    assert "samples.tsv" in found.message
