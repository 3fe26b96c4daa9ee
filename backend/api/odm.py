"""The Genestack ODM server of the settings: its catalogue, studies, omics queries, and matrices opened from it.

Every call asks the server unless it says otherwise, and raises NotConfigured without one, Refused (401, 403) saying
what to check, NotFound for an accession it does not know, and what backend.web raises. Curation: odm_curation.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pandas as pd

from backend import odm_openings as openings_of
from backend import sources as registry
from backend.api.opened import described
from backend.errors import BadInput, NotFound
from backend.model import (
    Answer,
    AttributeSummary,
    Comparison,
    Condition,
    IndexProgress,
    LinkReport,
    OdmChain,
    OdmFields,
    OdmGroup,
    OdmHistory,
    OdmKind,
    OdmObject,
    OdmRequest,
    OdmServer,
    OdmStudies,
    OdmStudy,
    OmicsFound,
    OmicsQuery,
    OmicsWhat,
    OpenedMatrix,
)
from backend.odm import columns, facets, filters, groups, metadata, omics, selection, snippets
from backend.odm.server import Server
from backend.sources import matrix_shelf
from backend.sources.odm import OdmMatrix
from backend.study import compare
from backend.web.server_provenance import of_server

T = TypeVar("T")
MOST = 1_000_000  # objects or values of one answer
TITLE = "Genestack ODM"


def odm_server() -> OdmServer:
    """The server of the settings; asks nothing. Raises NotConfigured."""
    odm = openings_of.server().odm
    return OdmServer(odm.base, odm.dialect, odm.role, "token" if odm.token else "bearer" if odm.bearer else "")


def odm_check() -> Answer[int]:
    """How many studies the account sees: tells whether address, token and role are right."""
    server = openings_of.server()
    return _answer(server, facets.total(server))


def odm_studies(
    text: str = "", options: Iterable[str] = (), offset: int = 0, limit: int = 20, narrower: bool = False
) -> Answer[OdmStudies]:
    """A page of the catalogue. options: ids of facet values; those of one attribute are OR, of several AND."""
    server = openings_of.server()
    found = facets.studies(server, text, tuple(options), offset, limit, narrower)
    return _answer(server, found, *([found.without] if found.without else []))


def odm_study(accession: str, fields: OdmFields = "all") -> Answer[OdmStudy]:
    """A study's page: its metadata, its groups of objects with their numbers, its data.

    What of it the server does not give is told in `missing`; the study itself is there, or the error is raised.
    """
    server = openings_of.server()
    about = metadata.study(server, accession, fields)
    counted: dict[tuple[str, OdmKind], int] = {}
    missing: list[str] = []
    kinds: tuple[OdmKind, ...] = ("samples", "libraries", "preparations")
    for kind in kinds:
        with metadata.tolerant(missing, f"its {kind}"):
            for one in metadata.objects(server, about.accession, kind):
                counted[one.group, kind] = counted.get((one.group, kind), 0) + 1
    data: tuple[OdmGroup, ...] = ()
    with metadata.tolerant(missing, "its data"):
        data = groups.of_study(server, about.accession, "*")
    listed = tuple((group, kind, n) for (group, kind), n in counted.items())
    ranked = tuple(sorted(data, key=lambda group: (not group.active, group.chain, -group.number)))
    return _answer(server, OdmStudy(about.accession, metadata.title(about), about, listed, ranked, tuple(missing)))


def odm_objects(study: str, kind: OdmKind, fields: OdmFields = "all") -> Answer[pd.DataFrame]:
    """Objects of a study, one a row: genestack:accession, groupId, then attributes as text, lists joined by “ | ”."""
    server = openings_of.server()
    return _answer(server, metadata.table(metadata.objects(server, study, kind, fields)))


def odm_attributes(study: str, kind: OdmKind, fields: OdmFields = "all") -> Answer[tuple[AttributeSummary, ...]]:
    """Each attribute of a study's objects: how many have it, its most frequent values with counts."""
    server = openings_of.server()
    return _answer(server, metadata.summary(metadata.objects(server, study, kind, fields)))


def odm_data(study: str, versions: str = "") -> Answer[tuple[OdmGroup, ...]]:
    """Data groups of a study. versions: as useVersions; "*" for all, "" for the active ones."""
    server = openings_of.server()
    return _answer(server, groups.of_study(server, study, versions))


def odm_links(group: str) -> Answer[LinkReport]:
    """How the runs of a data group are linked to samples, or to libraries or preparations."""
    server = openings_of.server()
    return _answer(server, selection.linked(server, group))


def odm_chains(study: str) -> Answer[tuple[OdmChain, ...]]:
    """Expression matrices of a study with all their versions. key of a version: the source, "" until it is opened."""
    server = openings_of.server()
    opened = matrix_shelf.odm.opened(now=True)
    found = groups.of_study(server, study, "*")
    keys = {one.accession: openings_of.group_key(server.odm.base, one.accession) for one in found}
    return _answer(server, groups.chains(found, {own: key for own, key in keys.items() if key in opened}))


def odm_history(kind: OdmKind, accession: str) -> Answer[OdmHistory]:
    """Versions of a metadata object, newest first."""
    server = openings_of.server()
    return _answer(server, OdmHistory(accession, metadata.history(server, kind, accession)))


def odm_revision(kind: OdmKind, accession: str, version: str = "") -> Answer[OdmObject]:
    """A metadata object as it was in a version; "" for now."""
    server = openings_of.server()
    return _answer(server, metadata.revision(server, kind, accession, version))


def odm_filter(conditions: Iterable[Condition], any_of: bool = False) -> str:
    """Conditions as one filter, quoted and in parentheses; asks nothing. any_of: OR instead of AND."""
    return filters.combined([filters.condition(one) for one in conditions], any_of)


