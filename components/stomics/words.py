"""What is told of a data set and of its files, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from backend.model import StomicsDataset, StomicsFile
from components import index_progress

UNKNOWN = "unknown"
_SAFE = ":/?&=%#,+;@~-._"


def facts(one: StomicsDataset) -> str:
    """One line of a list."""
    pieces = [
        one.technology,
        one.species,
        one.tissue,
        one.disease,
        one.stage,
        f"{one.n_spots:,} spots" if one.n_spots is not None else "",
        f"{one.n_genes:,} genes" if one.n_genes is not None else "",
        f"{one.download_count:,} downloads" if one.download_count is not None else "",
    ]
    return " · ".join(piece for piece in pieces if piece)


def table(one: StomicsDataset) -> list[tuple[str, str]]:
    """(field, value) of all that is known by its meaning and told."""
    technology = ", ".join(f"{name} (id {number})" if number is not None else name for number, name in one.technologies)
    rows = [
        ("Technology", technology),
        ("Species", one.species),
        ("Tissue", one.tissue),
        ("Disease or state", one.disease),
        ("Stage", one.stage),
        ("Spots or cells", f"{one.n_spots:,}" if one.n_spots is not None else ""),
        ("Genes", f"{one.n_genes:,}" if one.n_genes is not None else ""),
        ("Downloads", f"{one.download_count:,}" if one.download_count is not None else ""),
    ]
    return [(name, value) for name, value in rows if value]


def address(field: str, value: str) -> str:
    """Where a reference leads, "" when it is no address; signs that Markdown could read otherwise are encoded."""
    if field == "pmid" and value.isascii() and value.isdecimal():
        return f"https://pubmed.ncbi.nlm.nih.gov/{value}/"
    if field == "doi":
        own = value.removeprefix("https://doi.org/").removeprefix("doi:").strip()
        return f"https://doi.org/{quote(own, safe='/:._-')}" if own.startswith("10.") else ""
    if field == "url":
        try:
            parts = urlsplit(value)
        except ValueError:
            return ""
        return quote(value, safe=_SAFE) if parts.scheme in ("http", "https") and parts.netloc else ""
    return ""


def size(file: StomicsFile) -> str:
    """Bytes with a unit; no size is not 0."""
    return UNKNOWN if file.size is None else _bytes(file.size)


def _bytes(count: int) -> str:
    return index_progress.size(count) if count else "0 kB"


def total(files: Sequence[StomicsFile]) -> str:
    """How many files there are and what they take; those without a size are told apart."""
    known = [file.size for file in files if file.size is not None]
    unknown = len(files) - len(known)
    told = f"{len(files):,} file{'' if len(files) == 1 else 's'}"
    if known:
        told += f", {_bytes(sum(known))} in all"
    if unknown:
        told += f"; the size of {unknown:,} is unknown{' and not counted' if known else ''}"
    return f"{told}."
