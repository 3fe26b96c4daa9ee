"""The rows of a profile that are no plain tissues, and what few samples mean. Pure.

Sources with samples say how many stand behind each row (n_samples). Rows of other sources are all plain tissues.
"""

from __future__ import annotations

import pandas as pd

from backend.errors import BadInput

COHORTS, CELL_LINES, UNLABELLED = "Cohorts", "Cell lines", "Unlabelled"  # two systems and a tissue
NOT_TOLD = "not told"  # the group of samples of a study of which nothing is told
COHORT, TISSUE, CELL_LINE, NO_TISSUE = range(4)  # in the order they are drawn
SPOTS = ("spatial-", "stomics-")  # how the keys of sections begin, whose rows are groups of spots
OPENED = ("rnaget-", "odm-", "own-", *SPOTS)  # those of sources whose rows are groups by any column
FEW, FEWEST = 10, 3  # samples: below the first a row is marked, below the second hidden
ALONE = "n = 1 consensus value"  # what stands behind a row of sources without samples
NUMBERS = ("n_samples", "n_series", "n_effective", "min", "q1", "q3", "max", "mean", "sd", "detected", "n_group")


def row(source: str) -> str:
    """What a row of a source stands for: "tissue", or "group" where samples are grouped by a column of their study.

    source: its key, also of a provenance.
    """
    return "group" if source.startswith(OPENED) else "tissue"


def column(source: str) -> str:
    """What the groups of a source are made of: "sample", or "spot" of a section. source: as for row."""
    return "spot" if source.startswith(SPOTS) else "sample"


def has_samples(table: pd.DataFrame) -> bool:
    """Whether the rows say how many samples they are made of."""
    return "n_samples" in table


def has_boxes(table: pd.DataFrame) -> bool:
    """Whether each row is a box: lowest, quartiles, highest."""
    return {"min", "q1", "median", "q3", "max"} <= set(table)


def kinds(table: pd.DataFrame) -> pd.Series:
    """What each row is: COHORT, TISSUE, CELL_LINE or NO_TISSUE."""
    found = pd.Series(TISSUE, index=table.index)
    if has_samples(table) and "system" in table:
        found[table["system"] == COHORTS] = COHORT
        found[table["system"] == CELL_LINES] = CELL_LINE
        found[table["tissue"] == (NOT_TOLD if is_of_study(table) else UNLABELLED)] = NO_TISSUE
    return found


def is_of_study(table: pd.DataFrame) -> bool:
    """Whether the rows are groups of the samples of one study."""
    return "n_group" in table


def few_below(table: pd.DataFrame) -> int:
    """Below how many samples a row is marked: FEW; FEWEST of one study, where a handful in a group is usual."""
    return FEWEST if is_of_study(table) else FEW


def few(table: pd.DataFrame) -> pd.Series:
    """Which rows have fewer samples than `few_below` says."""
    if not has_samples(table):
        return pd.Series(False, index=table.index)
    return table["n_samples"] < few_below(table)


def labels(table: pd.DataFrame) -> list[str]:
    """The rows' names with n, an asterisk where it is small: "Liver (n = 59)", "Skin* (n = 5)".

    Where the genes of the table have different n, the least and the most.
    """
    if not has_samples(table):
        return list(table["tissue"])
    counts = table.groupby("tissue", sort=False)["n_samples"].agg(["min", "max"])
    least = few_below(table)
    names = {row.Index: _label(str(row.Index), row.min, row.max, least) for row in counts.itertuples()}
    return [names[tissue] for tissue in table["tissue"]]


def _label(tissue: str, fewest: float, most: float, least: int) -> str:
    if pd.isna(fewest):
        return tissue
    count = f"{fewest:,.0f}" if fewest == most else f"{fewest:,.0f}–{most:,.0f}"
    return f"{tissue}{'*' if fewest < least else ''} (n = {count})"


