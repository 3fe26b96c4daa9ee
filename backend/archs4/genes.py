"""The genes of a file: how each row is shown, and which row a name means.

Shown: the symbol as the file gives it; mouse symbols, which the files write in upper case, in the case MGI
gives them; a gene without a symbol by its Ensembl id.
Rows that share a symbol (some 2,000 of them): ONE stands for the symbol, the row with the Ensembl id that HGNC
or MGI gives for it, else the first row. The others are shown and found by their Ensembl id. Rows are never
summed: the two official advices, sum or keep one, contradict each other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from backend import genes as naming
from backend.archs4 import opening, text
from backend.archs4.layout import Kind, Layout
from backend.errors import BadAnswer, NotFound
from backend.gene_names import GeneNames, names
from backend.genes import Resolution
from backend.model import Species

NEAR = 5  # suggestions
DUPLICATES = (
    "Where several rows share a symbol, the row with the Ensembl id of HGNC or MGI stands for it, else the first; "
    "the others are found by their Ensembl id. Rows are not summed."
)
_ID = re.compile(r"ENS[A-Z]*[GT]\d{11}(?!\d)", re.IGNORECASE)
_VERSION = re.compile(rf"^({_ID.pattern})\.\d+", re.IGNORECASE)


@dataclass(frozen=True)
class GeneTable:
    """The genes (or transcripts) of a file, row by row in the order of the file.

    given: symbols as the file holds them. ensembl: without version, "" when unknown. biotype: "" when unknown.
    symbols: as shown; several rows may share one. labels: as shown, each different.
    """

    file: str
    species: Species
    kind: Kind
    given: tuple[str, ...]
    symbols: tuple[str, ...]
    ensembl: tuple[str, ...]
    biotype: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.given)

    def row(self, name: str) -> int:
        """The row a name means: an Ensembl id, a label, a symbol in any case, any name HGNC or MGI knows.

        Raises NotFound, with the nearest names in the file, when it means none or may mean several.
        """
        own = self._own_row(_VERSION.sub(r"\1", naming.cleaned(name)))
        if own is not None:
            return own
        if self.kind == "transcript":
            raise self._unknown(name, "Give a transcript id, for example ENST00000269305.", ())
        found = naming.resolve(name, self.species, NEAR)
        row = self._row_of(found)
        if row is None:
            raise self._absent(name, found)
        return row

    def twins(self, row: int) -> tuple[int, ...]:
        """All rows that share the symbol of `row`, the one that stands for it first."""
        return self._rows_of_symbol[self.symbols[row]]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What each row is called, no two alike: its symbol, for further rows of a symbol its Ensembl id."""
        taken = set(self._rows_of_symbol)
        labels = []
        for row, (symbol, ensembl) in enumerate(zip(self.symbols, self.ensembl, strict=True)):
            label = symbol
            if self._rows_of_symbol[symbol][0] != row:
                label = ensembl if ensembl and ensembl not in taken else f"{symbol} (row {row + 1})"
            taken.add(label)
            labels.append(label)
        return tuple(labels)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a gene: gene (label), symbol (as in the file), ensembl, biotype; kept: it stands for its symbol."""
        kept = [self._rows_of_symbol[symbol][0] == row for row, symbol in enumerate(self.symbols)]
        columns = {"gene": self.labels, "symbol": self.given, "ensembl": self.ensembl, "biotype": self.biotype}
        return pd.DataFrame({name: list(values) for name, values in columns.items()}, dtype=object).assign(kept=kept)

    @cached_property
    def _rows_of_symbol(self) -> Mapping[str, tuple[int, ...]]:
        groups: dict[str, list[int]] = defaultdict(list)
        for row, symbol in enumerate(self.symbols):
            groups[symbol].append(row)
        return {symbol: self._ordered(symbol, rows) for symbol, rows in groups.items()}

    def _ordered(self, symbol: str, rows: Sequence[int]) -> tuple[int, ...]:
        """Rows of one symbol, the one with the approved Ensembl id first."""
        if len(rows) == 1:
            return tuple(rows)
        table = names(self.species)
        approved = {table.info(row, "", "").ensembl for row, _ in table.matches(symbol)} - {""}
        return tuple(sorted(rows, key=lambda row: (self.ensembl[row] not in approved, row)))

    @cached_property
    def _row_of_ensembl(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for row, ensembl in enumerate(self.ensembl):
            if ensembl:
                found.setdefault(ensembl.casefold(), row)
        return found

    @cached_property
    def _row_of_name(self) -> Mapping[str, int]:
        """Labels and given symbols, exactly as written, to their row."""
        given: dict[str, int] = {}
        for row, symbol in enumerate(self.given):
            given.setdefault(symbol, self._rows_of_symbol[self.symbols[row]][0])
        given.pop("", None)  # a gene without a symbol
        return given | {label: row for row, label in enumerate(self.labels)}

    @cached_property
    def _row_of_folded(self) -> Mapping[str, int]:
        """The same in any case; where spellings differ in case only, the approved gene, else the first."""
        groups: dict[str, list[int]] = defaultdict(list)
        for name, row in self._row_of_name.items():
            groups[name.casefold()].append(row)
        return {name: self._ordered(name, sorted(set(rows)))[0] for name, rows in groups.items()}

    def _own_row(self, name: str) -> int | None:
        """The row the file itself knows by this name."""
        folded = name.casefold()
        for known, key in ((self._row_of_ensembl, folded), (self._row_of_name, name), (self._row_of_folded, folded)):
            if key in known:
                return known[key]
        return None

    def _row_of(self, found: Resolution) -> int | None:
        """The row of a gene that HGNC or MGI calls otherwise than the file: by id, symbol or previous symbol."""
        if found.gene is None:
            return None
        called = (found.gene.ensembl, found.gene.symbol, *found.gene.previous)
        rows = (self._own_row(name) for name in called if name)
        return next((row for row in rows if row is not None), None)

    def _absent(self, name: str, found: Resolution) -> NotFound:
        rows = [self._own_row(candidate) for candidate in found.candidates]
        here = tuple(dict.fromkeys(self.labels[row] for row in rows if row is not None))
        if found.gene is not None:
            return self._unknown(name, f"It is known as {found.gene.symbol}, which the file does not hold.", here)
        if found.status == "ambiguous":
            return self._unknown(name, f"It {found.note}: choose one of them.", here)
        return self._unknown(name, f"Nearest: {', '.join(here)}." if here else "Check the spelling and species.", here)

    def _unknown(self, name: str, hint: str, suggestions: tuple[str, ...]) -> NotFound:
        shown = name.strip()[:40] or "An empty name"
        return NotFound(f"“{shown}” is not a {self.species} {self.kind} of {self.file}.", hint, suggestions)


def read(layout: Layout) -> GeneTable:
    """The gene table of a file; without rows for metadata that name no genes.

    Raises BadAnswer when the file is damaged or was replaced.
    """
    with layout.opened() as file:
        fields = [
            [""] * layout.n_genes if name is None else [text.known(value) or "" for value in opening.texts(file[name])]
            for name in (layout.symbol, layout.ensembl, layout.biotype)
        ]
    given, ids, biotype = fields
    if len(given) != layout.n_genes:
        raise BadAnswer(f"{layout.path.name} holds {len(given):,} genes, not {layout.n_genes:,}.", opening.AGAIN)
    ensembl = [_ensembl(own, symbol) for own, symbol in zip(ids, given, strict=True)]
    shown = [symbol or own or f"row {row + 1}" for row, (symbol, own) in enumerate(zip(given, ensembl, strict=True))]
    if layout.species == "mouse" and layout.kind != "transcript":
        shown = _in_mouse_case(shown, ensembl)
    return GeneTable(
        layout.path.name,
        layout.species,
        layout.kind,
        tuple(given),
        tuple(shown),
        tuple(ensembl),
        tuple(biotype),
    )


def _ensembl(own: str, symbol: str) -> str:
    """An Ensembl id without its version; genes without a symbol may carry it in place of one."""
    return _VERSION.sub(r"\1", own or (symbol if _ID.match(symbol) else ""))


def _in_mouse_case(symbols: Sequence[str], ensembl: Sequence[str]) -> list[str]:
    table = names("mouse")
    return [_mouse_symbol(table, symbol, own) for symbol, own in zip(symbols, ensembl, strict=True)]


def _mouse_symbol(table: GeneNames, symbol: str, ensembl: str) -> str:
    """MGI's spelling: of the gene with this Ensembl id if it is called so, else of the only gene called so."""
    row = table.by_ensembl(ensembl) if ensembl else None
    if row is not None and table.symbol(row).casefold() == symbol.casefold():
        return table.symbol(row)
    approved = {table.symbol(row) for row, how in table.matches(symbol) if how == "approved symbol"}
    return approved.pop() if len(approved) == 1 else symbol
