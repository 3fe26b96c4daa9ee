"""The files that ARCHS4 and STOmics (stomics.io) publish, and fetching them in the background."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from backend import settings
from backend.api.files import shown
from backend.downloading import listed, partial, running, stomics_running
from backend.model import (
    Answer,
    Download,
    DownloadRoom,
    IndexProgress,
    Provenance,
    Release,
    StomicsDownload,
)
from backend.sources.archs4_source import ARCHS4_CITATION, FileSource


def versions() -> Answer[tuple[Release, ...]]:
    """Every file on the list of ARCHS4, by species and kind, newest first; asks archs4.org, at most once an hour.

    Raises Unavailable (also offline), BadAnswer naming the field of the list that is not as expected.
    """
    got = listed()
    notes = (f"The list could not be asked for now: {got.why.message}",) if got.why else ()
    provenance = Provenance(
        source="archs4",
        title="ARCHS4",
        species="",
        version="",
        kind="cached" if got.reply.kept else "live",
        licence=FileSource.licence,
        citations=(ARCHS4_CITATION,),
        url=f"{settings.current().archs4.site}/api/versionfile",
        fetched_at=got.reply.fetched_at,
        stale=got.reply.stale,
        notes=notes,
    )
    return Answer(got.value, provenance)


def download_room() -> DownloadRoom:
    """Where downloads go, how much room is there, and whether they can be had at all."""
    chosen = settings.current()
    return DownloadRoom(shown(chosen.home), partial.free(chosen.home), chosen.offline)


def downloads() -> tuple[Download, ...]:
    """Downloads begun since the start of the program, and those of which pieces are here from before."""
    return tuple(dataclasses.replace(one, folder=shown(settings.current().home)) for one in running.all_known())


def start_download(name: str, keep_unverified: bool = False, start_over: bool = False) -> IndexProgress:
    """Begin to fetch a file of the list in the background, or go on with it; further ones wait for their turn.

    keep_unverified: take it though it is not as published. start_over: throw away what is here of it. Raises BadInput
    for a name that is none of ARCHS4's; other failures end in the progress.
    """
    return running.start(name, keep_unverified, start_over)


def cancel_download(name: str) -> None:
    """Stop a download; what is here is kept. Nothing happens when it is not under way."""
    running.cancel(name)


def download_progress(name: str) -> IndexProgress | None:
    """How far a download is; None when it was not begun since the start of the program."""
    return running.progress(name)


def discard_download(name: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    running.discard(name)


def forget_download(name: str) -> None:
    """Show a download that has ended no more."""
    running.forget(name)


def stomics_downloads(accession: str = "") -> tuple[StomicsDownload, ...]:
    """Files of STOmics that were begun since the start of the program, or of which something is here from before.

    Whole files that are in their place are among them (`done`). accession: those of one data set. Raises BadInput for
    what is no accession.
    """
    found = stomics_running.all_known(accession)
    return tuple(dataclasses.replace(one, folder=shown(Path(one.folder))) for one in found)


def start_stomics_download(
    accession: str, file_id: str, start_over: bool = False, keep_unverified: bool = False
) -> IndexProgress:
    """Begin to fetch a file of a data set in the background, or go on with it; further ones wait for their turn.

    It goes into <data folder>/stomics/<accession>. start_over, keep_unverified: as in start_download. Raises BadInput
    for what is no accession; other failures end in the progress.
    """
    return stomics_running.start(accession, file_id, start_over, keep_unverified)


def cancel_stomics_download(accession: str, file_id: str) -> None:
    """Stop a download; what is here is kept. Nothing happens when it is not under way."""
    stomics_running.cancel(accession, file_id)


def discard_stomics_download(accession: str, file_id: str) -> None:
    """Delete what is here of a file that is not whole. Raises Unavailable while it is being downloaded."""
    stomics_running.discard(accession, file_id)


def forget_stomics_download(accession: str, file_id: str) -> None:
    """Tell no more how a download ended; a file that is here stays in the list."""
    stomics_running.forget(accession, file_id)
