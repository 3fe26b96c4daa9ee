"""The frame of every page: page table, shared sidebar, then the page. Alone in its folder.

Streamlit puts this folder first on sys.path, so the root of the project is added here.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from components import cards, sidebar, view, watching  # noqa: E402

# Drawn here: for a Material icon the browser would ask fonts.gstatic.com, and the app works without a network.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#0B6E7E">'
    '<rect x="2" y="3" width="20" height="5" rx="1"/><rect x="2" y="10" width="13" height="5" rx="1"/>'
    '<rect x="2" y="17" width="7" height="5" rx="1"/></svg>'
)
st.set_page_config(page_title="Expronaut", page_icon=ICON, layout="wide")
# What no theme key sets. The figure needs the blank space above the page; captions are fainter than 4.5:1. A change
# of theme does not run the script again: text and grid of a drawn figure take the page's colour, else they vanish.
# Names among lines and points stand on a rim of the page's colour, as on paper.
STYLE = """
.stMainBlockContainer {padding-top: 4rem; padding-bottom: 3rem}
[data-testid=stCaptionContainer] {opacity: .7 !important}
.js-plotly-plot :is(.cartesianlayer, .infolayer) text {fill: currentColor !important}
.js-plotly-plot .scatterlayer text {paint-order: stroke; stroke: Canvas; stroke-width: 3px; stroke-linejoin: round}
.js-plotly-plot :is(.gridlayer path, .xlines-above, .ylines-above) {
  stroke: color-mix(in srgb, currentColor 15%, transparent) !important
}
"""
st.html(f"<style>{STYLE}</style>")
pages = sidebar.pages()
page = st.navigation(list(pages.values()), position="hidden")
view.begin(page.url_path)
ignored = st.container()  # told above the page, where it is seen, and known at its end
watching.begin()
with cards.guard():
    renew = sidebar.draw(pages)
    with cards.guard():
        page.run()
    renew()
with ignored:
    cards.tell_ignored()
view.end()
watching.end()
