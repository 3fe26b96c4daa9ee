"""A selection of an ODM server as a matrix of a study: a data group streamed, or the items of an omics query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import NotFound, TooLarge
from backend.model_odm import OdmGroup, OmicsQuery
from backend.model_study import LinkReport
from backend.odm import columns, groups, metadata, omics, streaming
from backend.odm.columns import Columns, Run, named
from backend.odm.omics import Item, OnPage
from backend.odm.paging import listed
from backend.odm.server import Server, part
from backend.odm.streaming import OnBytes
from backend.study.matrix import MOST_CELLS, Floats
from backend.study.writing import NewMatrix

MOST_ITEMS = 1_000_000
LESS = "Open a data group as a whole, or name genes."
ZERO = "0 is a measured value; what has no value was not measured, and is left out of every number."
ROUNDED = "Streamed values are rounded to 4 digits by the server."
ACTIVE = "Only the active version of each expression matrix was asked for."
BY_ID = "Of data chosen by samples, the server leaves out what is not linked through Sample Source ID."
_OF_SAMPLES = ("samples", "sample_filter", "sample_text", "library_filter", "library_text", "preparation_filter")
_FACTS = (groups.NORMALIZATION, groups.GENOME, groups.CLASS)


@dataclass(frozen=True)
class Selection:
    """A matrix with what is to be known of it later. blocks: its numbers, features x samples, read when asked for."""

    head: NewMatrix
    blocks: Iterable[Floats]
    about: Mapping[str, Any]
    links: LinkReport


def of_group(
    server: Server, query: OmicsQuery, accession: str, path: Path, on_bytes: OnBytes | None = None
) -> Selection:
    """One data group, as a whole or by the sample and library filters of the query. path: of the CSV meanwhile."""
    group = groups.one(server, accession)
    read = streaming.outline(streaming.fetch(server, query, accession, path, on_bytes), group.n_leading)
    runs, measurements = columns.of_headers(server, accession, read.runs)
    chosen, several = _measurement(measurements, query.measurement)
    kept = [place for place, name in enumerate(measurements) if name == chosen]
    finding = OmicsQuery(expression_filter=groups.group_filter(accession), versions="*")
    found = columns.described(server, [runs[place] for place in kept], finding)
    told = (*_version_note(group), *several, ROUNDED, *_infinite(read.n_infinite), *_of_query(query, streamed=True))
    features = read.ids, read.names
    return _selection(server, query, found, features, streaming.blocks(read, kept), {accession: group}, told)


def of_items(server: Server, query: OmicsQuery, on_page: OnPage | None = None, most: int = MOST_ITEMS) -> Selection:
    """What an omics query finds, item by item. Raises NotFound for nothing, TooLarge over `most` items, or where few
    of very many features in very many runs have a value.
    """
    found = omics.found(server, query, "expression", most, on_page)
    if not found.whole:
        raise TooLarge(f"The query finds over {most:,} values.", LESS)
    items = [item for record in found.records for item in omics.items(record)]
    if not items:
        raise NotFound("The query finds no expression.", "Choose other genes, samples or values.")
    chosen, several = _measurement([item.measurement for item in items], query.measurement)
    items = [item for item in items if item.measurement == chosen]
    runs = list(dict.fromkeys(Run(one.run or one.run_id, one.run_id, one.group, one.linked) for one in items))
    described = columns.described(server, runs, query)
    ids, values, told = _pivoted(items, runs)
    facts = {one: groups.one(server, one) for one in dict.fromkeys(item.group for item in items) if one}
    told = (*several, *told, *_of_query(query, streamed=False))
    return _selection(server, query, described, (ids, ("",) * len(ids)), [values], facts, told)


def _pivoted(items: Sequence[Item], runs: Sequence[Run]) -> tuple[tuple[str, ...], Floats, tuple[str, ...]]:
    """Features, values (features, runs), and notes. The first of several values of a feature in a run stands."""
    ids = tuple(dict.fromkeys(item.feature for item in items))
    if len(ids) * len(runs) > MOST_CELLS:
        what = f"{len(items):,} values of {len(ids):,} features in {len(runs):,} runs make too large a table."
        raise TooLarge(what, LESS)
    row, column = {name: place for place, name in enumerate(ids)}, {run: place for place, run in enumerate(runs)}
    values = np.full((len(ids), len(runs)), np.nan, dtype=np.float32)
    repeated = infinite = 0
    for item in items:
        place = row[item.feature], column[Run(item.run or item.run_id, item.run_id, item.group, item.linked)]
        repeated += not np.isnan(values[place])
        infinite += bool(np.isinf(item.value))
        if np.isnan(values[place]) and np.isfinite(item.value):
            values[place] = item.value
    again = f"{repeated:,} values stand twice for a feature and a run; the first of them is taken."
    return ids, values, (*((again,) if repeated else ()), *_infinite(infinite))


def _infinite(count: int) -> tuple[str, ...]:
    what = "1 infinite value counts" if count == 1 else f"{count:,} infinite values count"
    return (f"{what} as not measured.",) if count else ()


def _measurement(names: Sequence[str], wanted: str) -> tuple[str, tuple[str, ...]]:
    """The measurement to take, and a note where there are several. Raises NotFound for one there is not."""
    known = tuple(dict.fromkeys(names))
    if wanted and wanted not in known:
        raise NotFound(f"There is no measurement “{wanted[:40]}”.", f"There are: {', '.join(known)}.", known)
    chosen = wanted or known[0]
    others = [name for name in known if name != chosen]
    return chosen, ((f"The numbers are “{chosen}”; there are also {named(others)}.",) if others else ())


def _of_query(query: OmicsQuery, streamed: bool) -> tuple[str, ...]:
    least = query.threshold is not None or "value" in query.ex_query.lower() or "minvalue" in query.ex_query.lower()
    cut = "Features without any value of the query are missing." if streamed else (
        "Only values that fit the query are here: what is missing may be lower instead of not measured."
    )  # fmt: skip
    chosen = any(value for name, value in asdict(query).items() if name in _OF_SAMPLES)
    told = ((True, ZERO), (least, cut), (streamed and chosen, BY_ID), (not streamed and not query.versions, ACTIVE))
    return tuple(note for holds, note in told if holds)


def _selection(
    server: Server,
    query: OmicsQuery,
    found: Columns,
    features: tuple[tuple[str, ...], tuple[str, ...]],
    blocks: Iterable[Floats],
    by_group: Mapping[str, OdmGroup],
    told: tuple[str, ...],
) -> Selection:
    facts = {
        accession: {name: dict(group.facts).get(name, "") for name in _FACTS} for accession, group in by_group.items()
    }
    study = query.study or _study(server, found)
    table = columns.table(found, facts)
    links = columns.report(found)
    units = dict.fromkeys(one.normalization for one in by_group.values())
    unit = next(iter(units)) if len(units) == 1 else ""
    notes = (*_mixed(found, facts), *columns.notes(found), *told)
    about = {
        "base": server.odm.base,
        "study": study,
        "group": next(iter(by_group)) if len(by_group) == 1 else "",
        "groups": list(by_group),
        "version": ", ".join(_version(group) for group in by_group.values()),
        "title": _title(server, study, by_group),
        "query": {name: value for name, value in asdict(query).items() if value != getattr(OmicsQuery(), name)},
        "grouping": columns.grouping(table),
        "linked": links.state,
    }
    return Selection(NewMatrix(*features, table, unit, notes), blocks, about, links)


def _mixed(found: Columns, facts: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """A warning for each fact that differs between data groups."""
    notes = []
    for name in _FACTS:
        counts = Counter(facts.get(run.group, {}).get(name) or "not told" for run in found.runs)
        if len(counts) > 1:
            listed_ = ", ".join(f"{value} ({count:,} columns)" for value, count in counts.most_common())
            notes.append(f"{name} differs, so columns cannot be compared as they are: {listed_}.")
    return tuple(notes)


def _version_note(group: OdmGroup) -> tuple[str, ...]:
    old = group.chain and not group.active
    return (f"This is version {group.number} of {group.chain}, not its active one.",) if old else ()


def _version(group: OdmGroup) -> str:
    return f"{group.accession} ({group.chain} v{group.number})" if group.chain else group.accession


def _study(server: Server, found: Columns) -> str:
    """The study of the first sample; "" where nothing is linked."""
    accession = next((one.accession for own in found.samples for one in own), "")
    if not accession:
        return ""
    asked = {"filter": groups.group_filter(accession), "returnedMetadataFields": "minimal_data"}
    records = listed(server, "integration/link/studies/by/samples", asked)
    return next((metadata.an_object(server, record).accession for record in records), "")


def _title(server: Server, study: str, by_group: Mapping[str, OdmGroup]) -> str:
    name = metadata.title(metadata.study(server, study)) if study else ""
    only = next(iter(by_group.values())) if len(by_group) == 1 else None
    unit = only.normalization if only is not None else ""
    return ", ".join(filter(None, (name or (only.accession if only is not None else "ODM"), unit)))


def linked(server: Server, group: str) -> LinkReport:
    """How the runs of a data group are linked, and which samples of the study have no data in it."""
    relations = groups.relations(server, group)
    sources = groups.runs(server, group)
    singular = {"samples": "sample", "libraries": "library", "preparations": "preparation"}[relations.target]
    every = sources or {run: run for run in relations.objects}
    runs = [
        Run(source, run, group, (singular, relations.objects[run][0]) if relations.objects.get(run) else ("", ""))
        for run, source in every.items()
    ]
    finding = OmicsQuery(expression_filter=groups.group_filter(group), versions="*")
    found = columns.described(server, runs, finding)
    study = _study(server, found)
    samples = [metadata.an_object(server, one) for one in _of_study(server, study)] if study else []
    return replace(columns.report(found, samples), target=relations.target)


def _of_study(server: Server, study: str) -> list[Mapping[str, Any]]:
    asked = {"returnedMetadataFields": metadata.FIELDS["all"]}
    return listed(server, f"integration/link/samples/by/study/{part(study)}", asked)
