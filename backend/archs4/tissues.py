"""A tissue for each sample. ARCHS4 files have no such field: ordered keyword rules read the texts of GEO.

Which text decides, and what the rules are: data/tissues/NOTICE.md. A guess is never silent: the number of the
rule and the deciding field stay with the sample, and what no rule recognises stays visible as UNLABELLED.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from backend.archs4.rules import KINDS, STANDARD, Kind, Rule, Search, normal_key, read
from backend.errors import BadInput

UNLABELLED = "Unlabelled"
CELL_LINE, CELL_LINES = "Cell line", "Cell lines"  # label and system
COLUMNS = ("label", "system", "origin", "cell_line", "tumour", "rule", "field")
REMEMBERED = 50_000  # distinct texts whose rules are kept: the source names of a series repeat

_SIGNS = re.compile(r"[^\w+]+|_+")


@dataclass(frozen=True)
class Label:
    """What the rules make of one sample.

    label, system: what to group by; UNLABELLED and "" when no rule knows it, CELL_LINE for any cell line.
    origin: the tissue its texts name, also for a cell line; "" when none.
    rule, field: number of the deciding rule and the text it read; 0 and "" when none.
    """

    label: str
    system: str
    origin: str
    cell_line: bool
    tumour: bool
    rule: int
    field: str


@dataclass(frozen=True)
class Coverage:
    """How far the rules reach. table: label, system, samples, share (of all), most first, UNLABELLED last."""

    samples: int
    tissues: int  # samples with a tissue, cell lines left out
    cell_lines: int
    tumours: int
    unlabelled: int
    table: pd.DataFrame

    def sentence(self) -> str:
        """The same for a figure's note."""
        share = (lambda n: f"{n:,} ({n / self.samples:.1%})") if self.samples else str
        counted = f"{share(self.tissues)} have a tissue, {share(self.cell_lines)} are cell lines"
        return f"Of {self.samples:,} samples {counted}, {share(self.unlabelled)} are unlabelled."


class Tissues:
    """The rules, ready to label samples."""

    def __init__(self, rules: Sequence[Rule] | None = None) -> None:
        """rules: as rules.read gives them; the bundled ones when left out. Raises BadInput as `rules.read`."""
        self.rules = tuple(read() if rules is None else rules)
        self._orders = {kind: self._order(kind) for kind in KINDS}
        self._together = {kind: tuple(dict.fromkeys((*STANDARD, *order))) for kind, order in self._orders.items()}
        self._searches = {
            (kind, field): Search([rule for rule in self.rules if rule.kind == kind and field in rule.fields])
            for kind, order in self._orders.items()
            for field in order
        }
        self._matching = lru_cache(maxsize=REMEMBERED)(self._search)

    def label(self, pairs: Mapping[str, str], source: str = "", title: str = "") -> Label:
        """The label of a sample from its characteristics (key -> value), source name and title."""
        texts = {"source": _folded(source), "title": _folded(title)}
        for key, value in pairs.items():
            if (name := normal_key(key)) not in ("source", "title"):
                texts[name] = f"{texts.get(name, '')} {_folded(value)}".strip()
        tissue, field = self._first("tissue", texts)
        line, line_field = self._first("cell line", texts)
        tumour, _ = self._first("tumour", texts)
        origin = "" if tissue is None else tissue.label
        if line is not None:
            return Label(CELL_LINE, CELL_LINES, origin, True, tumour is not None, line.order, line_field)
        if tissue is None:
            return Label(UNLABELLED, "", "", False, tumour is not None, 0, "")
        return Label(tissue.label, tissue.system, origin, False, tumour is not None, tissue.order, field)

    def labels(self, samples: pd.DataFrame) -> pd.DataFrame:
        """Labels of a table from samples.read, one row a sample, same index; columns as Label has them.

        Raises BadInput when pairs, source or title is not a column.
        """
        if missing := {"pairs", "source", "title"} - set(samples.columns):
            raise BadInput(f"The samples have no column {', '.join(sorted(missing))}.", "Read them with samples.read.")
        texts = ([value if isinstance(value, str) else "" for value in samples[name]] for name in ("source", "title"))
        made = [self.label(*row) for row in zip(samples["pairs"], *texts, strict=True)]
        columns = {name: [getattr(label, name) for label in made] for name in COLUMNS}
        dtypes = dict.fromkeys(COLUMNS, object) | {"cell_line": bool, "tumour": bool, "rule": int}
        return pd.DataFrame(columns, index=samples.index).astype(dtypes)

    def _order(self, kind: Kind) -> tuple[str, ...]:
        """The fields that are looked at, in order."""
        if kind == "tissue":
            return STANDARD
        return tuple(dict.fromkeys(field for rule in self.rules if rule.kind == kind for field in rule.fields))

    def _first(self, kind: Kind, texts: Mapping[str, str]) -> tuple[Rule | None, str]:
        """The rule that decides and the field it read: the first text any rule knows, in it the first rule."""
        order = self._orders[kind]
        for field in order:
            if text := texts.get(field):
                for rule in self._matching(kind, field, text):
                    together = " | ".join(texts[name] for name in self._together[kind] if name in texts)
                    if rule.agrees(together):
                        return rule, field
        return None, ""

    def _search(self, kind: Kind, field: str, text: str) -> tuple[Rule, ...]:
        return self._searches[kind, field].matching(text)


def coverage(labels: pd.DataFrame) -> Coverage:
    """How many samples the rules placed, from the table of `Tissues.labels`; several such tables can be joined."""
    total, lines = len(labels), int(labels["cell_line"].sum())
    unlabelled = int((labels["label"] == UNLABELLED).sum())
    counted = labels.groupby(["label", "system"], sort=True).size().rename("samples").reset_index()
    counted["last"] = counted["label"] == UNLABELLED
    counted = counted.sort_values(["last", "samples"], ascending=[True, False], kind="stable").drop(columns="last")
    table = counted.assign(share=counted["samples"] / max(total, 1)).reset_index(drop=True)
    return Coverage(total, total - lines - unlabelled, lines, int(labels["tumour"].sum()), unlabelled, table)


@lru_cache(maxsize=REMEMBERED)
def _folded(text: str) -> str:
    """Lower case; every sign but letters, digits and + is a blank."""
    return _SIGNS.sub(" ", text.casefold()).strip()
