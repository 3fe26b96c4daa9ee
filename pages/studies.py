"""Studies: the lab's own, and those of a Genestack ODM server."""

import streamlit as st

from components import cards, inputs
from components.odm import section as odm
from components.own import section as own


def _own() -> None:
    st.markdown("## What do our own studies say?")
    st.caption("Files of your lab become sources of every page. They stay on this machine.")
    with cards.guard():
        own.draw()


def _odm() -> None:
    st.markdown("## Which studies does our ODM server have?")
    st.caption("Find studies on a Genestack ODM server, query samples and expression together, open what you found.")
    with cards.guard():
        odm.draw()


PARTS = {"own": ("Your studies", _own), "odm": ("Genestack ODM", _odm)}
names = {part: title for part, (title, _) in PARTS.items()}
part = inputs.segments("Studies of", inputs.PART, list(PARTS), "own", names, label_visibility="collapsed")
PARTS[part][1]()