def visible(table: pd.DataFrame, small: bool) -> tuple[pd.DataFrame, int]:
    """The table without tissues of fewer than FEWEST samples, and how many those are; all of it when `small`.

    Raises BadInput when no tissue is left.
    """
    if small or not has_samples(table):
        return table, 0
    hidden = (table["n_samples"] < FEWEST) & (kinds(table) == TISSUE)
    kept = table[~hidden].reset_index(drop=True)
    if kept.empty:
        count = table["tissue"].nunique()
        what = f"All {count} tissues have fewer than {FEWEST} samples."
        raise BadInput(what, "Show them with the switch, or change the pool.")
    return kept, int(table.loc[hidden, "tissue"].nunique())


def tissues(table: pd.DataFrame) -> pd.DataFrame:
    """Only the plain tissues: no cohorts, no cell lines, no unlabelled samples."""
    return table[kinds(table) == TISSUE] if has_samples(table) else table


def systems(table: pd.DataFrame) -> list[str]:
    """The organ systems to choose from, in alphabetical order."""
    return sorted({system for system in table["system"] if system and system != COHORTS})


def few_note(table: pd.DataFrame) -> str:
    """What the asterisk means, where one is drawn."""
    below = f"n below {FEWEST}" if is_of_study(table) else f"fewer than {FEW} samples"
    return f"* {below} (paler)." if few(table).any() else ""


def hidden_note(hidden: int) -> str:
    """How many tissues are not shown."""
    if not hidden:
        return ""
    are = "tissue with fewer than {} samples is" if hidden == 1 else "tissues with fewer than {} samples are"
    return f"{hidden} {are.format(FEWEST)} hidden."


def key(table: pd.DataFrame) -> str:
    """What stands apart from the tissues and in which colour."""
    found = set(kinds(table))
    grey = "those of which nothing is told" if is_of_study(table) else "samples whose texts name no tissue"
    words = (
        "Orange: cohorts." if COHORT in found else "",
        "Below the line: cell lines of any tissue." if CELL_LINE in found else "",
        f"Grey: {grey}." if NO_TISSUE in found else "",
    )
    return " ".join(word for word in words if word)


def blocks(table: pd.DataFrame) -> list[int]:
    """The rows before which a line separates cohorts, tissues, cell lines and unlabelled samples."""
    found = list(kinds(table))
    return [row for row in range(1, len(found)) if found[row] != found[row - 1]]


def behind(table: pd.DataFrame, alone: str = ALONE) -> list[str]:
    """What stands behind each row, as lines of a hover. alone: where neither samples nor a box are known."""
    if not has_samples(table) and not has_boxes(table):
        return [alone] * len(table)
    return [_behind(row) for row in table.to_dict("records")]


def _behind(row: dict[str, float]) -> str:
    count, of_study = row.get("n_samples", float("nan")), "n_group" in row
    lines = ["n not told" if pd.isna(count) else f"n = {count:,.0f}"]
    if not pd.isna(count) and not of_study:
        lines[0] += f" sample{'s' if count != 1 else ''}"
    if row.get("n_group", count) > count:
        lines[0] = f"measured in {count:,.0f} of {row['n_group']:,.0f}"
    if pd.notna(row.get("n_series")):
        lines[0] += f" in {row['n_series']:,.0f} series"
    if pd.notna(row.get("n_effective")):
        lines.append(f"effective n = {row['n_effective']:,.1f}, each series weighs once")
    if {"min", "q1", "q3", "max"} <= row.keys() and pd.notna(row["min"]):
        lines.append(f"quartiles {row['q1']:.2f} to {row['q3']:.2f}, all {row['min']:.2f} to {row['max']:.2f}")
    if {"mean", "sd"} <= row.keys():
        lines.append(f"mean {row['mean']:.2f}, SD {row['sd']:.2f}")
    if "detected" in row:
        lines.append(f"detected in {row['detected']:.0%} of samples")
    if count < (FEWEST if of_study else FEW):
        lines.append(f"few: below {FEWEST}" if of_study else f"few samples: below {FEW}")
    return "<br>".join(lines)
