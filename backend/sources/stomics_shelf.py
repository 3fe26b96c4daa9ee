"""Opened data sets of STOmics: small files in the cache, each a source of its own.

<cache>/stomics/opened/<key>.json   what the service tells of the data set, when it was opened and asked anew, and
                                    what its spots are grouped by, which the first answer of expression tells
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend import settings
from backend.aside import aside
from backend.errors import BadInput, NotFound, TooLarge, Unavailable

PREFIX = "stomics-"
LOOK = 2.0  # seconds between two looks at the folder
MOST_KEY, MOST_BYTES, MOST_OPENED = 60, 200_000, 200
_DIGITS = 8
_KEY = re.compile(rf"^{PREFIX}[a-z0-9._-]{{1,{MOST_KEY}}}$")
_UNSAFE = re.compile(r"[^a-z0-9._]+")
_lock = threading.Lock()
_changing = threading.RLock()  # from the look at what is remembered until it is written
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
    """Open a data set; its key. Raises TooLarge over MOST_OPENED, Unavailable where nothing can be written."""
    with _changing:
        others = opened(now=True).keys() - {one.key}
        if len(others) >= MOST_OPENED:
            hint = "Close some on the page Spatial first."
            raise TooLarge(f"{len(others)} data sets of STOmics are open, as many as there can be.", hint)
        _write(one)
    return one.key


def _write(one: Opened) -> None:
    path = _path(one.key)
    about = {**asdict(one), "opened_at": one.opened_at.isoformat(timespec="seconds")}
    with aside(path, one.key) as part:
        part.write_text(json.dumps(about), encoding="utf-8")
    opened(now=True)


def learn(key: str, by: str, groups: tuple[tuple[str, int], ...]) -> None:
    """What the spots are grouped by, as an answer tells it; one that lists more spots than those before counts."""
    count = sum(n for _, n in groups)
    if count <= _grouped(opened().get(key)):
        return
    with _changing, contextlib.suppress(Unavailable):  # it is learnt again from the next answer
        known = opened(now=True).get(key)
        if known is not None and count > _grouped(known):  # it may have been closed, or asked anew, meanwhile
            _write(replace(known, by=by, groups=groups))


def _grouped(one: Opened | None) -> int:
    return sum(n for _, n in one.groups) if one is not None else 0


def asked_anew(key: str) -> None:
    """Answers of a data set have changed. Raises NotFound, Unavailable."""
    with _changing:
        known = get(key)
        _write(replace(known, anew=known.anew + 1, by="", groups=()))


def get(key: str) -> Opened:
    """An opened data set. Raises NotFound."""
    found = opened(now=True).get(key)
    if found is None:
        raise NotFound(f"There is no opened data set “{key[:60]}”.", "Open it on the page Datasets.")
    return found


def forget(key: str) -> None:
    """Close a data set; what was kept of its answers stays. Raises NotFound."""
    with _changing:
        get(key)
        try:
            _path(key).unlink(missing_ok=True)
        except OSError as error:
            what = error.strerror or type(error).__name__
            raise Unavailable(f"{key} could not be closed: {what}.", "Look at the folder of the cache.") from error
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
