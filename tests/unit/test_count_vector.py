"""Counts of one sample as people bring them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.count_vector import LARGEST, MAX_BYTES, MAX_LINES, read_counts
from backend.errors import BadInput, ExpronautError, TooLarge

EXPECTED = {"ALB": 1204.0, "INS": 0.0, "TP53": 3.5}


def read(text: str) -> dict[str, float]:
    counts = read_counts("mine.tsv", text.encode()).counts
    return dict(zip(counts["gene"], counts["count"], strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "ALB\t1204\nINS\t0\nTP53\t3.5\n",
        "ALB,1204\r\nINS,0\r\nTP53,3.5\r\n",
        "ALB;1204\rINS;0\rTP53;3.5",
        "ALB 1204\nINS   0\nTP53 \t 3.5".replace("\t", " "),
        '"ALB","1.204e3"\n"INS","0"\n"TP53","3.5"\n',
        "\ufeffgene,count\nALB,1204\nINS,0\nTP53,3.5\n",
        "# made by hand\ngene\tcount\n\nALB\t1204\nINS\t0\n# the last one\nTP53\t3.5\n",
        "\tsample_1\nALB\t1204\nINS\t0\nTP53\t3.5\n",
        "count;symbol\n1204;ALB\n0;INS\n3.5;TP53\n",
        "Geneid\taligned.bam\nALB\t1204\nINS\t0\nTP53\t3.5\n",
        "gene\tlength\teff_length\test_counts\ttpm\nALB\t9\t8\t1204\t7\nINS\t9\t8\t0\t0\nTP53\t9\t8\t3.5\t1\n",
        "ALB\t1204\nINS\t0\nTP53\t3.5\n__no_feature\t99\n__ambiguous\t5\n",
    ],
)
def test_every_usual_form_gives_the_same_counts(text: str) -> None:
    assert read(text) == EXPECTED


def test_ensembl_ids_are_taken_before_symbols() -> None:
    text = "symbol,gene_id,count\nMATR3,ENSG00000015479.19,5\nMATR3,ENSG00000280987,7\n"
    assert read(text) == {"ENSG00000015479.19": 5.0, "ENSG00000280987": 7.0}


def test_lines_are_those_of_the_file() -> None:
    counts = read_counts("mine.tsv", b"# one\n\ngene\tcount\nALB\t1\n\nINS\t2\n").counts
    assert list(counts["line"]) == [4, 6]


def test_what_was_done_is_told() -> None:
    notes = " ".join(read_counts("x", b"gene\tcount\nALB\t400000\nINS\t600000\n__too_low_aQual\t3\n").notes)
    assert "Line 1 is read as the header" in notes
    assert "1 lines of sums" in notes
    assert "sum to a million" in notes
    assert read_counts("x", b"ALB\t4\n").notes == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("ALB\t1\nINS\tmany\n", 2, "2", "“many” is not a count"),
        ("ALB\t1\nINS\t\n", 2, "2", "there is no count"),
        ("ALB\t1\nINS\tNA\n", 2, "2", "“NA” is not a count"),
        ("ALB\t1\nINS\tnan\n", 2, "2", "not a count"),
        ("ALB\t1\nINS\tinf\n", 2, "2", "not a count"),
        ("ALB\t1\nINS\t1_000\n", 2, "2", "not a count"),
        ("ALB\t1\nINS\t1,000\n", 2, "2", "not a count"),
        ("ALB\t1\nINS\t-3\n", 2, "2", "negative"),
        (f"ALB\t1\nINS\t{LARGEST + 1}\n", 2, "2", "over"),
        ("ALB\t1\nINS\t1e999\n", 2, "2", "over"),
        ("ALB\tabc\nINS\t2\n", 1, "2", "“abc” is not a count"),
        ("ALB\t1\nINS\n", 2, None, "has 1 columns"),
        ("ALB\t1\nINS\t2\t3\n", 2, None, "has 3 columns"),
        ("ALB\n", 1, None, "has 1 column"),
        ("ALB\t1\n\t2\n", 2, "1", "names no gene"),
        ("ALB\t1\n" + "x" * 201 + "\t2\n", 2, "1", "over 200"),
        ("Geneid\tChr\tLength\ta.bam\nALB\t4\t9\t1\n", 1, None, "none of them headed count"),
        ("gene\tcount\treads\nALB\t4\t9\n", 1, "3", "second column of counts"),
        ("a\tb\tcount\nALB\t4\t9\n", 1, None, "no column gene"),
    ],
)
def test_a_broken_rule_is_told_with_its_place(text: str, line: int, column: str | None, words: str) -> None:
    with pytest.raises(BadInput, match=f"mine.tsv, line {line}\\b") as told:
        read(text)
    assert words in told.value.message
    assert (told.value.line, told.value.column) == (line, column)
    assert told.value.hint


@pytest.mark.parametrize("text", ["ALB\t1\nINS\t2\nalb\t3\n", "ENSG00000163631.18\t1\nINS\t2\nENSG00000163631\t3\n"])
def test_a_gene_given_twice_names_both_lines(text: str) -> None:
    with pytest.raises(BadInput, match="line 1 and on line 3"):
        read(text)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "gene\tcount\n", "__no_feature\t5\n"])
def test_an_empty_sample_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="holds no counts"):
        read(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1f\x8b\x08\x00abc", "gzip"),
        (b"PK\x03\x04abc", "spreadsheet"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"ALB\t1\nINS\t\xff\n", "line 2"),
        (b"ALB\t1\nIN\0S\t4\n", "line 2"),
    ],
)
def test_what_is_no_plain_text_is_told(content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_counts("mine", content)


def test_caps_are_stated() -> None:
    with pytest.raises(TooLarge, match="10 MB"):
        read_counts("mine", b"x" * (MAX_BYTES + 1))
    with pytest.raises(TooLarge, match=f"{MAX_LINES:,}"):
        read_counts("mine", b"g\t1\n" * (MAX_LINES + 1))


names = st.text(string.ascii_letters + string.digits + ".-", min_size=1, max_size=20)
genes = names.map(lambda name: f"G{name}")
rows = st.dictionaries(genes.map(str.upper), st.floats(0, 4e9, allow_nan=False), min_size=1, max_size=30)


@given(rows, st.sampled_from("\t,;"), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(counts: dict[str, float], divider: str, header: bool, end: str) -> None:
    lines = [f"gene{divider}count"] * header + [f"{gene}{divider}{count!r}" for gene, count in counts.items()]
    assert read(end.join(lines)) == counts


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_anything_is_counts_or_an_error_of_ours(content: bytes) -> None:
    try:
        found = read_counts("any", content).counts
    except ExpronautError as error:
        assert error.message
    else:
        assert len(found)
        assert (found["count"] >= 0).all()
        assert found["line"].is_monotonic_increasing
        assert (found["gene"] != "").all()
