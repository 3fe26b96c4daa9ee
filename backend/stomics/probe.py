"""What the service's own schema says of what we take for granted: confirmed, contradicted, or not told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import get_args

from backend import settings
from backend.aside import aside
from backend.errors import NotFound, Unavailable
from backend.model import StomicsProbe
from backend.model_stomics import Verdict
from backend.stomics import fields
from backend.stomics.openapi import Document, document
from backend.stomics.points import PATHS, SCHEMA, blank, points, shape
from backend.stomics.server import ROOT, Server

__all__ = ["PATHS", "VERDICTS", "compared", "probe"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_FILE = "openapi.json"


def probe(server: Server) -> StomicsProbe:
    """Read the schema, compare, and save it. Raises NotFound, BadAnswer and so on where there is no schema to read."""
    try:
        found = server.get(SCHEMA, document, lifetime=0)
    except NotFound as error:
        hint = "The service does not give its schema; nothing can be compared."
        raise NotFound(f"There is no schema at {server.address(SCHEMA)}.", hint) from error
    return compared(found, _saved(found))


def compared(schema: Document, saved: str = "") -> StomicsProbe:
    """A schema against all that we take for granted."""
    info = schema.whole.get("info")
    about = info if isinstance(info, Mapping) else {}
    known = {*map(blank, PATHS), f"{ROOT}{SCHEMA}"}
    more = tuple(path for route, path in schema.routes.items() if route not in known)
    return StomicsProbe(
        fields.line(about.get("title")) or "without a title",
        fields.line(schema.whole["openapi"]),
        points(schema),
        shape(schema),
        saved,
        more[:50],
    )


def _saved(found: Document) -> str:
    """Where the document lies now, "" where it cannot be written."""
    path = settings.current().cache / "stomics" / _FILE
    try:
        with aside(path, _FILE) as part:
            part.write_text(json.dumps(found.whole, indent=2), encoding="utf-8")
    except Unavailable:
        return ""
    return str(path)
