"""Fields of a data set. Only accession and title are certain; all other names are assumed, and tried in order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.model import StomicsDataset

# What is shown -> the keys tried in order; the first that tells something counts.
ALIASES: dict[str, tuple[str, ...]] = {
    "technology": ("technology", "technologies", "technology_name", "platform", "method"),
    "species": ("species", "organism", "organisms", "taxonomy"),
    "tissue": ("tissue", "tissues", "organ", "section"),
    "disease": ("disease", "pathological"),
    "stage": ("developmental_stage", "development_stage", "stage", "age"),
    "n_spots": ("n_cells", "cell_count", "n_spots", "spot_count"),
    "n_genes": ("n_genes",),
    "download_count": ("download_count",),
}
REFERENCES = ("pmid", "doi", "journal", "url", "date_published", "published_at")
CERTAIN = ("accession", "title")
_NAMES = ("name", "label", "title")  # of an object that stands for one thing
_LONGEST, _MOST = 2_000, 100  # characters of a value, values of a data set


def dataset(found: Mapping[str, Any], accession: str = "") -> StomicsDataset:
    """A data set of an answer's object. accession: where it tells none itself."""
    used: dict[str, str] = {}

    def first(shown: str) -> Any:
        used[shown] = next((key for key in ALIASES[shown] if _told(found.get(key))), "")
        return found.get(used[shown])

    own = line(found.get("accession")) or accession
    told = StomicsDataset(
        own,
        line(found.get("title")) or own,
        download_count=number(first("download_count")),
        technologies=_technologies(first("technology")),
        species=", ".join(words(first("species"))),
        tissue=", ".join(words(first("tissue"))),
        disease=", ".join(words(first("disease"))),
        stage=", ".join(words(first("stage"))),
        n_spots=number(first("n_spots")),
        n_genes=number(first("n_genes")),
        references=tuple((key, line(found[key])) for key in REFERENCES if line(found.get(key))),
    )
    seen = {*CERTAIN, *used.values(), *(key for key, _ in told.references)}
    more = [(str(key)[:100], ", ".join(words(value))) for key, value in found.items() if key not in seen]
    return replace(told, more=tuple(pair for pair in more if pair[1])[:_MOST])


def nested(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of fields that hold something, but nothing that can be written in a line."""
    deep = (key for key, value in found.items() if value and isinstance(value, (dict, list)) and not words(value))
    return tuple(str(key)[:100] for key in deep)


def line(value: Any) -> str:
    """A text or number in one line, "" for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else ""
    if not isinstance(value, (str, int)):
        return ""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(value)[:_LONGEST])
    return " ".join(plain.split())


def words(value: Any) -> tuple[str, ...]:
    """A text, number, object with a name, or a list of either, as texts, each once."""
    each = value[:_MOST] if isinstance(value, list) else [value]
    texts = (_name(one) if isinstance(one, Mapping) else line(one) for one in each)
    return tuple(dict.fromkeys(text for text in texts if text))


def number(value: Any) -> int | None:
    """A whole number of 0 or more, also when it is written as a text; None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        return None
    return int(value) if value == int(value) else None


def _told(value: Any) -> bool:
    return bool(words(value))


def _name(found: Mapping[str, Any]) -> str:
    return next((text for key in _NAMES if (text := line(found.get(key)))), "")


def _technologies(value: Any) -> tuple[tuple[int | None, str], ...]:
    """(id, name) of each; the id is told only by objects."""
    each = value[:_MOST] if isinstance(value, list) else [value]
    pairs = ((number(one.get("id")), _name(one)) if isinstance(one, Mapping) else (None, line(one)) for one in each)
    return tuple(dict.fromkeys(pair for pair in pairs if pair[1]))
