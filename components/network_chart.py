"""The co-expression network on the screen: sign, |r|, seeds and modules; edges and genes answer clicks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from backend.model import Network
from components import palette
from components.charts import figure, ink

WIDTHS = (0.6, 1.1, 1.7, 2.4, 3.2)  # px from the weakest to the strongest |r| drawn, in equal steps
EDGE_TRACE, NODE_TRACE = "edges", "genes"


def network(net: Network, dark: bool, find: str = "") -> go.Figure:
    """Nodes at their fixed places, edges behind them, a legend; `find` is ringed."""
    places = net.nodes.set_index("gene")[["x", "y"]]
    data = [*_edges(net.edges, places, dark), _edge_handles(net.edges, places, dark), _genes(net.nodes, dark)]
    if find:
        data.append(_ring(net.nodes[net.nodes["gene"] == find], dark))
    data += _legend(net, dark)
    hidden = {"visible": False, "showgrid": False}
    legend = {"orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "font": {"size": 11}}
    return figure(
        data,
        dark,
        620,
        {"xaxis": hidden, "yaxis": hidden},
        clickmode="event+select",
        hovermode="closest",
        showlegend=True,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        legend={**legend, "itemclick": False, "itemdoubleclick": False},
    )


def _sign_style(positive: bool, dark: bool) -> tuple[str, str]:
    if positive:
        return (palette.POSITIVE_DARK if dark else palette.POSITIVE), "solid"
    return (palette.NEGATIVE_DARK if dark else palette.NEGATIVE), "dash"


def _bins(r: pd.Series) -> pd.Series:
    """The width of each edge: over the range of |r| drawn, as on paper, since partners are alike in |r|."""
    low, high = r.abs().min(), r.abs().max()
    part = (r.abs() - low) / (high - low) if high > low else pd.Series(0.5, index=r.index)
    return (part * len(WIDTHS)).astype(int).clip(upper=len(WIDTHS) - 1)


def _edges(edges: pd.DataFrame, places: pd.DataFrame, dark: bool) -> list[dict[str, Any]]:
    """One line trace for each class of |r| and sign."""
    traces = []
    for (width, positive), group in edges.assign(bin=_bins(edges["r"]), up=edges["r"] > 0).groupby(["bin", "up"]):
        start, end = places.loc[group["gene_a"]].to_numpy(), places.loc[group["gene_b"]].to_numpy()
        gap = np.full(len(group), np.nan)
        colour, dash = _sign_style(bool(positive), dark)
        trace = {
            "type": "scatter",
            "mode": "lines",
            "x": np.column_stack([start[:, 0], end[:, 0], gap]).ravel(),
            "y": np.column_stack([start[:, 1], end[:, 1], gap]).ravel(),
            "hoverinfo": "skip",
            "showlegend": False,
            "opacity": 0.5,
            "line": {"width": WIDTHS[int(width)], "color": colour, "dash": dash},
        }
        traces.append(trace)
    return traces


def _edge_handles(edges: pd.DataFrame, places: pd.DataFrame, dark: bool) -> dict[str, Any]:
    """An invisible point in the middle of each edge: it carries the hover, in the edge's colour, and takes clicks."""
    told = edges.assign(n=edges["n"].astype(object).where(edges["n"].notna(), "not told"))
    middle = (places.loc[edges["gene_a"]].to_numpy() + places.loc[edges["gene_b"]].to_numpy()) / 2
    return {
        "type": "scatter",
        "name": EDGE_TRACE,
        "mode": "markers",
        "x": middle[:, 0],
        "y": middle[:, 1],
        "showlegend": False,
        "marker": {"size": 14, "opacity": 0.01, "color": [_sign_style(r > 0, dark)[0] for r in edges["r"]]},
        "customdata": [list(row) for row in zip(*(told[c] for c in ("gene_a", "gene_b", "r", "n")), strict=True)],
        "hovertemplate": "<i>%{customdata[0]}</i> – <i>%{customdata[1]}</i><br>Pearson r = %{customdata[2]:+.3f}, "
        "n = %{customdata[3]}<br>click: scatter<extra></extra>",
        "selected": {"marker": {"opacity": 0.01}},
        "unselected": {"marker": {"opacity": 0.01}},
    }


def _genes(nodes: pd.DataFrame, dark: bool) -> dict[str, Any]:
    text = ink(dark)["text"]
    named = zip(nodes["gene"], nodes["seed"], strict=True)
    return {
        "type": "scatter",
        "name": NODE_TRACE,
        "mode": "markers+text",
        "x": nodes["x"].to_numpy(),
        "y": nodes["y"].to_numpy(),
        "showlegend": False,
        "text": [f"<b><i>{gene}</i></b>" if seed else f"<i>{gene}</i>" for gene, seed in named],
        "textposition": "top center",
        "textfont": {"size": 11, "color": text},
        "cliponaxis": False,
        "customdata": [list(row) for row in zip(*(nodes[c] for c in ("gene", "module", "degree", "hop")), strict=True)],
        "hovertemplate": "<i>%{customdata[0]}</i><br>module %{customdata[1]}, %{customdata[2]} edges, "
        "hop %{customdata[3]}<extra></extra>",
        "marker": {
            "size": [20 if seed else 12 for seed in nodes["seed"]],
            "symbol": ["diamond" if seed else "circle" for seed in nodes["seed"]],
            "color": [palette.module_colour(module) for module in nodes["module"]],
            "opacity": 1,
            "line": {"width": [2.5 if seed else 0.8 for seed in nodes["seed"]], "color": text},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _ring(found: pd.DataFrame, dark: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": found["x"].to_numpy(),
        "y": found["y"].to_numpy(),
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"size": 34, "symbol": "circle-open", "color": ink(dark)["text"], "line": {"width": 3}},
    }


def _legend(net: Network, dark: bool) -> list[dict[str, Any]]:
    """Entries for sign, width, seed and modules, drawn by empty traces."""
    empty = {"type": "scatter", "x": [None], "y": [None]}
    strengths = net.edges["r"].abs()
    entries: list[dict[str, Any]] = []
    for positive, words in ((True, "r > 0"), (False, "r < 0")):
        if bool(((net.edges["r"] > 0) == positive).any()):
            colour, dash = _sign_style(positive, dark)
            line = {"color": colour, "dash": dash, "width": 3}
            entries.append({**empty, "mode": "lines", "name": words, "line": line})
    if not strengths.empty and f"{strengths.min():.2f}" != f"{strengths.max():.2f}":
        for strength, width in ((strengths.min(), WIDTHS[0]), (strengths.max(), WIDTHS[-1])):
            line = {"color": ink(dark)["line"], "width": width}
            entries.append({**empty, "mode": "lines", "name": f"|r| = {strength:.2f}", "line": line})
    rim = {"width": 2, "color": ink(dark)["text"]}
    seed = {"symbol": "diamond", "size": 11, "color": "rgba(0,0,0,0)", "line": rim}
    entries.append({**empty, "mode": "markers", "name": "seed gene", "marker": seed})
    for module in sorted(net.nodes["module"].unique())[:8]:
        dot = {"size": 10, "color": palette.module_colour(module), "line": {**rim, "width": 0.8}}
        entries.append({**empty, "mode": "markers", "name": f"module {module}", "marker": dot})
    return entries
