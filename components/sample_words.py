"""What to type: examples and help for the sample search that work in the source in force."""

from __future__ import annotations

from dataclasses import dataclass

from backend import api

_SYNTAX = (
    'Words must all match; "quoted phrases"; AND, OR, NOT (in capitals); brackets; lymph* for beginnings; '
    "{fields} for one field; or a list of accessions."
)


@dataclass(frozen=True)
class Words:
    """Help, the example of the empty field, what an empty search is told, and a beginning that finds something."""

    syntax: str
    placeholder: str
    example: str
    beginning: str


_TISSUES = Words(
    _SYNTAX.format(fields="system:brain or kind:tumour").replace("lymph*", "glio*"),
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


def of(source: str, regex: bool) -> Words:
    """The words for a source: samples of studies, or the tissues and cohorts of one data set."""
    local = api.has(source, "Pools and cohorts")
    if regex:
        return PATTERN if local else LIVE_PATTERN
    if api.has(source, "Tumour cohorts"):
        return _TISSUES
    return _SAMPLES if local else _LIVE
