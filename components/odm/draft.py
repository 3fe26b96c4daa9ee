"""An omics query as it is being built. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from backend import api
from backend.model import Condition, OmicsQuery, OmicsWhat

Of = Literal["study", "sample", "library", "preparation", "expression"]
Operator = Literal["=", "!=", "<", ">"]
KINDS: dict[Of, str] = {
    "sample": "Sample",
    "library": "Library",
    "preparation": "Preparation",
    "expression": "Data",
    "study": "Study",
}
OPERATORS = {"=": "is", "!=": "is not", "<": "<", ">": ">"}
WHAT: dict[OmicsWhat, str] = {"samples": "Samples", "expression": "Expression", "groups": "Data groups"}
PAGES = (10, 100, 500, 2_000, 20_000)
MOST_ROWS, MOST_VALUES, MOST_GENES, LONGEST = 20, 200, 500, 4_000


@dataclass(frozen=True)
class Row:
    """A condition being built: of what kind of object; attribute and values may still be empty."""

    of: Of = "sample"
    attribute: str = ""
    operator: Operator = "="
    values: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it can be asked."""
        return bool(self.attribute.strip() and any(value.strip() for value in self.values))


@dataclass(frozen=True)
class Draft:
    """What is filled in. filters, texts: kind of object and text, in ODM's filter language and as full text.

    page: objects a request.
    """

    what: OmicsWhat = "samples"
    rows: tuple[Row, ...] = ()
    filters: tuple[tuple[Of, str], ...] = ()
    texts: tuple[tuple[Of, str], ...] = ()
    genes: tuple[str, ...] = ()
    threshold: float | None = None
    ex_query: str = ""
    versions: str = ""
    measurement: str = ""
    narrower: bool = False
    page: int = 500

    def filter(self, of: Of) -> str:
        """The free filter of a kind of object."""
        return dict(self.filters).get(of, "")

    def text(self, of: Of) -> str:
        """The full text of a kind of object."""
        return dict(self.texts).get(of, "")

    def with_part(self, name: Literal["filters", "texts"], of: Of, text: str) -> Draft:
        """With another free filter or full text."""
        parts = dict(getattr(self, name)) | {of: text}
        kept = tuple((kind, words) for kind, words in parts.items() if words.strip())
        return replace(self, filters=kept) if name == "filters" else replace(self, texts=kept)

    @property
    def is_empty(self) -> bool:
        """Whether it asks for everything there is."""
        return replace(self, what="samples", page=500, narrower=False, versions="") == Draft()


def _whole_filter(draft: Draft, of: Of) -> str:
    """Its conditions, all of them, and the free filter."""
    rows = [row for row in draft.rows if row.of == of and row.is_whole]
    made = api.odm_filter(Condition(row.attribute, row.operator, row.values) for row in rows)
    free = draft.filter(of).strip()
    return f"({made}) AND ({free})" if made and free else made or free


def query(draft: Draft, study: str) -> OmicsQuery:
    """As it is asked. study: accession, "" for all. Raises BadInput. Unfinished conditions are left out."""
    return OmicsQuery(
        study=study,
        study_filter=_whole_filter(draft, "study"),
        study_text=draft.text("study"),
        sample_filter=_whole_filter(draft, "sample"),
        sample_text=draft.text("sample"),
        library_filter=_whole_filter(draft, "library"),
        library_text=draft.text("library"),
        preparation_filter=_whole_filter(draft, "preparation"),
        preparation_text=draft.text("preparation"),
        expression_filter=_whole_filter(draft, "expression"),
        genes=draft.genes,
        threshold=draft.threshold,
        ex_query=draft.ex_query,
        versions=draft.versions,
        measurement=draft.measurement,
        narrower=draft.narrower,
        page=draft.page,
    )


def words(draft: Draft, study: str) -> str:
    """The query in a line, for a legend or a title."""
    pieces = [f"study {study}"] if study else []
    pieces += [f"{row.attribute} {row.operator} {' or '.join(row.values)}" for row in draft.rows if row.is_whole]
    pieces += [f"{of}: {text}" for of, text in (*draft.filters, *draft.texts)]
    if draft.genes:
        pieces.append(f"{', '.join(draft.genes[:5])}{' …' if len(draft.genes) > 5 else ''}")
    if draft.threshold is not None:
        pieces.append(f"value ≥ {draft.threshold:g}")
    pieces += [text for text in (draft.ex_query, f"versions {draft.versions}" if draft.versions else "") if text]
    return "; ".join(pieces) or "everything"
