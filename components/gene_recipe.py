"""What the profile of genes shows, in words: axis, legend, steps, key, and the columns of its file. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from backend.model import Provenance
from backend.recipe import Recipe, genes_phrase
from components import cards, drawn, groups
from components.samples_choice import Chosen

MEASURES = {drawn.BOX: "Box plot", drawn.Z: "z-score", drawn.LOG: "Log value", drawn.LINEAR: "Linear value"}
PLAIN = {drawn.LOG: "Value"}  # where the unit is no logarithm
ORDERS = {drawn.BY_VALUE: "Value", drawn.BY_NAME: "Name", drawn.BY_SYSTEM: "Organ system"}
GROUP_ORDERS = {drawn.BY_VALUE: "Value", drawn.BY_NAME: "Group"}
_LINEAR = "none (linear)"
_WHAT = {drawn.Z: "z-scores", drawn.LOG: "log values", drawn.LINEAR: "linear values", drawn.BOX: "distributions"}
BALANCED = (
    "Each series weighs once in each tissue and once in the z reference (study-balanced); the effective n of a tissue "
    "is (sum of weights)² / sum of weights²."
)


@dataclass(frozen=True)
class Drawn:
    """The options of the figure. top: None for all tissues. samples: None for sources without samples.

    hidden: tissues left out because of few samples. by: of a study, what its samples are grouped by, in words.
    points: every sample is drawn as well.
    """

    measure: str
    order: str
    top: int | None
    systems: tuple[str, ...] = ()
    samples: Chosen | None = None
    hidden: int = 0
    by: str = ""
    points: bool = False


def measures(table: pd.DataFrame, unit: str) -> list[str]:
    """What can be drawn of a profile, the default first: boxes where it holds them, linear values where its unit is
    the logarithm of one, z alone where it holds nothing else."""
    if drawn.is_z_alone(table):
        return [drawn.Z]
    boxes = [drawn.BOX] if groups.has_boxes(table) else []
    return [*boxes, drawn.Z, drawn.LOG, *([drawn.LINEAR] if unit.startswith("log2(") else [])]


def named(unit: str) -> dict[str, str]:
    """What the measures are called for values in a unit."""
    return MEASURES if unit.startswith("log") else MEASURES | PLAIN


def told(table: pd.DataFrame, p: Provenance) -> Provenance:
    """The provenance of a profile as it is drawn: z-scores alone have no unit of expression."""
    return cards.with_unit(p, drawn.Z_ALONE, "") if drawn.is_z_alone(table) else p


def alone(p: Provenance) -> str:
    """What stands behind a value where neither samples nor a box are told."""
    return groups.ALONE if p.kind == "real" else "n not told"


def axis(measure: str, p: Provenance) -> str:
    """The title of the value axis, with the unit."""
    if measure == drawn.Z:
        return z_of(p.unit)
    return drawn.linear_unit(p.unit) if measure == drawn.LINEAR else p.unit


def z_of(unit: str) -> str:
    """ "z-score of log2(nTPM+1)" """
    return unit if unit == drawn.Z_ALONE else f"z-score of {unit}"


def recipe(shown: pd.DataFrame, options: Drawn, params: tuple[tuple[str, str], ...], p: Provenance) -> Recipe:
    """How the figure came about. shown: what drawn.profile gave; p: of the answer as it stands."""
    genes = list(dict.fromkeys(shown["gene"]))
    steps: list[str] = []
    if p.unit == drawn.Z_ALONE:
        steps.append("The z-scores are those of the service.")
    elif options.measure == drawn.Z:
        steps.append(_z_step(p))
    else:  # the figure draws no z; the data file still holds it
        steps.append(f"z in the data file is against {p.z_reference}.")
    if options.samples:
        steps.append(f"The data file holds n and the box of each tissue, in {p.unit}.")
        steps += [BALANCED] if options.samples.balanced else []
    elif groups.has_boxes(shown):
        n = "n and " if groups.has_samples(shown) else ""
        served = "" if _is_of_groups(p) else f", as {_who(p)} serves them"
        steps.append(f"The data file holds {n}the box of each {groups.row(p.source)}, in {p.unit}{served}.")
    legend = _legend(genes, shown, options, p)
    if options.measure != drawn.Z:
        p = cards.without_z(p)
    if options.measure == drawn.LINEAR:
        p = cards.with_unit(p, drawn.linear_unit(p.unit), _LINEAR)
    return Recipe("gene", f"tissue-{options.measure}", "-".join(genes), params, p, legend, tuple(steps))


def _is_of_groups(p: Provenance) -> bool:
    """Whether the rows are groups of the samples of a study, whose boxes are made here."""
    return groups.row(p.source) == "group"


def _z_step(p: Provenance) -> str:
    if _is_of_groups(p):
        what = f"{groups.column(p.source)}s"
        return f"z = (mean of the group − mean of all {what}) / SD of all {what}."
    return "z = (tissue value − reference mean) / reference SD."


def _legend(genes: list[str], shown: pd.DataFrame, options: Drawn, p: Provenance) -> str:
    rows = f"{groups.row(p.source)}s"
    where = f"all {rows}" if options.top is None else f"the {options.top} {rows} of highest value"
    if options.systems:
        where += f" (only {', '.join(options.systems)})"
    of = f", {options.samples.words}" if options.samples else ""
    plain = options.measure == drawn.LOG and not p.unit.startswith("log")
    what = "values" if plain else _WHAT[options.measure]
    across = f"{rows} by {options.by}" if options.by else rows
    pieces = (
        f"Expression of {genes_phrase(genes)} across {across} ({p.species}{of}): {what} in {where}, "
        f"sorted by {(GROUP_ORDERS if options.by else ORDERS)[options.order].lower()}.",
        "The line marks 0, the dotted guides z = ±2." if options.measure == drawn.Z else "",
        box_key(options, p),
        "Each series weighs once." if options.samples and options.samples.balanced else "",
        groups.few_note(shown),
        key(shown, options),
    )
    return " ".join(piece for piece in pieces if piece)


def box_key(options: Drawn, p: Provenance) -> str:
    """How to read a box, where boxes are drawn."""
    if options.measure != drawn.BOX:
        return ""
    of_samples = options.samples or _is_of_groups(p)
    what = groups.column(p.source)
    ends = f"lowest and highest {what}" if of_samples else f"lowest and highest value, as {_who(p)} serves them"
    points = f" Points: {what}s." if options.points else ""
    return f"Box: first to third quartile. Line: median. Whiskers: {ends}.{points}"


def _who(p: Provenance) -> str:
    """The source without its bracket: "ARCHS4 (live)" -> "ARCHS4"."""
    return p.title.partition(" (")[0]


def key(shown: pd.DataFrame, options: Drawn) -> str:
    """What stands apart, in which colour, and what is hidden."""
    return " ".join(filter(None, (groups.key(shown), groups.hidden_note(options.hidden))))


def numbers(shown: pd.DataFrame, drawn_axis: str, p: Provenance) -> pd.DataFrame:
    """Exactly the numbers drawn, and what the source has beside them, for the table and the file.

    p: of the recipe; the medians stand in its unit, or in the logarithm of it where linear values are drawn.
    """
    unit = f"log2({p.unit}+1)" if p.transform == _LINEAR else p.unit
    more = [name for name in groups.NUMBERS if name in shown]
    if drawn.is_z_alone(shown):  # no values, and no organ systems where none is told
        places = ["gene", "tissue", *(["system"] if shown["system"].any() else [])]
        return shown[[*places, "value"]].rename(columns={"value": f"drawn: {drawn_axis}"})
    columns = shown[["gene", "tissue", "system", "value", "z", "median", *more]]
    median = f"median: {unit}" if more else unit
    return columns.rename(columns={"value": f"drawn: {drawn_axis}", "median": median})
