"""The app as a curator of the ODM double: settings, what is imported, and imports here and now."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend import settings
from backend.api import odm_keep_file
from backend.model import OdmFile, OdmImport, OdmPart, OdmWish
from backend.odm import importing, journal, wishes
from backend.odm.server import Server
from backend.settings import Odm, Settings
from tests.contract.live_world import QUICK
from tests.doubles.odm_web import BUNDLE, OdmWeb

POLL = 0.002


def online(web: OdmWeb, folder: Path, role: str = "curator", token: str = "", **changes: Any) -> Settings:
    """changes: of Odm (dialect, longest ...), of Patience (read ...), or of Settings (offline)."""

    def own(kind: type) -> dict[str, Any]:
        return {name: changes[name] for name in kind.__dataclass_fields__ if name in changes}

    odm = Odm(web.url, role=role, token=token or web.token(role), poll=POLL)
    folders = {"home": folder / "home", "cache": folder / "cache", "studies": folder / "studies"}
    made = replace(settings.read({}), offline=False, demo=False, data=(folder,), **folders)
    patience = replace(QUICK, **({"connect": 10, "read": 10, "whole": 30} | own(type(QUICK))))
    return replace(made, odm=replace(odm, **own(Odm)), patience=patience, **own(Settings))


def file(name: str, data: bytes | None = None) -> OdmFile:
    """A file of the bundle, or these bytes under its name, kept for upload."""
    return odm_keep_file(name, io.BytesIO(BUNDLE[name] if data is None else data))


def genomes(web: OdmWeb, *more: OdmPart, by_link: bool = False, **changes: Any) -> OdmWish:
    """Study, samples and data of the bundle. changes: of the expression part."""
    if by_link:
        parts = [
            OdmPart("study", link=web.link("study.tsv")),
            OdmPart("samples", link=web.link("samples.tsv")),
            OdmPart("expression", link=web.link("a.gct"), metadata_link=web.link("a.gct.tsv")),
        ]
    else:
        parts = [
            OdmPart("study", link=web.link("study.tsv")),
            OdmPart("samples", file=file("samples.tsv")),
            OdmPart("expression", file=file("a.gct"), metadata_file=file("a.gct.tsv")),
        ]
    parts[2] = replace(parts[2], **changes)
    return OdmWish("Thousand genomes", (*parts, *more))


def begun(wish: OdmWish) -> journal.Journal:
    odm = wishes.curator(settings.current().odm)
    return journal.begin(wishes.checked(wish, odm), odm)


def run(wish: OdmWish, tell: importing.Tell | None = None) -> OdmImport:
    """Import, or go on with it, here and now."""
    opened = begun(wish)
    odm = settings.current().odm
    assert odm is not None
    with journal.alone(opened.key):
        importing.run(Server(odm), opened, tell or (lambda *_: None))
    return opened.seen()


def accessions(found: OdmImport) -> dict[str, str]:
    return {step.key: step.accession for step in found.steps if step.accession}


def groups(web: OdmWeb) -> Counter[str]:
    """How many studies and groups of each kind the server holds."""
    return Counter(web.world.groups.values()) + Counter({"study": len(web.truth.studies())})


def more(web: OdmWeb, before: Counter[str]) -> dict[str, int]:
    """How many came since."""
    return dict(groups(web) - before)


def posts(web: OdmWeb) -> list[str]:
    return [f"{one.method} {one.path}" for one in web.requests if one.method in ("POST", "PUT", "PATCH")]


ONE_EACH = {"study": 1, "sample": 1, "expression": 1}
