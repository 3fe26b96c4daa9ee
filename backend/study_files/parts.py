"""Records of a study before it is stored: its files, what the user decided of them, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.model_study import Finding, Kind, LinkReport
from backend.study_files.outline import ExpressionOptions, ExpressionOutline
from backend.study_files.tables import AttributeTable
from backend.study_files.template import Template

AS_FOUND = ExpressionOptions()


@dataclass(frozen=True)
class Choice:
    """What the user decides of one file; what is left out is found by looking, and said.

    kind: what it is. options: how an expression file is read. target: what its columns are, "samples", "libraries" or
    "preparations"; samples when left out. attribute: of the samples that its columns name, "" for Sample Source ID.
    id_column: of a samples table without Sample Source ID, the column that stands for it.
    """

    kind: Kind | None = None
    options: ExpressionOptions = AS_FOUND
    target: Kind | None = None
    attribute: str = ""
    id_column: str = ""


@dataclass(frozen=True)
class Part:
    """A file of the study. path: None for a table that was made here (its columns are those of the expression).

    table: of every kind but expression, None when it could not be read. outline: of expression. metadata: the name of
    the file with the metadata of this expression, "" for none.
    """

    file: str
    kind: Kind
    path: Path | None
    table: AttributeTable | None = None
    outline: ExpressionOutline | None = None
    metadata: str = ""


@dataclass(frozen=True)
class Link:
    """How the columns of an expression file, or the records of a libraries or preparations file, match."""

    file: str
    report: LinkReport


@dataclass(frozen=True)
class Preflight:
    """A study before it is stored. title: what it will be called. parts: by kind, study first, then as given; each kind
    but study may come several times. template: of a template file among them.
    """

    title: str
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    links: tuple[Link, ...]
    template: Template | None = None

    def of(self, kind: Kind) -> tuple[Part, ...]:
        """The parts of a kind."""
        return tuple(part for part in self.parts if part.kind == kind)

    def blocking(self, demoted: tuple[str, ...] = ()) -> tuple[Finding, ...]:
        """Errors in the way of the import. demoted: codes that the user lets pass, where that may be."""
        return tuple(
            one for one in self.findings if one.level == "error" and not (one.demotable and one.code in demoted)
        )
