"""python -m backend import DIR | studies | remove LOC1: the lab's own studies."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.console import Line, say
from backend.errors import ExpronautError
from backend.model_own import FileChoice, ImportOptions, StudyCheck
from backend.model_study import Finding, Kind
from backend.own import checking, curating, describing, exporting, importing, place, study, uploads
from backend.own.study import Study

MOST_SHOWN = 50  # findings
LONGEST = 60  # letters of a value
TARGETS: tuple[Kind, ...] = ("samples", "libraries", "preparations")
ONE: dict[Kind, str] = {"samples": "sample", "libraries": "library", "preparations": "preparation"}


def add_to(commands: Any) -> None:
    """Add the commands to those of the parser."""
    parser = commands.add_parser("import", help="import a study of the lab: a folder, files, or a ZIP")
    parser.add_argument("paths", type=Path, nargs="+", metavar="DIR-or-FILE")
    parser.add_argument("--title", default="", help="instead of what the study's file says")
    parser.add_argument("--group-by", default="", metavar="ATTRIBUTE", help="column that groups samples at first")
    parser.add_argument("--link-by", default="", metavar="ATTRIBUTE", help="of samples; usually Sample Source ID")
    parser.add_argument("--link-to", default="", choices=["", *TARGETS], help="what columns of expression are")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="CODE", help="go on though this rule is broken"
    )
    parser.add_argument("--version-of", default="", metavar="ACCESSION", help="the next version of this matrix")
    parser.add_argument("--into", default="", metavar="ACCESSION", help="add the files to this study")
    parser.add_argument("--features", type=int, default=0, metavar="N", help="columns of features of a TSV of ODM")
    parser.add_argument("--separator", default="", help="between sample and measurement in its header")
    parser.add_argument("--allow-duplicates", action="store_true", help="store files again that are here already")
    parser.add_argument("--check", action="store_true", help="say what would be stored, and store nothing")
    parser.set_defaults(run=_import, stopped="Nothing of it was stored.")
    commands.add_parser("studies", help="list the lab's own studies").set_defaults(run=_studies)
    export = commands.add_parser("export", help="write an own study into a ZIP, as it came")
    export.add_argument("accession")
    export.set_defaults(run=_export)
    remove = commands.add_parser("remove", help="delete an own study, or one version of a matrix")
    remove.add_argument("accession")
    remove.set_defaults(run=_remove)


def _import(chosen: argparse.Namespace) -> None:
    with uploads.unpacked([path.absolute() for path in chosen.paths]) as paths:
        _import_files(checking.files_of(paths), chosen)


def _import_files(files: Mapping[str, Path], chosen: argparse.Namespace) -> None:
    options = ImportOptions(
        title=chosen.title,
        group_by=chosen.group_by,
        link_to=chosen.link_to,
        link_by=chosen.link_by,
        accept=tuple(chosen.accept),
        version_of=chosen.version_of,
        into=chosen.into,
        choices=tuple(FileChoice(name, n_features=chosen.features, separator=chosen.separator) for name in files),
        allow_duplicates=chosen.allow_duplicates,
    )
    with Line() as line:
        checking.looked_at(files, options, line.tell)
        checked = checking.check(files, options)
        for text in _report(checked):
            line.say(text)
        if chosen.check:
            return
        accession = importing.run(files, options, line.tell)
    say(_described(study.find(accession)))


def _report(checked: StudyCheck) -> list[str]:
    """What a check found, a line each."""
    lines = [f"{checked.title}:"]
    lines += [f"  {one.file}: {one.kind}, {one.form}, {one.n_rows:,} × {one.n_columns:,}" for one in checked.parts]
    for file, link in checked.links:
        lines.append(f"  {file} → {link.target} by {link.attribute}: {link.state}, {link.n_matched:,} matched")
    lines += [_told(one) for one in checked.findings[:MOST_SHOWN]]
    if len(checked.findings) > MOST_SHOWN:
        lines.append(f"  … and {len(checked.findings) - MOST_SHOWN:,} more findings")
    return lines


def _told(one: Finding) -> str:
    """A finding: ERROR GCT_DIMS a.gct, line 2: …"""
    line = f", line {one.line}" if one.line else ""
    times = f" ({one.count:,} times)" if one.count > 1 else ""
    value = f" ({one.value[:LONGEST]})" if one.value else ""
    return f"  {one.level.upper()} {one.code} {one.file}{line}: {one.message}{value}{times}"


def _studies(chosen: argparse.Namespace) -> None:
    del chosen
    folders = place.folders()
    for folder in folders:
        try:
            say(_described(Study(folder)))
        except ExpronautError as error:
            say(f"{folder.name}: {error}")
    if not folders:
        say(f"No study in {place.root()}. Import one with `python -m backend import DIR`.")


def _described(found: Study) -> str:
    """A study in a few lines."""
    listed = [one for one in found.manifest.groups if one.kind in TARGETS]
    counts = ", ".join(f"{one.n:,} {one.kind if one.n != 1 else ONE[one.kind]}" for one in listed)
    lines = [f"{found.accession}: {found.title}", f"    {counts}; imported {found.imported:%d %b %Y}"]
    for one in found.manifest.matrices:
        version = f", v{one.number} of {one.chain}{' (active)' if one.active else ''}" if one.chain else ""
        shape = f"{one.n_features:,} × {one.n_columns:,}"
        lines.append(f"    {one.accession}: {describing.name(one)}, {shape}, linked to {one.link.target}{version}")
    return "\n".join(lines)


def _export(chosen: argparse.Namespace) -> None:
    say(f"The study is in {exporting.export(study.find(chosen.accession))}.")


def _remove(chosen: argparse.Namespace) -> None:
    """A study by its accession, else a matrix."""
    if any(folder.name == chosen.accession for folder in place.folders()):
        curating.forget(chosen.accession)
    else:
        curating.forget_matrix(chosen.accession)
    say(f"{chosen.accession} was deleted.")
