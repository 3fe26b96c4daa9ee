"""Opened data sets of STOmics: small files in the cache, each a source of its own.

<cache>/stomics/opened/<key>.json   what the service tells of the data set, when it was opened and asked anew, and
                                    what its spots are grouped by, which the first answer of expression tells
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend import settings
from backend.errors import BadInput, NotFound, Unavailable

PREFIX = "stomics-"
LOOK = 2.0  # seconds between two looks at the folder
MOST_KEY, MOST_BYTES, MOST_OPENED = 60, 200_000, 200
_DIGITS = 8
_KEY = re.compile(rf"^{PREFIX}[a-z0-9._-]{{1,{MOST_KEY}}}$")
_UNSAFE = re.compile(r"[^a-z0-9._]+")
_lock = threading.Lock()
_seen: dict[Path, tuple[float, dict[str, Opened]]] = {}


@dataclass(frozen=True)
class Opened:
    """An opened data set. species: those of SPECIES it tells, () for none of them. organism: as it tells it.

    cite: what it names as reference. n_spots, n_genes: None when not told. by, groups: what its spots are grouped by,
    (name, spots) each; "" and () while no gene was asked for, or where none is told. anew: how often it was asked anew.
    """

    key: str
    accession: str
    title: str
    opened_at: datetime
    base: str
    species: tuple[str, ...] = ()
    organism: str = ""
    technology: str = ""
    cite: str = ""
    n_spots: int | None = None
    n_genes: int | None = None
    by: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    anew: int = 0


def folder() -> Path:
    """Where they are."""
    return settings.current().cache / "stomics" / "opened"


def key_of(accession: str) -> str:
    """The key of a data set: its accession in small letters, with digits of a hash where that is not all of it."""
    plain = _UNSAFE.sub("-", accession.casefold()).strip("-.")
    if plain == accession.lower() and accession.upper() == accession and 0 < len(plain) <= MOST_KEY:
        return f"{PREFIX}{plain}"
    digits = hashlib.sha256(accession.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return PREFIX + f"{plain[: MOST_KEY - _DIGITS - 1]}-{digits}".strip("-.")


def opened(now: bool = False) -> dict[str, Opened]:
    """Every opened data set by its key. now: look at the folder at once."""
    where = folder()
    with _lock:
        last, found = _seen.get(where, (0.0, {}))
        if now or time.monotonic() - last > LOOK or not last:
            paths = sorted(where.glob(f"{PREFIX}*.json"))[:MOST_OPENED]
            read = [_read(path) for path in paths if _KEY.match(path.stem)]
            found = {one.key: one for one in read if one is not None}
            _seen[where] = time.monotonic(), found
        return found


def keep(one: Opened) -> str:
    """Open a data set, or tell more of it; its key. Raises Unavailable where nothing can be written."""
    path = _path(one.key)
    about = {**asdict(one), "opened_at": one.opened_at.isoformat(timespec="seconds")}
    aside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    with _writing(one.key):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(about), encoding="utf-8")
        aside.replace(path)
    opened(now=True)
    return one.key


def learn(key: str, by: str, groups: tuple[tuple[str, int], ...]) -> None:
    """What the spots are grouped by, as an answer tells it; one that lists more spots than those before counts."""
    known = opened().get(key)
    if known is None or sum(n for _, n in groups) <= sum(n for _, n in known.groups):
        return
    with contextlib.suppress(Unavailable):  # it is learnt again from the next answer
        keep(replace(known, by=by, groups=groups))


def asked_anew(key: str) -> None:
    """Answers of a data set have changed. Raises NotFound, Unavailable."""
    known = get(key)
    keep(replace(known, anew=known.anew + 1, by="", groups=()))


def get(key: str) -> Opened:
    """An opened data set. Raises NotFound."""
    found = opened(now=True).get(key)
    if found is None:
        raise NotFound(f"There is no opened data set “{key[:60]}”.", "Open it on the page Datasets.")
    return found


def forget(key: str) -> None:
    """Close a data set; what was kept of its answers stays. Raises NotFound."""
    get(key)
    with _writing(key):
        _path(key).unlink(missing_ok=True)
    opened(now=True)


def _path(key: str) -> Path:
    if not _KEY.match(key):
        raise BadInput(f"“{key[:60]}” is not the key of a data set.", "Use the keys that are listed.")
    return folder() / f"{key}.json"


def _read(path: Path) -> Opened | None:
    """None for a file that is damaged, or of another version: the data set is opened again where it was opened."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return _made(path.stem, json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _made(key: str, told: Mapping[str, Any]) -> Opened:
    return Opened(
        key,
        str(told["accession"]),
        str(told["title"]),
        datetime.fromisoformat(told["opened_at"]).astimezone(UTC),
        str(told["base"]),
        tuple(str(one) for one in told["species"]),
        str(told["organism"]),
        str(told["technology"]),
        str(told["cite"]),
        None if told["n_spots"] is None else int(told["n_spots"]),
        None if told["n_genes"] is None else int(told["n_genes"]),
        str(told["by"]),
        tuple((str(name), int(n)) for name, n in told["groups"]),
        int(told["anew"]),
    )


@contextlib.contextmanager
def _writing(key: str) -> Any:
    try:
        yield
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise Unavailable(f"{key} could not be changed: {what}.", "Look at the folder of the cache.") from error
