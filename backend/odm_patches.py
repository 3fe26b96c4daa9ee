"""Changes of many objects of an ODM server in the background, one call each; each is a new version of its object."""

from __future__ import annotations

import time
from collections.abc import Mapping

from backend import settings
from backend.errors import BadInput, Unavailable
from backend.jobs import Queue, Tell
from backend.model import IndexProgress
from backend.model_odm_import import OdmValue
from backend.odm import curation, wishes
from backend.odm.changes import checked_patch
from backend.odm.server import Server

MOST = 100_000  # objects
_queue = Queue("expronaut-odm-patches", "What is changed stays changed; look at the report anew for what is left.")


def start(study: str, kind: str, changes: Mapping[str, Mapping[str, OdmValue]]) -> IndexProgress:
    """Change objects of a study, one after the other. changes: by accession.

    Raises BadInput before anything is sent, Unavailable while objects of this study are being changed already.
    """
    server = Server(wishes.curator(settings.current().odm))
    if not 1 <= len(changes) <= MOST:
        raise BadInput(f"{len(changes):,} objects are to be changed.", f"Choose 1 to {MOST:,}.")
    known = progress(study)
    if known is not None and known.state in ("waiting", "running"):
        raise Unavailable("Objects of this study are being changed already.", "Wait until that has ended, or stop it.")
    bodies = {wishes.accession(one, "of an object"): checked_patch(values) for one, values in changes.items()}

    def work(tell: Tell) -> None:
        begun = time.monotonic()
        for done, (accession, body) in enumerate(bodies.items()):
            tell(f"Changing {accession}", done, len(bodies), kind, time.monotonic() - begun)
            curation.patched(server, kind, accession, body)
        tell("Changed", len(bodies), len(bodies), kind, time.monotonic() - begun)

    return _queue.put(_key(study), work)


def progress(study: str) -> IndexProgress | None:
    """How far it is; None when nothing was begun since the start of the program."""
    return _queue.progress(_key(study))


def cancel(study: str) -> None:
    """Stop before the next object."""
    _queue.cancel(_key(study))


def forget(study: str) -> None:
    """Forget how it ended."""
    _queue.forget(_key(study))


def _key(study: str) -> str:
    return f"patch {study.strip()}"
