"""A whole study of files: which is what, and everything that can be said before anything is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from backend.apart import Waiting
from backend.errors import BadInput, TooLarge
from backend.model_study import Finding, Kind
from backend.study_files import expression, linking, made, recognition, rules
from backend.study_files import template as templates
from backend.study_files.findings import Findings
from backend.study_files.outline import ExpressionOutline
from backend.study_files.parts import Choice, Link, Part, Preflight
from backend.study_files.tables import SAMPLE_ID, AttributeTable, texts
from backend.study_files.template import Template
from backend.study_files.text import read_table
from backend.study_files.unpack import plain_name

__all__ = ["Choice", "Link", "Part", "Preflight", "folder_files", "preflight"]
MOST_FILES = 1_000
ORDER: tuple[Kind, ...] = ("study", "samples", "libraries", "preparations", "expression", "expression metadata")
_NO_TEXT = ("UNREADABLE", "TEXT_LINE_ENDS")
_HEADER_LINES = {"gct": 3, "tsv": 1, "table": 1}


def folder_files(folder: Path) -> dict[str, Path]:
    """The files of a folder by their names, hidden ones and folders left out. Raises BadInput for none, or too many."""
    try:
        files = {one.name: one for one in sorted(folder.iterdir()) if one.is_file() and not one.name.startswith(".")}
    except OSError as error:
        raise BadInput(f"{folder.name} is not a folder that can be read.", "Give a folder of files.") from error
    if not 0 < len(files) <= MOST_FILES:
        raise BadInput(f"{folder.name} holds {len(files):,} files.", f"Give between 1 and {MOST_FILES:,}.")
    return files


def preflight(
    files: Mapping[str, Path],
    roles: Mapping[str, Kind] | None = None,
    choices: Mapping[str, Choice] | None = None,
    template: Template | None = None,
    name: str = "",
    on_file: Callable[[str], None] = lambda _: None,
) -> Preflight:
    """Read and check everything. files: by the names the user gave. roles: what files are, for those who say only that.
    name: of the study if no file tells its title, e.g. the folder's. on_file: told which file comes next, of an h5ad or
    loom file again and again while it is read; may raise to stop.

    Content never raises: what is wrong is a finding. Raises BadInput without files, Unavailable when a disk fails.
    """
    if not files or len(files) > MOST_FILES:
        raise BadInput(f"{len(files):,} files were given.", f"Give between 1 and {MOST_FILES:,}.")
    decided = dict(choices or {})
    said = {**(roles or {}), **{file: one.kind for file, one in decided.items() if one.kind is not None}}
    work = _Work(files, decided, template)
    work.read(recognition.kinds(files, said), on_file)
    work.complete(name)
    work.check_tables()
    work.link()
    return Preflight(work.title, work.ordered(), tuple(work.findings), tuple(work.links), work.template)


@dataclass
class _Work:
    """A pre-flight under way."""

    files: Mapping[str, Path]
    choices: Mapping[str, Choice]
    template: Template | None
    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    title: str = ""

    def choice(self, file: str) -> Choice:
        return self.choices.get(file, Choice())

    def of(self, kind: Kind) -> list[Part]:
        return [part for part in self.parts if part.kind == kind]

    def tables(self, kind: Kind) -> list[AttributeTable]:
        return [part.table for part in self.of(kind) if part.table is not None]

    def ordered(self) -> tuple[Part, ...]:
        return tuple(sorted(self.parts, key=lambda part: ORDER.index(part.kind)))

    def note(self, file: str, code: str, message: str, value: str = "") -> None:
        found = Findings(file)
        found.warn(code, message, value=value)
        self.findings += found.all()

    def read(self, kinds: Mapping[str, Kind | None], on_file: Callable[[str], None]) -> None:
        for file, kind in kinds.items():
            on_file(file)
            if kind is None:
                self._read_other(file)
            elif kind == "expression":
                self._read_expression(file, Waiting(look=partial(on_file, file)))
            else:
                table, findings = read_table(self.files[file], file)
                self.findings += findings
                self.parts.append(Part(file, kind, self.files[file], table))
        self._join_metadata()
        for part in self.of("study")[1:]:
            found = Findings(part.file)
            found.add("STUDY_ROWS", f"A study has one study file; {self.of('study')[0].file} is one already.")
            self.findings += found.all()

    def _read_other(self, file: str) -> None:
        """A template; a table that cannot be read, which is an error; or what is not known."""
        path, ending = self.files[file], Path(plain_name(file)).suffix.lower()
        why = "What it is could not be told from its name or its first lines; say it, or take the file out."
        if ending == ".json":
            try:
                self.template = templates.read_file(path, file)
                return
            except (BadInput, TooLarge) as error:
                why = f"The file is left out: {error.message}"
        elif ending in recognition.TABLE_ENDINGS:
            _, findings = read_table(path, file)
            if broken := tuple(one for one in findings if one.code in _NO_TEXT):
                self.findings += broken
                return
        self.note(file, "UNKNOWN_FILE", why)

    def _read_expression(self, file: str, waiting: Waiting) -> None:
        path = self.files[file]
        try:
            outline = expression.outline(path, file, self.choice(file).options, waiting)
        except (BadInput, TooLarge) as error:
            found = Findings(file)
            found.add_failure(error)
            self.findings += found.all()
            self.parts.append(Part(file, "expression", path))
            return
        self.findings += outline.findings
        self.parts.append(Part(file, "expression", path, outline=outline))

    def _join_metadata(self) -> None:
        """Metadata belongs to the expression file whose name it has, with .tsv behind."""
        names = {plain_name(part.file): part.file for part in self.of("expression")}
        told = {names.get(plain_name(part.file)[:-4], ""): part.file for part in self.of("expression metadata")}
        self.parts = [
            replace(part, metadata=told.get(part.file, "")) if part.kind == "expression" else part
            for part in self.parts
        ]
        if "" in told:
            self.note(told[""], "METADATA_ALONE", "No expression file has this name without the last .tsv.")

    def _columns(self) -> list[str]:
        """Of the expression files whose columns are samples."""
        return list(dict.fromkeys(column for one in self._outlines() for column in one.columns))

    def _outlines(self) -> list[ExpressionOutline]:
        parts = [part for part in self.of("expression") if self.choice(part.file).target in (None, "samples")]
        return [part.outline for part in parts if part.outline is not None]

    def complete(self, name: str) -> None:
        """What the files leave out, made of what they hold. Nothing is made where a file is there but broken."""
        studies = self.of("study")
        first = next((part.file for kind in ("expression", "samples") for part in self.of(kind)), "")
        fallback = name or made.title_from(studies[0].file if studies else first)
        self.title = made.title_of(studies[0].table if studies else None, fallback)
        if not studies:
            file = self._free("study.tsv")
            self.note(file, "STUDY_FILE_MISSING", f"There is no study file; the study is called “{self.title}”.")
            self.parts.append(Part(file, "study", None, made.study(self.title, file)))
        if not self.of("samples"):
            self._make_samples()

    def _make_samples(self) -> None:
        pooled = [*self.tables("libraries"), *self.tables("preparations")]
        named = dict.fromkeys(one for table in pooled for cell in table.column(SAMPLE_ID) for one in texts(cell))
        file = self._free("samples.tsv")
        table = made.samples(self._outlines(), named, file)
        if table.rows:
            message = f"There is no samples file; {len(table.rows):,} samples are made of what the others tell."
            some = ", ".join(one for cell in table.column(SAMPLE_ID)[:5] for one in texts(cell))
            self.note(file, "SAMPLES_FROM_COLUMNS", message, some)
            self.parts.append(Part(file, "samples", None, table))

    def _free(self, name: str) -> str:
        """A name for what is made here that no file has."""
        while name in self.files:
            name = f"made-{name}"
        return name

    def check_tables(self) -> None:
        columns = self._columns()
        for place, part in enumerate(self.parts):
            if part.table is None or part.path is None:
                continue
            table = part.table
            if part.kind == "samples":
                found = Findings(part.file)
                table = made.with_ids(table, columns, self.choice(part.file).id_column, found)
                self.findings += found.all()
                self.parts[place] = replace(part, table=table)
            self.findings += rules.check(part.kind, table)
        for kind in rules.IDS:
            self.findings += rules.check_across(kind, self.tables(kind))

    def link(self) -> None:
        """Records to samples, then columns to records. What could not be read is not linked: it was said already."""
        samples = self.tables("samples")
        readable = len(samples) == len(self.of("samples"))
        for part in (*self.of("libraries"), *self.of("preparations")):
            if part.table is not None and readable and SAMPLE_ID in part.table:
                self.findings += rules.check_references(part.table, samples)
                self.links.append(Link(part.file, linking.link_records(part.table, samples)))
        for part in self.of("expression"):
            if part.outline is not None and part.outline.columns:
                self._link_columns(part.file, part.outline)

    def _link_columns(self, file: str, outline: ExpressionOutline) -> None:
        choice = self.choice(file)
        target, line = choice.target or "samples", _HEADER_LINES.get(outline.form)
        tables: dict[Kind, list[AttributeTable]] = {kind: self.tables(kind) for kind in rules.IDS}
        attribute = choice.attribute if target == "samples" else ""
        if any(part.table is None for part in self.of(target)):
            return
        if attribute:
            self.findings += linking.check_attribute(file, attribute, tables["samples"], self.template)
        report = linking.link_columns(outline.columns, tables[target], target, attribute)
        if report.state != "complete":
            report = replace(report, proposal=linking.proposal(outline.columns, tables, report))
        twice = linking.ambiguous(outline.columns, tables[target], report.attribute)
        hint = linking.reading_hint(outline, tables[target], report)
        self.findings += linking.findings(file, report, twice, line, hint)
        self.links.append(Link(file, report))
