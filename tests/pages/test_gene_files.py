"""Heatmap, uploaded files: each kind is read, and a bad one gets one clear sentence."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Open, captions, figures, messages, same_from_its_address, standing, trace


def upload(at, name: str, content: bytes):
    at.file_uploader[0].set_value((name, content, "application/octet-stream"))
    return standing(at.run())


def buttons(at) -> list[str]:
    return [button.label for button in at.main.button]


def rows(at) -> list[str]:
    """The genes of the map."""
    return sorted(trace(figures(at)[0], "z")["y"])


def click(at):
    at.main.button[0].click()
    return standing(at.run())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", b"# my genes\nALB\nINS\n\nTG\n"),
        ("LIST.TXT", b"ALB\nINS\nTG\n"),
        ("bom.txt", b"\xef\xbb\xbfALB\r\nINS\r\nTG\r\n"),
        ("table.csv", b'p,"gene",logFC\n0.1,ALB,3\n0.2,INS,2\n0.3,TG,1\n'),
        ("semicolons.csv", b"ALB;3\nINS;2\nTG;1\n"),
        ("table.tsv", b"symbol\tlogFC\nALB\t3\nINS\t2\nTG\t1\n"),
        ("one.gmt", b"HORMONES\thttp://example.org\tALB\tINS\tTG\n"),
    ],
)
def test_each_kind_of_file_is_read_triaged_and_drawn(open_page: Open, name: str, content: bytes) -> None:
    at = upload(open_page("heatmap"), name, content)
    assert buttons(at) == ["Draw 3 genes"]
    assert any("3 current symbol" in text.value for text in at.main.markdown)
    click(at)
    assert rows(at) == ["ALB", "INS", "TG"]
    assert at.query_params["genes"] == "ALB,INS,TG"
    same_from_its_address(open_page, "heatmap", at)


def test_a_set_is_chosen_from_a_file_of_several(open_page: Open) -> None:
    content = b"LIVER\td\tALB\tAPOB\nT_CELL\td\tCD3E\tCD3D\tCD2\n"
    at = upload(open_page("heatmap"), "sets.gmt", content)
    assert at.selectbox("gene_set").options == ["LIVER (2)", "T_CELL (3)"]
    assert buttons(at) == ["Draw 2 genes"]
    at.selectbox("gene_set").set_value("T_CELL")
    standing(at.run())
    assert buttons(at) == ["Draw 3 genes"]
    click(at)
    assert rows(at) == ["CD2", "CD3D", "CD3E"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("binary.txt", bytes(range(256)), "binary.txt is not plain text: line 2 holds bytes that are not UTF-8"),
        ("nul.txt", b"ALB\nIN\0S\n", "nul.txt is not plain text (line 2)"),
        ("excel.csv", b"PK\x03\x04\x14\x00\x06\x00\x08", "excel.csv is not plain text"),
        ("latin1.csv", "gène\nALB".encode("latin-1"), "latin1.csv is not plain text: line 1"),
        ("empty.txt", b"", "empty.txt holds no gene names"),
        ("blank.csv", b"\n  \n,,\n", "blank.csv holds no gene names"),
        ("comments.txt", b"# nothing\n# here\n", "comments.txt holds no gene names"),
        ("spaces.gmt", b"SET desc ALB INS\n", "spaces.gmt, line 1: a gmt line has a set name, a description and genes"),
        ("second.gmt", b"A\td\tALB\nB\tno genes\n", "second.gmt, line 2"),
        ("<script>.txt", b"\xff", "<script>.txt is not plain text"),
        ("big.txt", b"ALB\n" * 1_300_000, "big.txt has 5.2 MB; the cap is 5 MB"),
        ("many.txt", b"A1 " * 20_001, "20,001 names; the cap is 20,000"),
    ],
)
def test_a_bad_file_gets_one_clear_sentence_and_the_figure_stays(
    open_page: Open, name: str, content: bytes, told: str
) -> None:
    at = open_page("heatmap")
    before = figures(at)
    upload(at, name, content)
    assert told in messages(at)
    assert len([*at.info, *at.warning]) == 1
    assert buttons(at) == []
    assert figures(at) == before


def test_only_the_kinds_that_can_be_read_are_offered(open_page: Open) -> None:
    uploader = open_page("heatmap").file_uploader[0]
    assert set(uploader.allowed_type) == {".txt", ".csv", ".tsv", ".gmt"}
    assert uploader.proto.max_upload_size_mb == 5


def test_after_a_file_was_drawn_another_list_can_be_pasted(open_page: Open) -> None:
    at = click(upload(open_page("heatmap"), "list.txt", b"ALB\nINS\nTG\n"))
    at.text_area[0].set_value("CD3E CD2")
    standing(at.run())
    assert buttons(at) == ["Draw 2 genes"]
    click(at)
    assert rows(at) == ["CD2", "CD3E"]


def test_beside_a_file_the_pasted_names_are_not_ignored_in_silence(open_page: Open) -> None:
    at = upload(open_page("heatmap"), "list.txt", b"ALB\nINS\nTG\n")
    at.text_area[0].set_value("CD3E CD2")
    standing(at.run())
    assert buttons(at) == ["Draw 3 genes"]
    assert "list.txt" in captions(at), "it is said that the file counts"


def test_taking_the_file_away_brings_the_list_in_force_back(open_page: Open) -> None:
    at = upload(open_page("heatmap", genes="ALB,INS"), "list.txt", b"CD3E\n")
    assert buttons(at) == ["Draw 1 gene"]
    at.file_uploader[0].clear()
    standing(at.run())
    assert buttons(at) == []
