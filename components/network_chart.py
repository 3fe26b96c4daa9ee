"""The co-expression network on the screen: sign, |r|, seeds and modules; edges and genes answer clicks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from backend.model import Network
from components import palette
from components.charts import ink, layout

WIDTHS = (1.0, 1.8, 2.8, 4.0)  # px for the four bins of |r|
EDGE_TRACE, NODE_TRACE = "edges", "genes"


def network(net: Network, dark: bool, find: str = "") -> go.Figure:
    """Nodes at their fixed places, edges behind them, a legend; `find` is ringed."""
    figure = go.Figure()
    places = net.nodes.set_index("gene")[["x", "y"]]
    _edges(figure, net.edges, places, dark)
    figure.add_trace(_edge_handles(net.edges, places))
    figure.add_trace(_genes(net.nodes, dark))
    if find:
        _ring(figure, net.nodes[net.nodes["gene"] == find], dark)
    _legend(figure, net, dark)
    layout(figure, dark, 620, clickmode="event+select", hovermode="closest")
    hidden = {"visible": False, "showgrid": False}
    figure.update_layout(
        xaxis=hidden,
        yaxis=hidden,
        showlegend=True,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        legend={
            "orientation": "h",
            "y": -0.01,
            "yanchor": "top",
            "x": 0,
            "font": {"size": 11},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    return figure


def _sign_style(positive: bool, dark: bool) -> tuple[str, str]:
    if positive:
        return (palette.POSITIVE_DARK if dark else palette.POSITIVE), "solid"
    return (palette.NEGATIVE_DARK if dark else palette.NEGATIVE), "dash"


def _bins(r: pd.Series) -> pd.Series:
    """Four width classes of |r|: below 0.5, 0.7, 0.9, and above."""
    return pd.Series(np.digitize(r.abs(), (0.5, 0.7, 0.9)), index=r.index)


def _edges(figure: go.Figure, edges: pd.DataFrame, places: pd.DataFrame, dark: bool) -> None:
    classes = edges.assign(bin=_bins(edges["r"]), positive=edges["r"] > 0)
    for (width, positive), group in classes.groupby(["bin", "positive"]):
        start, end = places.loc[group["gene_a"]].to_numpy(), places.loc[group["gene_b"]].to_numpy()
        gap = np.full(len(group), np.nan)
        x = np.column_stack([start[:, 0], end[:, 0], gap]).ravel()
        y = np.column_stack([start[:, 1], end[:, 1], gap]).ravel()
        colour, dash = _sign_style(bool(positive), dark)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            opacity=0.55,
            line={"width": WIDTHS[int(width)], "color": colour, "dash": dash},
        )


def _edge_handles(edges: pd.DataFrame, places: pd.DataFrame) -> go.Scatter:
    """An invisible point in the middle of each edge: it carries the hover and takes the click."""
    middle = (places.loc[edges["gene_a"]].to_numpy() + places.loc[edges["gene_b"]].to_numpy()) / 2
    return go.Scatter(
        x=middle[:, 0],
        y=middle[:, 1],
        mode="markers",
        name=EDGE_TRACE,
        showlegend=False,
        marker={"size": 14, "opacity": 0.01},
        customdata=edges[["gene_a", "gene_b", "r", "n"]].to_numpy(),
        hovertemplate="<i>%{customdata[0]}</i> – <i>%{customdata[1]}</i><br>Pearson r = %{customdata[2]:+.3f}, "
        "n = %{customdata[3]}<br>click: scatter<extra></extra>",
        selected={"marker": {"opacity": 0.01}},
        unselected={"marker": {"opacity": 0.01}},
    )


def _genes(nodes: pd.DataFrame, dark: bool) -> go.Scatter:
    colours = ink(dark)
    return go.Scatter(
        x=nodes["x"],
        y=nodes["y"],
        mode="markers+text",
        name=NODE_TRACE,
        showlegend=False,
        text=[
            f"<b><i>{g}</i></b>" if seed else f"<i>{g}</i>"
            for g, seed in zip(nodes["gene"], nodes["seed"], strict=True)
        ],
        textposition="top center",
        textfont={"size": 11, "color": colours["text"]},
        cliponaxis=False,
        customdata=nodes[["gene", "module", "degree", "hop"]].to_numpy(),
        hovertemplate="<i>%{customdata[0]}</i><br>module %{customdata[1]}, %{customdata[2]} edges, "
        "hop %{customdata[3]}<extra></extra>",
        marker={
            "size": np.where(nodes["seed"], 20, 12),
            "symbol": np.where(nodes["seed"], "diamond", "circle"),
            "color": [palette.module_colour(module) for module in nodes["module"]],
            "opacity": 1,
            "line": {"width": np.where(nodes["seed"], 2.5, 0.8), "color": colours["text"]},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _ring(figure: go.Figure, found: pd.DataFrame, dark: bool) -> None:
    figure.add_scatter(
        x=found["x"],
        y=found["y"],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={"size": 34, "symbol": "circle-open", "line": {"width": 3, "color": ink(dark)["text"]}},
    )


def _legend(figure: go.Figure, net: Network, dark: bool) -> None:
    """Entries for sign, seed and modules, drawn by empty traces."""
    for positive, words in ((True, "r > 0"), (False, "r < 0")):
        if len(net.edges) and bool(((net.edges["r"] > 0) == positive).any()):
            colour, dash = _sign_style(positive, dark)
            figure.add_scatter(
                x=[None], y=[None], mode="lines", name=words, line={"color": colour, "dash": dash, "width": 3}
            )
    colours = ink(dark)
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="seed gene",
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": "rgba(0,0,0,0)",
            "line": {"width": 2, "color": colours["text"]},
        },
    )
    for module in sorted(net.nodes["module"].unique())[:8]:
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=f"module {module}",
            marker={
                "size": 10,
                "color": palette.module_colour(module),
                "line": {"width": 0.8, "color": colours["text"]},
            },
        )
