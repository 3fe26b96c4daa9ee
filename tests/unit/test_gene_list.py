"""Gene lists as people bring them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput, ExpronautError, TooLarge
from backend.gene_list import MAX_BYTES, MAX_NAMES, read_gene_file, split_names


@pytest.mark.parametrize(
    "text", ["TP53 ALB INS", "TP53,ALB;INS", "TP53\nALB\r\nINS\n", "TP53\tALB | INS", '"TP53", "ALB", ‘INS’']
)
def test_any_separator_and_quotes(text: str) -> None:
    assert split_names(text) == ["TP53", "ALB", "INS"]


def test_repeats_and_order_are_kept() -> None:
    assert split_names("B A B") == ["B", "A", "B"]


def test_too_many_names_state_the_cap() -> None:
    with pytest.raises(TooLarge, match=f"{MAX_NAMES:,}"):
        split_names("x " * (MAX_NAMES + 1))


@pytest.mark.parametrize(
    ("name", "content", "names"),
    [
        ("list.txt", b"# my genes\nTP53\nALB\n", ["TP53", "ALB"]),
        ("list.txt", "\ufeffTP53\nALB\n".encode(), ["TP53", "ALB"]),
        ("table.csv", b"gene,log2FC\nTP53,1.2\nALB,-3\n", ["TP53", "ALB"]),
        ("table.csv", b"log2FC;Symbol\n1,2;TP53\n-3;ALB\n", ["TP53", "ALB"]),
        ("table.tsv", b"id\tp\nENSG00000141510\t0.1\n", ["ENSG00000141510"]),
        ("numbered.csv", b"id,p,gene_symbol\n1,0.1,TP53\n2,0.2,ALB\n", ["TP53", "ALB"]),
        ("from_r.csv", b"id,Gene.name\n1,TP53\n2,ALB\n", ["TP53", "ALB"]),
        ("plain.csv", b"TP53,0.1\nALB,0.2\n", ["TP53", "ALB"]),
        ("made.csv", b"# source: x\ngene,z\nTP53,1\n", ["TP53"]),
    ],
)
def test_files_of_one_list(name: str, content: bytes, names: list[str]) -> None:
    assert list(read_gene_file(name, content).values()) == [names]


def test_gmt_holds_several_sets() -> None:
    sets = read_gene_file("sets.gmt", b"LIVER\thttp://x\tALB\tTTR\nBRAIN\tna\tGFAP\nLIVER\tother\tAPOB\n")
    assert sets == {"LIVER": ["ALB", "TTR"], "BRAIN": ["GFAP"], "LIVER (line 3)": ["APOB"]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.gmt", b"LIVER\tna\tALB\nBRAIN GFAP\n", "line 2"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\xff\xfe", "UTF-8"),
        ("a.txt", b"TP53\nAL\0B\n", "line 2"),
        ("a.xlsx", b"PK\x03\x04", "not a txt, csv, tsv or gmt"),
        ("noending", b"TP53", "not a txt"),
        ("a.csv", b"", "no gene names"),
        ("a.txt", b"\n\n", "no gene names"),
        ("a.csv", b"gene,p\n,1\n", "no gene names"),
    ],
)
def test_bad_files_say_what_is_wrong_and_where(name: str, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_gene_file(name, content)
    assert caught.value.hint


def test_a_huge_file_states_the_cap() -> None:
    with pytest.raises(TooLarge, match="5 MB"):
        read_gene_file("a.txt", b"A" * (MAX_BYTES + 1))


@given(st.sampled_from(["a.txt", "a.csv", "a.tsv", "a.gmt"]), st.binary(max_size=300))
def test_any_bytes_give_names_or_one_of_our_errors(name: str, content: bytes) -> None:
    try:
        sets = read_gene_file(name, content)
    except ExpronautError as error:
        assert error.message.startswith(name)
    else:
        assert any(sets.values())
