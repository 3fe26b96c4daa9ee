"""The part of a section that is shown: what was dragged over in the figure goes into the address, as x and y.

Streamlit does not tell the zoom of a figure, and forgets it with every new figure. A few lines in the browser tell it,
and whether the screen is narrow; so a zoom stays when the gene changes, is part of the link, and shows finer cells.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from components import inputs, view
from components.spatial_drawn import Window

PLOT, _KEY = "section-plot", "section-screen"
_NARROW = 640  # px of a screen
_SCRIPT = """
export default function ({ data, setStateValue }) {
  const watch = () => {
    const plot = document.querySelector(`.st-key-${data.plot} .js-plotly-plot`)
    if (!plot || !plot.on || plot.dataset.watched) return
    plot.dataset.watched = "yes"
    plot.on("plotly_relayout", change => {
      if (!("xaxis.range[0]" in change)) return
      setStateValue("window", [...plot.layout.xaxis.range, ...plot.layout.yaxis.range])
    })
    plot.on("plotly_doubleclick", () => setStateValue("window", []))
  }
  const timer = setInterval(watch, 200)
  if (window.innerWidth < data.narrow) setStateValue("narrow", true)
  return () => clearInterval(timer)
}
"""


@cache
def _screen() -> Any:
    return st.components.v2.component("expronaut_section_screen", js=_SCRIPT)


def watch() -> None:
    """Notice zooming in the figure, and a narrow screen."""
    _screen()(
        key=_KEY,
        data={"plot": PLOT, "narrow": _NARROW},
        default={"window": [], "narrow": False},
        on_window_change=_zoomed,
        on_narrow_change=lambda: None,
        height=1,
    )


def is_narrow() -> bool:
    """Whether the screen is a telephone's, as far as the browser told."""
    told = st.session_state.get(_KEY)
    return bool(told is not None and told.get("narrow"))


def shown() -> Window | None:
    """The part in the address; None for the whole section."""
    found = view.one(inputs.WINDOW, None, _parsed, _text)
    if found is None:
        view.told(inputs.WINDOW, [])
    return found


def _zoomed() -> None:
    """Callback: the address follows the figure."""
    found = st.session_state[_KEY].get("window") or []
    try:
        view.write(inputs.WINDOW, _text(_checked(found)) if found else None)
    except ValueError:  # a browser may say anything
        view.write(inputs.WINDOW, None)


def whole() -> None:
    """Callback: the whole section again."""
    view.write(inputs.WINDOW, None)


def _parsed(text: str) -> Window:
    return _checked(text.split(","))


def _checked(parts: Any) -> Window:
    """Four numbers as left, right, lower and upper end. Raises ValueError."""
    if not isinstance(parts, list) or len(parts) != 4:
        raise ValueError(parts)
    numbers = [float(part) for part in parts]
    left, right = sorted(numbers[:2])
    bottom, top = sorted(numbers[2:])
    if not np.isfinite(numbers).all() or left == right or bottom == top:
        raise ValueError(parts)
    return left, right, bottom, top


def _text(window: Window | None) -> str:
    return "" if window is None else ",".join(f"{end:.6g}" for end in window)
