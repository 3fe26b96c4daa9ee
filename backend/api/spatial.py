"""Sections: spatial files of this machine that are open, their spots, and the copies sorted by gene."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import streamlit as st

from backend import section_openings as openings
from backend import section_uploads, stats
from backend import sources as registry
from backend.api import deleting
from backend.api.checks import (
    HOUR,
    MAX_BY_CHARACTERS,
    capable,
    checked_names,
    checked_species,
    known_genes,
    none_known,
)
from backend.api.files import shown
from backend.api.profiles import groupings
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import Answer, IndexProgress, Section, SpatialFile, Species, Spots, SpotScale
from backend.section import store
from backend.sources import base, section_finding, section_shelf
from backend.sources.base import Progress
from backend.sources.section_shelf import Opened

MAX_SPOT_GENES, MAX_BIN, MAX_PATH = 6, 10_000, 4_096
spot_groupings = groupings  # spots are grouped as the samples of a study are


def sections() -> tuple[Section, ...]:
    """Every open section of a file, the demo first, then the one that was opened last.

    Makes the demo where it is wanted, and goes on with copies that a former run of the program left undone.
    """
    openings.ensure_demo()
    openings.resume()
    before = {key: openings.progress(key) for key in section_shelf.opened()}  # a copy that ends now is still told of
    found: list[Section] = []
    for one in section_shelf.opened(now=True).values():
        with contextlib.suppress(NotFound):  # somebody else has closed it meanwhile
            found.append(_described(one, before.get(one.key)))
    return tuple(found)


def spatial_files() -> tuple[SpatialFile, ...]:
    """Files of this machine that can be opened: downloads of STOmics, uploads, and those the settings name."""
    opened = {one.path: one.key for one in reversed(section_shelf.opened(now=True).values())}
    found = section_finding.files()
    ours = deleting.deletable(one.path for one in found)
    return tuple(
        SpatialFile(
            str(one.path), one.path.name, shown(one.path.parent), one.form, one.size, one.of,
            opened.get(str(one.path), ""), one.path in ours,
        )
        for one in found
    )  # fmt: skip


def section_layers(path: str) -> tuple[str, ...]:
    """What of an h5ad file of `spatial_files` can be opened: "" for X, names of layers, "raw" for raw/X; () of another.

    Raises NotFound, BadInput (damaged).
    """
    return store.layers(_found(path).path)


def open_section(path: str, bin: int = 0, layer: str = "") -> str:
    """Open a file of `spatial_files`; the key of its source. The copy sorted by gene is made in the background.

    bin: of a GEM or GEF file, 0 for its usual one. layer: of an h5ad file, one of `section_layers`, "" for X.
    Raises NotFound (file, bin, layer), BadInput (no spatial file).
    """
    if not 0 <= bin <= MAX_BIN:
        raise BadInput(f"A bin of {bin} cannot be made.", "Choose one that is offered.")
    one = _found(path)
    if layer:
        _check_layer(one.path.name, layer, store.layers(one.path))
    return openings.open_file(one.path, bin, layer, one.of)


def _found(path: str) -> section_finding.Spatial:
    found = next((one for one in section_finding.files() if str(one.path) == path), None)
    if found is None:
        raise NotFound(f"{Path(path[:MAX_PATH]).name} is no spatial file that was found.", "Choose one of the list.")
    return found


def _check_layer(name: str, layer: str, layers: tuple[str, ...]) -> None:
    if layer not in layers:
        others = ", ".join(one or "X" for one in layers) or "none"
        raise NotFound(f"{name} has no layer “{layer[:60]}”.", f"There are: {others}.")


def open_bin(key: str, bin: int) -> str:
    """The file of an open section at another bin, as a further section; its key. Raises as open_section."""
    one = section_shelf.get(key)
    if bin not in (0, *one.bins):
        raise NotFound(f"{one.file.name} has no bin {bin}.", f"There are: {', '.join(map(str, one.bins)) or 'none'}.")
    return openings.open_file(one.file, bin, one.layer, one.of)


def open_layer(key: str, layer: str) -> str:
    """The file of an open section with the numbers of another of its layers, as a further section; its key.

    Raises as open_section.
    """
    one = section_shelf.get(key)
    _check_layer(one.file.name, layer, one.layers)
    return openings.open_file(one.file, one.bin, layer, one.of)


def keep_section_file(name: str, content: BinaryIO) -> str:
    """Keep an uploaded spatial file among `spatial_files`; its path. Raises BadInput, TooLarge, Unavailable."""
    return str(section_uploads.stage(name, content))


def section_progress(key: str) -> IndexProgress | None:
    """How far the copy of a section is; None when it is complete, or was not begun since the start of the program."""
    return openings.progress(key)


def cancel_section(key: str) -> None:
    """Stop the making of a copy. Single genes of h5ad and GEF files are read without it."""
    openings.cancel(key)


def index_section(key: str) -> None:
    """Make the copy of a section after all, as after cancel_section. Raises NotFound."""
    openings.start(key)


def close_section(key: str) -> None:
    """Close a section: its copy goes, its file stays. Raises NotFound."""
    openings.close(key)


def spots(
    source: str,
    genes: Iterable[str],
    species: Species = "human",
    by: str = "",
    scale: str = "",
    on_progress: Progress | None = None,
) -> Answer[Spots]:
    """Up to MAX_SPOT_GENES genes over the spots of a section, in the order they were asked.

    by: a key of `groupings`; scale: a key of `spot_scales`; "" for the usual one. Unknown genes are left out and named
    in the notes. on_progress(done, of), of services that are asked gene by gene, may raise to cancel. NotFound when
    none is known; TooLarge over MAX_SPOT_GENES.
    """
    names = checked_names(genes)
    if not names:
        raise BadInput("There is no gene to draw.", "Name a gene.")
    if len(names) > MAX_SPOT_GENES:
        raise TooLarge(f"{len(names)} genes over a section; the cap is {MAX_SPOT_GENES}.", "Take fewer genes.")
    if len(by) > MAX_BY_CHARACTERS or len(scale) > MAX_BY_CHARACTERS:
        raise BadInput("What to group by, or the scale, is too long.", "Choose one that is offered.")
    found, missing = known_genes(source, names, checked_species(species))
    if not found:
        raise NotFound(none_known(len(names)), "Check the list.")
    answer = _spots(source, registry.stamp(source), found, species, by, scale, on_progress)
    return Answer(answer.value, answer.provenance.noting(*missing))


def spot_scales(source: str) -> tuple[SpotScale, ...]:
    """The scales of a section, the usual one first; none where values come on one scale only."""
    asked = registry.get(source)
    return asked.spot_scales() if isinstance(asked, base.SpotScales) else ()


def spot_correlation(found: Spots) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Pearson's r of every pair of genes over the spots measured for both, (genes, genes), and their number."""
    seen = (~np.isnan(found.values)).astype(np.intp)
    return stats.correlation_matrix(found.values), seen @ seen.T


@st.cache_data(ttl=HOUR, max_entries=8, show_spinner=False)
def _spots(
    source: str,
    stamp: str,
    names: tuple[str, ...],
    species: Species,
    by: str,
    scale: str,
    _on_progress: Progress | None,
) -> Answer[Spots]:
    del stamp
    return capable(source, base.SpotExpression).spots(names, species, by, scale, _on_progress)


def _described(one: Opened, progress: IndexProgress | None) -> Section:
    problem = one.problem()
    source = registry.get(one.key)
    known = one.species and problem is None
    return Section(
        key=one.key,
        title=one.title,
        species=(one.species or source.species)[0],
        kind=one.kind,
        file=one.file.name,
        of=one.of,
        n_spots=one.n_spots,
        n_genes=one.n_genes,
        opened_at=datetime.fromisoformat(one.opened_at),
        bin=one.in_force,
        bins=one.bins,
        layer=one.layer,
        layers=one.layers,
        scales=spot_scales(one.key) if known else (),
        progress=progress,
        problem=str(problem) if problem is not None else None,
    )
