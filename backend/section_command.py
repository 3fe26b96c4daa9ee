"""python -m backend open FILE: open a spatial file as a section, with its copy sorted by gene made here and now."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from backend import section_openings
from backend.console import Line, say
from backend.sources import section_shelf


def add_to(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser("open", help="open a spatial file (h5ad, GEM, GEF) for the Spatial page")
    parser.add_argument("file", type=Path)
    parser.add_argument("--bin", type=int, default=0, metavar="N", help="of a GEM or GEF file, as in 50")
    parser.add_argument("--layer", default="", help="of an h5ad file: a layer of it, or raw, instead of X")
    parser.set_defaults(run=_open, stopped="The copy is not kept; the same command begins again.")


def _open(chosen: argparse.Namespace) -> None:
    key = section_openings.remember(chosen.file, chosen.bin, chosen.layer)
    if not section_shelf.get(key).complete:
        with Line() as line:
            section_openings.make(key, line.tell)
    one = section_shelf.get(key)
    say(f"{one.title}: {one.n_genes:,} genes in {one.n_spots:,} spots. It is open as {key}.")
