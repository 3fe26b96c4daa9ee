"""What to type: examples and help for the sample search that work in the source in force."""

from __future__ import annotations

from dataclasses import dataclass

from backend import api
from backend.model import Species
from components import grouping, groups

_SYNTAX = (
    'Words must all match; "quoted phrases"; AND, OR, NOT (in capitals); brackets; lymph* for beginnings; '
    "{fields} for one field; or a list of accessions."
)


@dataclass(frozen=True)
class Words:
    """Help, the example of the empty field, what an empty search is told, and a beginning that finds something.

    first: what is searched for at first.
    """

    syntax: str
    placeholder: str
    example: str
    beginning: str
    first: str = "brain"


_TISSUES = Words(
    _SYNTAX.format(fields="tissue:liver, system:brain or kind:tumour").replace("lymph*", "glio*"),
    'e.g. brain NOT tumour, "bone marrow", HPA:liver',
    "brain NOT tumour",
    "glio*",
)
_SAMPLES = Words(
    _SYNTAX.format(fields="title:liver or pool:bulk"),
    'e.g. liver NOT tumor, "bone marrow", title:brain',
    "liver NOT tumor",
    "lymph*",
)
_LIVE = Words(
    'Words must all match; "quoted phrases"; AND, OR, NOT (in capitals); brackets; lymph* for beginnings; or a list of '
    "accessions (GSM, GSE). ARCHS4 finds a word inside of longer words too: liver also finds deliver. One field alone, "
    "as in title:liver, cannot be searched.",
    'e.g. liver NOT tumor, "bone marrow", GSE20002',
    "liver NOT tumor",
    "lymph*",
)
_STUDY = (
    'Words must all match; "quoted phrases"; AND, OR, NOT (in capitals); brackets; lymph* for beginnings; a column and '
    "a colon for what stands in it, blanks of its name as _, as in Cell_Type:macrophage."
)
LIVE_PATTERN = Words(
    "A regular expression. It goes to ARCHS4 as you type it, and ARCHS4 applies it to the descriptions of all its "
    "samples.",
    r"e.g. liver|hepat, \bT[- ]cells?\b",
    "liver|hepat",
    "lymph|leuk",
)
PATTERN = Words(
    "A regular expression (Python), without regard to case, over accession, title, source, characteristics and "
    "series. Every sample is looked at, so it is slower than words.",
    r"e.g. liver|hepat, \bT[- ]cells?\b",
    "liver|hepat",
    "lymph|leuk",
)


def of(source: str, regex: bool, species: Species = "human") -> Words:
    """The words for a source: samples of studies, or the tissues and cohorts of one data set."""
    if grouping.is_there(source):
        return _of_study(source, species)
    local = api.has(source, "Pools and cohorts")
    if regex:
        return PATTERN if local else LIVE_PATTERN
    if api.has(source, "Tumour cohorts"):
        return _TISSUES
    return _SAMPLES if local else _LIVE


def _of_study(source: str, species: Species) -> Words:
    """With the words of its own samples: of the first group of the first column that makes groups."""
    offered = [one for one in api.groupings(source, species).value if ":" not in one.key]
    told = [(one.key, name) for one in offered for name, _ in one.groups if name != groups.NOT_TOLD]
    column, value = told[0] if told else ("", "sample")
    word = f'"{value}"' if set(value) & set(' ()",;:') else value
    field = f", {api.field_name(column)}:{word}" if column else ""
    return Words(_STUDY, f"e.g. {word}{field}", word, f"{value[:3]}*" if value[:3].isalnum() else word, word)
