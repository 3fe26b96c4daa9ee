"""Omics queries: which requests they are, and the samples, groups and expression items they find."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from backend.errors import BadInput
from backend.model_odm import EXPRESSION_COLUMNS, OdmGroup, OdmObject, OmicsQuery, OmicsWhat
from backend.odm import filters, groups, metadata
from backend.odm.paging import Chunk, Record, cursor_pages, identity
from backend.odm.server import Server

ROUTES: dict[OmicsWhat, str] = {
    "samples": "omics/samples",
    "expression": "omics/expression/data",
    "groups": "omics/expression/group",
}
STREAMED = "omics/expression/streamed-data"
MOST_PAGE = 20_000
GENES_AT_ONCE = 200
MOST_IN_ADDRESS = 100  # samples of a stream, which cannot be asked for in pieces
_LINKED = ("sample", "library", "preparation", "cell")
_FEATURE_KEYS = ("feature", "gene", "Gene Name")
OnPage = Callable[[int], None]


def requests(query: OmicsQuery, what: OmicsWhat) -> Iterator[dict[str, str | int]]:
    """The parameters of each request: one, or several for long lists of samples, studies or genes.

    Raises BadInput for a page size there cannot be, or expression of everything.
    """
    if not 1 <= query.page <= MOST_PAGE:
        raise BadInput(f"A page of {query.page:,} objects is asked for.", f"Take 1 to {MOST_PAGE:,}.")
    chosen = query.genes or query.ex_query or query.expression_filter or query.threshold is not None
    if what == "expression" and not chosen:
        raise BadInput("No gene, value or data group is chosen.", "Name genes, or give a filter of expression.")
    every = (*query.studies, query.study) if query.study else query.studies
    parts = (
        filters.chunks(every),
        filters.chunks(query.samples),
        filters.chunks(() if query.ex_query else query.genes, GENES_AT_ONCE),
    )
    for studies, samples, genes in itertools.product(*(tuple(part) for part in parts)):
        yield _params(replace(query, studies=studies, samples=samples, genes=genes))


def _params(query: OmicsQuery) -> dict[str, str | int]:
    asked: dict[str, str | int] = {
        "studyFilter": filters.combined([filters.accessions(query.studies), query.study_filter]),
        "studyQuery": query.study_text.strip(),
        "sampleFilter": filters.combined([filters.accessions(query.samples), query.sample_filter]),
        "sampleQuery": query.sample_text.strip(),
        "libraryFilter": filters.combined([query.library_filter]),
        "libraryQuery": query.library_text.strip(),
        "preparationFilter": filters.combined([query.preparation_filter]),
        "preparationQuery": query.preparation_text.strip(),
        "exFilter": filters.combined([query.expression_filter]),
        "exQuery": _ex_query(query),
        "useVersions": query.versions.strip(),
        "searchSpecificTerms": "true" if query.narrower else "",
        "returnedMetadataFields": metadata.FIELDS[query.fields],
        "pageLimit": query.page,
    }
    return {name: value for name, value in asked.items() if value != ""}


def _ex_query(query: OmicsQuery) -> str:
    if query.ex_query.strip():
        if query.genes or query.threshold is not None:
            raise BadInput("Genes or a value are given twice.", "Give them in the query, or in their fields.")
        return filters.translated(query.ex_query)
    return filters.ex_query(query.genes, query.threshold)


def streamed_params(query: OmicsQuery, group: str) -> dict[str, str | int]:
    """The parameters of the data of one group as a stream. Raises BadInput for what a stream cannot be chosen by."""
    if len(query.samples) > MOST_IN_ADDRESS or len(query.genes) > 2 * MOST_IN_ADDRESS:
        said = f"A stream can be chosen by {MOST_IN_ADDRESS} samples and {2 * MOST_IN_ADDRESS} genes by name."
        raise BadInput(said, "Give a filter, or open the data group as a whole.")
    asked = _params(query)
    asked |= {"groupAccession": group}
    for name in ("returnedMetadataFields", "pageLimit", "useVersions"):
        asked.pop(name, None)
    if not_there := [name for name in ("studyFilter", "studyQuery", "exFilter") if name in asked]:
        hint = "Leave the study and the filter of expression out: the group is one file of one study."
        raise BadInput(f"Streamed data of a group cannot be chosen by {not_there[0]}.", hint)
    return asked


def pages(server: Server, query: OmicsQuery, what: OmicsWhat, on_page: OnPage | None = None) -> Iterator[Chunk]:
    """Everything a query finds, page by page; objects that several requests find come once."""
    seen: set[str] = set()
    asked = list(requests(query, what))
    for place, params in enumerate(asked, start=1):
        for chunk in cursor_pages(server, ROUTES[what], params):
            fresh = []
            for record in chunk.records:
                name = identity(record)
                if not name or name not in seen:
                    fresh.append(record)
                if name:
                    seen.add(name)
            if on_page:
                on_page(len(seen))
            yield replace(chunk, records=tuple(fresh), whole=chunk.whole and place == len(asked))


@dataclass(frozen=True)
class Found:
    """Records of a query. whole: all there are; else the first `most` of them."""

    records: tuple[Record, ...]
    whole: bool
    log: tuple[str, ...]


def found(server: Server, query: OmicsQuery, what: OmicsWhat, most: int, on_page: OnPage | None = None) -> Found:
    """Up to `most` records of a query."""
    records: list[Record] = []
    log: list[str] = []
    for chunk in pages(server, query, what, on_page):
        records += chunk.records
        log += [line for line in chunk.log if line not in log]
        if len(records) > most or (len(records) == most and not chunk.whole):
            return Found(tuple(records[:most]), False, tuple(log))
    return Found(tuple(records), True, tuple(log))


def sample(server: Server, record: Record) -> OdmObject:
    """A sample of its item."""
    return metadata.an_object(server, record)


def group(record: Record) -> OdmGroup:
    """A data group of its item."""
    return groups.a_group(record)


@dataclass(frozen=True)
class Item:
    """A measured value of a feature in a run. measurement: what the value is called. linked: (kind, accession).

    kind: sample, library, preparation or cell; "" for a group that is not linked. value: NaN where none is given,
    infinite where the server says so.
    """

    item: str
    feature: str
    measurement: str
    value: float
    run: str
    run_id: str
    group: str
    linked: tuple[str, str]
    facts: tuple[tuple[str, str], ...] = ()


def items(record: Record) -> list[Item]:
    """The values of an expression item, of whichever of the three forms servers gave over the years."""
    item = str(record.get("itemId") or "")
    origin, facts = _mapping(record.get("itemOrigin")), _mapping(record.get("metadata"))
    run = str(origin.get("runSourceId") or facts.get("Run Source ID") or record.get("runSourceId") or "")
    run_id = str(origin.get("runId") or record.get("runId") or "")
    own_group = str(origin.get("groupId") or record.get("groupId") or "")
    told = tuple(
        (name, str(facts[name])) for name in (groups.NORMALIZATION, groups.GENOME, groups.CLASS) if facts.get(name)
    )
    feature, linked = _feature(record, item), _linked(record)
    return [
        Item(item, feature, measurement, value, run, run_id or run or linked[1], own_group, linked, told)
        for measurement, value in _values(record).items()
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _feature(record: Record, item: str) -> str:
    given = record.get("feature", record.get("gene"))
    if isinstance(given, Mapping):
        named = [given[name] for name in _FEATURE_KEYS if given.get(name) is not None]
        others = [value for value in given.values() if value is not None]
        given = next(iter((*named, *others)), None)
    if given is None or given == "":
        given = record.get("gene") or item.partition("-")[2]
    return str(given)


def _values(record: Record) -> dict[str, float]:
    given = record.get("value", record.get("expression"))
    told = given if isinstance(given, Mapping) else {"value": given}
    return {str(name): _number(value) for name, value in told.items()}


def _number(value: Any) -> float:
    """A number; texts as "Inf" too. NaN for what is none."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _linked(record: Record) -> tuple[str, str]:
    told = _mapping(record.get("relationships"))
    return next(((kind, str(told[kind])) for kind in _LINKED if told.get(kind)), ("", ""))


def table(found_items: Sequence[Item], samples_of: Mapping[str, str]) -> pd.DataFrame:
    """EXPRESSION_COLUMNS. sample: accession, several of a pool as one text; library: what links the run to them.

    samples_of: accession of a library or preparation -> that text.
    """
    rows = [
        (
            one.feature, samples_of.get(pool, "") if pool else one.linked[1], one.value, one.measurement, one.run,
            one.run_id, one.group, pool, one.item,
        )
        for one, pool in ((one, one.linked[1] if one.linked[0] not in ("", "sample") else "") for one in found_items)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(EXPRESSION_COLUMNS)).astype({"value": float})
