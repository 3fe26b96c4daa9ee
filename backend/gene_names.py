"""The bundled name tables (data/genes) and the look-ups over them."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, lru_cache

import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import OSA

from backend import settings
from backend.errors import BadAnswer
from backend.model import GeneInfo, Species

Found = list[tuple[int, str]]  # (row, how the name led there)


def other_species(species: Species) -> Species:
    """mouse for human, human for mouse."""
    return "mouse" if species == "human" else "human"


@lru_cache(maxsize=2)
def names(species: Species) -> GeneNames:
    """The name table of a species, loaded on first use (about 0.3 s)."""
    path = settings.current().bundled / "genes" / f"{species}.parquet"
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadAnswer(f"The gene names in {path.name} cannot be read.", "Check out data/genes again.") from error
    return GeneNames(species, frame)


CODING = "gene with protein product"  # as HGNC calls it


class GeneNames:
    """Names of one species. Rows are positions in the table; every look-up ignores letter case."""

    def __init__(self, species: Species, frame: pd.DataFrame) -> None:
        self.species = species
        columns = ("id", "symbol", "name", "aliases", "previous", "ensembl", "entrez", "locus_type")
        self._columns: dict[str, list[str]] = {column: frame[column].tolist() for column in columns}
        self._orthologs: list[str] = frame[other_species(species)].tolist()

    @cached_property
    def _by_symbol(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for row, symbol in enumerate(self._columns["symbol"]):
            found[symbol.casefold()].append(row)
        return dict(found)

    @cached_property
    def _by_other_name(self) -> dict[str, Found]:
        found: dict[str, Found] = defaultdict(list)
        for how, column in (("previous symbol", "previous"), ("alias", "aliases")):
            for row, joined in enumerate(self._columns[column]):
                for name in joined.split("|") if joined else ():
                    found[name.casefold()].append((row, how))
        return dict(found)

    @cached_property
    def _by_id(self) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        kinds = (("entrez", "Entrez id"), ("ensembl", "Ensembl id"), ("id", "HGNC or MGI id"))
        for column, how in kinds:
            for row, value in enumerate(self._columns[column]):
                if value:
                    found.setdefault(value.casefold(), (row, how))
        return found

    def symbol(self, row: int) -> str:
        """The approved symbol of a row."""
        return self._columns["symbol"][row]

    def matches(self, name: str) -> Found:
        """Rows that carry `name`: by id, else approved symbol, else alias or previous symbol, else full name."""
        folded = name.casefold()
        if folded in self._by_id:
            return [self._by_id[folded]]
        rows = self._by_symbol.get(folded, [])
        exact = [row for row in rows if self.symbol(row) == name]
        if rows:
            return [(row, "approved symbol") for row in exact or rows]
        return self._by_other_name.get(folded, []) or self._by_full_name.get(folded, [])

    @cached_property
    def _by_full_name(self) -> dict[str, Found]:
        found: dict[str, Found] = defaultdict(list)
        for row, name in enumerate(self._columns["name"]):
            if name:
                found[name.casefold()].append((row, "gene name"))
        return dict(found)

    def also_named(self, name: str, row: int) -> tuple[str, ...]:
        """Symbols of other genes that carry `name` as an alias or previous symbol."""
        rows = (other for other, _ in self._by_other_name.get(name.casefold(), ()) if other != row)
        return tuple(dict.fromkeys(self.symbol(other) for other in rows))

    def by_ensembl(self, ensembl: str) -> int | None:
        """The row of an Ensembl gene id without version, or None."""
        found = self._by_id.get(ensembl.casefold())
        return found[0] if found else None

    def beginning(self, prefix: str, limit: int) -> tuple[str, ...]:
        """Symbols that begin with `prefix` (shortest first), then genes with such an alias."""
        folded = prefix.casefold()
        if not folded:
            return ()
        own = sorted((s for s in self._by_symbol if s.startswith(folded)), key=lambda s: (len(s), s))
        rows = [row for symbol in own[:limit] for row in self._by_symbol[symbol]]
        if len(rows) < limit:
            others = sorted(n for n in self._by_other_name if n.startswith(folded))
            rows += [row for name in others[:limit] for row, _ in self._by_other_name[name]]
        return tuple(dict.fromkeys(self.symbol(row) for row in rows))[:limit]

    @cached_property
    def _all_names(self) -> list[str]:
        return list(dict.fromkeys([*self._by_symbol, *self._by_other_name]))

    def nearest(self, name: str, limit: int) -> tuple[str, ...]:
        """Symbols of the most similarly spelled names, best first, approved symbols before aliases.

        Similarity: 1 - optimal string alignment distance / length of the longer name.
        """
        found = process.extract(
            name.casefold(), self._all_names, scorer=OSA.normalized_similarity, limit=3 * limit, score_cutoff=0.5
        )
        rows = [row for near, _, _ in found for row in self._rows_named(near)]
        return tuple(dict.fromkeys(self.symbol(row) for row in rows))[:limit]

    def commonly_asked(self) -> tuple[str, ...]:
        """Symbols of protein-coding genes in alphabetical order; where no type is known, of genes with an ortholog."""
        return self._commonly_asked

    @cached_property
    def _commonly_asked(self) -> tuple[str, ...]:
        typed = any(self._columns["locus_type"])
        wanted = [kind == CODING for kind in self._columns["locus_type"]] if typed else map(bool, self._orthologs)
        symbols = (symbol for symbol, use in zip(self._columns["symbol"], wanted, strict=True) if use)
        return tuple(sorted(set(symbols), key=str.casefold))

    def _rows_named(self, folded: str) -> list[int]:
        return self._by_symbol.get(folded) or [row for row, _ in self._by_other_name[folded]]

    def info(self, row: int, typed: str, how: str) -> GeneInfo:
        """Everything known of one row."""
        value = {column: values[row] for column, values in self._columns.items()}
        return GeneInfo(
            symbol=value["symbol"],
            name=value["name"],
            species=self.species,
            ensembl=value["ensembl"],
            entrez=value["entrez"],
            gene_id=value["id"],
            aliases=_split(value["aliases"]),
            previous=_split(value["previous"]),
            locus_type=value["locus_type"],
            orthologs=self._ortholog_symbols(row),
            typed=typed,
            matched=how,
        )

    def _ortholog_symbols(self, row: int) -> tuple[str, ...]:
        other = names(other_species(self.species))
        rows = [other._by_id.get(gene_id.casefold()) for gene_id in _split(self._orthologs[row])]
        return tuple(other.symbol(found[0]) for found in rows if found)


def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|")) if joined else ()
