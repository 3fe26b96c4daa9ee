"""The genes of a simulated file: all genes HGNC gives an Ensembl id, and those the Human Protein Atlas adds.

Some 40,000 rows, every name real, ascending by Ensembl id as in the files of ARCHS4. Where the atlas has a second
Ensembl id for a symbol, both rows carry it, and a gene that HGNC does not know has its Ensembl id for a symbol: the
two oddities of the real files. The real human file has 67,186 rows; rows added to reach such a number, for
benchmarks only, are called SIM00001 and so on, have no Ensembl id and the biotype "simulated".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend import settings
from backend.errors import BadInput
from backend.sources.hpa_atlas import atlas

FEWEST = 50
# Kept in however small a file: genes that tell tissues apart, two rows of one symbol, an Ensembl id for a symbol.
WELL_KNOWN = (
    "ALB APOA1 TTR GFAP MBP SYP INS GCG CD3E CD19 CD14 MS4A1 HBB KRT5 KRT14 COL1A1 MYH7 ACTA1 TNNT2 UMOD NPHS2 "
    "SFTPC SFTPB MUC2 TFF1 TG PRM1 CGA RHO TP53 MYC PCNA MKI67 GAPDH ACTB EGFR ERBB2 ESR1 XIST MATR3 MKKS"
)
BIOTYPES = {
    "gene with protein product": "protein_coding",
    "pseudogene": "processed_pseudogene",
    "RNA, long non-coding": "lncRNA",
    "RNA, micro": "miRNA",
    "RNA, small nucleolar": "snoRNA",
    "RNA, small nuclear": "snRNA",
    "RNA, ribosomal": "rRNA",
    "immunoglobulin gene": "IG_V_gene",
    "T cell receptor gene": "TR_V_gene",
}


@dataclass(frozen=True)
class Genes:
    """The rows of a file. atlas: place of each gene in the Human Protein Atlas, -1 where it has none."""

    symbols: tuple[str, ...]
    ensembl: tuple[str, ...]
    biotypes: tuple[str, ...]
    atlas: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.symbols)


def rows(number: int | None = None) -> Genes:
    """The genes of a file of `number` rows; all real ones and no other when left out.

    Fewer: well-known genes and an even draw of the rest. More: padded with SIM rows.
    Raises BadInput below FEWEST.
    """
    if number is not None and number < FEWEST:
        raise BadInput(f"A simulated file of {number} genes is too small.", f"Ask for at least {FEWEST}.")
    table = _real()
    if number is not None and number < len(table):
        table = _some(table, number)
    missing = max(0, (number or 0) - len(table))
    return Genes(
        (*table["symbol"], *(f"SIM{place:05}" for place in range(1, missing + 1))),
        (*table["ensembl"], *[""] * missing),
        (*table["biotype"], *["simulated"] * missing),
        np.concatenate([table["atlas"].to_numpy(dtype=np.int64), np.full(missing, -1)]),
    )


def _real() -> pd.DataFrame:
    """symbol, ensembl, biotype, atlas of all genes, ascending by Ensembl id."""
    path = settings.current().bundled / "genes" / "human.parquet"
    named = pd.read_parquet(path, columns=["ensembl", "symbol", "locus_type"])
    named = named[named["ensembl"] != ""].drop_duplicates("ensembl")
    measured = pd.DataFrame({"ensembl": atlas().ensembl, "own": atlas().symbols, "atlas": range(len(atlas().ensembl))})
    table = named.merge(measured, how="outer", on="ensembl").sort_values("ensembl")
    known = table["own"].where(table["own"].isin(named["symbol"]))
    return pd.DataFrame(
        {
            "symbol": table["symbol"].fillna(known).fillna(table["ensembl"]),
            "ensembl": table["ensembl"],
            "biotype": table["locus_type"].fillna("gene with protein product").map(BIOTYPES).fillna("misc_RNA"),
            "atlas": table["atlas"].fillna(-1).astype(np.int64),
        }
    ).reset_index(drop=True)


def _some(table: pd.DataFrame, number: int) -> pd.DataFrame:
    odd = table["symbol"] == table["ensembl"]
    first = np.flatnonzero(table["symbol"].isin(WELL_KNOWN.split()) | odd)[:number]
    others = np.setdiff1d(np.arange(len(table)), first)
    drawn = others[np.linspace(0, len(others) - 1, number - len(first)).astype(np.int64)]
    return table.iloc[np.union1d(first, drawn)]
