"""GCT 1.2: a line `#1.2`, a line with the numbers of rows and samples, a header, a row a feature.

Cells are split at tabs and nothing else; a tab at the end of a line is an empty cell, and that is missing, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from backend.errors import BadInput
from backend.study.matrix import Floats
from backend.study_files.findings import Findings
from backend.study_files.number_text import NA_TEXTS
from backend.study_files.outline import ExpressionOutline
from backend.study_files.text_rows import Layout, Lines, TextRows, decoded, note_features

VERSION, LABELS = "#1.2", ("Name", "Description")
BOM = b"\xef\xbb\xbf"
MOST_COLUMNS = 200_000


def outline(lines: Lines, file: str) -> ExpressionOutline:
    """Every line of a file, checked. Raises BadInput with its line for what is no text."""
    findings = Findings(file)
    rest = iter(lines)
    _check_version(_line(rest, file), findings)
    told = _dimensions(_line(rest, file), findings)
    header = _line(rest, file).split("\t")
    columns = _columns(header, findings)
    rows = TextRows(_layout(file, columns), findings)
    ids, names = _features(rows, rest, findings)
    if told is not None and not rows.stopped:
        _check_dimensions(told, (rows.n_rows, len(columns)), findings)
    return ExpressionOutline(
        file,
        "gct",
        tuple(name.strip() for name in header[:2]),
        (tuple(ids), tuple(names)),
        columns,
        findings=findings.all(),
        n_missing=rows.n_missing,
        lowest=rows.lowest,
    )


def blocks(lines: Lines, known: ExpressionOutline) -> Iterator[Floats]:
    """The numbers of a file that was checked, by blocks of rows."""
    rest = iter(lines)
    for _ in range(3):
        next(rest, None)
    findings = Findings(known.file)
    rows = TextRows(_layout(known.file, known.columns), findings)
    done = 0
    for block in rows.blocks(rest):
        done += len(block.values)
        yield block.values
    if findings.errors or done != len(known.feature_ids):
        raise BadInput(f"{known.file} has changed since it was checked.", "Check it again.")


def _line(lines: Iterator[tuple[int, bytes]], file: str) -> str:
    number, raw = next(lines, (0, b""))
    return decoded(raw.removeprefix(BOM) if number == 1 else raw, number, file)


def _check_version(line: str, findings: Findings) -> None:
    if line != VERSION:
        findings.add("GCT_VERSION", f"The first line must be {VERSION} and nothing else.", line=1, value=line)


def _dimensions(line: str, findings: Findings) -> tuple[int, int] | None:
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) == 2 and all(part.isascii() and part.isdecimal() and len(part) < 12 for part in parts):
        return int(parts[0]), int(parts[1])
    message = "The second line must be the number of rows, a tab, and the number of samples."
    findings.add("GCT_DIMS", message, line=2, value=line)
    return None


def _check_dimensions(told: tuple[int, int], found: tuple[int, int], findings: Findings) -> None:
    for what, said, there in zip(("rows", "samples"), told, found, strict=True):
        if said != there:
            message = f"The second line says {said:,} {what}, the file has {there:,}."
            findings.add("GCT_DIMS", message, line=2, value=str(said))


def _columns(header: list[str], findings: Findings) -> tuple[str, ...]:
    """The ids of the samples; each must be filled, without blanks inside, and stand once."""
    for place, due in enumerate(LABELS):
        name = header[place].strip() if place < len(header) else ""
        if name.casefold() != due.casefold():
            message = f"Column {place + 1} of the header must be {due}."
            findings.add("GCT_HEADER", message, line=3, column=due, value=name)
    names = tuple(name.strip() for name in header[2:])
    if not names:
        findings.add("GCT_HEADER", "The header names no samples.", line=3)
    if len(names) > MOST_COLUMNS:
        raise BadInput(f"The header has {len(names):,} columns; the cap is {MOST_COLUMNS:,}.", "Split it.", line=3)
    note_columns(findings, "GCT_HEADER", names, line=3, blanks=False)
    return names


def note_columns(findings: Findings, code: str, names: tuple[str, ...], line: int, blanks: bool) -> None:
    """Notes headers that are empty, stand twice, or hold blanks where they must not."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not name:
            findings.add(code, "A column has no name.", line=line, value=f"number {place + 1} of those with numbers")
        elif name in seen:
            findings.add(code, "A column stands twice.", line=line, column=name, value=name)
        elif not blanks and len(name.split()) > 1:
            findings.add(code, "The name of a column holds a blank.", line=line, column=name, value=name)
        seen.add(name)


def _layout(file: str, columns: tuple[str, ...]) -> Layout:
    return Layout(file, "GCT", len(LABELS), columns, NA_TEXTS)


def _features(rows: TextRows, lines: Lines, findings: Findings) -> tuple[list[str], list[str]]:
    ids: list[str] = []
    names: list[str] = []
    seen: dict[str, int] = {}
    for block in rows.blocks(lines):
        note_features(findings, "GCT", seen, block)
        for line, (_, description) in zip(block.lines, block.labels, strict=True):
            if not description:
                findings.warn("GCT_EMPTY_DESCRIPTION", "A row has no description; NA may stand there.", line=line)
        ids += [labels[0] for labels in block.labels]
        names += [labels[1] for labels in block.labels]
    if not rows.n_rows:
        findings.add("GCT_DIMS", "The file has no rows with numbers.", line=2)
    return ids, names
