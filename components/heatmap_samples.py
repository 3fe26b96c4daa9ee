"""Which samples are the columns of a heatmap: a tissue, a cohort, the basket or the list of a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from backend import api
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import Answer, Cohort, Pool, Species
from components import basket, cohorts, groups, inputs, view

MOST, FEWEST, MOST_CELLS = 500, 3, 50_000  # samples; samples; genes x samples
_AT_ONCE = 100  # accessions in one search
BASKET, LIST, COHORT, TISSUE = "basket", "list", "cohort:", "tissue:"
COLUMNS = ["sample", "series", "title", "tissue"]


@dataclass(frozen=True)
class Samples:
    """table: COLUMNS, one row a sample. words: which they are, for a legend."""

    table: pd.DataFrame
    words: str

    def check(self, genes: int) -> Samples:
        """The same; raises BadInput for too few to compare, TooLarge for more than a figure holds."""
        count = len(self.table)
        if count < FEWEST:
            raise BadInput(
                f"{self.words}: a z-score needs at least {FEWEST} samples, these are {count}.", "Choose more."
            )
        if count * genes > MOST_CELLS:
            what = f"{genes:,} genes x {count:,} samples are {count * genes:,} cells; the cap is {MOST_CELLS:,}."
            raise TooLarge(what, "Take fewer genes or samples.")
        return self


def picker(table: pd.DataFrame) -> str:
    """The control: a tissue (at first the largest that fits), a cohort, the basket. table: one gene over tissues."""
    rows = table[(table["gene"] == table["gene"].iloc[0]) & (groups.kinds(table) != groups.COHORT)]
    names = {
        f"{TISSUE}{tissue}": f"{tissue} (n = {n:,.0f})"
        for tissue, n in zip(rows["tissue"], rows["n_samples"], strict=True)
    }
    fitting = groups.tissues(rows[rows["n_samples"] <= MOST]).nlargest(1, "n_samples")["tissue"]
    default = f"{TISSUE}{fitting.iloc[0]}" if len(fitting) else next(iter(names))
    named = {f"{COHORT}{cohort.name}": f"Cohort: {cohort.name}" for cohort in _cohorts()}
    options = _listed() | named | dict(sorted(names.items(), key=lambda item: item[0].casefold()))

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    chosen = view.one(inputs.OF, default, parse)
    st.selectbox(
        "Samples of",
        list(options),
        format_func=options.__getitem__,
        key=inputs.OF,
        on_change=_choose,
        args=(default,),
        width=200,
    )
    return chosen


def _listed() -> dict[str, str]:
    """The list of the link and the basket, where they are there and differ."""
    found, held = {}, _basket()
    asked = view.unpacked(view.hidden(inputs.SAMPLES)) if view.current(inputs.SAMPLES) else []
    if asked:
        found[LIST] = f"{'Basket' if asked == held[: MOST + 1] else 'List of the link'} ({len(asked):,})"
    if held and asked != held[: MOST + 1]:
        found[BASKET] = f"Basket ({len(held):,})"
    return found


def _basket() -> list[str]:
    held = basket.samples()
    return [] if held.empty else [str(name) for name in held["sample"]]


def _cohorts() -> tuple[Cohort, ...]:
    """Those of the link first, then the others of the session."""
    return tuple(dict.fromkeys((*cohorts.chosen(), *cohorts.known())))


def _choose(default: str) -> None:
    """Write the choice into the URL, the basket as a list and a cohort with its search, so that the URL suffices."""
    value = st.session_state[inputs.OF]
    changes: dict[str, list[str]] = {inputs.OF: [] if value == default else [value], inputs.SAMPLES: []}
    if value == BASKET:
        changes = {inputs.OF: [LIST], inputs.SAMPLES: [view.packed(_basket()[: MOST + 1])]}
    elif value == LIST:
        changes.pop(inputs.SAMPLES)
    for cohort in cohorts.known():
        if value == f"{COHORT}{cohort.name}":
            changes[inputs.COHORT] = [cohorts.text(cohort)]
    view.write_all(changes)


def of(chosen: str, source: str, gene: str, species: Species, pool: Pool, counted: pd.DataFrame) -> Samples:
    """The chosen samples. counted: one gene over tissues, for how many there are. Raises TooLarge over MOST."""
    if chosen.startswith(TISSUE):
        return _of_tissue(chosen.removeprefix(TISSUE), source, gene, species, pool, counted)
    if chosen.startswith(COHORT):
        name = chosen.removeprefix(COHORT)
        cohort = next(one for one in _cohorts() if one.name == name)
        return _of_cohort(cohort, source, species, pool)
    names = _basket() if chosen == BASKET else view.unpacked(view.current(inputs.SAMPLES) or "")
    _capped(len(names), "The list")
    return Samples(_described(names, source, species), f"a list of {len(names):,} samples")


def _capped(count: int, what: str) -> None:
    if count > MOST:
        hint = "Choose fewer: name a narrower search as a cohort on the Samples page, or fill the basket."
        raise TooLarge(f"{what} has {count:,} samples; a heatmap draws up to {MOST}.", hint)


def _of_tissue(tissue: str, source: str, gene: str, species: Species, pool: Pool, counted: pd.DataFrame) -> Samples:
    _capped(int(counted.loc[counted["tissue"] == tissue, "n_samples"].iloc[0]), tissue)
    rows = api.points(source, gene, tissue, species, pool).value
    return Samples(rows.assign(tissue=tissue)[COLUMNS], f"{_pool(pool)} of {tissue}")


def _of_cohort(cohort: Cohort, source: str, species: Species, pool: Pool) -> Samples:
    query = cohort.query if pool == "both" else f"({cohort.query}) AND pool:{pool}"
    page = api.search_samples(source, query, species, 0, MOST).value
    _capped(page.total, f"The cohort “{cohort.name}”")
    if not page.total:
        raise NotFound(f"The cohort “{cohort.name}” has no {_pool(pool)}.", "Change the pool or the search.")
    return Samples(_columns(page.rows), f"{_pool(pool)} of the cohort “{cohort.name}” ({cohort.query})")


def _pool(pool: Pool) -> str:
    return "samples" if pool == "both" else f"{pool} samples"


def _described(names: Sequence[str], source: str, species: Species) -> pd.DataFrame:
    """What is known of these samples, in their order; those that are not there stay with empty texts."""
    parts = [
        _columns(api.search_samples(source, " ".join(names[at : at + _AT_ONCE]), species, 0, MOST).value.rows)
        for at in range(0, len(names), _AT_ONCE)
    ]
    known = pd.concat(parts, ignore_index=True).drop_duplicates("sample").set_index("sample")
    return known.reindex(list(names)).fillna("").rename_axis("sample").reset_index()[COLUMNS]


def _columns(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(tissue=rows.get("tissue", ""))[COLUMNS]


def values(samples: Samples, source: str, genes: list[str], species: Species) -> Answer[pd.DataFrame]:
    """The genes in the samples: gene, sample, value, with series, title and tissue.

    Unknown samples and those without reads are left out and told in the notes.
    """
    answer = api.expression(source, genes, list(samples.table["sample"]), species)
    table = answer.value.merge(samples.table.drop_duplicates("sample"), on="sample", how="left").fillna({"tissue": ""})
    empty = set(table["sample"]) - set(table.dropna(subset="value")["sample"])
    if not empty:
        return Answer(table, answer.provenance)
    table = table[~table["sample"].isin(empty)].reset_index(drop=True)
    return Answer(table, answer.provenance.noting(f"Left out, without any read: {', '.join(sorted(empty)[:10])}."))
