"""Anything may be typed, pasted, uploaded or put into the address: a clear message or a right figure, never markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open, captions, figures, messages, standing

HOSTILE = {
    "nothing": "",
    "blanks": " \t ",
    "emoji": "🧬🔥👩🏽‍🔬",
    "SQL": "'; DROP TABLE genes; --",
    "script": "<script>alert(1)</script>",
    "image tag": '<img src=x onerror="alert(2)"><b>bold</b>',
    "Markdown image": "![x](http://evil.example/x.png)",
    "Markdown link": "[x](javascript:alert(1))",
    "Markdown signs": "**b** `c` $x^2$ :red[z] :material/home: ~~s~~ # h | t | <http://evil.example>",
    "very long": "A" * 100_000,
    "ten thousand words": " ".join(f"word{number}" for number in range(10_000)),
    "control signs": "\x01\x02\x1b[31mred\x7f",
    "null byte": "AL\x00QZ",
    "parent folder": "../../../../etc/passwd",
    "dots": "..",
    "right to left": "\u202egnirts\u202c אבג",
    "header": "x\r\nSet-Cookie: a=b",
    "template": "{{7*7}} ${7*7} %s %n {0}",
}
each = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
# Unescaped, these would be rendered: a tag, an image, a link, an icon or a colour made of what was typed.
LIVE = re.compile(
    r"(?<!\\)<(?:script|img|b>|http)"
    r"|(?<!\\)!\["
    r"|(?<!\\)\]\((?:javascript|http://evil)"
    r"|(?<!\\):red\["
    r"|(?<!\\):material/home"
    r"|\*\*b\*\*|(?<!\\)`c|(?<!\\)\$x|~~s"
)


def rendered(at) -> Iterator[str]:
    """Every text of the page that Streamlit reads as Markdown or HTML."""
    for kind in ("info", "warning", "error", "markdown", "caption", "html", "subheader", "title"):
        yield from (element.value for element in at.get(kind))
    for kind in ("button", "checkbox", "toggle", "page_link", "metric", "expander", "text_input", "text_area"):
        yield from (str(getattr(element, "label", "")) for element in at.get(kind))


def check(at) -> None:
    """The page stands, says or shows something, and nothing typed has become markup."""
    standing(at)
    live = [text[:300] for text in rendered(at) if LIVE.search(text)]
    assert not live
    assert messages(at) or figures(at) or captions(at.main)
    for chart in at.get("plotly_chart"):
        assert "evil.example" not in chart.proto.spec
        assert "<script" not in chart.proto.spec


Type = Callable[[Any, str], Any]
TYPED: dict[str, tuple[str, Type]] = {
    "gene": ("gene", lambda at, text: at.multiselect("gene").set_value([text])),
    "gene beside a known one": ("gene", lambda at, text: at.multiselect("gene").set_value(["ALB", text])),
    "pasted list": ("heatmap", lambda at, text: at.text_area[0].set_value(text)),
    "seed": ("coexpression", lambda at, text: at.multiselect("seed").set_value(["CD3E", text])),
    "find": ("coexpression", lambda at, text: at.text_input("find").set_value(text)),
    "batch": ("coexpression", lambda at, text: at.text_area("batch-genes").set_value(text)),
    "search": ("samples", lambda at, text: at.text_input("q").set_value(text)),
}


# Every text where a page reads what is typed; one in three where a second field reads it in the same way.
EVERYWHERE = ("gene", "pasted list", "search")
PLACED = [
    pytest.param(place, text, id=f"{place}-{name}")
    for place in TYPED
    for number, (name, text) in enumerate(HOSTILE.items())
    if place in EVERYWHERE or number % 3 == 1
]


@pytest.fixture(scope="module")
def sessions() -> dict[str, AppTest]:
    """Place -> the session in which one text after the other is typed there."""
    return {}


@pytest.mark.parametrize(("place", "text"), PLACED)
def test_typed(open_page: Open, sessions: dict[str, AppTest], place: str, text: str) -> None:
    page, type_ = TYPED[place]
    at = sessions.pop(place, None) or open_page(page)
    type_(at, text)
    check(at.run())
    sessions[place] = at  # only while it stands: what breaks one text does not fail the next


def test_the_known_gene_beside_it_is_drawn(open_page: Open) -> None:
    alone = figures(open_page("gene", gene=["ALB"]))
    for name, text in HOSTILE.items():
        assert figures(open_page("gene", gene=["ALB", text]))[: len(alone)] == alone, name


@each
def test_what_was_searched_for_comes_back_from_the_address(open_page: Open, text: str) -> None:
    at = open_page("samples")
    at.text_input("q").set_value(text)
    at.run()
    again = open_page("samples", **at.query_params)
    check(again)
    assert [info.value for info in again.info] == [info.value for info in at.info]


OPTIONS = {
    "gene": ("gene", "measure", "top", "sort", "system"),
    "heatmap": ("genes", "top", "cluster_genes", "cluster_tissues", "linkage", "metric", "clip"),
    "coexpression": ("seed", "hops", "sign", "partners", "min_r", "nodes", "edges", "find", "pair"),
    "samples": ("q", "only", "page"),
}


# Pages read their options in the same way: every text on two of them, one in two on the others.
AT_ONCE = [
    pytest.param(page, text, id=f"{page}-{name}")
    for page in OPTIONS
    for number, (name, text) in enumerate(HOSTILE.items())
    if page in ("gene", "samples") or number % 2 == (page == "heatmap")
]


@pytest.mark.parametrize(("page", "text"), AT_ONCE)
def test_in_every_option_of_the_address_at_once(open_page: Open, page: str, text: str) -> None:
    # Streamlit reads no address of more than 524,288 characters or 1,000 options
    options = dict.fromkeys((*OPTIONS[page], "source", "species"), text[:20_000])
    at = open_page(page, **options)
    check(at)
    assert "The link asks for source" in messages(at)


@pytest.mark.parametrize("page", OPTIONS)
def test_hundreds_of_values_of_one_option(open_page: Open, page: str) -> None:
    key = {"gene": "gene", "heatmap": "genes", "coexpression": "seed", "samples": "only"}[page]
    words = [f"word{number}" for number in range(10_000)]
    at = open_page(page, **{key: ",".join(words) if page == "heatmap" else words[:900]})
    check(at)
    assert messages(at)


@pytest.mark.parametrize(
    "name", ["![x](http://evil.example/x.png)", "<script>alert(1)</script>", "**b**", "..", "\u202etxt"]
)
@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"no tabs here\n", b"a\tb\tALB\n<b>x</b>\td\tINS\n"])
def test_names_and_contents_of_files(open_page: Open, name: str, content: bytes) -> None:
    at = open_page("heatmap")
    at.file_uploader[0].set_value((f"{name}.gmt", content, "text/plain"))
    check(at.run())
    assert messages(at) or at.main.button


def test_sets_named_like_markup_are_drawn_like_any_other(open_page: Open) -> None:
    at = open_page("heatmap")
    content = b"![x](http://evil.example/x.png)\td\tALB\tINS\n<script>alert(1)</script>\td\tTG\tPRM1\tUMOD\n"
    at.file_uploader[0].set_value(("sets.gmt", content, "text/plain"))
    check(at.run())
    at.selectbox("gene_set").select_index(1)
    check(at.run())
    assert [button.label for button in at.main.button] == ["Draw 3 genes"]


@pytest.fixture(scope="module")
def plain() -> dict[str, AppTest]:
    """Page -> it without any option."""
    return {}


@pytest.mark.parametrize(
    ("page", "key", "value"),
    [
        ("gene", "sort", "zzz"),
        ("gene", "top", "-1"),
        ("gene", "top", "24"),
        ("gene", "measure", "box"),
        ("gene", "system", "Nope"),
        ("gene", "species", "mouse"),
        ("gene", "source", "nope"),
        ("heatmap", "top", "99"),
        ("heatmap", "clip", "999"),
        ("heatmap", "clip", "nan"),
        ("heatmap", "linkage", "centroid"),
        ("heatmap", "metric", "manhattan"),
        ("heatmap", "cluster_genes", "yes"),
        ("heatmap", "cluster_tissues", "2"),
        ("coexpression", "hops", "9"),
        ("coexpression", "hops", "0"),
        ("coexpression", "sign", "up"),
        ("coexpression", "partners", "101"),
        ("coexpression", "partners", "1.5"),
        ("coexpression", "min_r", "-0.1"),
        ("coexpression", "min_r", "inf"),
        ("coexpression", "nodes", "9999"),
        ("coexpression", "edges", "0"),
        ("coexpression", "pair", "ALB,INS"),
        ("samples", "page", "0"),
        ("samples", "page", "-3"),
        ("samples", "page", "1e3"),
        ("samples", "source", "nope"),
    ],
)
def test_an_impossible_option_is_told_and_the_default_is_shown(
    open_page: Open, plain: dict[str, AppTest], page: str, key: str, value: str
) -> None:
    at = standing(open_page(page, **{key: value}))
    assert f"The link asks for {key} = “{value}”" in messages(at)
    assert len(at.info) == 1
    kinds = [one.type for one in at.main if one.type not in ("main", "html", "flex_container")]
    assert kinds[0] == "info", "told above the page, where it is seen"
    if page not in plain:
        plain[page] = open_page(page)
    default = plain[page]
    assert figures(at) == figures(default)
    assert [box.label for box in at.checkbox] == [box.label for box in default.checkbox]


def test_options_nobody_knows_change_nothing(open_page: Open) -> None:
    at = standing(open_page("gene", utm_source="mail", clip="999", foo="<script>"))
    assert messages(at) == ""
    assert figures(at) == figures(open_page("gene"))
