"""Beside a gene's figure: what the gene is, how specific its expression is, and what a miss may mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from backend import api
from backend.errors import NotFound
from backend.model import GeneInfo, Provenance
from components import cards, drawn, groups, inputs, sidebar, view
from components.samples_choice import Chosen

FEWEST_COMPARED = 2  # rows that tau and z take
ALL_LISTED = 8  # rows up to which highest and lowest are one list


def heading(gene: GeneInfo) -> None:
    """Symbol, name and links to the databases, and the way to the other pages."""
    st.markdown(f"## *{cards.plain(gene.symbol)}* &ensp;:gray[{cards.plain(gene.name)}]")
    links = [
        f"[{gene.ensembl}](https://www.ensembl.org/id/{gene.ensembl})" if gene.ensembl else "",
        f"[Entrez {gene.entrez}](https://www.ncbi.nlm.nih.gov/gene/{gene.entrez})" if gene.entrez else "",
        f"[{gene.gene_id}](https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/{gene.gene_id})"
        if gene.gene_id.startswith("HGNC")
        else "",
        f"also {cards.plain(', '.join((*gene.aliases, *gene.previous)[:6]))}" if gene.aliases or gene.previous else "",
        f"mouse *{cards.plain(', '.join(gene.orthologs[:3]))}*" if gene.species == "human" and gene.orthologs else "",
    ]
    st.caption(" · ".join(link for link in links if link))


def tau_of(table: pd.DataFrame) -> float:
    """tau of one gene over its measured tissues, on the values as they stand."""
    return api.tau(table["median"].dropna())


def tau_words(tau: float, row: str = "tissue") -> str:
    """A plain reading of tau; 0.8 is the usual border of tissue-specific genes. row: what it is taken over."""
    if np.isnan(tau):
        return "not expressed"
    if row != "tissue":
        return f"{row}-specific" if tau >= 0.8 else f"alike in all {row}s" if tau <= 0.3 else f"uneven over {row}s"
    return "tissue-specific" if tau >= 0.8 else "broadly expressed" if tau <= 0.3 else "between broad and specific"


def basis(table: pd.DataFrame, samples: Chosen | None, p: Provenance) -> str:
    """What tau and z-scores are taken over, where it is not one bundled table. table: as the page shows it."""
    if samples is None:
        return _basis_of_service(table, p)
    count = groups.tissues(table)["tissue"].nunique()
    least = "" if samples.small else f" with at least {groups.FEWEST} samples"
    return (
        f"tau is computed on the medians of {count} tissues{least}, {samples.words}; cohorts, cell lines and "
        "unlabelled samples are left out."
    )


def _basis_of_service(table: pd.DataFrame, p: Provenance) -> str:
    if groups.row(p.source) == "group":
        count = groups.tissues(table)["tissue"].nunique()
        return f"tau is computed on the medians of {count} group{'s' if count != 1 else ''}, in {p.unit}."
    if p.kind not in ("live", "cached"):
        return ""
    if drawn.is_z_alone(table):
        return "The service tells z-scores only, so there is no tau."
    return (
        f"tau is computed on the medians of {table['tissue'].nunique()} tissues, in {p.unit}. The scale of these "
        "numbers is not published: compare tau only within this source and species."
    )


def specificity(table: pd.DataFrame, p: Provenance, samples: Chosen | None = None) -> None:
    """tau, range and mean of z, the five highest and three lowest tissues, links to other pages."""
    gene, said = str(table["gene"].iloc[0]), basis(table, samples, p)
    table = groups.tissues(table)
    if table.empty:
        raise NotFound(
            f"{gene} has no {groups.row(p.source)} to be specific for.",
            "Show tissues of few samples, or change the pool.",
        )
    if len(table) < FEWEST_COMPARED:
        row = groups.row(p.source)
        st.info(f"There is one {row} only, so tau and z-scores have nothing to compare.", icon=":material/info:")
        return
    measured = table.dropna(subset="z")
    if drawn.is_z_alone(table):
        second = st.container()
    else:
        first, second = st.columns([1, 2], wrap=False)
        with first:
            _tau(table, p)
    if said:
        st.caption(cards.plain(said))
    if measured.empty:
        st.info(
            f"{gene} has the same value in every {groups.row(p.source)}, so it has no z-scores.", icon=":material/info:"
        )
        return
    ends = " to ".join(f"{end + 0.0:.1f}" for end in (measured["z"].min().round(1), measured["z"].max().round(1)))
    second.metric("z range", ends.replace("-", "−"))
    value = "" if drawn.is_z_alone(table) else f", mean {cards.plain(p.unit)} {measured['median'].mean():.2f}"
    second.caption(f"mean z {_zeroed(measured['z'].mean()):.2f}{value}")
    ranked = measured.iloc[drawn.highest_first(measured["z"])]
    if len(ranked) <= ALL_LISTED:
        st.markdown("**Highest to lowest**")
        _tissues(ranked, p)
    else:
        st.markdown("**Highest**")
        _tissues(ranked.head(5), p)
        st.markdown("**Lowest**")
        _tissues(ranked.tail(3).iloc[::-1], p)
    params = view.carried({inputs.SEED: [gene]}, inputs.SOURCE, inputs.SPECIES, inputs.BY, inputs.AND_BY)
    st.page_link(
        sidebar.file("coexpression"),
        label=f"With what is {gene} expressed?",
        icon=":material/hub:",
        query_params=params,
    )


def _tau(table: pd.DataFrame, p: Provenance) -> None:
    tau, count, row = tau_of(table), len(table.dropna(subset="median")), groups.row(p.source)
    st.metric(
        "tau",
        "n/a" if np.isnan(tau) else f"{tau:.2f}",
        help=f"{row.capitalize()} specificity, 0 (everywhere) to 1 (one {row}): Yanai et al. 2005, on {p.unit} over "
        f"{count} {row}s",
    )
    st.caption(tau_words(tau, row))


def _zeroed(value: float) -> float:
    """Without the minus sign of a rounded zero."""
    return 0.0 if abs(value) < 0.005 else value


def _tissues(rows: pd.DataFrame, p: Provenance) -> None:
    what = groups.row(p.source).capitalize()
    names = [cards.plain(name).replace("n = ", "n\u00a0=\u00a0") for name in groups.labels(rows)]
    if drawn.is_z_alone(rows):
        lines = [f"| {name} | {z:+.2f} |" for name, z in zip(names, rows["z"], strict=True)]
        st.markdown("\n".join([f"| {what} | z |", "|:--|--:|", *lines]))
        return
    lines = [
        f"| {name} | {row.z:+.2f} | {row.median:.2f} |" for name, row in zip(names, rows.itertuples(), strict=True)
    ]
    st.markdown("\n".join([f"| {what} | z | {cards.plain(p.unit)} |", "|:--|--:|--:|", *lines]))


def specificity_table(table: pd.DataFrame, p: Provenance, samples: Chosen | None = None) -> None:
    """One row a gene: tau, z range, highest tissues."""
    rows, said = [], basis(table, samples, p)
    if said:
        st.caption(cards.plain(said))
    table = groups.tissues(table)
    numbers, genes = pd.factorize(table["gene"])
    z, medians, names = (table[column].to_numpy() for column in ("z", "median", "tissue"))
    for number, gene in enumerate(genes):
        own = numbers == number
        rows.append({"Gene": gene} | _specific(z[own], medians[own], names[own]))
    number = st.column_config.NumberColumn(format="%.2f")
    found = pd.DataFrame(rows)
    st.dataframe(
        found.drop(columns="tau") if drawn.is_z_alone(table) else found,
        hide_index=True,
        key="specificity",
        column_config=dict.fromkeys(("tau", "z min", "z max", "Mean z"), number),
    )


def _specific(z: npt.NDArray[Any], medians: npt.NDArray[Any], names: npt.NDArray[Any]) -> dict[str, object]:
    """The row of a gene in the table, from its rows of a profile."""
    best = drawn.highest_first(z)
    ranked, measured = names[best], z[best] if len(best) else np.array([np.nan])
    return {
        "tau": api.tau(medians[~np.isnan(medians)]),
        "z min": measured[-1],
        "z max": measured[0],
        "Mean z": _zeroed(measured.mean()),
        "Highest": ", ".join(ranked[:5]),
        "Lowest": ", ".join(ranked[:-4:-1]),
    }


def unknown(error: NotFound, name: str, chosen: tuple[str, ...], picker: str = inputs.GENE) -> None:
    """What a miss may mean: the message, and the nearest names to click, which take its place in a picker."""
    cards.tell(error)
    suggested = [symbol for symbol in error.suggestions if symbol not in chosen][:5]
    with st.container(horizontal=True, gap="xsmall"):
        for symbol in suggested:
            st.button(
                symbol,
                key=f"instead-{name}-{symbol}",
                on_click=_instead,
                args=(name, symbol, chosen, picker),
            )


def _instead(name: str, symbol: str, chosen: tuple[str, ...], picker: str) -> None:
    view.write_many(picker, [symbol if one == name else one for one in chosen])
