"""Rules that a user has edited: read as they stand, or refused with line and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.archs4 import rules
from backend.archs4.tissues import UNLABELLED, Tissues
from backend.errors import BadInput

HEAD = "order,kind,label,system,pattern,fields,needs,unless\n"


@pytest.fixture
def made(tmp_path):
    def make(*lines: str) -> Tissues:
        path = tmp_path / "rules.csv"
        path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        return Tissues(rules.read(path))

    return make


def test_rules_are_tried_by_their_number_not_by_their_line(made) -> None:
    found = made("20,tissue,Organ,S,liver|kidney,,,", "10,tissue,Liver,S,liver,,,")
    assert found.label({}, "liver").label == "Liver"
    assert found.label({}, "kidney").rule == 20


def test_fields_needs_and_unless(made) -> None:
    found = made("1,tissue,Heart,S,ventricle,source,heart,brain", "2,tissue,Liver,S,leber|foie,tissue; Organ_Part,,")
    assert found.label({}, "ventricle", "heart 1").label == "Heart"
    assert found.label({}, "ventricle", "mouse 1").label == UNLABELLED
    assert found.label({}, "ventricle of heart, not brain").label == UNLABELLED
    assert found.label({"tissue": "heart ventricle"}).label == UNLABELLED
    assert found.label({"organ part": "Leber"}).label == "Liver"
    assert found.label({}, "Leber").label == UNLABELLED


def test_numbered_groups_in_a_pattern_mean_what_they_say(made) -> None:
    found = made("1,tissue,A,S,(x)y,,,", r"2,tissue,B,S,(b)\1,,,")
    assert [found.label({}, source).label for source in ("xy", "bb", "bx")] == ["A", "B", UNLABELLED]


@pytest.mark.parametrize(
    ("lines", "says", "line", "column"),
    [
        (["1,tissue,Liver,S,liver(,,,"], r"line 2, pattern: “liver\(” is not a regular expression", 2, "pattern"),
        (["1,tissue,Liver,S,liver,,[,"], "line 2, needs", 2, "needs"),
        (["1,tissue,Liver,S,a)(b,,,"], "line 2, pattern", 2, "pattern"),
        (["1,tissue,Liver,S,,,,"], "the pattern is empty", 2, "pattern"),
        (["1,tissue,A,S,a,,,", "x,tissue,B,S,b,,,"], "line 3, order: “x” is not a number", 3, "order"),
        (["0,tissue,A,S,a,,,"], "“0” is not a number", 2, "order"),
        (["1,organ,A,S,a,,,"], "“organ” is none of tissue, cell line, tumour", 2, "kind"),
        (["1,tissue,,S,a,,,"], "needs a label and a system", 2, "label"),
        (["1,tissue,A,S,a,protocol,,"], "read from tissue, organ", 2, "fields"),
        (["1,tissue,A,S,a"], "has not 8 columns", 2, None),
        (["1,tissue,A,S,a,b,c,d,e"], "has not 8 columns", 2, None),
        (["1,tissue,A,S,a,,,", "1,tissue,B,S,b,,,"], "Two tissue rules have the number 1", None, "order"),
        (["1,tissue,A,S,a,,,", "2,tissue,A,T,b,,,"], "A is put under “S” and “T”", None, "system"),
    ],
)
def test_a_mistake_in_the_rules_is_named(made, lines, says, line, column) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        made(*lines)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"order,label\n1,Liver\n", b"\xff\xfe\x00", b'order,"kind'])
def test_another_file_is_not_taken_for_rules(tmp_path, content: bytes) -> None:
    path = tmp_path / "rules.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        rules.read(path)
    with pytest.raises(BadInput, match="cannot be read"):
        rules.read(tmp_path / "none.csv")


@given(st.text(alphabet='1,a(|[*\n"tissue;\\'))
def test_any_edit_is_read_or_refused(tmp_path_factory, content: str) -> None:
    path = tmp_path_factory.getbasetemp() / "edited.csv"
    path.write_text(HEAD + content, encoding="utf-8")
    try:
        assert Tissues(rules.read(path)).label({}, "a").label
    except BadInput as error:
        assert error.message


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path) -> None:
    path = tmp_path / "rules.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "1,tissue,Liver,S,liver,,,\n,,,,,,,\n").replace("\n", "\r\n").encode())
    assert [rule.label for rule in rules.read(path)] == ["Liver"]
