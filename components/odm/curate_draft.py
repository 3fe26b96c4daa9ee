"""An import into ODM that is being put together: its files, links and accessions, and what is said of each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

import streamlit as st

from backend import api
from backend.errors import BadInput, ExpronautError
from backend.model import OdmFile, OdmPart, OdmPartKind, OdmStudy, OdmTarget, OdmWish
from components import inputs

Kind: TypeAlias = OdmPartKind | Literal["expression metadata"]
KINDS: dict[Kind, str] = {
    "study": "Study",
    "samples": "Samples",
    "libraries": "Libraries",
    "preparations": "Preparations",
    "expression": "Expression",
    "expression metadata": "Expression metadata",
}
_SAID: tuple[tuple[str, Kind], ...] = (
    (r"\.gct\.tsv$", "expression metadata"),
    (r"\.gct$", "expression"),
    (r"expr.*meta", "expression metadata"),
    (r"sample", "samples"),
    (r"librar", "libraries"),
    (r"prep", "preparations"),
    (r"stud", "study"),
)


@dataclass
class Row:
    """One file. Exactly one of link, file and accession says where it is. of: key of the expression it is about."""

    key: int
    kind: Kind
    link: str = ""
    file: OdmFile | None = None
    accession: str = ""
    template: str = ""
    previous_version: str = ""
    data_class: str = ""
    n_features: int | None = None
    separator: str = ""
    target: OdmTarget = "samples"
    linking_attribute: str = ""
    of: int | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        if self.file is not None:
            return self.file.name
        return (unquote(urlsplit(self.link).path).rpartition("/")[2] or self.link) if self.link else self.accession

    @property
    def is_gct(self) -> bool:
        """Whether its name says GCT, packed or not."""
        return _plain(self.name).endswith(".gct")


@dataclass
class Draft:
    """turn: of the file field, which is emptied once its files are kept. problems: of files that are not kept.

    template: of all rows that name none of their own.
    """

    title: str = ""
    template: str = ""
    allow_dups: bool = False
    rows: list[Row] = field(default_factory=list)
    turn: int = 0
    made: int = 0
    problems: list[str] = field(default_factory=list)

    def row(self, key: int) -> Row | None:
        """The row of this key."""
        return next((row for row in self.rows if row.key == key), None)

    def of(self, kind: Kind) -> list[Row]:
        """Rows of a kind, in their order."""
        return [row for row in self.rows if row.kind == kind]


def of(study: OdmStudy | None) -> Draft:
    """The draft of this session for a study that is in ODM, with its samples and so on; or for a new one."""
    drafts: dict[str, Draft] = st.session_state.setdefault(inputs.ODM_DRAFTS, {})
    key = study.accession if study else ""
    if key not in drafts:
        drafts[key] = Draft(study.title if study else "")
        for kind, accession in _there(study):
            add(drafts[key], accession=accession, kind=kind)
    return drafts[key]


def _there(study: OdmStudy | None) -> list[tuple[Kind, str]]:
    if study is None:
        return []
    groups: list[tuple[Kind, str]] = [(kind, group) for group, kind, _ in study.groups if kind != "studies"]
    return [("study", study.accession), *groups]


def clear(study: str) -> None:
    """Begin anew."""
    turn = 1 + max((draft.turn for draft in st.session_state[inputs.ODM_DRAFTS].values()), default=0)
    st.session_state[inputs.ODM_DRAFTS].pop(study, None)
    if not study:
        st.session_state[inputs.ODM_DRAFTS][""] = Draft(turn=turn)


def _plain(name: str) -> str:
    return re.sub(r"\.(gz|zip)$", "", name.lower())


def kind_of(name: str) -> Kind:
    """What a file is by its name; expression where that says nothing."""
    return next((kind for said, kind in _SAID if re.search(said, _plain(name))), "expression")


def add(
    draft: Draft, kind: Kind | None = None, link: str = "", accession: str = "", file: OdmFile | None = None
) -> Row:
    """A further row; its kind is that of its name when none is given."""
    draft.made += 1
    row = Row(draft.made, "samples", link=link, accession=accession, file=file)
    row.kind = kind or kind_of(row.name)
    draft.rows.append(row)
    return row


def keep(draft: Draft, files: Iterable[tuple[str, BinaryIO]]) -> None:
    """Keep files for their upload; what cannot be kept is told."""
    draft.problems = []
    for name, content in files:
        try:
            add(draft, file=api.odm_keep_file(name, content))
        except ExpronautError as error:
            draft.problems.append(f"{error.message} {error.hint}")
    draft.turn += 1


def drop(draft: Draft, key: int) -> None:
    """Take a row out."""
    draft.rows = [row for row in draft.rows if row.key != key]


def reference(draft: Draft, row: Row) -> str:
    """How another row names this one as its former version: expression-1 and so on."""
    return f"expression-{1 + draft.of('expression').index(row)}"


def about(draft: Draft, row: Row) -> Row | None:
    """The expression that a row of metadata is about: the one chosen, or by its name, or the only one."""
    if row.of is not None:
        return draft.row(row.of)
    found = [one for one in draft.of("expression") if not one.accession]
    named = [one for one in found if _plain(row.name).startswith(_plain(one.name))]
    return named[0] if named else found[0] if len(found) == 1 else None


def wish(draft: Draft) -> OdmWish:
    """What is to be imported. Raises BadInput for metadata that belong to no expression."""
    facts: dict[int, Row] = {}
    for row in draft.of("expression metadata"):
        one = about(draft, row)
        if one is None or one.accession:
            raise BadInput(f"It is not clear which expression {row.name} is about.", "Choose it in its options.")
        if one.key in facts:
            raise BadInput(f"{one.name} has two files of metadata.", "Take one out.")
        facts[one.key] = row
    parts = tuple(_part(draft, row, facts.get(row.key)) for row in draft.rows if row.kind != "expression metadata")
    return OdmWish(draft.title or _title(draft), parts, draft.allow_dups)


def _title(draft: Draft) -> str:
    named = draft.of("study") or draft.rows
    return re.sub(r"\.(tsv|txt|csv)$", "", named[0].name, flags=re.IGNORECASE) if named else ""


def _part(draft: Draft, row: Row, facts: Row | None) -> OdmPart:
    assert row.kind != "expression metadata"
    template = "" if row.accession else row.template or draft.template
    if row.kind != "expression" or row.accession:
        is_data = row.kind == "expression"
        target, by = (row.target, row.linking_attribute) if is_data else ("samples", "")
        return OdmPart(
            row.kind, row.link, row.file, row.accession, template=template, target=target, linking_attribute=by
        )
    gct = row.is_gct
    return OdmPart(
        row.kind,
        row.link,
        row.file,
        metadata_link=facts.link if facts else "",
        metadata_file=facts.file if facts else None,
        template=template,
        previous_version=row.previous_version,
        data_class="" if gct else row.data_class,
        n_features=None if gct else row.n_features,
        separator="" if gct else row.separator,
        target=row.target,
        linking_attribute=row.linking_attribute if row.target == "samples" else "",
    )
