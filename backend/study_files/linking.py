"""What the columns of an expression file belong to, and libraries and preparations to samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backend.model_study import Finding, Kind, Linked, LinkReport
from backend.study_files.findings import Findings
from backend.study_files.outline import SEPARATORS, ExpressionOutline
from backend.study_files.rules import IDS
from backend.study_files.tables import SAMPLE_ID, AttributeTable, texts
from backend.study_files.template import Template, default

_NAMED = 5  # how many names a message gives


def link_columns(
    columns: Sequence[str], tables: Sequence[AttributeTable], target: Kind = "samples", attribute: str = ""
) -> LinkReport:
    """Columns to the objects of `target` in all its tables, by their exact trimmed text.

    attribute: of samples only; the id of the target when left out. A value of a list matches by itself. Complete when
    every column has its object, whether or not every object has a column.
    """
    name = attribute if attribute and target == "samples" else IDS[target]
    return _report(columns, [texts(cell) for table in tables for cell in table.column(name)], tables, target, name)


def link_records(table: AttributeTable, samples: Sequence[AttributeTable]) -> LinkReport:
    """Libraries or preparations to samples by their Sample Source ID, each value of a list by itself."""
    named = dict.fromkeys(value for cell in table.column(SAMPLE_ID) for value in texts(cell))
    keys = [texts(cell) for one in samples for cell in one.column(SAMPLE_ID)]
    return _report(tuple(named), keys, samples, "samples", SAMPLE_ID)


def _report(
    columns: Sequence[str],
    keys: list[tuple[str, ...]],
    tables: Sequence[AttributeTable],
    target: Kind,
    name: str,
) -> LinkReport:
    """keys: what each object is called by, over all tables."""
    known = {value for key in keys for value in key}
    headers = [column.strip() for column in columns]
    unmatched = tuple(column for column in headers if column not in known)
    there = set(headers)
    ids = [texts(cell) for table in tables for cell in table.column(IDS[target])]
    without = tuple("|".join(one or key) for one, key in zip(ids, keys, strict=True) if there.isdisjoint(key))
    n_matched = len(headers) - len(unmatched)
    state: Linked = "none" if not n_matched else "partial" if unmatched else "complete"
    return LinkReport(target, name, state, n_matched, unmatched, without)


def ambiguous(columns: Iterable[str], tables: Sequence[AttributeTable], name: str) -> dict[str, int]:
    """Columns that name several objects, with how many."""
    counts: dict[str, int] = {}
    for table in tables:
        for cell in table.column(name):
            for value in texts(cell):
                counts[value] = counts.get(value, 0) + 1
    return {column: counts[column] for column in dict.fromkeys(columns) if counts.get(column, 0) > 1}


def proposal(columns: Sequence[str], tables: Mapping[Kind, Sequence[AttributeTable]], tried: LinkReport) -> str:
    """What else would match: "libraries", "preparations" or "samples", or an attribute of samples; "" for nothing."""
    best, most = "", tried.n_matched
    for kind in IDS:
        matched = link_columns(columns, tables.get(kind, ()), kind).n_matched if kind != tried.target else 0
        if matched > most:
            best, most = kind, matched
    samples = tables.get("samples", ())
    for name in dict.fromkeys(name for table in samples for name in table.names):
        matched = link_columns(columns, samples, "samples", name).n_matched
        if matched > most and not ambiguous(columns, samples, name):
            best, most = name, matched
    return best


def reading_hint(outline: ExpressionOutline, tables: Sequence[AttributeTable], tried: LinkReport) -> str:
    """Where no column matches: what would, were the table read in another way; "" for nothing."""
    if outline.form not in ("tsv", "table") or tried.state != "none":
        return ""
    if link_columns(outline.feature_ids, tables, tried.target, tried.attribute).n_matched:
        return f" Its rows do match {tried.target}: say that they are in rows."
    if outline.separator:
        return ""
    counts = {
        sign: link_columns([one.split(sign, 1)[0] for one in outline.columns], tables, tried.target, tried.attribute)
        for sign in SEPARATORS
    }
    best = max(SEPARATORS, key=lambda sign: counts[sign].n_matched)
    return f" They match up to the first “{best}”: give it as the separator." if counts[best].n_matched else ""


def findings(
    file: str, report: LinkReport, twice: Mapping[str, int], line: int | None = None, hint: str = ""
) -> tuple[Finding, ...]:
    """What a report means for the import. line: of the names of the columns in the file. hint: of `reading_hint`."""
    found = Findings(file)
    for column, count in twice.items():
        message = f"{count} {report.target} have this “{report.attribute}”: the column could belong to each."
        found.add("LINK_AMBIGUOUS", message, line=line, column=column, value=column)
    where = f"“{report.attribute}” of {report.target}"
    if report.state == "none":
        better = f" They match {_words(report.proposal)}: choose that." if report.proposal else ""
        message = f"No column matches {where}.{better}{hint}"
        found.add("LINK_NONE", message, line=line, value=_some(report.unmatched))
    elif report.state == "partial":
        n = report.n_matched + len(report.unmatched)
        better = f" {_words(report.proposal, at_start=True)} would match more." if report.proposal else ""
        message = f"{report.n_matched:,} of {n:,} columns match {where}; the others belong to nothing.{better}"
        found.warn("LINK_PARTIAL", message, line=line, value=_some(report.unmatched))
    return found.all()


def _words(proposal: str, at_start: bool = False) -> str:
    plain = proposal in IDS
    words = f"the {proposal}" if plain else f"the attribute “{proposal}” of samples"
    return words[0].upper() + words[1:] if at_start else words


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def check_attribute(
    file: str, attribute: str, samples: Sequence[AttributeTable], template: Template | None
) -> tuple[Finding, ...]:
    """The linking attribute must be one of the samples; a server takes only one of the template."""
    found = Findings(file)
    if not any(attribute in table for table in samples):
        found.add("LINK_ATTRIBUTE", "The samples do not have the attribute to link by.", column=attribute)
    elif attribute not in {one.name for one in (template or default()).of("samples")}:
        message = "The attribute to link by is not one of the template: a Genestack ODM server will not link by it."
        found.warn("LINK_ATTRIBUTE", message, column=attribute)
    return found.all()
