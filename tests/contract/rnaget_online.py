"""Settings under which the app asks the doubles of RNAget servers, and what these doubles hold."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from backend import settings, sources
from backend.settings import Patience, Rnaget, Settings
from backend.sources.study_source import StudySource
from tests.contract.live_world import QUICK
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.rnaget_world import world

KEY = "secret-abcdefuvwxyz"


def online(web: RnagetWeb, folder: Path, token: str = "", **changes: Any) -> Settings:
    """Every profile as a server of its name. changes: of Patience (read ...) or of Settings (keep, offline ...)."""
    kept = {name: changes.pop(name) for name in Patience.__dataclass_fields__ if name in changes}
    servers = tuple(Rnaget(name, profile.base, _key(name, token)) for name, profile in web.profiles.items())
    patience = replace(QUICK, **({"read": 5} | kept))
    made = replace(settings.read({}), offline=False, demo=False, cache=folder / "cache", data=(folder,), rnaget=servers)
    return replace(made, patience=patience, **changes)


def _key(name: str, token: str) -> str:
    return token or ("any-key" if name == "candig093" else "")


def stored(key: str) -> pd.DataFrame:
    """The numbers of an opened matrix as they lie on disk: labels of genes x samples, on the linear scale."""
    source = sources.get(key)
    assert isinstance(source, StudySource)
    logged = source.store.rows(range(len(source.head.ids)))
    assert source.head.scale.log
    return pd.DataFrame(2**logged - 1, index=list(source.head.ids), columns=list(source.head.samples["sample"]))


def truth(row: int, column: int) -> float:
    return float(world().values[row, column])


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-5) or (math.isnan(one) and math.isnan(other))
