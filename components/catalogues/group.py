"""A catalogue with some of its entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from backend.errors import ExpronautError
from backend.model import Answer, CatalogueEntry, CatalogueInfo, CataloguePage
from components import cards, inputs, view
from components.catalogues import entry_card

SHOWN, ACROSS = 6, 3
EMPTY = {
    "own": "No own study is here yet. Add one on the page Studies.",
    "sections": "No spatial file is here yet. Download one from STOmics, or upload one on the page Spatial.",
}


def heading(info: CatalogueInfo, page: CataloguePage | None = None) -> None:
    """Its title, where it lies, and how much fits."""
    where = ":green-badge[:material/public: live]" if info.live else ":gray-badge[:material/computer: on this machine]"
    told = counted(page.total, info.what) if page is not None and page.total is not None else ""
    st.markdown(f"### {cards.plain(info.title)} &ensp; {where} &ensp; :small[:gray[{told}]]", width="content")


def counted(n: int, what: str) -> str:
    """ "1 study", "12 studies" """
    if n == 1:
        what = f"{what[:-3]}y" if what.endswith("ies") else what[:-1]
    return f"{n:,} {what}"


def draw(info: CatalogueInfo, answer: Answer[CataloguePage], text: str) -> None:
    """Its first entries, and the way to all of them; one line where nothing fits."""
    page = answer.value
    if text and not page.entries:
        hints = [note for note in answer.provenance.notes if not note.startswith("Stale: ")] if info.live else []
        st.caption(cards.plain(" ".join([f"{info.title}: nothing here fits.", *hints])))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading(info, page)
        if len(page.entries) > SHOWN:
            all_ = f"Show all {page.total:,}" if page.total is not None else "Show all"
            changes = {inputs.CATALOGUE: [info.name], inputs.PAGE: []}
            pressed = {"on_click": view.write_all, "args": (changes,)}
            st.button(all_, key=f"all-{info.name}", type="tertiary", icon=":material/expand_content:", **pressed)
    cards.stale(answer.provenance)
    if page.entries:
        grid(page.entries[:SHOWN], info.name)
    else:
        none(info, text)


def none(info: CatalogueInfo, text: str) -> None:
    """That nothing is there, or nothing fits."""
    st.caption("Nothing here fits." if text else EMPTY.get(info.name, f"It lists no {info.what} to you."))


def grid(entries: Sequence[CatalogueEntry], name: str) -> None:
    """Cards beside each other; below each other in a narrow window."""
    for row in range(0, len(entries), ACROSS):
        with st.container(key=f"row-{name}-{row}"):
            columns = st.columns(ACROSS, gap="small")
            for place, entry in enumerate(entries[row : row + ACROSS]):
                with columns[place]:
                    entry_card.draw(entry, f"{name}-{row + place}")


def failed(info: CatalogueInfo, error: ExpronautError, forget: Callable[[], object]) -> None:
    """What went wrong with it, and a button to ask once more, for which `forget` makes this failure forgotten."""
    heading(info)
    cards.tell(error, again=False)
    st.button("Ask again", key=f"again-{info.name}", icon=":material/refresh:", on_click=forget)
