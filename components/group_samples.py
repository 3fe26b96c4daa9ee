"""Samples of a study as the columns of a heatmap: all of them, or those of a group; in the order of their groups."""

from __future__ import annotations

import pandas as pd

from backend import api
from backend.errors import BadInput, TooLarge
from backend.model import Answer, Species
from components import inputs
from components.grouping import Grouped

MOST, FEWEST, MOST_CELLS = 500, 3, 50_000  # samples; samples; genes x samples
ALL, GROUP = "all", "group:"


def picker(counted: pd.DataFrame) -> str:
    """The control: all samples, where they fit, or a group. counted: one gene over the groups."""
    total = int(counted["n_group"].sum())
    sizes = dict(zip(counted["tissue"], counted["n_group"].astype(int), strict=True))
    named = {f"{GROUP}{name}": f"{name} (n = {n:,})" for name, n in sizes.items()}
    names = {ALL: f"All (n = {total:,})"} | named
    fitting = [f"{GROUP}{name}" for name, n in sorted(sizes.items(), key=lambda item: -item[1]) if n <= MOST]
    default = ALL if total <= MOST or not fitting else fitting[0]
    return inputs.choice("Samples of", inputs.OF, list(names), default, names, width=150)


def words(chosen: str, grouped: Grouped | None) -> str:
    """Which samples, for a legend."""
    if chosen == ALL:
        return "samples"
    return f"samples of {grouped.title if grouped else 'the group'} = {chosen.removeprefix(GROUP)}"


def of(
    chosen: str, source: str, genes: list[str], species: Species, grouped: Grouped | None, counted: pd.DataFrame
) -> Answer[pd.DataFrame]:
    """The genes in the chosen samples, every pair: gene, sample, series, title, tissue (the group), value.

    Samples by group; NaN where a gene was not measured. Samples in which none was measured are left out, and counted
    in the notes. Raises TooLarge over MOST samples or MOST_CELLS, BadInput below FEWEST samples.
    """
    group = chosen.removeprefix(GROUP)
    sizes = counted.set_index("tissue")["n_group"]
    wanted = int(sizes.sum()) if chosen == ALL else int(sizes[group])
    _check(wanted, len(genes))
    answer = api.group_points(source, genes, species, grouped.by if grouped else ())
    points = answer.value if chosen == ALL else answer.value[answer.value["tissue"] == group]
    rank = {name: place for place, name in enumerate(counted.sort_values("place")["tissue"])}
    about = points.drop_duplicates("sample").drop(columns=["gene", "value"])
    about = about.iloc[about["tissue"].map(rank).argsort(kind="stable")]
    if len(about) < FEWEST:
        what = f"These genes were measured in {len(about)} of these samples; a z-score needs at least {FEWEST}."
        raise BadInput(what, "Choose more samples, or other genes.")
    named = list(dict.fromkeys(points["gene"]))
    every = [about.assign(gene=gene) for gene in named]
    table = pd.concat(every, ignore_index=True).merge(points[["gene", "sample", "value"]], how="left")
    lacking = wanted - len(about)
    are = "sample is" if lacking == 1 else "samples are"
    note = f"{lacking:,} {are} left out, in which none of these genes was measured." if lacking else ""
    absent = [gene for gene in genes if gene not in set(named)]
    none = f"Left out, measured in none of these samples: {', '.join(absent[:10])}." if absent else ""
    return Answer(table, answer.provenance.noting(*filter(None, (note, none))))


def _check(samples: int, genes: int) -> None:
    if samples > MOST:
        raise TooLarge(f"{samples:,} samples; a heatmap draws up to {MOST}.", "Choose a group, or group otherwise.")
    if samples < FEWEST:
        words = "is 1 sample" if samples == 1 else f"are {samples} samples"
        raise BadInput(f"There {words}; a z-score needs at least {FEWEST}.", "Choose more samples.")
    if samples * genes > MOST_CELLS:
        what = f"{genes:,} genes x {samples:,} samples are {samples * genes:,} cells; the cap is {MOST_CELLS:,}."
        raise TooLarge(what, "Take fewer genes or samples.")
