"""The parameters of a request to RNAget: which there are, and what their values must look like."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from backend.errors import BadInput, NotFound, TooLarge
from backend.serve.matrix import FILE_TYPES, About, FileType

LISTS = ("sampleIDList", "featureIDList", "featureNameList")
SAMPLE_FILTERS = ("tissue", "condition")
BOUNDS = ("feature_min_value", "feature_max_value")
SEARCH = ("projectID", "studyID", "version", "name", "type")
KNOWN = frozenset((*LISTS, *SAMPLE_FILTERS, *BOUNDS, *SEARCH, "units", "format", "chr", "start", "end"))
MOST_ITEMS = 20_000  # of a list
MOST_FIELDS = 1_000  # of a query
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)


class Told(Protocol):
    """What says of itself where it belongs."""

    about: About


Held = TypeVar("Held", bound=Told)


class Query:
    """The query of a request. A parameter without a value counts as left out."""

    def __init__(self, raw: bytes) -> None:
        """Raises BadInput for a parameter that RNAget does not have."""
        try:
            pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError as error:
            raise BadInput(f"The query has more than {MOST_FIELDS:,} parts.", "Join lists with commas.") from error
        self.pairs = [(name, value.strip()) for name, value in pairs]
        unknown = dict.fromkeys(name[:40] for name, _ in self.pairs if name not in KNOWN)
        if unknown:
            shown = ", ".join(list(unknown)[:5])
            raise BadInput(f"There is no parameter {shown}.", "The filters and /docs list those there are.")

    def text(self, name: str) -> str:
        """The value of a parameter, "" when it is left out. Raises BadInput for two different ones."""
        values = list(dict.fromkeys(value for own, value in self.pairs if own == name and value))
        if len(values) > 1:
            raise BadInput(f"{name} is given twice, with different values.", "Give it once.")
        return values[0] if values else ""

    def items(self, name: str) -> tuple[str, ...]:
        """The items of a list, each once; () when it is left out. Repeated parameters are joined."""
        given = (item.strip() for own, value in self.pairs if own == name for item in value.split(","))
        found = tuple(dict.fromkeys(item for item in given if item))
        if len(found) > MOST_ITEMS:
            raise TooLarge(f"{name} has {len(found):,} items; the cap is {MOST_ITEMS:,}.", "Ask in several requests.")
        return found

    def number(self, name: str) -> float | None:
        """A number of 0 or more, None when it is left out."""
        text = self.text(name).removeprefix("+")
        if not text:
            return None
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(value):
            raise BadInput(f"{name} is “{text[:20]}”, which is no number of 0 or more.", "Write it like 0.5.")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number of 0 or more, None when it is left out."""
        text = self.text(name)
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            raise BadInput(f"{name} is “{text[:20]}”, which is no whole number of 0 or more.", "Write it like 1000.")
        return int(text)

    def form(self, needed: bool) -> FileType | None:
        """The file type. Raises BadInput for an unknown one, or for none when it is needed."""
        text = self.text("format").lower()
        for known in FILE_TYPES:
            if text == known:
                return known
        if not text and not needed:
            return None
        what = f"The format “{text[:20]}” is not offered." if text else "The parameter format is missing."
        raise BadInput(what, f"Give {' or '.join(FILE_TYPES)}.")

    def carried(self, names: tuple[str, ...]) -> dict[str, str]:
        """What is given of these parameters, lists joined, for the address of a ticket."""
        values = {name: ",".join(self.items(name)) if name in LISTS else self.text(name) for name in names}
        return {name: value for name, value in values.items() if value}


def encoded(parameters: dict[str, str]) -> str:
    """A query, percent-encoded; commas of lists stay."""
    return urlencode(parameters, safe=",", quote_via=quote)


def the_one(held: Iterable[Held], query: Query, none: str) -> Held:
    """The one that projectID, studyID and version leave. none: what is said when nothing is left.

    Raises NotFound for none, BadInput for several.
    """
    wanted = {name: query.text(name) for name in ("projectID", "studyID", "version")}
    found = []
    for one in held:
        own = {"projectID": one.about.project, "studyID": one.about.study, "version": one.about.version}
        if all(not value or own[name] == value for name, value in wanted.items()):
            found.append(one)
    if not found:
        raise NotFound(none, "/studies lists the studies there are.")
    if len(found) > 1:
        studies = ", ".join(one.about.study for one in found[:10])
        raise BadInput("Several matrices match, add studyID.", f"One of {studies}.")
    return found[0]
