"""Settings under which the app asks the double of STOmics (stomics.io)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from backend import settings
from backend.settings import Patience, Settings
from tests.contract.live_world import QUICK
from tests.doubles.stomics_web import StomicsWeb


def online(web: StomicsWeb, folder: Path, base: str = "", **changes: Any) -> Settings:
    """base: another address of the service. changes: EXPRONAUT_..., of Patience (read) or of Settings (keep)."""
    told = web.environment(base) | {name: changes.pop(name) for name in list(changes) if name.isupper()}
    kept = {name: changes.pop(name) for name in Patience.__dataclass_fields__ if name in changes}
    places = {"cache": folder / "cache", "data": (folder,), "home": folder, "studies": folder / "studies"}
    made = replace(settings.read(told), offline=False, demo=False, **places)
    patience = replace(QUICK, **({"read": 5, "whole": 60, "attempts": 3, "longest_wait": 3} | kept))
    return replace(made, patience=patience, **changes)
