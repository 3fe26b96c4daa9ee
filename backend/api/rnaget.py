"""RNAget servers: their catalogues, matrices opened from them, and signals of a region."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from backend import settings
from backend import sources as registry
from backend.api.checks import capped, checked_names
from backend.api.opened import described
from backend.errors import BadInput, NotFound
from backend.model import (
    Answer,
    OpenedMatrix,
    Provenance,
    RnagetAbout,
    RnagetChanges,
    RnagetEntry,
    RnagetFile,
    RnagetFilter,
    RnagetServer,
)
from backend.rnaget import catalogue, slices, tracks
from backend.rnaget.server import Endpoint, Server, Spoken
from backend.rnaget.slices import Wanted
from backend.rnaget.tracks import Region
from backend.sources import matrix_shelf
from backend.sources.rnaget import CITATION, RnagetMatrix
from backend.study.genes import is_ensembl
from backend.study.matrix import Matrix
from backend.web.server_provenance import of_server

COLLECTIONS = ("projects", "studies", "expressions")
MOST_SAMPLES = 5_000
MAX_ID_CHARACTERS = 200
RESERVED = ("studyID", "projectID", "format", "units", "sampleIDList", "featureIDList", "featureNameList")


def rnaget_servers() -> tuple[RnagetServer, ...]:
    """The servers the settings name."""
    return tuple(RnagetServer(one.name, one.base, bool(one.token)) for one in settings.current().rnaget)


def rnaget_about(server: str) -> Answer[RnagetAbout]:
    """What a server says of itself: version of the specification, formats, units, what it lacks. Asks the server."""
    asked, spoken = _asked(server)
    has = "expressions" not in spoken.lacking and not spoken.is_seed
    formats = catalogue.words(asked, "/expressions/formats") if has else ()
    units = catalogue.words(asked, "/expressions/units") if has else ()
    about = RnagetAbout(spoken.version, spoken.title or server, spoken.description, formats, units, spoken.lacking)
    return Answer(about, _provenance(asked, spoken))


def rnaget_filters(server: str, collection: str) -> Answer[tuple[RnagetFilter, ...]]:
    """The filters a server offers for projects, studies or expressions."""
    asked, spoken = _asked(server)
    found = catalogue.filters(asked, spoken, _collection(collection))
    return Answer(found, _provenance(asked, spoken))


def rnaget_entries(
    server: str, collection: str, filters: Mapping[str, str] | None = None, study: str = ""
) -> Answer[tuple[RnagetEntry, ...]]:
    """Projects, studies or expressions. Most servers list no expressions: then none is given, and ids are typed."""
    asked, spoken = _asked(server)
    if _collection(collection) == "expressions":
        found = catalogue.expressions(asked, spoken, study)
    else:
        found = catalogue.entries(asked, spoken, collection, filters)
    return Answer(found, _provenance(asked, spoken))


def rnaget_files(server: str, study: str = "", kind: str = "") -> Answer[tuple[RnagetFile, ...]]:
    """Files of a server of v0.1.0, of a study or a type such as BAM. Raises NotFound for a newer server."""
    asked, spoken = _of_seed(server)
    return Answer(catalogue.files(asked, study.strip(), kind.strip()), _provenance(asked, spoken))


def rnaget_versions(server: str) -> Answer[tuple[str, ...]]:
    """The versions the data base of a server of v0.1.0 had. Raises NotFound for a newer server."""
    asked, spoken = _of_seed(server)
    return Answer(catalogue.versions(asked), _provenance(asked, spoken))


def rnaget_changes(server: str, version: str) -> Answer[tuple[RnagetChanges, ...]]:
    """What changed with one of these versions. Raises NotFound for a newer server."""
    asked, spoken = _of_seed(server)
    if not version.strip():
        raise BadInput("No version is named.", "Choose one that is listed.")
    return Answer(catalogue.changes(asked, version.strip()[:MAX_ID_CHARACTERS]), _provenance(asked, spoken))


def open_matrix(
    server: str,
    expression: str = "",
    study: str = "",
    genes: Iterable[str] = (),
    samples: Iterable[str] = (),
    unit: str = "",
    title: str = "",
    filters: Mapping[str, str] | None = None,
) -> Answer[str]:
    """Fetch a matrix, or these genes and samples of it, and keep it as a source; its key.

    Either the id of an expression, or of a study that has one matrix. filters: as the server offers them for
    expressions. Raises BadInput without either, or for a filter that is a parameter of its own here.
    """
    asked, spoken = _asked(server)
    name, parent = expression.strip()[:MAX_ID_CHARACTERS], study.strip()[:MAX_ID_CHARACTERS]
    if not name and not parent:
        raise BadInput("No matrix is named.", "Choose a study, or type the id of an expression.")
    wanted = dataclasses.replace(_wanted(name, parent, tuple(genes), tuple(samples), unit), filters=_own(filters))
    found = slices.matrix(asked, spoken, wanted)
    key = matrix_shelf.rnaget.key(server, name or parent, _slice(wanted, found))
    about = {
        "server": server,
        "base": asked.endpoint.base,
        "matrix": name or f"of study {parent}",
        "study": parent,
        "spoken": spoken.version,
        "version": "",
        "title": title.strip() or name or parent,
    }
    matrix_shelf.rnaget.keep(key, found, about)
    return Answer(key, _provenance(asked, spoken, *found.notes))


def _own(filters: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Filters that were set, none of them a parameter that says which matrix or which part of it."""
    chosen = tuple((name, value.strip()) for name, value in (filters or {}).items() if value.strip())
    if taken := next((name for name, _ in chosen if name in RESERVED), ""):
        raise BadInput(f"“{taken}” is not a filter here.", "Give genes, samples, study and unit in their own fields.")
    return chosen


