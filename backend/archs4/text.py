"""What the texts of GEO need before they can be shown: gaps, mojibake, several series, key: value pairs."""

from __future__ import annotations

import re

MISSING = frozenset({"", "NA", "na", "null", "NULL"})

_SERIES = re.compile(r"[,\t]")
# A tab, or the last comma before "key: ". A key holds no comma or colon and does not begin with a blank,
# so "genotype: mfn1-/-, mfn2-/-,age: 6 weeks" is two pairs.
_NEXT_PAIR = re.compile(r"\t|,(?=[^\s,:][^,:\t]*:(?: |$))")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def known(text: str) -> str | None:
    """The text without blanks around it, or None for the ways ARCHS4 files write "missing"."""
    text = text.strip()
    return None if text in MISSING else text


def mended(text: str) -> str:
    """UTF-8 that was once read as Latin-1, read as UTF-8 again; any other text as it is. For display only."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def series(text: str) -> tuple[str, ...]:
    """Every series a sample belongs to, in the order given, each once; split at commas and tabs."""
    parts = (known(part) for part in _SERIES.split(text))
    return tuple(dict.fromkeys(part for part in parts if part is not None))


def pairs(text: str) -> dict[str, str]:
    """The characteristics of a sample as key -> value; a missing value is left out.

    Text without a key stands under "" at the beginning, elsewhere it goes on with the value before it.
    Values of a repeated key are joined with "; ".
    """
    found: dict[str, str] = {}
    key = ""
    for part in _NEXT_PAIR.split(text):
        name, colon, rest = part.partition(": ")
        if not colon and part.endswith(":"):
            name, colon, rest = part[:-1], ":", ""
        value = known(rest if colon else part)
        if colon:
            key = name.strip()
        if value is not None:
            found[key] = f"{found[key]}{'; ' if colon else ' '}{value}" if key in found else value
    return found


def year(text: str) -> int | None:
    """The first year from 1900 to 2099 in a date as GEO writes it ("Sep 12 2012"), or None."""
    found = _YEAR.search(text)
    return int(found.group()) if found else None
