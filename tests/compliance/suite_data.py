"""The synthesised data as a store that the server reads."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from backend.serve import store

SCRIPT = Path(__file__).with_name("synthesise.py")


def written(folder: Path, environment: Path, file_type: str) -> Path:
    """A store with one expression matrix and one of signals. file_type: of tickets that name none."""
    folder.mkdir()
    data = _data(environment)
    [project], [study] = data["resources"]["projects"].values(), data["resources"]["studies"].values()
    common = {
        "version": "1.0",
        "project": project["id"],
        "project_name": project["filters"]["name"],
        "study": study["id"],
        "study_name": study["filters"]["name"],
        "file_type": file_type,
    }
    facts = {kind: common | {"id": next(iter(data["resources"][kind]))} for kind in ("expressions", "continuous")}
    found = data["expression"]
    store.write_expression(
        folder / "expression.loom",
        found["values"],
        found["rows"],
        found["columns"],
        facts["expressions"] | {"units": "TPM"},
    )
    signals = data["continuous"]
    store.write_continuous(
        folder / "continuous.loom",
        signals["values"],
        signals["tracks"],
        signals["positions"],
        facts["continuous"] | {"units": "counts"},
    )
    return folder


def _data(environment: Path) -> dict[str, Any]:
    """What the script makes, kept beside the environment: importing the suite takes seconds."""
    kept = environment / f"data-{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:16]}.json"
    if not kept.is_file():
        command = [environment / "bin/python", "-W", "ignore", SCRIPT]
        kept.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return json.loads(kept.read_text())
