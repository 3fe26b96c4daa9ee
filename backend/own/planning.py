"""What an import will store, under which accessions, and what links to what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from backend.errors import BadInput
from backend.model_own import ImportOptions
from backend.model_study import LinkReport
from backend.own import exporting, numbers
from backend.own.checking import Looked
from backend.own.place import Numbers
from backend.own.records import GroupEntry, MatrixEntry
from backend.study_files.outline import ExpressionOutline
from backend.study_files.parts import Part
from backend.study_files.tables import SAMPLE_ID, STUDY_TITLE, AttributeTable, texts

Links = list[tuple[int, ...]]  # numbers of accessions


@dataclass(frozen=True)
class PlannedGroup:
    """A group to store. links: of libraries and preparations, to samples."""

    entry: GroupEntry
    table: AttributeTable
    links: Links | None = None


@dataclass(frozen=True)
class PlannedMatrix:
    """A matrix to store: one measurement of an expression file, with its metadata."""

    entry: MatrixEntry
    part: Part
    outline: ExpressionOutline
    facts: PlannedGroup
    links: Links


@dataclass(frozen=True)
class Plan:
    """accession: of the study, which is new unless files join one."""

    accession: str
    groups: tuple[PlannedGroup, ...]
    matrices: tuple[PlannedMatrix, ...]


@dataclass(frozen=True)
class Size:
    """How many numbers an import needs."""

    accessions: int
    runs: int


def size(looked: Looked, options: ImportOptions) -> Size:
    """A number for each group and object, matrix and run. The study and its one object share one."""
    tables = [part.table for part in looked.new("samples", "libraries", "preparations")]
    measured = list(_measured(looked, options))
    objects = sum(1 + len(table.rows) for table in tables if table is not None)
    return Size(1 + objects + len(measured), sum(len(outline.columns) for _, outline, _ in measured))


def plan(looked: Looked, options: ImportOptions, first: Numbers, now: str) -> Plan:
    """now: ISO time. Raises BadInput for options that fit no file."""
    _check(looked, options)
    counter = iter(range(first.accession, first.accession + size(looked, options).accessions))
    accession = f"LOC{next(counter)}"
    groups = [] if looked.joined is not None else [_study(looked, options, accession)]
    for kind in ("samples", "libraries", "preparations"):
        for part in looked.new(kind):
            if part.table is not None:
                entry = GroupEntry(f"LOC{next(counter)}", kind, part.file, 0, len(part.table.rows))
                numbered = [next(counter) for _ in part.table.rows]
                groups.append(PlannedGroup(replace(entry, first=min(numbered, default=0)), part.table))
    everything = [*_known(looked), *groups]
    linked = [_with_links(group, looked, everything) for group in groups]
    matrices, run = [], first.run
    for part, outline, measurement in _measured(looked, options):
        matrix = _matrix(looked, options, part, outline, measurement, f"LOC{next(counter)}", run, now)
        facts = _facts(looked, part, matrix.accession)
        unit = numbers.unit(facts.table, outline.unit)
        links = _matched(outline.columns, everything, matrix.link)
        matrices.append(PlannedMatrix(replace(matrix, unit=unit), part, outline, facts, links))
        run += len(outline.columns)
    return Plan(looked.joined.accession if looked.joined is not None else accession, tuple(linked), tuple(matrices))


def _check(looked: Looked, options: ImportOptions) -> None:
    """Raises BadInput."""
    if looked.joined is not None and looked.new("study"):
        raise BadInput(f"{looked.joined.accession} has a study file already.", "Leave the study file out.")
    if not looked.new("samples", "libraries", "preparations", "expression"):
        raise BadInput("There is nothing in these files that could be stored.", "Give samples or expression as well.")
    names = {name for part in looked.preflight.parts if part.table is not None for name in part.table.names}
    if options.group_by and options.group_by not in names:
        raise BadInput(f"No table has a column “{options.group_by[:40]}”.", "Group by a column of the samples.")
    if looked.before is not None and (n := len(list(_measured(looked, options)))) != 1:
        hint = f"Give one expression file, with “{looked.before.measurement or 'one number a sample'}”."
        raise BadInput(f"{n} of these matrices could be the next version of {looked.before.accession}.", hint)


def _measured(looked: Looked, options: ImportOptions) -> Iterator[tuple[Part, ExpressionOutline, str]]:
    """Every measurement to import. Of a new version of a matrix only the same measurement, or the only one."""
    only = {one.file: one.measurement for one in options.choices if one.measurement}
    for part in looked.new("expression"):
        outline, before = part.outline, looked.before
        if outline is None:
            continue
        for measurement in outline.measurements:
            follows = before is None or measurement == before.measurement or len(outline.measurements) == 1
            if follows and only.get(part.file, measurement) == measurement:
                yield part, outline, measurement


def _study(looked: Looked, options: ImportOptions, accession: str) -> PlannedGroup:
    """The study's own record, with the title that was typed."""
    part = next(iter(looked.new("study")))
    table = part.table or AttributeTable(part.file, (STUDY_TITLE,), ((None,),))
    if options.title:
        table = _titled(table, options.title.strip())
    return PlannedGroup(GroupEntry(accession, "study", part.file, int(accession[3:]), 1), table)


