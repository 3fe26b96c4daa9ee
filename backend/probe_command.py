"""python -m backend probe stomics: does the service's own schema agree with what we take for granted?"""

from __future__ import annotations

import argparse
from typing import Any

from backend.console import say
from backend.errors import ExpronautError
from backend.model import StomicsPoint, StomicsProbe
from backend.stomics import probe
from backend.stomics.server import NAME, server


def add_to(commands: Any) -> None:
    """Add the command to those of the parser."""
    told = "Reads the schema (OpenAPI) of the service with your key, one call, and says what agrees with this app."
    parser = commands.add_parser("probe", help="compare a service's own schema with this app", description=told)
    parser.add_argument("service", choices=["stomics"])
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    """What the command does. Raises ExpronautError when there is no schema to read."""
    del chosen
    try:
        found = probe.probe(server())
    except ExpronautError as error:
        raise type(error)(f"{error.message} Nothing was compared and nothing was changed.", error.hint) from error
    for line in told(found):
        say(line)


def told(found: StomicsProbe) -> list[str]:
    """The findings as lines, by path."""
    lines = [f"{NAME}: {found.title}, OpenAPI {found.version}"]
    for path in dict.fromkeys(point.path for point in found.points):
        lines += ["", path, *(_line(point) for point in found.points if point.path == path)]
    counted = [f"{sum(p.verdict == one for p in found.points)} {one}" for one in probe.VERDICTS]
    shape = found.shape or "not told"
    saved = f"The schema is saved in {found.saved}." if found.saved else "The schema could not be saved."
    more = [f"Further paths, which this app does not use: {', '.join(found.more)}."] if found.more else []
    return [*lines, "", f"Values of a gene would be read as: {shape}.", *more, f"{', '.join(counted)}.", saved]


def _line(point: StomicsPoint) -> str:
    after = f": {point.told}" if point.told else ""
    return f"  {point.verdict:<12}  {point.subject}{' (assumed)' if point.assumed else ''}{after}"
