"""A file that ARCHS4 publishes, as one that is to be fetched."""

from __future__ import annotations

from pathlib import Path

from backend.downloading import versions
from backend.downloading.download import Downloaded, Say, fetch
from backend.downloading.versions import LATEST
from backend.downloading.wanted import Fixed, Wanted
from backend.errors import BadInput
from backend.jobs import Tell
from backend.model import Release


def download(
    release: Release, folder: Path, tell: Tell, say: Say, keep: bool = False, start_over: bool = False
) -> Downloaded:
    """Fetch a file of the list, as `fetch` does. Raises BadInput for a name that is none of ARCHS4's as well."""
    return fetch(wanted(release), folder, tell, say, keep, start_over)


def wanted(release: Release) -> Wanted:
    """The file. Raises BadInput for a name that is none of ARCHS4's."""
    split(release.name)

    def newer(changed: float) -> str:
        if release.version == LATEST and release.published and release.published.timestamp() > changed:
            return f" A newer one was published on {release.published:%d %b %Y}."
        return ""

    return Wanted(
        name=release.name,
        of=f"archs4 {release.name}",
        address=Fixed(release.url),
        size=release.size,
        checksum=f"sha1:{release.sha1}" if release.sha1 else None,
        missing="Choose another version of the list.",
        doubt="A published checksum was wrong before (that of v2.5). ",
        newer=newer,
    )


def split(name: str) -> tuple[str, str, str]:
    """Species, level and version of a file's name. Raises BadInput."""
    fits = versions.NAME.fullmatch(name)
    if not fits:
        raise BadInput(f"“{name[:60]}” is not the name of a file of ARCHS4.", "Choose one of the list of versions.")
    return fits[1], fits[2], versions.version_text(fits[3])
