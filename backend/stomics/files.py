"""Files of a data set, and the short-lived address that one is fetched from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backend.errors import BadAnswer, BadInput, NotFound
from backend.model import StomicsFile
from backend.stomics import accessions, fields
from backend.stomics.failures import keys
from backend.stomics.server import Server, part
from backend.web.question import checked

HOUR = 3_600  # seconds an address lives where it does not say it
USED = 5 / 6  # of its life: 50 minutes of an hour
MOST_USED = timedelta(minutes=50)  # however long it lives
_IDS = ("id", "file_id")  # the first is assumed, the second more so
_DIGESTS = {"sha256": 64, "sha1": 40, "md5": 32}  # hexadecimal digits
_HINT = "The service may have changed; `python -m backend probe stomics` tells more."


@dataclass(frozen=True)
class Address:
    """Where a file can be fetched until `expires_at`, without a key. url: a credential, never shown, logged, kept."""

    url: str = field(repr=False)
    asked_at: datetime
    expires_at: datetime

    def old(self, now: datetime | None = None) -> bool:
        """Whether another one should be asked for before a transfer: after 50 minutes, sooner if it lives shorter."""
        used = min(MOST_USED, (self.expires_at - self.asked_at) * USED)
        return (now or datetime.now(UTC)) >= self.asked_at + used


def listed(server: Server, accession: str) -> tuple[StomicsFile, ...]:
    """The files of a data set, as the service lists them."""
    name = accessions.checked(accession)

    def read(found: Any) -> tuple[StomicsFile, ...]:
        if not isinstance(found, list):
            raise BadAnswer(f"The files of a data set should be a list; there came {keys(found)}.", _HINT)
        files: dict[str, StomicsFile] = {}
        for one in map(_file, found):
            files.setdefault(one.id, one)
        return tuple(files.values())

    return server.get(f"/datasets/{part(name)}/files", read)


def one(server: Server, accession: str, file_id: str) -> StomicsFile:
    """One file of a data set. Raises NotFound."""
    found = next((file for file in listed(server, accession) if file.id == file_id.strip()), None)
    if found is None:
        raise NotFound(f"{accession} has no file {file_id[:40]}.", "Choose one of its files.")
    return found


def address(server: Server, accession: str, file_id: str) -> Address:
    """A fresh address of a file. Never kept; it costs one call."""
    name, number, asked_at = accessions.checked(accession), accessions.file_id(file_id), datetime.now(UTC)

    def read(found: Any) -> str:
        url = found.get("url") if isinstance(found, Mapping) else None
        if not isinstance(url, str) or not url:
            raise BadAnswer(f"The address of a file should come as url; there came {keys(found)}.", _HINT)
        return _fetchable(url, server.stomics.base)

    url = server.get(f"/datasets/{part(name)}/files/{part(number)}/download", read, lifetime=0)
    return Address(url, asked_at, _expiry(url, asked_at))


def _file(found: Any) -> StomicsFile:
    if not isinstance(found, Mapping):
        raise BadAnswer(f"A file should be an object; there came {keys(found)}.", _HINT)
    number = next((text for key in _IDS if (text := _id(found.get(key)))), "")
    if not number:
        raise BadAnswer(f"A file should have an id or file_id; there came {keys(found)}.", _HINT)
    name = found.get("filename")
    if not isinstance(name, str):
        raise BadAnswer(f"A file should have a filename; there came {keys(found)}.", _HINT)
    kind, size = fields.line(found.get("file_type")), fields.number(found.get("size_bytes"))
    return StomicsFile(number, fields.line(name), kind, size, _checksum(found))


def _id(value: Any) -> str:
    return "" if isinstance(value, (bool, float)) else fields.line(value)


def _checksum(found: Mapping[str, Any]) -> str | None:
    """Assumed: sha256, sha1 or md5 by name, or checksum, with the algorithm before a colon or told by its length."""
    for name in (*_DIGESTS, "checksum"):
        text = found.get(name)
        kind, _, digest = text.strip().lower().rpartition(":") if isinstance(text, str) else ("", "", "")
        kind = kind.replace("-", "") or (name if name in _DIGESTS else "")
        kind = kind or next((one for one, length in _DIGESTS.items() if len(digest) == length), "")
        if kind in _DIGESTS and re.fullmatch(f"[0-9a-f]{{{_DIGESTS[kind]}}}", digest):
            return f"{kind}:{digest}"
    return None


def _fetchable(url: str, base: str) -> str:
    """Raises BadAnswer, which does not tell the address, unless it is http(s), and https where the service is."""
    try:
        scheme = urlsplit(checked(url)).scheme
    except BadInput:
        scheme = ""
    if scheme not in ("http", "https") or (scheme == "http" and base.startswith("https:")):
        hint = "Try again later; if it stays so, tell those who run the service."
        raise BadAnswer("The service gives an address for the file that cannot be fetched safely.", hint) from None
    return url


def _expiry(url: str, asked_at: datetime) -> datetime:
    """When an address ends: as it says itself (X-Amz-Date and X-Amz-Expires, or Expires), else after an hour."""
    told = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    life, ends = timedelta(seconds=HOUR), None
    with suppress(KeyError, ValueError, OverflowError):
        life = timedelta(seconds=int(told["x-amz-expires"]))
    with suppress(KeyError, ValueError, OverflowError):
        ends = datetime.strptime(told["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) + life
    with suppress(KeyError, ValueError, OverflowError, OSError):
        ends = datetime.fromtimestamp(int(told["expires"]), UTC)
    later = ends if ends is not None and ends > asked_at else asked_at + life  # one that is over: clocks differ
    return min(later, asked_at + timedelta(days=7))
