"""Which versions of matrices an exported study holds: a table in its ZIP, read again when the study comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend.own import versions
from backend.own.records import MatrixEntry
from backend.study_files.tables import AttributeTable, Cell, texts
from backend.study_files.text import read_table

FILE = "versions.tsv"
NAMES = ("File", "Measurement", "Chain", "Version", "Active")


@dataclass(frozen=True)
class Place:
    """Where a matrix stands: its chain under its former name, its number, whether it is the active one."""

    chain: str
    number: int
    active: bool


Told = Mapping[tuple[str, str], Place]  # file and measurement -> where it stands


def table(listed: Sequence[tuple[str, MatrixEntry]]) -> AttributeTable | None:
    """What is written into the ZIP; None without chains. listed: each matrix with the name of its file in the ZIP."""
    rows: list[tuple[Cell, ...]] = [
        (name, one.measurement or None, one.chain, str(one.number), "yes" if one.active else "no")
        for name, one in listed
        if one.chain
    ]
    return AttributeTable(FILE, NAMES, tuple(rows)) if rows else None


def read(files: Mapping[str, Path]) -> Told | None:
    """The table among some files; None when there is none. A row that fits no file, or says no version, is left out."""
    path = files.get(FILE)
    found = read_table(path, FILE)[0] if path is not None else None
    if found is None or found.names != NAMES:
        return None
    rows = [tuple(" ".join(texts(cell)) for cell in row) for row in found.rows]
    flat = {row[0].replace("/", " ") for row in rows}
    told: dict[tuple[str, str], Place] = {}
    for name, measurement, chain, number, active in rows:
        here = name.replace("/", " ")
        if here not in files and (last := name.rpartition("/")[2]) not in flat:
            here = last
        if here in files and chain and number.isascii() and number.isdigit() and len(number) < 7 and int(number):
            told[here, measurement] = Place(chain, int(number), active == "yes")
    return told


def joined(matrices: Sequence[MatrixEntry], told: Told, first: int) -> tuple[tuple[MatrixEntry, ...], dict[str, int]]:
    """The matrices in chains as told, and the highest number of each. first: number of the first new chain.

    A chain of which only one version came, or two of one number, is none.
    """
    found = {one.accession: told[key] for one in matrices if (key := (one.file, one.measurement)) in told}
    counts = Counter(place.chain for place in found.values())
    twice = {chain for (chain, _), n in Counter((one.chain, one.number) for one in found.values()).items() if n > 1}
    made = tuple(matrices)
    highest: dict[str, int] = {}
    for chain in [chain for chain, n in counts.items() if n > 1 and chain not in twice]:
        name = versions.chain_name(first + len(highest))
        members = {accession: place for accession, place in found.items() if place.chain == chain}
        newest = max(members, key=lambda accession: members[accession].number)
        active = next((accession for accession, place in members.items() if place.active), newest)
        made = tuple(
            replace(one, chain=name, number=members[one.accession].number) if one.accession in members else one
            for one in made
        )
        made = versions.with_active(made, active)
        highest[name] = members[newest].number
    return made, highest
