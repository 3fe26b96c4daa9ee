"""The files that ARCHS4 publishes, from its list of versions (GET /api/versionfile of the site).

The form is that of the list as archs4.org showed it in 2025: {"versionfiles": [{"checksum", "data_level",
"ensembl_annotation", "file_size", "id", "samples", "species", "timestamp", "version_major", "version_minor"}]}.
Files of descriptions are not in it; they stand beside each numbered version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, get_args

from backend import settings, web
from backend.errors import BadAnswer, BadInput, NotFound
from backend.model import LEVELS, SPECIES, Level, Release, Species

HOUR = 3_600.0
LATEST = "latest"
MOST = 10**13  # bytes; no file is that large
NAME = re.compile(r"(human|mouse)_(gene|transcript|meta)_v(\d{1,3}(?:\.\d{1,3}){1,2}|\d{1,3}\.latest)\.h5", re.ASCII)
_VERSION = re.compile(r"v?(\d{1,3}(?:\.\d{1,3}){1,2}|(?:\d{1,3}\.)?latest)", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z _-]{0,40}", re.ASCII)
_MAJOR, _MINOR = re.compile(r"\d{1,3}", re.ASCII), re.compile(r"\d{1,3}(\.\d{1,3})?|latest", re.ASCII)
_SHA1 = re.compile(r"[0-9a-f]{40}", re.ASCII)


def listed(mode: web.Mode = "usual") -> web.Got[tuple[Release, ...]]:
    """All files, by species and level, newest version first. Raises as web.ask, BadAnswer naming the field."""
    return web.ask(_question(), lambda reply: releases(web.as_json(reply)), mode)


def _question() -> web.Question:
    site = settings.current().archs4.site
    return web.question(f"{site}/api/versionfile", lifetime=HOUR, accepted=(200,), most_bytes=5_000_000)


def chosen(species: str, level: str, version: str) -> Release:
    """One file. Raises BadInput for what cannot be a version, NotFound with the versions there are, and as `listed`."""
    wanted, found = version_text(version), listed().value
    if species not in SPECIES or level not in LEVELS:
        raise BadInput(f"There are no “{species[:20]} {level[:20]}” files.", "Choose human or mouse, and a level.")
    alike = [release for release in found if (release.species, release.level) == (species, level)]
    for release in alike:
        if release.version == wanted:
            return release
    known = tuple(release.version for release in alike)
    hint = f"There are {', '.join(known)}." if known else "The list of ARCHS4 holds none of this kind now."
    raise NotFound(f"ARCHS4 has no {species} {level} file of version {wanted}.", hint, known)


def version_text(text: str) -> str:
    """ "2.5", "v2.5" -> "2.5"; "latest", "2.latest" -> "latest". Raises BadInput for anything else."""
    fits = _VERSION.fullmatch(text.strip())
    if not fits:
        raise BadInput(f"“{text[:20]}” is no version of ARCHS4.", "Write it as in 2.5, or latest.")
    return LATEST if fits[1].endswith(LATEST) else fits[1]


def releases(content: Any) -> tuple[Release, ...]:
    """The files of a list, the newest of each kind and version. Raises BadAnswer naming the field that is wrong."""
    rows = content.get("versionfiles") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise _wrong("versionfiles", "is no list")
    newest: dict[tuple[str, str, str], Release] = {}
    for row in rows:
        release = _release(row)
        if release is None:
            continue
        key = (release.species, release.level, release.version)
        before = newest.get(key)
        if before is None or _when(release) > _when(before):
            newest[key] = release
    found = [*newest.values(), *(_descriptions(release) for release in newest.values() if _has_descriptions(release))]
    return tuple(sorted(found, key=_order))


def _release(row: Any) -> Release | None:
    """One entry; None for a species or kind that this program does not know."""
    if not isinstance(row, dict):
        raise _wrong("versionfiles", "holds something that is no entry")
    species, level = _text(row, "species", _WORD).lower(), _text(row, "data_level", _WORD).lower()
    if species not in SPECIES or level not in ("gene", "transcript"):
        return None
    major, minor = _text(row, "version_major", _MAJOR), _text(row, "version_minor", _MINOR)
    known: Species = next(name for name in SPECIES if name == species)
    kind: Level = next(name for name in get_args(Level) if name == level)
    name = f"{known}_{kind}_v{major}.{minor}.h5"
    return Release(
        name=name,
        species=known,
        level=kind,
        version=LATEST if minor == LATEST else f"{major}.{minor}",
        url=_url(name),
        size=_number(row, "file_size", least=1),
        sha1=_text(row, "checksum", _SHA1).lower() if row.get("checksum") else None,
        published=_time(row),
        n_samples=_number(row, "samples") if row.get("samples") is not None else None,
        annotation=_number(row, "ensembl_annotation") if row.get("ensembl_annotation") is not None else None,
    )


def _url(name: str) -> str:
    return f"{settings.current().archs4.files}/{name}"


def _has_descriptions(release: Release) -> bool:
    return release.level == "gene" and release.version != LATEST


def _descriptions(release: Release) -> Release:
    """The file of descriptions beside a numbered version: neither its size nor its sha1 is published."""
    name = release.name.replace("_gene_", "_meta_")
    return replace(release, name=name, level="meta", url=_url(name), size=None, sha1=None, annotation=None)


def _text(row: Mapping[str, Any], field: str, form: re.Pattern[str]) -> str:
    value = row.get(field)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    text = text.lower() if form is _SHA1 else text
    if not form.fullmatch(text):
        raise _wrong(field, f"is “{str(value)[:40]}”")
    return text


def _number(row: Mapping[str, Any], field: str, least: int = 0) -> int:
    value = row.get(field)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        raise _wrong(field, f"is “{str(value)[:40]}”")
    return value


def _time(row: Mapping[str, Any]) -> datetime:
    value = row.get("timestamp")
    try:
        when = parsedate_to_datetime(value if isinstance(value, str) else "")
    except (ValueError, TypeError) as error:
        raise _wrong("timestamp", f"is “{str(value)[:40]}”") from error
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _wrong(field: str, what: str) -> BadAnswer:
    return BadAnswer(
        f"The list of ARCHS4 versions is not as expected: {field} {what}.",
        "Try again later; if it stays so, take the file from archs4.org and put it beside your other files.",
    )


def _when(release: Release) -> datetime:
    return release.published or datetime.min.replace(tzinfo=UTC)


def _order(release: Release) -> tuple[int, int, tuple[int, ...]]:
    parts = () if release.version == LATEST else tuple(-int(part) for part in release.version.split("."))
    return SPECIES.index(release.species), LEVELS.index(release.level), parts
