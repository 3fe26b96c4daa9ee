"""The bundled Human Protein Atlas file, read once: values, labels and the 83 records to search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import hdf5, settings
from backend.gene_names import names
from backend.genes import Resolution
from backend.model import GeneInfo

GENES, TISSUES, COHORTS = 19_784, 50, 33


@dataclass(frozen=True)
class Atlas:
    """ensembl, symbols: (19784,). log_tissue: log2(nTPM+1) (19784, 50). cohort: linear (19784, 33)."""

    ensembl: list[str]
    symbols: list[str]
    log_tissue: npt.NDArray[np.float64]
    cohort: npt.NDArray[np.float32]
    tissues: pd.DataFrame
    cohorts: pd.DataFrame

    @cached_property
    def tissue_labels(self) -> list[str]:
        return list(self.tissues["label"])

    @cached_property
    def tissue_systems(self) -> list[str]:
        return list(self.tissues["system"])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Ensembl id -> row."""
        return {ensembl: row for row, ensembl in enumerate(self.ensembl)}

    @cached_property
    def labels(self) -> list[str]:
        """One distinct label a gene: HGNC's symbol, else the atlas's, else the Ensembl id."""
        table = names("human")
        rows = [table.by_ensembl(ensembl) for ensembl in self.ensembl]
        approved = ["" if row is None else table.symbol(row) for row in rows]
        taken = set(approved)
        labels = []
        for own, symbol, ensembl in zip(approved, self.symbols, self.ensembl, strict=True):
            label = own or (ensembl if symbol in taken else symbol)
            taken.add(label)
            labels.append(label)
        return labels

    @cached_property
    def row_of_label(self) -> dict[str, int]:
        return {label: row for row, label in enumerate(self.labels)}

    @cached_property
    def sorted_labels(self) -> tuple[str, ...]:
        return tuple(sorted(self.labels))

    @cached_property
    def mean(self) -> npt.NDArray[np.float64]:
        """Mean of log2(nTPM+1) over the measured tissues, one a gene."""
        mean: npt.NDArray[np.float64] = np.nanmean(self.log_tissue, axis=1)
        return mean

    @cached_property
    def _rows_of_symbol(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row, symbol in enumerate(self.symbols):
            found.setdefault(symbol.casefold(), []).append(row)
        return found

    def own_gene(self, name: str, typed: str) -> Resolution | None:
        """A gene by the atlas's own symbol or Ensembl id, for what HGNC's table does not lead to."""
        by_id = self.row_of.get(name.upper())
        rows = [by_id] if by_id is not None else self._rows_of_symbol.get(name.casefold(), [])
        if not rows:
            return None
        if len(rows) > 1:
            ids = tuple(self.ensembl[row] for row in rows)
            return Resolution(typed, "ambiguous", None, f"stands for several Ensembl ids: {', '.join(ids)}", ids)
        return Resolution(typed, "current", self._own_info(rows[0], typed), "the atlas's own symbol")

    def _own_info(self, row: int, typed: str) -> GeneInfo:
        return GeneInfo(
            symbol=self.labels[row],
            name="",
            species="human",
            ensembl=self.ensembl[row],
            entrez="",
            gene_id="",
            aliases=(self.symbols[row],),
            previous=(),
            locus_type="",
            orthologs=(),
            typed=typed,
            matched="the atlas's own symbol",
        )

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The 83 records: SAMPLE_COLUMNS without the match, and the facets kind, system, unit."""
        tissues = pd.DataFrame(
            {
                "sample": "HPA:" + self.tissues["key"],
                "series": "HPA-v23",
                "title": self.tissues["label"],
                "source": "Human Protein Atlas v23 and GTEx, consensus",
                "kind": "normal tissue",
                "system": self.tissues["system"],
                "unit": "consensus nTPM",
            }
        )
        cohorts = pd.DataFrame(
            {
                "sample": "TCGA:" + self.cohorts["cohort"],
                "series": "TCGA-" + self.cohorts["cohort"],
                "title": self.cohorts["name"],
                "source": "The Cancer Genome Atlas, cohort median",
                "kind": "tumour cohort",
                "system": self.cohorts["system"],
                "unit": self.cohorts["unit"],
            }
        )
        table = pd.concat([tissues, cohorts], ignore_index=True).astype(object)
        table["tissue"] = table["title"].where(table["kind"] == "normal tissue", "")  # of a cohort the atlas tells none
        table["characteristics"] = table["kind"] + "; system: " + table["system"] + "; unit: " + table["unit"]
        return table


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """The bundled file, read on first use."""
    return read(settings.current().bundled / "hpa" / "hpa_v23.h5")


def read(path: Path) -> Atlas:
    """A file made by data/hpa/build.py. Raises NotConfigured when missing, BadAnswer when damaged."""
    with hdf5.opened(path) as file:
        tissue = hdf5.matrix(file, "tissue/expression", (GENES, TISSUES))
        return Atlas(
            ensembl=hdf5.strings(file, "genes/ensembl"),
            symbols=hdf5.strings(file, "genes/symbol"),
            log_tissue=np.log2(tissue.astype(np.float64) + 1),
            cohort=hdf5.matrix(file, "cohort/expression", (GENES, COHORTS)),
            tissues=_columns(file, "tissue", ("key", "label", "system")),
            cohorts=_columns(file, "cohort", ("key", "name", "system", "unit")).rename(columns={"key": "cohort"}),
        )


def _columns(file: h5py.File, group: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({column: hdf5.strings(file, f"{group}/{column}") for column in columns}, dtype=object)