def _titled(table: AttributeTable, title: str) -> AttributeTable:
    if STUDY_TITLE not in table:
        return table.with_column(STUDY_TITLE, [title] * len(table.rows))
    at = table.names.index(STUDY_TITLE)
    return replace(table, rows=tuple((*row[:at], title, *row[at + 1 :]) for row in table.rows))


def _known(looked: Looked) -> list[PlannedGroup]:
    """The groups of the study that files join."""
    if looked.joined is None:
        return []
    return [PlannedGroup(entry, looked.joined.table(entry)) for entry in looked.known.values()]


def _with_links(group: PlannedGroup, looked: Looked, everything: Sequence[PlannedGroup]) -> PlannedGroup:
    if group.entry.kind not in ("libraries", "preparations"):
        return group
    report = _report(looked, group.entry.file)
    index = _index(everything, "samples", SAMPLE_ID)
    links = [
        tuple(number for value in texts(cell) for number in index.get(value, ()))
        for cell in group.table.column(SAMPLE_ID)
    ]
    return replace(group, entry=replace(group.entry, link=report), links=links)


def _matched(columns: Sequence[str], everything: Sequence[PlannedGroup], report: LinkReport) -> Links:
    index = _index(everything, report.target, report.attribute)
    return [index.get(column.strip(), ()) for column in columns]


def _index(everything: Sequence[PlannedGroup], target: str, attribute: str) -> dict[str, tuple[int, ...]]:
    """Numbers of the objects of a kind by the values of an attribute, each of a list by itself."""
    found: dict[str, tuple[int, ...]] = {}
    for group in everything:
        if group.entry.kind == target:
            for item, cell in enumerate(group.table.column(attribute)):
                for value in texts(cell):
                    found[value] = (*found.get(value, ()), group.entry.first + item)
    return found


def _report(looked: Looked, file: str) -> LinkReport:
    found = next((link.report for link in looked.preflight.links if link.file == file), None)
    if found is None:
        raise BadInput(f"{file} could not be linked.", "Look at what the check says of it.")
    return found


def _facts(looked: Looked, part: Part, accession: str) -> PlannedGroup:
    """The metadata of an expression file; without any, a record that can be filled later."""
    found = next((one for one in looked.new("expression metadata") if one.file == part.metadata), None)
    table = found.table if found is not None else None
    if table is None or len(table.rows) != 1:
        table = AttributeTable(exporting.facts_name(part.file), (), ((),))
    return PlannedGroup(GroupEntry(accession, "expression metadata", table.file, int(accession[3:]), 1), table)


def _matrix(
    looked: Looked, options: ImportOptions, part: Part, outline: ExpressionOutline, measurement: str, accession: str,
    run: int, now: str,
) -> MatrixEntry:  # fmt: skip
    return MatrixEntry(
        accession=accession,
        file=part.file,
        kept="",
        packed=True,
        sha256=looked.sums[part.file],
        form=outline.form,
        measurement=measurement,
        unit="",
        n_features=len(outline.feature_ids),
        n_columns=len(outline.columns),
        first_run=run,
        link=_report(looked, part.file),
        imported=now,
        grouping=options.group_by,
        options={**asdict(outline.options), "n_features": len(outline.feature_names)},
    )
