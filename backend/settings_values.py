"""Values of settings: each reader raises BadInput naming the variable, never telling a key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from backend.errors import BadInput

SINGLE_CELL = 0.5
_SWITCH = {"1": True, "0": False}
_DAY = 86_400.0
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|::1")


def address(name: str, given: Mapping[str, str], usual: str = "") -> str:
    """An http(s) address without a slash at the end; `usual` where none is given."""
    url = given.get(name, "").rstrip("/") or usual
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for a port that is no number
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        plain = url.isprintable() and not set(url) & set(" \\?#")
    except ValueError:
        named = False
    if url and not (named and plain):
        raise BadInput(
            f"{name} is not a web address.",
            "Give an address that starts with http:// or https:// and holds no password, ? or #, or leave it out.",
        )
    return url


def pairs(name: str, given: Mapping[str, str], hint: str) -> dict[str, str]:
    """name=value, separated by commas. A value is never told in an error: it may be a key."""
    found: dict[str, str] = {}
    for piece in (piece.strip() for piece in given.get(name, "").split(",")):
        key, _, value = (part.strip() for part in piece.partition("="))
        known = key.replace("-", "").replace("_", "")
        if piece and not (value and known.isascii() and known.isalnum() and len(key) <= 30):
            raise BadInput(f"{name} holds a piece that is not name=value.", hint)
        if piece:
            found[key.lower()] = value
    return found


def hosts(name: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """Names of hosts, separated by commas; lower case, without ports."""
    listed = [piece.strip().lower() for piece in given.get(name, "").split(",") if piece.strip()]
    if odd := [host for host in listed if not _HOST.fullmatch(host)]:
        raise BadInput(f"{name} holds “{odd[0][:40]}”.", "Give names of hosts, as in stomics.io, www.stomics.io.")
    return tuple(dict.fromkeys(listed))


def keep(name: str, given: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    """host=days, separated by commas, as (host, seconds)."""
    kept: dict[str, float] = {}
    for piece in (piece.strip() for piece in given.get(name, "").split(",")):
        host, _, days = (part.strip() for part in piece.partition("="))
        if piece and not (host and days.replace(".", "", 1).isdecimal()):
            raise BadInput(f"{name} holds “{piece[:40]}”.", "Write a host and days, as in maayanlab.cloud=7.")
        if piece:
            kept[host.lower()] = float(days) * _DAY
    return tuple(kept.items())


def path(name: str, text: str) -> Path:
    """An absolute path; ~ is the home folder."""
    try:
        return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100  links are kept as given
    except (RuntimeError, ValueError) as error:  # no such home folder; a NUL
        raise BadInput(f"{name} holds “{text[:60]}”, which is no path.", "Give the path of a folder.") from error


def file(name: str, text: str) -> Path:
    """The path of a file that is there."""
    found = path(name, text)
    if not found.is_file():
        raise BadInput(f"{name} names {found.name}, which is not a file.", "Give the path of a file, or leave it out.")
    return found


def share(name: str, text: str) -> float:
    """A number from 0 to 1."""
    try:
        number = float(text) if text else SINGLE_CELL
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give a number from 0 to 1, for example {SINGLE_CELL}.")
    return number


def seconds(name: str, given: Mapping[str, str], usual: float) -> float:
    """Seconds, at least 0."""
    return number(name, given, usual, "seconds, for example 30, or leave it out")


def number(name: str, given: Mapping[str, str], usual: float, what: str) -> float:
    """A number, at least 0. what: what to give, for the hint."""
    text = given.get(name, "")
    if text and not (text.replace(".", "", 1).isdecimal() and text.isascii()):
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give {what}.")
    return float(text) if text else usual


def switch(name: str, given: Mapping[str, str], usual: bool) -> bool:
    """1 or 0."""
    text = given.get(name, "")
    if text and text not in _SWITCH:
        raise BadInput(f"{name} is “{text[:20]}”.", "Give 1 or 0, or leave it out.")
    return _SWITCH.get(text, usual)


def one_of(name: str, given: Mapping[str, str], known: tuple[str, ...]) -> str:
    """One of some words, the first of them where none is given."""
    text = given.get(name, "").lower() or known[0]
    if text not in known:
        raise BadInput(f"{name} is “{text[:20]}”.", f"Give {' or '.join(known)}, or leave it out.")
    return text


def secret(name: str, given: Mapping[str, str]) -> str:
    """A key that a header can carry; an error does not tell it."""
    text = given.get(name, "")
    if text and not (text.isascii() and text.isprintable() and " " not in text):
        hint = "Give letters, digits and signs without a blank, or leave it out."
        raise BadInput(f"{name} holds a character that no header can carry.", hint)
    return text
