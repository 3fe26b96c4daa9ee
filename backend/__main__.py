"""The command line: python -m backend index FILE | demo | add PATH | files.

Exit codes: 0 done, 2 an error told in words, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from backend import indexing, settings
from backend import sources as registry
from backend.atlas import place
from backend.errors import BadInput, ExpronautError
from backend.model import IndexProgress
from backend.sources import archs4_files
from backend.sources.archs4_files import Found

DONE, FAILED, STOPPED = 0, 2, 130
EVERY = 0.2  # seconds between two lines of progress
MOST_SAMPLES = 1_000_000  # of a simulated file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except KeyboardInterrupt:
        _say("\nStopped. What is finished is kept; the same command goes on there.")
        return STOPPED
    except ExpronautError as error:
        sys.stderr.write(f"\n{error.message}\n{error.hint}\n" if error.hint else f"\n{error.message}\n")
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend", description="ARCHS4 files of this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    index = commands.add_parser("index", help="build the index of an ARCHS4 file, or go on with it")
    index.add_argument("file", type=Path)
    index.add_argument("--small", action="store_true", help="leave out the big store (about a tenth of the space)")
    index.add_argument("--scheduler", default="", metavar="tcp://HOST:PORT", help="use the workers of a dask cluster")
    index.set_defaults(run=_index)
    demo = commands.add_parser("demo", help="make the simulated demo cohort and its index")
    demo.add_argument("--samples", type=int, default=None)
    demo.add_argument("--out", type=Path, default=None, metavar="PATH", help="somewhere else than the app looks for it")
    demo.set_defaults(run=_demo)
    add = commands.add_parser("add", help="remember an ARCHS4 file, or a folder that holds some")
    add.add_argument("path", type=Path)
    add.set_defaults(run=_add)
    commands.add_parser("files", help="list the ARCHS4 files found").set_defaults(run=_files)
    return parser


def _index(chosen: argparse.Namespace) -> None:
    with _Line() as line:
        folder = indexing.build(chosen.file.absolute(), line.tell, chosen.small, chosen.scheduler)
    _say(f"The index is in {folder}.")


def _demo(chosen: argparse.Namespace) -> None:
    if chosen.samples is not None and not 1 <= chosen.samples <= MOST_SAMPLES:
        raise BadInput(f"{chosen.samples} samples; it can be 1 to {MOST_SAMPLES:,}.", "Choose another number.")
    path = settings.current().demo_file if chosen.out is None else chosen.out.absolute()
    if path.is_file() and chosen.samples is not None:
        raise BadInput(f"{path.name} is there already.", "Delete it first, or choose another --out.")
    with _Line() as line:
        indexing.make_demo(path, line.tell, chosen.samples)
    _say(f"Simulated data, with their index, are in {path}.")


def _add(chosen: argparse.Namespace) -> None:
    listed = archs4_files.add(chosen.path)
    _say(f"{chosen.path} is remembered in {listed}.")


def _files(chosen: argparse.Namespace) -> None:
    del chosen
    shelf = registry.files(now=True)
    for found in shelf.files.values():
        _say(_described(found))
    for path, why in shelf.ignored.items():
        _say(f"ignored: {path}: {why}")
    if not shelf.files:
        looked = ", ".join(str(path) for path in shelf.places)
        _say(f"No ARCHS4 file in {looked}. Put one there, or use `python -m backend add PATH`.")


def _described(found: Found) -> str:
    """One file in a few lines."""
    source = registry.get(found.key)
    if found.layout is None:
        return f"{found.key}: {found.path}\n    {source.configured()}"
    layout = found.layout
    size = f"{found.size / 1e9:,.2f} GB"
    shape = f"{layout.n_genes:,} {layout.kind}s × {layout.n_samples:,} samples"
    kind = "SIMULATED, " if source.kind == "simulated" else ""
    state = place.state(found.path)
    note = f": {state.note}" if state.note else ""
    return (
        f"{found.key}: {found.path}\n    {kind}{layout.species}, layout {layout.family}, version {source.version}, "
        f"{shape}, {size}\n    index {state.kind}{note}"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class _Line:
    """Progress on one line, written over on a terminal; elsewhere a line for each part."""

    def __init__(self) -> None:
        self._last, self._part, self._width = 0.0, "", 0
        self._terminal = sys.stdout.isatty()

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            sys.stdout.write("\n")
            sys.stdout.flush()

    def tell(self, part: str, done: int, of: int, unit: str, seconds: float) -> None:
        """Called often; writes a few times a second."""
        now = time.monotonic()
        if (
            part == self._part
            and (done < of or not self._terminal)
            and (now - self._last < EVERY or not self._terminal)
        ):
            return
        self._last, self._part = now, part
        text = told(indexing.measured(part, done, of, unit, seconds))
        if self._terminal:
            sys.stdout.write(f"\r{text:<{self._width}}")
            self._width = len(text)
        else:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def told(progress: IndexProgress) -> str:
    """Progress in words: "Counts: 12,288 of 50,000 samples, 2,900 samples/s, 13 s left"."""
    pieces = [f"{progress.part}: {progress.done:,} of {progress.of:,} {progress.unit}"]
    if progress.speed is not None:
        pieces.append(f"{progress.speed:,.0f} {progress.unit}/s")
    if progress.left is not None:
        minutes, seconds = divmod(round(progress.left), 60)
        pieces.append(f"{minutes} min {seconds} s left" if minutes else f"{seconds} s left")
    return ", ".join(pieces)


if __name__ == "__main__":
    sys.exit(main())
