"""Gene lists in links: short ones readable, long ones compressed, damaged ones told. What writes an option."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from backend import api
from backend.errors import BadInput
from components import cards, view


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1), max_size=60
    )
)
def test_a_list_survives_the_link(names: list[str]) -> None:
    if names and names[0].startswith("z."):
        names = names[1:]
    if not ",".join(names).startswith("z."):
        assert view.unpacked(view.packed(names)) == names


def test_five_hundred_genes_make_a_link_that_can_be_pasted() -> None:
    names = list(api.genes("hpa")[5_000:5_500])
    packed = view.packed(names)
    assert view.unpacked(packed) == names
    assert len(packed) < 2_000
    assert packed.isascii()
    assert not set(packed) & set("+/=&?# ")


@pytest.mark.parametrize(
    "text", ["z.", "z.!!!!", "z.AAAA", "z." + base64.urlsafe_b64encode(zlib.compress(b"A" * 99)).decode()[:-6]]
)
def test_a_damaged_list_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="damaged"):
        view.unpacked(text)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = "z." + base64.urlsafe_b64encode(zlib.compress(b"A," * 10_000_000)).decode()
    with pytest.raises(BadInput):
        view.unpacked(bomb)


@pytest.mark.parametrize(
    "text",
    ["<b>x</b>", "![x](http://a/b.png)", "[a](javascript:x)", "**b**", "$x$", ":red[x]", "a_b_", "`c`", "#h", "a|b"],
)
def test_typed_text_cannot_become_markdown(text: str) -> None:
    escaped = cards.plain(text)
    assert escaped.replace("\\", "") == text
    for sign in "<![*$:_`#|":
        assert escaped.count(sign) == escaped.count(f"\\{sign}")


def _chosen() -> None:
    import streamlit
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from components import view

    run = get_script_run_ctx()
    streamlit.session_state["gene"] = ["SOX2"]
    run.fragment_ids_this_run = ["of the page before"]  # as when only a timer asked for the run
    view.changed("gene", ["GAPDH"])
    assert not streamlit.query_params
    run.fragment_ids_this_run = None
    view.changed("gene", ["GAPDH"])


def test_a_timer_of_the_page_before_changes_no_option() -> None:
    at = AppTest.from_function(_chosen).run()
    assert not at.exception
    assert dict(at.query_params) == {"gene": "SOX2"}
