"""Runs as columns of a matrix: which samples each belongs to, directly or through a pool, and what is known of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from backend.model_odm import OdmObject, OmicsQuery
from backend.model_study import Kind, Linked, LinkReport
from backend.odm import filters, groups, metadata, omics
from backend.odm.metadata import ACCESSION, BETWEEN, as_text
from backend.odm.omics import Item
from backend.odm.paging import listed
from backend.odm.server import Server

MOST_NAMED = 5  # in a sentence
MOST_ATTRIBUTES = 200
MOST_SAMPLES = 50_000
_POOLS: dict[str, Kind] = {"library": "libraries", "preparation": "preparations"}
_KEYS: dict[Kind, str] = {
    "samples": "Sample Source ID",
    "libraries": "Library ID",
    "preparations": "Preparation ID",
}
_USUAL = ("Disease", "Condition", "Tissue", "Cell Type", "Treatment", "Population", "Sex", "Organism")
MOST_GROUPS = 20


@dataclass(frozen=True)
class Run:
    """A column. label: the text it had in its file. linked: kind and accession, ("", "") for none."""

    label: str
    id: str
    group: str
    linked: tuple[str, str]


@dataclass(frozen=True)
class Columns:
    """Columns with their samples. samples: of each, several for a pool, () for none. pools: what links them."""

    runs: tuple[Run, ...]
    samples: tuple[tuple[OdmObject, ...], ...]
    pools: tuple[OdmObject | None, ...]


def described(server: Server, runs: Sequence[Run], query: OmicsQuery) -> Columns:
    """What the runs belong to. query: one that finds their samples at once; those it does not find are asked for."""
    pools = _pools(server, runs)
    wanted = {one.linked[1] for one in runs if one.linked[0] == "sample"}
    wanted |= {own for _, samples in pools.values() for own in samples}
    known = _samples(server, wanted, query)

    def of(run: Run) -> tuple[OdmObject, ...]:
        kind, accession = run.linked
        own = (accession,) if kind == "sample" else pools[accession][1] if accession in pools else ()
        return tuple(known[one] for one in own if one in known)

    through = tuple(pools[one.linked[1]][0] if one.linked[1] in pools else None for one in runs)
    return Columns(tuple(runs), tuple(of(one) for one in runs), through)


def pooled_samples(server: Server, items: Sequence[Item]) -> dict[str, str]:
    """Accession of each library or preparation that values are linked to -> those of its samples, as one text."""
    runs = list(dict.fromkeys(Run("", "", "", one.linked) for one in items if one.linked[0] in _POOLS))
    return {own: BETWEEN.join(samples) for own, (_, samples) in _pools(server, runs).items()}


def _samples(server: Server, wanted: set[str], query: OmicsQuery) -> dict[str, OdmObject]:
    known: dict[str, OdmObject] = {}
    if len(wanted) > filters.AT_ONCE:  # else asking by accession is one request
        for record in omics.found(server, query, "samples", MOST_SAMPLES).records:
            one = omics.sample(server, record)
            known[one.accession] = one
    missing = sorted(wanted - known.keys())
    return known | {one.accession: one for one in _by_accession(server, "samples", missing)}


def _by_accession(server: Server, kind: str, accessions: Sequence[str]) -> list[OdmObject]:
    fields = {"returnedMetadataFields": metadata.FIELDS["all"]}
    return [
        metadata.an_object(server, record)
        for chunk in filters.chunks(accessions)
        if chunk
        for record in listed(server, kind, {"filter": filters.accessions(chunk), **fields})
    ]


def _pools(server: Server, runs: Sequence[Run]) -> dict[str, tuple[OdmObject, tuple[str, ...]]]:
    """Each library or preparation that runs are linked to, with the accessions of its samples."""
    found: dict[str, tuple[OdmObject, tuple[str, ...]]] = {}
    for singular, kind in _POOLS.items():
        wanted = sorted({one.linked[1] for one in runs if one.linked[0] == singular})
        objects = _by_accession(server, kind, wanted)
        links: dict[str, tuple[str, ...]] = {}
        for group in dict.fromkeys(one.group for one in objects if one.group):
            links |= groups.pooled(server, kind, group)
        found |= {one.accession: (one, links.get(one.accession, ())) for one in objects}
    return found


def of_headers(server: Server, group: str, headers: Sequence[str]) -> tuple[list[Run], list[str]]:
    """The runs of streamed columns, and the name of the measurement that each header adds to its run, "" for none."""
    relations = groups.relations(server, group)
    sources = {source: run for run, source in groups.runs(server, group).items()}
    if not sources and relations.objects:
        sources = _by_key(server, relations)
    singular = {"samples": "sample", "libraries": "library", "preparations": "preparation"}[relations.target]
    made, measurements = [], []
    for header in headers:
        label = header if header in sources else _before_measurement(header, sources)
        run = sources.get(label, "")
        linked = relations.objects.get(run, ())
        made.append(Run(label, run or label, group, (singular, linked[0]) if linked else ("", "")))
        measurements.append(header[len(label) + 1 :])
    return made, measurements


def _before_measurement(header: str, sources: Mapping[str, str]) -> str:
    """The longest run a header begins with, before a sign; the whole header where there is none."""
    places = [place for place in range(len(header) - 1, 0, -1) if not header[place].isalnum()]
    return next((header[:place] for place in places if header[:place] in sources), header)


def _by_key(server: Server, relations: groups.Relations) -> dict[str, str]:
    """Text of each linked object's usual attribute -> run, where the server does not list runs."""
    run_of = {objects[0]: run for run, objects in relations.objects.items()}
    found = _by_accession(server, relations.target, sorted(run_of))
    key = _KEYS[relations.target]
    return {as_text(dict(one.attributes).get(key)): run_of[one.accession] for one in found}


