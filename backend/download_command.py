"""python -m backend download archs4 | stomics: list files, and fetch one; for one of ARCHS4, offer to index it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend import downloading, indexing, settings
from backend.console import Line, say
from backend.downloading import Downloaded, partial, running, stomics
from backend.downloading.download import Say
from backend.downloading.partial import gigabytes
from backend.errors import BadInput
from backend.jobs import Tell
from backend.model import LEVELS, SPECIES, Release
from backend.stomics import files as stomics_files
from backend.stomics.server import server

TERMS = (
    "ARCHS4 data are free for non-commercial use (CC BY-NC-SA 4.0); cite Lachmann et al. 2018 and name the version of "
    "the file."
)
STOMICS = "Files of STOmics (stomics.io) need its key, in EXPRONAUT_STOMICS_KEY. Each data set has its own terms."
_COLUMNS = ("species", "level", "version", "samples", "size", "published", "sha1")


def add_to(commands: Any) -> None:
    """Add the command to those of the parser."""
    download = commands.add_parser("download", help="fetch a file of ARCHS4 or STOmics, or go on with it")
    sources = download.add_subparsers(required=True, metavar="archs4|stomics")
    _add_archs4(sources.add_parser("archs4", help="expression of all of GEO", description=TERMS))
    _add_stomics(sources.add_parser("stomics", help="a data set of stomics.io", description=STOMICS))


def _add_archs4(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--species", choices=SPECIES, default="human")
    parser.add_argument("--version", default="", help="as in 2.5, or latest")
    parser.add_argument("--level", choices=LEVELS, default="gene", help="meta: descriptions of the samples only")
    parser.add_argument("--index", action="store_true", help="build the index of the file at once")
    parser.set_defaults(run=run)


def _add_stomics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("accession", help="as in STD0001")
    parser.add_argument("file", nargs="?", default="", help="id of the file, as --list shows it")
    _add_common(parser)
    parser.set_defaults(run=run_stomics)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="list the files there are, and fetch none")
    parser.add_argument("--to", type=Path, default=None, metavar="FOLDER", help="somewhere else than the app looks")
    parser.add_argument("--keep-unverified", action="store_true", help="take the file though it is not as published")
    parser.add_argument("--start-over", action="store_true", help="throw away what is here of the file")


def run_stomics(chosen: argparse.Namespace) -> None:
    """The same for a data set of STOmics."""
    into = (chosen.to or stomics.folder(chosen.accession)).expanduser().absolute()
    if chosen.list or not chosen.file:
        _list_stomics(chosen.accession)
        return
    say(f"Into {into} ({gigabytes(partial.free(into))} are free).")
    done = _fetch(
        into,
        lambda tell, tells: stomics.download(
            chosen.accession, chosen.file, into, tell, tells, chosen.keep_unverified, chosen.start_over
        ),
    )
    say(f"{done.path.name} is in {into}. {done.checked}")


def run(chosen: argparse.Namespace) -> None:
    """What the command does. Raises ExpronautError; a Ctrl-C goes on to the caller, after it was said what is kept."""
    if chosen.list:
        _list()
        return
    if not chosen.version:
        raise BadInput("It was not said which version.", "Add --version, as in --version 2.5; --list shows all.")
    folder = (chosen.to or settings.current().home).expanduser().absolute()
    downloading.version_text(chosen.version)
    release = downloading.chosen(chosen.species, chosen.level, chosen.version)
    size = f", {gigabytes(release.size)}" if release.size else ""
    say(f"{release.name}{size}, into {folder} ({gigabytes(partial.free(folder))} are free). {TERMS}")
    done = _fetch(
        folder,
        lambda tell, tells: downloading.download(
            release, folder, tell, tells, chosen.keep_unverified, chosen.start_over
        ),
    )
    say(f"{done.path.name} is in {folder}. {done.checked}")
    for sentence in running.remembered(done.path):
        say(sentence)
    _index(done.path, chosen.index)


def _fetch(folder: Path, fetch: Callable[[Tell, Say], Downloaded]) -> Downloaded:
    try:
        with Line() as line:
            return fetch(line.tell, line.say)
    except KeyboardInterrupt:
        for pieces in partial.begun(folder):
            say(f"\n{gigabytes(pieces.here())} are kept in {pieces.path.name}.")
        raise


def _index(path: Path, at_once: bool) -> None:
    """Build the index when that is wanted; else say how."""
    if at_once or _agreed():
        with Line() as line:
            index = indexing.build(path, line.tell)
        say(f"The index is in {index}.")
    else:
        say(f"Build its index with: python -m backend index {shlex.quote(str(path))}")


def _agreed() -> bool:
    """Whether the user, on a terminal, wants the index now."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    sys.stdout.write("Build its index now? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _list() -> None:
    got = downloading.listed()
    if got.why is not None:
        say(f"{got.why.message} This is the list of {got.reply.fetched_at:%d %b %Y %H:%M} UTC.")
    _table([_COLUMNS, *(_row(release) for release in got.value)])
    say(TERMS)


def _list_stomics(accession: str) -> None:
    asked = server()
    rows = [
        (file.id, file.file_type, "unknown" if file.size is None else gigabytes(file.size), file.name)
        for file in stomics_files.listed(asked, accession)
    ]
    for one in asked.heard:
        if one.why:
            say(f"{one.why} This is the list of {one.at:%d %b %Y %H:%M} UTC.")
    _table([("id", "type", "size", "name"), *rows])


def _row(release: Release) -> tuple[str, ...]:
    return (
        release.species,
        release.level,
        release.version,
        "" if release.n_samples is None else f"{release.n_samples:,}",
        "" if release.size is None else gigabytes(release.size),
        "" if release.published is None else f"{release.published:%d %b %Y}",
        release.sha1 or "",
    )


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
