"""Files before anything is stored: what they are, which rules they break, how they link, what is here already."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend import uploaded
from backend.errors import BadAnswer, BadInput
from backend.model_own import Duplicate, FileChoice, ImportOptions, StudyCheck, StudyPart
from backend.model_study import Finding, Kind
from backend.own import chains, exporting, joining, keeping, numbers, place, study
from backend.own.keeping import Report
from backend.own.records import GroupEntry, MatrixEntry
from backend.own.study import Study
from backend.study.grouping import offered
from backend.study_files import bundle
from backend.study_files.bundle import Choice, Part, Preflight
from backend.study_files.outline import ExpressionOptions
from backend.study_files.tables import STUDY_SOURCE, STUDY_TITLE, texts

TITLE_MISSING = "STUDY_TITLE_MISSING"
VERSION_COLUMNS = "VERSION_COLUMNS"
FORMS = {"gct": "GCT 1.2", "tsv": "TSV of ODM", "table": "genes × samples", "h5ad": "h5ad", "loom": "loom"}
_METADATA: tuple[Kind, ...] = ("study", "samples", "libraries", "preparations")


@dataclass(frozen=True)
class Looked:
    """A checked study. sums: SHA-256 of each new file. known: files that stand for groups of the study it joins.

    joined: that study. before: the matrix that a new version follows. chains: what an exported study tells of versions.
    """

    preflight: Preflight
    sums: Mapping[str, str]
    duplicates: tuple[Duplicate, ...]
    known: Mapping[str, GroupEntry]
    joined: Study | None = None
    before: MatrixEntry | None = None
    more: tuple[Finding, ...] = ()
    chains: chains.Told | None = None

    def new(self, *kinds: Kind) -> tuple[Part, ...]:
        """The parts of these kinds that are not stored yet."""
        return tuple(part for part in self.preflight.parts if part.kind in kinds and part.file not in self.known)

    def blocking(self, options: ImportOptions) -> tuple[Finding, ...]:
        """Errors that keep it out. What was accepted of files that are stored is not asked again."""
        found = self.preflight.blocking(_accepted(options))
        return tuple(one for one in found if not (one.demotable and one.file in self.known))


def _silent(part: str, done: int, of: int, unit: str, seconds: float) -> None:
    del part, done, of, unit, seconds


def _counted(tell: Report, n: int) -> Callable[[str], None]:
    """What is called before each file, and while it is read."""
    begun, seen = time.monotonic(), dict[str, int]()

    def on_file(name: str) -> None:
        tell("Checking", seen.setdefault(name, len(seen)), n, "files", time.monotonic() - begun)

    return on_file


def files_of(paths: Sequence[Path]) -> dict[str, Path]:
    """Files, and those of folders, by their names. Raises BadInput for none, or two of one name."""
    found: dict[str, Path] = {}
    for path in paths:
        inside = bundle.folder_files(path) if path.is_dir() else {uploaded.file_name(path.name): path}
        if again := next((name for name in inside if name in found), ""):
            raise BadInput(f"Two of the files are called {again}.", "Give each a name of its own.")
        found |= inside
    if not found:
        raise BadInput("There are no files to import.", "Name a folder or files.")
    return found


def look(files: Mapping[str, Path], options: ImportOptions, tell: Report = _silent) -> Looked:
    """Check files with what they join. Raises NotFound for a study or matrix there is not, BadInput, Unavailable."""
    joined, before = _joined(options)
    told = chains.read(files)
    folder = Path(tempfile.mkdtemp(prefix="expronaut-"))
    try:
        known = _written(joined, folder, files) if joined is not None else {}
        everything = {**files, **{name: folder / name for name in known}}
        if told is not None:
            del everything[chains.FILE]
        roles: dict[str, Kind] = {name: group.kind for name, group in known.items()}
        choices = _choices(files, _inherited(options, before))
        found = bundle.preflight(everything, roles, choices, on_file=_counted(tell, len(everything)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sums = {part.file: keeping.sha256(part.path, part.file) for part in found.parts if part.path and part.file in files}
    more = _compared(found, before, joined) if before is not None and joined is not None else ()
    looked = Looked(found, sums, (), known, joined, before, more, told)
    return replace(looked, duplicates=duplicates(looked))


def _joined(options: ImportOptions) -> tuple[Study | None, MatrixEntry | None]:
    if options.version_of:
        joined, before = study.with_matrix(options.version_of)
        if options.into and options.into != joined.accession:
            raise BadInput(f"{before.accession} is not of {options.into}.", "Name its study, or none.")
        return joined, before
    return (study.find(options.into), None) if options.into else (None, None)


def _written(joined: Study, folder: Path, files: Mapping[str, Path]) -> dict[str, GroupEntry]:
    """The metadata of the study that files join, as files beside them."""
    found: dict[str, GroupEntry] = {}
    for group in joined.manifest.groups:
        if group.kind in _METADATA:
            name = f"{group.accession} {plain}" if (plain := group.file) in files or plain in found else plain
            (folder / name).write_bytes(exporting.table_bytes(joined, group))
            found[name] = group
    return found


def _inherited(options: ImportOptions, before: MatrixEntry | None) -> ImportOptions:
    """A new version links as the one before, unless it is said otherwise."""
    if before is None or options.link_to or options.link_by:
        return options
    by = before.link.attribute if before.link.target == "samples" else ""
    return replace(options, link_to=before.link.target, link_by=by)


def _choices(files: Mapping[str, Path], options: ImportOptions) -> dict[str, Choice]:
    """What the options say of each file."""
    said = {one.file: one for one in options.choices}
    if unknown := next((name for name in said if name not in files), ""):
        raise BadInput(f"There is no file {unknown[:60]} among those to import.", "Use names as they are listed.")
    return {name: _choice(said.get(name, FileChoice(name)), options) for name in files}


def _choice(one: FileChoice, options: ImportOptions) -> Choice:
    reading = ExpressionOptions(one.form, one.n_features or None, one.separator, one.layer, one.samples_in_rows)
    target = one.link_to or options.link_to or None
    return Choice(one.kind or None, reading, target, one.link_by or options.link_by, one.id_column)


def duplicates(looked: Looked) -> tuple[Duplicate, ...]:
    """Expression and samples files whose bytes are stored already."""
    listed = looked.new("expression", "samples")
    wanted = {looked.sums[part.file]: part.file for part in listed if part.file in looked.sums}
    found: list[Duplicate] = []
    for folder in place.folders():
        with contextlib.suppress(BadAnswer):  # of a study that is damaged nothing is known
            found += _same(Study(folder), wanted)
    return tuple(found)


def _same(one: Study, wanted: Mapping[str, str]) -> Iterator[Duplicate]:
    stored = {matrix.sha256: matrix.accession for matrix in one.manifest.matrices}
    for digest, accession in {**one.manifest.sums, **stored}.items():
        if digest in wanted:
            yield Duplicate(wanted[digest], one.accession, accession, one.title)


def _compared(found: Preflight, before: MatrixEntry, joined: Study) -> tuple[Finding, ...]:
    """A warning when a new version has other columns than the one before."""
    had = _headers(joined, before)
    for part in found.of("expression"):
        if part.outline is not None and set(part.outline.columns) != had:
            gone, added = had - set(part.outline.columns), set(part.outline.columns) - had
            what = f"It has {len(added):,} columns that {before.accession} has not, and lacks {len(gone):,} of its."
            return (Finding(VERSION_COLUMNS, "warning", part.file, what, value=", ".join(sorted(added | gone)[:3])),)
    return ()


def _headers(joined: Study, matrix: MatrixEntry) -> set[str]:
    return {str(name) for name in numbers.store_of(joined, matrix).head.samples["sample"]}


def _accepted(options: ImportOptions) -> tuple[str, ...]:
    return (*options.accept, TITLE_MISSING) if options.title or options.into or options.version_of else options.accept


_lock = threading.Lock()
_last: list[tuple[object, Looked]] = []


def looked_at(files: Mapping[str, Path], options: ImportOptions, tell: Report = _silent) -> Looked:
    """As `look`; what was just checked, and has not changed since, is not read again."""
    try:
        seen = [(name, str(path), path.stat().st_size, path.stat().st_mtime_ns) for name, path in files.items()]
    except OSError as error:
        raise BadInput(f"{Path(str(error.filename)).name} cannot be read.", "Check its name.") from error
    joined = [study.stamp(folder) for folder in place.folders()] if options.into or options.version_of else []
    key = (str(place.root()), tuple(seen), replace(options, accept=(), title="", group_by=""), tuple(joined))
    with _lock:
        found = next((one for known, one in _last if known == key), None)
    if found is not None:
        return replace(found, duplicates=duplicates(found))
    found = look(files, options, tell)
    with _lock:
        _last[:] = [(key, found)]
    return found


def forget() -> None:
    """Keep nothing of what was checked in memory."""
    with _lock:
        _last.clear()


def check(files: Mapping[str, Path], options: ImportOptions) -> StudyCheck:
    """The same for people."""
    looked = looked_at(files, options)
    blocking = looked.blocking(options)
    return StudyCheck(
        title=title(looked, options),
        parts=tuple(_part(part) for part in looked.preflight.parts if part.file not in looked.known),
        findings=tuple(
            one for one in (*looked.preflight.findings, *looked.more) if one.file not in looked.known or one in blocking
        ),
        links=tuple((link.file, link.report) for link in looked.preflight.links if link.file not in looked.known),
        groupings=_groupings(looked.preflight),
        duplicates=looked.duplicates,
        blocking=tuple(dict.fromkeys(one.code for one in blocking)),
        demotable=tuple(dict.fromkeys(one.code for one in blocking if one.demotable)),
    )


def title(looked: Looked, options: ImportOptions) -> str:
    """What the study is called."""
    if looked.joined is not None:
        return looked.joined.title
    for part in looked.preflight.of("study"):
        cells = part.table.column(STUDY_TITLE) + part.table.column(STUDY_SOURCE) if part.table is not None else ()
        told = [text for cell in cells for text in texts(cell)]
        if told and not options.title:
            return told[0]
    return options.title or looked.preflight.title


def _part(part: Part) -> StudyPart:
    outline, table = part.outline, part.table
    if outline is not None:
        n_rows, n_columns = len(outline.feature_ids), len(outline.columns)
        return StudyPart(
            part.file, part.kind, FORMS[outline.form], n_rows, n_columns, outline.feature_names, outline.measurements,
            outline.layers, part.metadata,
        )  # fmt: skip
    names, rows = (table.names, len(table.rows)) if table is not None else ((), 0)
    return StudyPart(part.file, part.kind, "attributes", rows, len(names), names, made=part.path is None)


def _groupings(found: Preflight) -> tuple[str, ...]:
    """Columns of the samples that make groups, those of the first table first."""
    tables = [part.table for part in found.of("samples") if part.table is not None]
    listed = [one.key for table in tables for one in offered(joining.frame(table))]
    return tuple(dict.fromkeys(listed))
