"""The files of an import against the rules for files, before anything is sent: what ODM would refuse hours later."""

from __future__ import annotations

from pathlib import Path

from backend.model_odm_import import OdmPart, OdmWish
from backend.model_study import Finding
from backend.odm import kept, links
from backend.study_files.bundle import preflight
from backend.study_files.outline import ExpressionOptions
from backend.study_files.parts import Choice
from backend.study_files.unpack import plain_name

_BETWEEN = ("LINK_", "SAMPLE_REF_UNKNOWN")  # rules between files, which need all samples to be here


def findings(wish: OdmWish) -> tuple[Finding, ...]:
    """What the uploads of an import break; () without any. What comes by link, or is there, cannot be looked at.

    Reads every file once. Raises NotFound for a file that is kept no more.
    """
    files: dict[str, Path] = {}
    choices: dict[str, Choice] = {}
    for part in wish.parts:
        if part.file is not None:
            name = _free(part.file.name, files)
            files[name], choices[name] = kept.path(part.file), _choice(part)
            if part.metadata_file is not None:
                about = f"{plain_name(name)}.tsv"
                files[about], choices[about] = kept.path(part.metadata_file), Choice("expression metadata")
    if not files:
        return ()
    all_here = all(part.file is not None for part in wish.parts if part.kind == "samples")
    return tuple(
        one
        for one in preflight(files, choices=choices, name=wish.title).findings
        if one.file in files and (all_here or not one.code.startswith(_BETWEEN))
    )


def _free(name: str, files: dict[str, Path]) -> str:
    found, n = name, 1
    while found in files:
        n += 1
        found = f"{n}-{name}"
    return found


def _choice(part: OdmPart) -> Choice:
    if part.kind != "expression":
        return Choice(part.kind)
    is_gct = part.file is not None and links.is_gct(part.file.name)
    options = ExpressionOptions() if is_gct else ExpressionOptions("tsv", part.n_features, part.separator)
    return Choice(part.kind, options, part.target, part.linking_attribute)
