"""Which local source answers: the one that is named, else the best one there is. Nothing is asked on the internet."""

from __future__ import annotations

from backend import settings
from backend import sources as registry
from backend.errors import NotConfigured, NotFound
from backend.model import Species
from backend.sources.archs4_source import FileSource
from backend.sources.base import Source, SpotExpression

LIVE = ("live", "cached")


def named(name: str, species: Species) -> Source:
    """The local source of this name. Raises NotFound when there is none, or it has no data of the species."""
    source = registry.get(name) if name in registry.names() else None
    if source is None or source.kind in LIVE or isinstance(source, SpotExpression):
        known = tuple(one.name for one in local())
        raise NotFound(f"There is no local source called “{name[:40]}”.", f"There are: {', '.join(known)}.", known)
    source.check_species(species)
    return source


def best(species: Species) -> Source:
    """EXPRONAUT_SERVE_SOURCE, else the largest indexed real file, else the atlas, else the largest simulated file.

    Raises NotFound when nothing has data of the species, NotConfigured when the setting names no local source.
    """
    sources, wanted = local(), settings.current().serve.source
    preferred = next((one for one in sources if one.name == wanted), None)
    if wanted and preferred is None:
        known = ", ".join(one.name for one in sources)
        raise NotConfigured(
            "EXPRONAUT_SERVE_SOURCE names a source that is not on this machine.", f"There are: {known}."
        )
    if preferred is not None and species in preferred.species:
        return preferred
    files = _files(sources, species)
    bundled = [one for one in sources if not isinstance(one, FileSource) and species in one.species]
    real = [one for one in files if one.kind == "real"]
    found = next(iter([*real, *bundled, *files]), None)
    if found is None:
        raise NotFound(
            f"No data of {species} are on this machine.",
            f"Put an ARCHS4 file of {species} there and build its index with `python -m backend index FILE`.",
        )
    return found


def local() -> tuple[Source, ...]:
    """All sources whose data are on this machine. Sections are none of them: their spots are no samples."""
    every = registry.those(registry.names())
    return tuple(one for one in every if one.kind not in LIVE and not isinstance(one, SpotExpression))


def _files(sources: tuple[Source, ...], species: Species) -> list[FileSource]:
    """Indexed gene files of a species, the one with most samples first."""
    files = [one for one in sources if isinstance(one, FileSource) and species in one.species]
    usable = [one for one in files if one.found.layout is not None and one.layout.kind == "gene"]
    indexed = [one for one in usable if one.is_indexed()]
    return sorted(indexed, key=lambda one: -one.layout.n_samples)
