"""The command line: python -m backend index FILE | demo | add PATH | files | download archs4 | serve | probe stomics,
for spatial files: open FILE, and for own studies: import DIR | studies | export LOC1 | remove LOC1.

Exit codes: 0 done, 2 an error told in words, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from backend import download_command, indexing, own_command, probe_command, section_command, settings
from backend import sources as registry
from backend.atlas import place
from backend.console import Line, say
from backend.errors import BadInput, ExpronautError
from backend.sources import archs4_files
from backend.sources.archs4_files import Found

DONE, FAILED, STOPPED = 0, 2, 130
KEPT = "What is finished is kept; the same command goes on there."
MOST_SAMPLES = 1_000_000  # of a simulated file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit writes once more
    except KeyboardInterrupt:
        say(f"\nStopped. {getattr(chosen, 'stopped', KEPT)}")
        return STOPPED
    except ExpronautError as error:
        sys.stderr.write(f"\n{error.message}\n{error.hint}\n" if error.hint else f"\n{error.message}\n")
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend", description="ARCHS4 files of this machine, and the lab's own studies."
    )
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
    download_command.add_to(commands)
    own_command.add_to(commands)
    section_command.add_to(commands)
    probe_command.add_to(commands)
    commands.add_parser("files", help="list the ARCHS4 files found").set_defaults(run=_files)
    serve = commands.add_parser("serve", help="the HTTP API (RNAget, ARCHS4) alone, without the dashboard")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (usually this machine)")
    serve.add_argument("--port", type=int, default=8000, help="0: any that is free")
    serve.set_defaults(run=_serve)
    return parser


def _index(chosen: argparse.Namespace) -> None:
    with Line() as line:
        folder = indexing.build(chosen.file.absolute(), line.tell, chosen.small, chosen.scheduler)
    say(f"The index is in {folder}.")


def _demo(chosen: argparse.Namespace) -> None:
    if chosen.samples is not None and not 1 <= chosen.samples <= MOST_SAMPLES:
        raise BadInput(f"{chosen.samples} samples; it can be 1 to {MOST_SAMPLES:,}.", "Choose another number.")
    path = settings.current().demo_file if chosen.out is None else chosen.out.absolute()
    if path.is_file() and chosen.samples is not None:
        raise BadInput(f"{path.name} is there already.", "Delete it first, or choose another --out.")
    with Line() as line:
        indexing.make_demo(path, line.tell, chosen.samples)
    say(f"Simulated data, with their index, are in {path}.")


def _add(chosen: argparse.Namespace) -> None:
    listed = archs4_files.add(chosen.path)
    say(f"{chosen.path} is remembered in {listed}.")


def _serve(chosen: argparse.Namespace) -> None:
    from backend.serve import running  # brings the server

    running.run(chosen.host, chosen.port, say)


def _files(chosen: argparse.Namespace) -> None:
    del chosen
    shelf = registry.files(now=True)
    for found in shelf.files.values():
        say(_described(found))
    for path, why in shelf.ignored.items():
        say(f"ignored: {path}: {why}")
    if not shelf.files:
        looked = ", ".join(str(path) for path in shelf.places)
        say(f"No ARCHS4 file in {looked}. Put one there, or use `python -m backend add PATH`.")


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


if __name__ == "__main__":
    sys.exit(main())
