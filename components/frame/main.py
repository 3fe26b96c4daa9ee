"""The frame of every page: page table, shared sidebar, then the page. Alone in its folder.

Streamlit puts this folder first on sys.path, so the root of the project is added here.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from components import cards, sidebar, view  # noqa: E402

# Drawn here: for a Material icon the browser would ask fonts.gstatic.com, and the app works without a network.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#0B6E7E">'
    '<rect x="2" y="3" width="20" height="5" rx="1"/><rect x="2" y="10" width="13" height="5" rx="1"/>'
    '<rect x="2" y="17" width="7" height="5" rx="1"/></svg>'
)
st.set_page_config(page_title="Expronaut", page_icon=ICON, layout="wide")
# No theme key sets the blank space above the page, and the figure needs it.
st.html("<style>.stMainBlockContainer{padding-top:4rem;padding-bottom:3rem}</style>")
pages = sidebar.pages()
page = st.navigation(list(pages.values()), position="hidden")
view.begin(page.url_path)
with cards.guard():
    sidebar.draw(pages)
    page.run()
cards.tell_ignored()
view.end()
