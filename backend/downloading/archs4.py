"""A file that ARCHS4 publishes, as one that is to be fetched."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from backend import settings
from backend.downloading import register, versions
from backend.downloading.download import Downloaded, Say, delete, fetch
from backend.downloading.register import Entry
from backend.downloading.versions import LATEST
from backend.downloading.wanted import Fixed, Wanted
from backend.errors import BadInput
from backend.jobs import Tell
from backend.model import Release

OF = "archs4"  # in the register of the folder


def download(
    release: Release, folder: Path, tell: Tell, say: Say, keep: bool = False, start_over: bool = False
) -> Downloaded:
    """Fetch a file of the list, as `fetch` does. Raises BadInput for a name that is none of ARCHS4's as well."""
    done = fetch(wanted(release), folder, tell, say, keep, start_over)
    if done.new and folder == settings.current().home:
        with suppress(OSError):  # it can then be deleted by hand only
            (folder / register.FOLDER).mkdir(exist_ok=True)
            register.note(folder, _entry(done.path, done.checked))
    return done


def is_ours(path: Path) -> bool:
    """Whether this very file was downloaded into the home of the settings, by its name and size."""
    known = register.find(path.parent, OF, path.name)
    in_place = path.parent == settings.current().home and path.is_file() and not path.is_symlink()
    return in_place and known is not None and known.size == path.stat().st_size


def remove(path: Path) -> None:
    """Delete a file that was downloaded. Raises BadInput for any other one, and as download.delete."""
    if not is_ours(path):
        raise BadInput(f"{path.name} was not downloaded here, so it is not deleted.", "Delete it in its folder.")
    delete(path.parent, path.name)
    register.drop(path.parent, _entry(path))


def _entry(path: Path, checked: str = "") -> Entry:
    size = path.stat().st_size if path.is_file() else None
    return Entry(OF, path.name, path.name, path.name, size, checked)


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
