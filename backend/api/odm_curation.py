"""What curators do on the ODM server of the settings: import and link studies, look at what is not valid, change it.

Every call but those of journals needs the role of a curator and raises Refused otherwise; NotConfigured without a
server. What is imported runs in the background (IndexProgress), can be stopped, and goes on where it was cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from backend import odm_from_own, odm_imports, odm_patches, settings
from backend.errors import BadInput
from backend.model import (
    Answer,
    Finding,
    IndexProgress,
    OdmFile,
    OdmImport,
    OdmPatched,
    OdmPlan,
    OdmValue,
    OdmWish,
    Validation,
)
from backend.odm import checking, curation, kept, wishes
from backend.odm.changes import checked_patch
from backend.odm.server import Server
from backend.web.server_provenance import of_server


def odm_keep_file(name: str, content: BinaryIO) -> OdmFile:
    """Keep a file aside that is to be sent to ODM. Raises BadInput (name, empty), TooLarge, Unavailable (disk)."""
    return kept.keep(name, content)


def odm_check_files(wish: OdmWish) -> tuple[Finding, ...]:
    """What the files to upload break of the rules for files; reads each once, asks nothing.

    Errors do not keep an import from being begun. Files that come by link cannot be looked at. Raises NotFound for a
    file that is not kept any more.
    """
    return checking.findings(wish)


def odm_plan(wish: OdmWish) -> OdmPlan:
    """The dry run: every call of an import, with its curl and Python; nothing is sent. Raises BadInput."""
    return odm_imports.plan(wish)


def odm_import(wish: OdmWish) -> OdmImport:
    """Begin an import in the background; the same one begun before goes on where it stopped. Raises BadInput."""
    return odm_imports.start(wish)


def odm_resume(key: str) -> OdmImport:
    """Go on with an import that was cut, stopped, or failed. Raises NotFound, BadInput (another server)."""
    return odm_imports.resume(key)


def odm_imports_known() -> tuple[OdmImport, ...]:
    """Every import begun here, the last changed first, finished ones too. Asks nothing."""
    return odm_imports.every()


def odm_import_state(key: str) -> tuple[OdmImport, IndexProgress | None]:
    """The steps of an import, and how far it is; None when it is not running since the start of the program.

    Parts: Importing samples, Sending a.gct, Linking samples to study and so on. Asks nothing. Raises NotFound.
    """
    return odm_imports.state(key)


def odm_cancel_import(key: str) -> None:
    """Stop an import and the job of the server under way; what is done stays."""
    odm_imports.cancel(key)


def odm_decide(key: str, step: str, accession: str = "") -> OdmImport:
    """Of a step in state “doubtful”: the accession it got on the server, or "" to send it again. Then odm_resume."""
    return odm_imports.decide(key, step, accession)


def odm_forget_import(key: str) -> None:
    """Forget an import and the files kept for it; what is on the server stays. Raises Unavailable while it runs."""
    odm_imports.forget(key)


def odm_own_wish(own: str, study_link: str = "", study_accession: str = "") -> OdmWish:
    """An import of one of the lab's own studies, with the files of its export; all versions of its matrices in order.

    ODM takes no upload of a study: give a link to its TSV, or the accession of a study made there by hand, which is
    then described by patching. Raises NotFound, BadInput without either.
    """
    return odm_from_own.wish(own.strip(), study_link, study_accession)


def odm_validation(study: str) -> Answer[Validation]:
    """What the template finds wrong with the samples of a study, asked anew. No invalid values: it is valid."""
    server = _server()
    found = curation.validation(server, wishes.accession(study, "of a study"))
    told = of_server(
        server.heard,
        source="odm",
        title=f"Genestack ODM, {server.odm.base}",
        called="the server",
        version=server.odm.dialect,
        url=server.odm.base,
        notes=found.skipped,
    )
    return Answer(found, told)


def odm_patch(kind: str, accession: str, values: Mapping[str, OdmValue]) -> OdmPatched:
    """Change attributes of one study, sample, library, preparation or expression group; each call is a new version.

    kind: studies, samples, libraries, preparations or expressions. None deletes an attribute, the text "null" is text.
    Raises BadInput before anything is sent, Refused, NotFound, BadAnswer.
    """
    body = checked_patch(values)
    return curation.patched(_server(), kind, wishes.accession(accession, "of an object"), body)


def odm_patch_each(study: str, kind: str, changes: Mapping[str, Mapping[str, OdmValue]]) -> IndexProgress:
    """Change many objects of a study in the background, one call and one new version each. changes: by accession.

    Raises BadInput before anything is sent, Refused.
    """
    return odm_patches.start(study, kind, changes)


def odm_patching(study: str) -> IndexProgress | None:
    """How far changing objects of a study is; None when nothing was begun, or its end was forgotten."""
    return odm_patches.progress(study)


def odm_cancel_patching(study: str) -> None:
    """Stop before the next object; what is changed stays."""
    odm_patches.cancel(study)


def odm_forget_patching(study: str) -> None:
    """Forget how changing objects ended."""
    odm_patches.forget(study)


def odm_restore(kind: str, accession: str, version: str) -> None:
    """Always raises BadInput: an older version of metadata is restored in ODM itself."""
    hint = "Restore it in ODM's own pages, or change the values here to what they were."
    raise BadInput(f"ODM's API cannot restore version {version[:36]} of {accession[:40]} ({kind[:20]}).", hint)


def odm_publish_versions(study: str, message: str = "") -> IndexProgress:
    """Publish the drafts of a study as versions, in the background."""
    return odm_imports.publish(study, message)


def odm_publishing(study: str) -> IndexProgress | None:
    """How far publishing a study is; None when it was not begun since the start of the program."""
    return odm_imports.publishing(study)


def _server() -> Server:
    return Server(wishes.curator(settings.current().odm))
