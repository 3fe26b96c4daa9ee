"""The steps of an import and the requests of each, made from a wish: the same for the dry run and the run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from backend.model_odm_import import OdmFile, OdmPart, OdmWish
from backend.odm import links
from backend.odm.changes import checked_patch
from backend.odm.server import part as path_part
from backend.odm.wishes import REFERENCE, keyed

Kind = Literal["import", "describe", "link"]
LINKING = "linkingAttribute"
BLANK = re.compile(r"\{([a-z]+-[0-9]+(?:-job)?)\}")
_SINGULAR = {"study": "study", "samples": "sample", "libraries": "library", "preparations": "preparation"}
SINGULAR = {**_SINGULAR, "expression": "expression"}


@dataclass(frozen=True)
class Request:
    """A request to come. Accessions that come of other steps stand in braces, as {samples-1}.

    route: as backend/odm/server.py takes them. body: JSON, None for none. fields, files: of an upload.
    """

    method: str
    route: str
    params: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, OdmFile], ...] = ()
    follows: str = ""

    def shown_body(self) -> dict[str, Any]:
        """The body, without the keys of signed links."""
        body = self.body or {}
        return {name: links.shown(value) if name.endswith("Link") else value for name, value in body.items()}

    def plain(self) -> list[Any]:
        """As JSON."""
        files = [[name, file.name, file.sha256] for name, file in self.files]
        return [self.method, self.route, self.params, self.shown_body(), self.fields, files]


@dataclass(frozen=True)
class Step:
    """Something that is done once. part: key of what it is about. targets: keys of what that is linked to.

    requests: what changes something. reads: what is asked before or after. safe: sent again, it does nothing twice.
    """

    key: str
    kind: Kind
    part: str
    title: str
    requests: tuple[Request, ...]
    reads: tuple[Request, ...] = ()
    targets: tuple[str, ...] = ()
    safe: bool = True
    about: OdmPart = field(default_factory=lambda: OdmPart("study"))

    @property
    def how(self) -> list[str]:
        """What a link is made to and by."""
        return [self.about.target, self.about.linking_attribute, *self.targets]

    @property
    def told(self) -> str:
        """Its requests as text, without the keys of signed links: equal for equal ones."""
        return json.dumps([one.plain() for one in self.requests], sort_keys=True)


def steps(wish: OdmWish) -> tuple[Step, ...]:
    """The steps of a checked wish, in their order: each file is imported, then linked, what it is linked to before."""
    parts = keyed(wish.parts)
    found: list[Step] = []
    for key, part in parts:
        if not part.accession:
            found.append(_import(key, part, wish.allow_dups))
        if part.attributes:
            found.append(_describe(key, part))
        if part.kind != "study":
            found.append(_link(key, part, wish))
    return tuple(found)


def filled(text: str, known: Mapping[str, str], for_path: bool = False) -> str:
    """A text with accessions in the places of their braces, where they are known."""

    def one(found: re.Match[str]) -> str:
        accession = known.get(found[1])
        return found[0] if accession is None else path_part(accession) if for_path else accession

    return BLANK.sub(one, text)


def _import(key: str, part: OdmPart, allow_dups: bool) -> Step:
    request = _upload(key, part) if part.file else _by_link(key, part, allow_dups)
    safe = part.file is None and not allow_dups
    return Step(key, "import", key, f"Importing {part.kind}", (request,), _job_reads(key), safe=safe, about=part)


def _by_link(key: str, part: OdmPart, allow_dups: bool) -> Request:
    body = {"dataLink" if part.kind == "expression" else "metadataLink": part.link}
    if part.kind == "expression" and part.metadata_link:
        body["metadataLink"] = part.metadata_link
    params = (("allow_dups", "true"),) if allow_dups else ()
    return Request("POST", f"jobs/import/{part.kind}", params, {**body, **_options(part)}, follows=_begun(key))


def _upload(key: str, part: OdmPart) -> Request:
    assert part.file is not None
    fields = {"studyId": "{study-1}", **{name: str(value) for name, value in _options(part).items()}}
    files = [("file", part.file), *([("metadataFile", part.metadata_file)] if part.metadata_file else [])]
    route = f"jobs/import/{part.kind}/multipart"
    return Request("POST", route, fields=tuple(fields.items()), files=tuple(files), follows=_begun(key))


def _begun(key: str) -> str:
    return f"starts a job for {key}; HTTP 409 names the job that did the same before, which is then waited for"


def _options(part: OdmPart) -> dict[str, str | int]:
    former = part.previous_version
    options: dict[str, str | int | None] = {
        "templateId": part.template,
        "previousVersion": f"{{{former}}}" if REFERENCE.fullmatch(former) else former,
        "numberOfFeatureAttributes": part.n_features,
        "dataClass": part.data_class,
        "measurementSeparator": part.separator,
    }
    return {name: value for name, value in options.items() if value}


def _job_reads(key: str) -> tuple[Request, ...]:
    job = f"jobs/{{{key}-job}}"
    return (
        Request("GET", f"{job}/info", follows="asked again and again until the job has ended"),
        Request("GET", f"{job}/output", follows=f"tells the accession of {key}, or why it failed"),
    )


def _describe(key: str, part: OdmPart) -> Step:
    body = checked_patch(dict(part.attributes))
    request = Request("PATCH", f"studies/{{{key}}}", body=body, follows="the study says this of itself")
    return Step(f"{key}-describe", "describe", key, "Describing the study", (request,), about=part)


def _link(key: str, part: OdmPart, wish: OdmWish) -> Step:
    target = _target(part)
    targets = tuple(other for other, one in keyed(wish.parts) if one.kind == target)
    params = ((LINKING, part.linking_attribute),) if part.linking_attribute else ()
    requests = tuple(
        Request("POST", _route(part.kind, key, target, one), params, follows=_linked(part)) for one in targets
    )
    title = f"Linking {part.kind} to {target}"
    return Step(f"{key}-link", "link", key, title, requests, _link_reads(part, key), targets, about=part)


def _target(part: OdmPart) -> str:
    if part.kind == "expression":
        return part.target
    return "study" if part.kind == "samples" else "samples"


def _route(kind: str, source: str, target: str, to: str) -> str:
    goal = "study" if target == "study" else f"{SINGULAR[target]}/group"
    return f"integration/link/{SINGULAR[kind]}/group/{{{source}}}/to/{goal}/{{{to}}}"


def _linked(part: OdmPart) -> str:
    if part.kind == "expression":
        return "204: every column is linked; 200: some are; 400: none is"
    return "204: linked; 400: not"


def _link_reads(part: OdmPart, key: str) -> tuple[Request, ...]:
    """What is read to see whether a link has come about, and how far."""
    if part.kind == "samples":
        return (Request("GET", "integration/link/samples/by/study/{study-1}", follows="only after an unclear answer"),)
    kind = SINGULAR[part.kind]
    check = Request("GET", f"integration/link/{kind}/group/by/study/{{study-1}}", follows=f"{key} must be among them")
    if part.kind != "expression":
        return (check,)
    plural = part.target
    return (
        Request("GET", f"expressions/runs/by/group/{{{key}}}", follows="after 200: the columns of the data"),
        Request("GET", f"integration/link/expression/run-to-{plural}/by/group/{{{key}}}", follows="and what is linked"),
        Request("GET", check.route, follows="only after an unclear answer"),
    )
