"""What may be wished of an import, checked before anything is sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend.errors import BadInput, NotConfigured, Refused
from backend.model_odm_import import OdmPart, OdmWish
from backend.odm import links
from backend.odm.changes import checked_patch
from backend.settings import Odm

KINDS = ("study", "samples", "libraries", "preparations", "expression")  # in the order of their import
GCT_CLASS = "Bulk transcriptomics"
SEPARATORS = ".,:;_-/\\|"
MOST_PARTS = 100
MOST_NAME = 255
ACCESSION = re.compile(r"[A-Z]{1,10}[0-9]{1,18}")
REFERENCE = re.compile(r"expression-[1-9][0-9]?")
_TARGETS = ("samples", "libraries", "preparations")


def accession(text: str, what: str) -> str:
    """An accession. Raises BadInput, naming what it was to be of."""
    found = text.strip()
    if not ACCESSION.fullmatch(found):
        raise BadInput(f"“{found[:40]}” is not an accession {what}.", "They look like GSF334953.")
    return found


def curator(odm: Odm | None) -> Odm:
    """The server, asked as curator. Raises NotConfigured without one, Refused as researcher."""
    if odm is None:
        raise NotConfigured("No ODM server is set.", "Give its address in EXPRONAUT_ODM.")
    if odm.role != "curator":
        hint = "Set EXPRONAUT_ODM_ROLE to curator, with a token of an account in the Curators group."
        raise Refused("Only curators import and change; ODM is asked as researcher here.", hint)
    return odm


def checked(wish: OdmWish, odm: Odm) -> OdmWish:
    """The wish, its parts in the order of their import, their links trimmed. Raises BadInput for what cannot work."""
    if len(wish.parts) > MOST_PARTS:
        raise BadInput(f"{len(wish.parts)} files; the cap is {MOST_PARTS}.", "Import them one study after the other.")
    if odd := next((part.kind for part in wish.parts if part.kind not in KINDS), ""):
        raise BadInput(f"“{odd[:20]}” is no kind of file.", f"Choose {', '.join(KINDS)}.")
    ordered = sorted(wish.parts, key=lambda part: KINDS.index(part.kind))
    parts = tuple(_checked(part, odm) for part in ordered)
    _whole(parts, wish.allow_dups)
    return replace(wish, title=" ".join(wish.title.split())[:MOST_NAME], parts=parts)


def keyed(parts: Sequence[OdmPart]) -> tuple[tuple[str, OdmPart], ...]:
    """Parts with their keys: samples-1, samples-2, expression-1 and so on."""
    seen: Counter[str] = Counter()
    found = []
    for part in parts:
        seen[part.kind] += 1
        found.append((f"{part.kind}-{seen[part.kind]}", part))
    return tuple(found)


def name(part: OdmPart) -> str:
    """What people call a part: the name of its file, or its accession."""
    return part.file.name if part.file else links.name(part.link) if part.link else part.accession


def _checked(part: OdmPart, odm: Odm) -> OdmPart:
    if sum((bool(part.link.strip()), part.file is not None, bool(part.accession.strip()))) != 1:
        hint = "Give exactly one of link, file and accession."
        raise BadInput(f"It is not clear where the {part.kind} come from.", hint)
    if part.file is not None:
        _uploadable(part, odm)
    found = replace(
        part,
        link=_link(part.link, odm),
        metadata_link=_link(part.metadata_link, odm),
        accession=part.accession.strip() and accession(part.accession, f"of {part.kind}"),
        template=part.template.strip() and accession(part.template, "of a template"),
        linking_attribute=part.linking_attribute.strip(),
        data_class=part.data_class.strip(),
    )
    if found.attributes:
        _described(found)
    return _expression(found) if part.kind == "expression" else _metadata(found)


def _link(text: str, odm: Odm) -> str:
    if not text.strip():
        return ""
    found = links.checked_link(text)
    if any(key and key in found for key in (odm.token, odm.bearer)):
        raise BadInput("A link holds the ODM token.", "Take it out; tokens travel in headers only.")
    return found


def _uploadable(part: OdmPart, odm: Odm) -> None:
    file = name(part)
    if part.kind == "study":
        hint = (
            "Put it where the server reaches it and give the link (http, https, s3), or make the study in ODM by hand "
            "and give its accession; its attributes can be filled in from here."
        )
        raise BadInput(f"ODM takes no upload of a study, so {file} cannot be sent.", hint)
    if odm.dialect == "legacy":
        hint = "Give a link, or set EXPRONAUT_ODM_DIALECT to modern if the server is 1.62 or later."
        raise BadInput(f"A server of the legacy form takes no uploads, so {file} cannot be sent.", hint)


def _described(part: OdmPart) -> None:
    if part.kind != "study" or not part.accession:
        raise BadInput("Only a study that is in ODM already is described by hand.", "Put them into its file.")
    checked_patch(dict(part.attributes))


def _metadata(part: OdmPart) -> OdmPart:
    odd = part.metadata_link or part.metadata_file or part.previous_version or part.data_class or part.separator
    if odd or part.n_features is not None or part.linking_attribute:
        raise BadInput(f"An option of {name(part)} is for expression only.", "Leave it out.")
    return part


def _expression(part: OdmPart) -> OdmPart:
    file = name(part)
    if part.target not in _TARGETS:
        raise BadInput(f"Expression is not linked to {part.target[:20]}.", f"Choose {', '.join(_TARGETS)}.")
    if part.linking_attribute and (part.target != "samples" or not part.linking_attribute.isprintable()):
        raise BadInput("A linking attribute is for samples only.", "Libraries and preparations are linked by their id.")
    if len(part.linking_attribute) > MOST_NAME or len(part.data_class) > MOST_NAME:
        raise BadInput(f"A name is longer than {MOST_NAME} characters.", "Shorten it.")
    if part.accession:
        return part
    if (part.link and part.metadata_file) or (part.file and part.metadata_link):
        raise BadInput(f"{file} and its metadata come by different ways.", "Give two links, or two files.")
    if part.previous_version and not REFERENCE.fullmatch(part.previous_version):
        part = replace(part, previous_version=accession(part.previous_version, "of the former version"))
    return _gct(part, file) if links.is_gct(file) else _tsv(part, file)


def _gct(part: OdmPart, file: str) -> OdmPart:
    if part.data_class not in ("", GCT_CLASS):
        raise BadInput(f"{file} is GCT, which ODM takes as “{GCT_CLASS}” only.", "Choose it, or give a TSV.")
    if part.n_features is not None or part.separator:
        raise BadInput(f"{file} is GCT, which has no feature columns to count and no separator.", "Leave them out.")
    return replace(part, data_class=GCT_CLASS)


def _tsv(part: OdmPart, file: str) -> OdmPart:
    if part.n_features is None or part.n_features < 1:
        raise BadInput(f"{file} is no GCT, so ODM must know its feature columns.", "Say how many stand at the left.")
    if set(part.separator) - set(SEPARATORS) or len(part.separator) > MOST_NAME:
        hint = f"It may hold {' '.join(SEPARATORS)}."
        raise BadInput(f"“{part.separator[:20]}” is not a separator of measurements.", hint)
    return part


def _whole(parts: Sequence[OdmPart], allow_dups: bool) -> None:
    if sum(part.kind == "study" for part in parts) != 1:
        raise BadInput("An import is of exactly one study.", "Give its link, or its accession in ODM.")
    for part in parts:
        needed = part.target if part.kind == "expression" else "samples" if part.kind in _TARGETS[1:] else ""
        if needed and not any(one.kind == needed for one in parts):
            hint = f"Add the file of the {needed}, or their accession in ODM."
            raise BadInput(f"{name(part)} is linked to {needed}, of which there are none.", hint)
    twice = [one for one, n in Counter(_origins(parts)).items() if n > 1]
    if twice and not allow_dups:
        raise BadInput("The same file is given twice.", "Give each once.")
    _former(parts)


def _origins(parts: Sequence[OdmPart]) -> Iterator[str]:
    for part in parts:
        yield f"{part.kind} {part.file.sha256 if part.file else links.shown(part.link) or part.accession}"


def _former(parts: Sequence[OdmPart]) -> None:
    """A former version that is imported along stands before the one that follows it."""
    seen: set[str] = set()
    for key, part in keyed(parts):
        if REFERENCE.fullmatch(part.previous_version) and part.previous_version not in seen:
            raise BadInput(f"{part.previous_version} does not stand before {key}.", "Put the older version first.")
        seen.add(key)