def _wanted(name: str, study: str, genes: tuple[str, ...], samples: tuple[str, ...], unit: str) -> Wanted:
    listed = capped(checked_names(genes)) if genes else ()
    if len(samples) > MOST_SAMPLES:
        raise BadInput(f"{len(samples):,} samples; the cap is {MOST_SAMPLES:,}.", "Take fewer, or all.")
    ids = tuple(gene for gene in listed if is_ensembl(gene))
    symbols = tuple(gene for gene in listed if gene not in ids)
    if ids and symbols:
        raise BadInput("RNAget asks for ids or for symbols, not for both at once.", "Give one kind.")
    return Wanted(name, study, ids, symbols, tuple(dict.fromkeys(one.strip() for one in samples if one.strip())), unit)


def _slice(wanted: Wanted, found: Matrix) -> tuple[str, ...]:
    """What tells a part of a matrix from its other parts; () for the whole in its usual unit."""
    asked = (*wanted.features, "", *wanted.names, "", *wanted.samples, "", wanted.unit, *sum(wanted.filters, ()))
    return (f"{len(found.ids)}x{len(found.samples)}", *asked) if any(asked) else ()


def opened_matrices() -> tuple[OpenedMatrix, ...]:
    """The matrices that were opened, each a source by its key. One whose file is damaged has no genes."""
    found = registry.those(matrix_shelf.rnaget.opened(now=True))
    return tuple(described(source) for source in found if isinstance(source, RnagetMatrix))


def group_matrix(key: str, column: str) -> None:
    """Group the samples of an opened matrix by one of their columns."""
    matrix_shelf.rnaget.group(key, column)


def forget_matrix(key: str) -> None:
    """Delete an opened matrix."""
    matrix_shelf.rnaget.forget(key)


def rnaget_signal(
    server: str, name: str, chromosome: str, start: int | None = None, end: int | None = None
) -> Answer[pd.DataFrame]:
    """Continuous tracks of a region, long: track, position (zero-based), value."""
    region = Region(chromosome.strip(), start, end)
    region.params()  # raises before anything is asked
    asked, spoken = _asked(server)
    if "continuous" in spoken.lacking:
        raise NotFound(f"{server} has no continuous data.", "Choose another server.")
    found = tracks.tracks(asked, name.strip()[:MAX_ID_CHARACTERS], region)
    table = pd.DataFrame(
        {
            "track": np.repeat(np.array(found.names, dtype=object), len(found.positions)),
            "position": np.tile(found.positions, len(found.names)),
            "value": found.values.ravel().astype(float),
        }
    )
    told = dataclasses.replace(_provenance(asked, spoken, *found.notes), unit=found.unit or "signal")
    return Answer(table, told)


def _asked(name: str) -> tuple[Server, Spoken]:
    found = next((one for one in settings.current().rnaget if one.name == name), None)
    if found is None:
        known = tuple(one.name for one in settings.current().rnaget)
        hint = f"There are: {', '.join(known)}." if known else "Name servers in EXPRONAUT_RNAGET."
        raise NotFound(f"There is no RNAget server “{name[:40]}”.", hint, known)
    server = Server(Endpoint(found.name, found.base, found.token))
    return server, server.spoken()


def _of_seed(name: str) -> tuple[Server, Spoken]:
    server, spoken = _asked(name)
    if not spoken.is_seed:
        raise NotFound(f"{name} speaks {spoken.version}; only servers of v0.1.0 have this.", "Choose another server.")
    return server, spoken


def _collection(name: str) -> str:
    if name not in COLLECTIONS:
        raise BadInput(f"“{name[:20]}” is not a collection.", f"Choose {', '.join(COLLECTIONS)}.")
    return name


def _provenance(server: Server, spoken: Spoken, *notes: str) -> Provenance:
    """Of what the server was asked until now."""
    return of_server(
        server.heard,
        source="rnaget",
        title=f"RNAget server {server.endpoint.name}",
        called=server.endpoint.name,
        version=spoken.version,
        url=server.endpoint.base,
        citations=(CITATION,),
        notes=notes,
    )
