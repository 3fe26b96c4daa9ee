"""Settings under which the app asks a double of ARCHS4 instead of the services, and does not wait long for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from backend import settings
from backend.settings import Archs4, Patience, Settings
from tests.doubles.archs4_web import Archs4Web

REST = 0.2  # seconds a service that failed is left alone
OLD_AT_ONCE = (("127.0.0.1", 0.0),)  # every kept answer is older than it should be
QUICK = Patience(connect=1, read=0.15, whole=2, attempts=2, first_wait=0.01, longest_wait=0.9, per_second=1000)


def online(web: Archs4Web, folder: Path, dialects: tuple[str, ...] = (), **changes: Any) -> Settings:
    """changes: of Patience (read, per_second ...), of Archs4 (rest, poll) or of Settings (keep, offline)."""

    def own(kind: type) -> dict[str, Any]:
        return {name: changes[name] for name in kind.__dataclass_fields__ if name in changes}

    environment = web.environment()
    bases = {name: environment[f"EXPRONAUT_ARCHS4_{name.upper()}"] for name in _BASES}
    archs4 = Archs4(dialects, **bases, **{"rest": REST, "poll": 0.01} | own(Archs4))
    made = replace(settings.read({}), offline=False, demo=False, cache=folder / "cache", data=(folder,), archs4=archs4)
    return replace(made, patience=replace(QUICK, **own(Patience)), **own(Settings))


_BASES = ("v1", "sigpy", "legacy", "matrixapi", "site", "files")
