"""Gene lists as people bring them: pasted text, txt, csv and tsv columns, gmt gene sets."""

from __future__ import annotations

import csv
import io
import re

from backend.errors import BadInput, TooLarge

MAX_NAMES = 20_000
MAX_BYTES = 5_000_000
MAX_NAME_LENGTH = 64
ROW_ID = "id"  # of genes only where no other column is: most number the rows, and a number is an Entrez id too
HEADERS = (
    "gene",
    "genes",
    "symbol",
    "gene_symbol",
    "hgnc_symbol",
    "mgi_symbol",
    "gene_name",
    "gene_id",
    "ensembl",
    "ensembl_gene_id",
    "ensembl_id",
    "ensembl_gene",
    "entrez",
    "entrez_id",
    "hgnc",
    "symbols",
    ROW_ID,
)
_SEPARATORS = re.compile(r"[\s,;|]+")
_BLANKS = re.compile(r"[ .-]+")  # of a header: Gene.name, Gene name, gene_name
_QUOTES = "\"'`“”‘’«»"


def split_names(text: str) -> list[str]:
    """Names in pasted text, in order, repeats kept. Separators: white space , ; |

    Raises TooLarge over MAX_NAMES names.
    """
    names = [name.strip(_QUOTES) for name in _SEPARATORS.split(text)]
    names = [name[:MAX_NAME_LENGTH] for name in names if name]
    if len(names) > MAX_NAMES:
        raise TooLarge(
            f"The list holds {len(names):,} names; the cap is {MAX_NAMES:,}.",
            "Paste a shorter list.",
        )
    return names


def read_gene_file(file_name: str, content: bytes) -> dict[str, list[str]]:
    """Gene sets in a file: {set name: names}. One set for txt, csv and tsv; one a line for gmt.

    Raises TooLarge over MAX_BYTES, BadInput for text that is not UTF-8, for an unknown
    ending and for a file without names.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(
            f"{file_name} has {len(content) / 1e6:.1f} MB; the cap is {MAX_BYTES / 1e6:.0f} MB.",
            "Upload only the list of genes.",
        )
    text = decoded(file_name, content)
    ending = file_name.rpartition(".")[2].lower()
    readers = {"txt": _read_text, "csv": _read_table, "tsv": _read_table, "gmt": _read_gmt}
    if ending not in readers:
        raise BadInput(f"{file_name} is not a txt, csv, tsv or gmt file.", "Save the list as one of them.")
    sets = readers[ending](file_name, text)
    if not any(sets.values()):
        raise BadInput(f"{file_name} holds no gene names.", "Put one gene a line, or a column headed gene.")
    return sets


def decoded(file_name: str, content: bytes) -> str:
    """The text of a file. Raises BadInput, naming the line, for what is not UTF-8 text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{file_name} is not plain text: line {line} holds bytes that are not UTF-8.",
            "Save it as UTF-8 text (in a spreadsheet: CSV UTF-8).",
            line=line,
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise BadInput(f"{file_name} is not plain text (line {line}).", "Save it as UTF-8 text.", line=line)
    return text


def _read_text(file_name: str, text: str) -> dict[str, list[str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return {file_name: split_names("\n".join(lines))}


def _read_table(file_name: str, text: str) -> dict[str, list[str]]:
    """The column headed like HEADERS, else the first column."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    head = lines[0] if lines else ""
    delimiter = max("\t;,", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as error:
        raise BadInput(f"{file_name} is not a readable table: {error}.", "Save it again as CSV.") from error
    header = [_BLANKS.sub("_", cell.strip().lower()) for cell in rows[0]] if rows else []
    named = [position for position, cell in enumerate(header) if cell in HEADERS]
    column = min(named, key=lambda position: header[position] == ROW_ID, default=0)
    body = rows[1:] if named else rows
    cells = [row[column].strip() for row in body if len(row) > column and row[column].strip()]
    return {file_name: split_names("\n".join(cells))}


def _read_gmt(file_name: str, text: str) -> dict[str, list[str]]:
    """Gene Matrix Transposed: set name, description, then genes, separated by tabs.

    A further set of the same name is called by its line as well.
    """
    sets: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) < 3:
            raise BadInput(
                f"{file_name}, line {number}: a gmt line has a set name, a description and genes, "
                f"separated by tabs; this one has {len(cells)} column(s).",
                "Mend the line, or save the genes as txt.",
                line=number,
            )
        name = cells[0].strip() or f"line {number}"
        sets[name if name not in sets else f"{name} (line {number})"] = split_names("\n".join(cells[2:]))
    return sets