def odm_ex_query(text: str) -> str:
    """A query of expression in ODM's present words: `Feature=X MinValue=2` becomes `feature=X value >= 2`."""
    return filters.translated(text)


def odm_requests(query: OmicsQuery, what: OmicsWhat = "samples", group: str = "") -> tuple[OdmRequest, ...]:
    """The requests that a query is, as URL, curl and Python; asks nothing, and holds no token.

    group: accession of a data group, for its streamed data instead.
    """
    server = openings_of.server()
    return (snippets.of_stream(server, query, group),) if group else snippets.of_query(server, query, what)


def omics_samples(query: OmicsQuery, most: int = 20_000) -> Answer[OmicsFound]:
    """Samples that fit a query, by their own metadata and by that of linked objects and expression."""
    server = openings_of.server()
    found = omics.found(server, query, "samples", _capped(most))
    table = metadata.table([omics.sample(server, record) for record in found.records])
    return _found(server, query, "samples", found, table)


def omics_expression(query: OmicsQuery, most: int = 200_000) -> Answer[OmicsFound]:
    """Expression values that fit a query, one a row. Raises BadInput unless genes or an expression filter are given.

    Values of pooled libraries stand once, with the accessions of all their samples.
    """
    server = openings_of.server()
    found = omics.found(server, query, "expression", _capped(most))
    items = [item for record in found.records for item in omics.items(record)]
    table = omics.table(items, columns.pooled_samples(server, items))
    return _found(server, query, "expression", found, table)


def omics_groups(query: OmicsQuery) -> Answer[tuple[OdmGroup, ...]]:
    """Data groups that fit a query."""
    server = openings_of.server()
    found = omics.found(server, query, "groups", _capped(MOST))
    return _answer(server, tuple(omics.group(record) for record in found.records))


def _capped(most: int) -> int:
    if not 1 <= most <= MOST:
        raise BadInput(f"{most:,} objects are asked for.", f"Take 1 to {MOST:,}.")
    return most


def _found(
    server: Server, query: OmicsQuery, what: OmicsWhat, found: omics.Found, table: pd.DataFrame
) -> Answer[OmicsFound]:
    first = () if found.whole else (f"Only the first {len(found.records):,} are here.",)
    requests = snippets.of_query(server, query, what)
    value = OmicsFound(table, len(found.records), found.whole, found.log, requests, first)
    return _answer(server, value, *first)


def start_opening(query: OmicsQuery, group: str = "", title: str = "") -> str:
    """Begin to fetch a selection as a matrix in the background; the key of the job.

    group: accession of one data group (of any version), streamed as a whole or by the sample and library filters of
    the query; "" for what the query finds item by item, for which it must name genes or a filter of expression.
    """
    return openings_of.start(query, group.strip(), title)


def open_selection(query: OmicsQuery, group: str = "", title: str = "") -> Answer[str]:
    """The same, waited for; the key of the source it becomes."""
    server = openings_of.server()
    openings_of.checked(query, group.strip())
    key = openings_of.opened(server, query, group.strip(), title)
    return _answer(server, key, *_of_key(key).head.notes)


def opening_progress(job: str) -> IndexProgress | None:
    """How far it is; None when it was not begun here. of: 0 while nobody knows how much comes."""
    return openings_of.progress(job)


def opened_as(job: str) -> str:
    """The key of the source that a job made; "" while it is not done."""
    return openings_of.made_by(job)


def cancel_opening(job: str) -> None:
    """Stop it. Nothing of it stays."""
    openings_of.cancel(job)


def openings() -> tuple[str, ...]:
    """Jobs begun here, in the order of their beginning."""
    return openings_of.jobs()


def opened_selections() -> tuple[OpenedMatrix, ...]:
    """Matrices opened from ODM, each a source by its key; asks nothing. Notes stand in the provenance of the source."""
    found = registry.those(matrix_shelf.odm.opened(now=True))
    return tuple(described(source) for source in found if isinstance(source, OdmMatrix))


def selection_notes(key: str) -> tuple[str, ...]:
    """What to know of an opened matrix before its numbers are read; asks nothing."""
    return _of_key(key).head.notes


def group_selection(key: str, column: str) -> None:
    """Group the samples of an opened matrix by one of their columns; asks nothing."""
    matrix_shelf.odm.group(key, column)


def forget_selection(key: str) -> None:
    """Delete an opened matrix; asks nothing."""
    matrix_shelf.odm.forget(key)


def compare_selections(before: str, after: str) -> Comparison:
    """Two opened matrices, as of two versions, by their keys; asks nothing."""
    return compare.compare(_of_key(before).store, _of_key(after).store)


def start_streaming(group: str, query: OmicsQuery | None = None) -> str:
    """Begin to fetch the data of a group as CSV, in the background; the key of the job (as start_opening's)."""
    return openings_of.start_streaming(group.strip(), query or OmicsQuery())


def streamed_file(job: str) -> Path | None:
    """The whole CSV file of such a job, None while it is not done."""
    made = openings_of.made_by(job)
    return Path(made) if made else None


def _of_key(key: str) -> OdmMatrix:
    if key not in matrix_shelf.odm.opened(now=True):
        raise NotFound(f"There is no opened selection “{key[:60]}”.", "Open it from ODM.")
    source = registry.get(key)
    assert isinstance(source, OdmMatrix)
    return source


def _answer(server: Server, value: T, *notes: str) -> Answer[T]:
    """With how old the oldest answer is that it was made of."""
    told = of_server(
        server.heard,
        source="odm",
        title=TITLE,
        called="the server",
        version=server.odm.dialect,
        url=server.odm.base,
        notes=notes,
    )
    return Answer(value, told)
