"""Settings under which the app asks the double of an ODM server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from backend import settings
from backend.settings import Patience, Settings
from tests.contract.live_world import QUICK
from tests.doubles.odm_web import OdmWeb

STUDY = "GSF1047001"  # of the four samples of 1000 Genomes


def online(
    web: OdmWeb, folder: Path, role: str = "user", dialect: str = "modern", bearer: bool = False, **changes: Any
) -> Settings:
    """changes: of Patience (read ...) or of Settings (keep, offline ...)."""
    kept = {name: changes.pop(name) for name in Patience.__dataclass_fields__ if name in changes}
    made = replace(
        settings.read(web.environment(role, dialect, bearer)),
        offline=False,
        demo=False,
        cache=folder / "cache",
        data=(folder,),
        home=folder,
        studies=folder / "studies",
    )
    return replace(made, patience=replace(QUICK, **({"read": 5} | kept)), **changes)
