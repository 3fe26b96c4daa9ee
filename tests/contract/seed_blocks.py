"""Runs code blocks, unchanged but for the address they ask, and writes what they made of the answers as JSON.

python seed_blocks.py ADDRESS OUTPUT BLOCK... ; in a process and folder of its own, with no way beyond this machine.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

DOCUMENTED = 'ARCHS4_BASE = "https://maayanlab.cloud/archs4/api/v1"'


def only_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses connections that leave this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] != "127.0.0.1":
        raise PermissionError(f"a block tried to reach {arguments[1]}")


def run(code: str, address: str) -> dict[str, Any]:
    """What a block leaves behind: its variables that are data, and what it printed."""
    if code.count(DOCUMENTED) != 1:
        raise ValueError("a block asks another address")
    space: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code.replace(DOCUMENTED, f'ARCHS4_BASE = "{address}"'), "block", "exec"), space)
    kept = {name: _plain(value) for name, value in space.items() if not name.startswith("_")}
    return {"printed": printed.getvalue(), **{name: value for name, value in kept.items() if value is not None}}


def _plain(value: Any) -> Any:
    """Data as JSON can hold them; None for functions and modules."""
    if hasattr(value, "columns"):
        return json.loads(value.to_json(orient=_orient(value), double_precision=15))
    if isinstance(value, set):
        return sorted(map(list, value))
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return None


def _orient(table: Any) -> str:
    return "records" if type(table.index).__name__ == "RangeIndex" else "index"


if __name__ == "__main__":
    sys.addaudithook(only_here)
    found = {Path(name).stem: run(Path(name).read_text(encoding="utf-8"), sys.argv[1]) for name in sys.argv[3:]}
    Path(sys.argv[2]).write_text(re.sub(r"\bNaN\b", "null", json.dumps(found)), encoding="utf-8")