def report(columns: Columns, all_samples: Iterable[OdmObject] = ()) -> LinkReport:
    """How many columns have samples. all_samples: of the study, to name those without a column."""
    kinds = [run.linked[0] for run in columns.runs]
    kind: Kind = next((_POOLS[one] for one in kinds if one in _POOLS), "samples")
    unmatched = tuple(run.label for run, own in zip(columns.runs, columns.samples, strict=True) if not own)
    seen = {one.accession for own in columns.samples for one in own}
    without = tuple(_called(one) for one in all_samples if one.accession not in seen)
    n = len(columns.runs) - len(unmatched)
    attribute = _KEYS[kind] if kind != "samples" else _attribute(columns)
    state: Linked = "none" if not n else "partial" if unmatched else "complete"
    return LinkReport(kind, attribute, state, n, unmatched, without)


def _attribute(columns: Columns) -> str:
    """The attribute of samples that names their columns: the usual one, unless others fit and it does not."""
    counts: Counter[str] = Counter()
    for run, own in zip(columns.runs, columns.samples, strict=True):
        for one in own:
            counts.update(name for name, value in one.attributes if as_text(value) == run.label)
    usual = _KEYS["samples"]
    return usual if counts[usual] or not counts else counts.most_common(1)[0][0]


def _called(sample: OdmObject) -> str:
    return as_text(dict(sample.attributes).get("Sample Source ID")) or sample.accession


def table(columns: Columns, facts: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """`sample` (unique names), then attributes of samples and pools as text, then accession, run and what differs.

    facts: data group -> its normalisation and so on. Of a pool, the different values of its samples are joined.
    """
    labels = _unique(columns.runs)
    told = [_joined(own, pool) for own, pool in zip(columns.samples, columns.pools, strict=True)]
    names = list(dict.fromkeys(name for one in told for name in one))
    filled = [name for name in names if any(one.get(name) for one in told)][:MOST_ATTRIBUTES]
    found = pd.DataFrame({"sample": labels}, dtype=object)
    for name in filled:
        found[_free(name, found)] = [one.get(name, "") for one in told]
    accessions = [BETWEEN.join(one.accession for one in own) for own in columns.samples]
    further = {ACCESSION: accessions, "Run": [run.id for run in columns.runs]}
    several = dict.fromkeys(run.group for run in columns.runs)
    if len(several) > 1:
        further["Data group"] = [run.group for run in columns.runs]
        for name in dict.fromkeys(name for one in facts.values() for name in one):
            further[name] = [facts.get(run.group, {}).get(name, "") for run in columns.runs]
    for name, values in further.items():
        if any(values):
            found[_free(name, found)] = values
    return found


def _free(name: str, table: pd.DataFrame) -> str:
    plain = "attribute sample" if name == "sample" else name
    return plain if plain not in table else f"{plain} (data)"


def _joined(own: Sequence[OdmObject], pool: OdmObject | None) -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in own:
        for name, value in one.attributes:
            text = as_text(value)
            if text and text not in found[name]:
                found[name].append(text)
    joined = {name: BETWEEN.join(texts) for name, texts in found.items()}
    told = {name: as_text(value) for name, value in pool.attributes} if pool is not None else {}
    return joined | {name: text for name, text in told.items() if text and name not in joined}


def _unique(runs: Sequence[Run]) -> list[str]:
    counts = Counter(run.label for run in runs)
    found = [run.label if counts[run.label] == 1 else f"{run.label} (run {run.id})" for run in runs]
    again = Counter(found)
    return [name if again[name] == 1 else f"{name} {place}" for place, name in enumerate(found, start=1)]


def notes(columns: Columns) -> tuple[str, ...]:
    """What to know of the columns: unlinked ones, pools, samples with several of them."""
    unlinked = [run.label for run, own in zip(columns.runs, columns.samples, strict=True) if not own]
    pools = [run.label for run, own in zip(columns.runs, columns.samples, strict=True) if len(own) > 1]
    counts = Counter(one.accession for own in columns.samples for one in own)
    called = {one.accession: _called(one) for own in columns.samples for one in own}
    often = [called[accession] for accession, count in counts.items() if count > 1]
    n = len(columns.runs)
    told = (
        (unlinked, f"{len(unlinked):,} of {n:,} columns are linked to no sample, so nothing is known of them"),
        (pools, f"{len(pools):,} of {n:,} columns are pools of several samples: each counts once, not once per sample"),
        (often, f"{len(often):,} samples stand in several columns, each of which counts as a sample of its own"),
    )
    return tuple(f"{text}: {named(which)}." for which, text in told if which)


def named(which: Sequence[str]) -> str:
    """The first few of a list."""
    more = len(which) - MOST_NAMED
    return ", ".join(which[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def grouping(samples: pd.DataFrame) -> str:
    """The attribute that groups the samples at first; "" for none."""
    own = [str(name) for name in samples.columns if name not in ("sample", ACCESSION, "Run")]
    fits = [name for name in own if 1 < samples[name].nunique() <= min(MOST_GROUPS, len(samples) - 1)]
    return next((name for name in (*_USUAL, *fits) if name in fits), "")
