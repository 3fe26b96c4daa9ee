"""What a journal holds, between JSON and records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, get_args

from backend.model_odm_import import (
    OdmFile,
    OdmPart,
    OdmPartKind,
    OdmStep,
    OdmStepState,
    OdmTarget,
    OdmValue,
    OdmWish,
)
from backend.model_study import LinkReport
from backend.odm import links, wishes
from backend.odm.steps import Step


def step(about: Step, facts: Mapping[str, Any], done: bool) -> OdmStep:
    """How far a step is. done: in the way that is wished now; what was done otherwise waits."""
    states: tuple[OdmStepState, ...] = get_args(OdmStepState)
    state: OdmStepState = next((one for one in states if one == facts.get("state")), "waiting")
    state = "waiting" if state == "done" and not done else state
    job = facts.get("job")
    return OdmStep(
        about.key,
        about.title,
        state,
        str(facts.get("accession") or ""),
        job if isinstance(job, int) else None,
        str(facts.get("message") or ""),
        _report(facts.get("link")),
        wishes.name(about.about),
    )


def _report(found: Any) -> LinkReport | None:
    if not isinstance(found, dict):
        return None
    try:
        told = LinkReport(**found)
        return replace(told, unmatched=tuple(told.unmatched), without_data=tuple(told.without_data))
    except TypeError:
        return None


def of_wish(wished: OdmWish) -> dict[str, Any]:
    """As JSON, signed links without the values of their keys."""
    told = asdict(wished)
    for part in told["parts"]:
        for field in ("link", "metadata_link"):
            part[field] = links.shown(part[field])
    return told


def wish(found: Mapping[str, Any]) -> OdmWish:
    """Of JSON. Raises KeyError, TypeError, ValueError or AttributeError for another form."""
    parts = tuple(_part(one) for one in found["parts"])
    return OdmWish(str(found["title"]), parts, bool(found["allow_dups"]))


def _part(found: Mapping[str, Any]) -> OdmPart:
    kinds: tuple[OdmPartKind, ...] = get_args(OdmPartKind)
    targets: tuple[OdmTarget, ...] = get_args(OdmTarget)
    attributes: list[tuple[str, OdmValue]] = [
        (name, tuple(value) if isinstance(value, list) else value) for name, value in found["attributes"]
    ]
    known = {
        **found,
        "kind": kinds[kinds.index(found["kind"])],
        "target": targets[targets.index(found["target"])],
        "file": _file(found["file"]),
        "metadata_file": _file(found["metadata_file"]),
        "attributes": tuple(attributes),
    }
    return OdmPart(**known)


def _file(found: Mapping[str, Any] | None) -> OdmFile | None:
    if found is None:
        return None
    name, digest, size = str(found["name"]), str(found["sha256"]), int(found["size"])
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or "/" in name or "\\" in name:
        raise ValueError("not a file")
    return OdmFile(name, digest, size)
