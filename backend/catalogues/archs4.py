"""ARCHS4 files of this machine, and those that can be fetched where their list was asked for before."""

from __future__ import annotations

from dataclasses import replace

from backend import sources as registry
from backend.atlas import place
from backend.catalogues import base
from backend.downloading import listed
from backend.errors import BadAnswer, Unavailable
from backend.model import Answer, Release
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.sources.archs4_files import DEMO, Found

CONTENTS = {"gene": "genes × samples", "transcript": "transcripts × samples", "meta": "descriptions of samples"}
KINDS = {"gene": "gene", "transcript": "transcript", "metadata": "meta"}
STATES = {"partial": "index begun", "outdated": "index outdated", "building": "index being built", "none": "no index"}
SIMULATED = "Simulated samples to try every page with; making them takes about a minute."
ON_LIST = "Files that can be fetched are those of the list of ARCHS4 asked for last, on {:%d %B %Y}."


class Archs4Files:
    """Files here, the demo cohort first, then what the list of releases holds more. Asks no service."""

    name, title, live, what = "archs4", "ARCHS4 files", False, "files"

    def problem(self) -> str | None:
        """There is nothing to configure."""
        return None

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """Words match names, species, version, layout, and what is told of the index."""
        text = base.checked(text, page)
        files = registry.files(now=True).files
        told = base.here(self.name, self.title, "on this machine")
        releases, notes = _kept_list()
        names = {found.path.name for found in files.values()}
        entries = [_file(found) for found in files.values()]
        entries += [_release(one) for one in releases if one.name not in names]
        return Answer(base.narrowed(entries, text, page), told.noting(*notes))


def _kept_list() -> tuple[tuple[Release, ...], tuple[str, ...]]:
    """The list of releases as it was kept, of any age; none where nobody asked for it yet."""
    try:
        got = listed("kept")
    except (Unavailable, BadAnswer):
        return (), ()
    return got.value, (ON_LIST.format(got.reply.fetched_at),)


def _file(found: Found) -> CatalogueEntry:
    source = registry.get(found.key)
    here = CatalogueEntry(
        catalogue="archs4",
        id=found.path.name,
        title=source.title,
        opens="files",
        organism=", ".join(source.species),
        kind=source.kind,
    )
    if found.layout is None:
        made = found.key == DEMO and not found.size
        why = SIMULATED if made else str(found.problem or "")
        return replace(here, state="not made yet" if made else "cannot be used", description=why)
    state, level = place.state(found.path).kind, KINDS[found.layout.kind]
    entry = replace(
        here,
        n=found.layout.n_samples,
        technology="RNA-seq",
        description=f"{CONTENTS[level].capitalize()}, layout {found.layout.family}",
        more=(("Version", source.version), *((("Genes", f"{found.layout.n_genes:,}"),) if level == "gene" else ())),
    )
    if state == "ready":
        return replace(entry, opens="source", ids=(found.key, source.species[0], level))
    return replace(entry, state=STATES[state])


def _release(one: Release) -> CatalogueEntry:
    return CatalogueEntry(
        catalogue="archs4",
        id=one.name,
        title=f"ARCHS4 {one.species} {one.level} v{one.version}",
        opens="files",
        organism=one.species,
        n=one.n_samples,
        technology="RNA-seq",
        date=f"{one.published:%d %b %Y}" if one.published else "",
        description=CONTENTS[one.level].capitalize(),
        more=(("Size", f"{one.size / 1e9:,.1f} GB"),) if one.size else (),
        state="can be fetched",
    )
