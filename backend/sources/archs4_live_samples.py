"""Sample search of the live ARCHS4: it gives accessions; their descriptions are fetched for what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from backend import sample_query
from backend.archs4_live import legacy, search, sigpy, v1
from backend.archs4_live.choosing import Way
from backend.archs4_live.service import Served
from backend.errors import BadAnswer, NotFound, Refused, Unavailable
from backend.model import SAMPLE_COLUMNS, Answer, Page, Provenance, Species
from backend.sample_match import And, Node, Term
from backend.sources.archs4_live_genes import LiveGenes
from backend.sources.base import AllSamples, PatternSearch, SampleSearch
from backend.web import Mode

TEXTS = ("sample", "series", "title", "source", "characteristics")
MOST_COUNTED = 25_000  # samples whose series are counted one by one
INSIDE = "ARCHS4 finds a word inside of longer words too."
_NAMED = 8  # accessions in a note


@dataclass(frozen=True)
class Hits:
    """Accessions that match, how many series they are of (None: not told), and their texts where they came along."""

    samples: list[str]
    n_series: int | None
    texts: pd.DataFrame | None = None


class LiveSamples(LiveGenes, SampleSearch, PatternSearch, AllSamples):
    """Search by words and by regular expression, in pages."""

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """A page of SAMPLE_COLUMNS, spans and all_series; no facets are served."""
        node = sample_query.parse(query)
        found = self.hits(query, node, species)
        return self._page(found.noting(INSIDE), search.pattern(node), species, offset, limit)

    def search_pattern(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """The same for a regular expression, which the service applies."""
        looked_for = search.checked_pattern(query)
        return self._page(self._matching(query, species), looked_for, species, offset, limit)

    def all_samples(self, query: str, species: Species, limit: int, regex: bool) -> Answer[pd.DataFrame]:
        """The first `limit` hits: sample, series (the first), title, source, characteristics, all_series."""
        if regex:
            search.checked_pattern(query)
        hits = self._matching(query, species) if regex else self.hits(query, sample_query.parse(query), species)
        texts, told = self._with_texts(hits, hits.value.samples[:limit], species)
        return Answer(_with_series(texts), told)

    def hits(self, query: str, node: Node, species: Species) -> Served[Hits]:
        """All accessions that match a search by words."""
        self.check_species(species)
        if (named := search.accessions(node)) is not None:
            return _named(named)
        ways = [
            Way(sigpy.service(), lambda mode: _by_sets(node, lambda text, regex: _quick(text, species, regex, mode))),
            Way(legacy.php(), lambda mode: _by_sets(node, lambda text, regex: _old(text, species, regex, mode))),
            Way(v1.service(), lambda mode: _whole(query, node, species, mode)),
        ]
        return self.first("samples", ways)

    def wanted(self, query: str, species: Species) -> Served[Hits]:
        """The same for a query that may be a long list of accessions."""
        if (listed := search.listed(query)) is not None:
            self.check_species(species)
            return _named(listed)
        return self.hits(query, sample_query.parse(query), species)

    def _matching(self, pattern: str, species: Species) -> Served[Hits]:
        self.check_species(species)
        return self.first("samples", [Way(sigpy.service(), lambda mode: _quick(pattern, species, True, mode))])

    def _page(
        self, found: Served[Hits], looked_for: re.Pattern[str], species: Species, offset: int, limit: int
    ) -> Answer[Page]:
        hits = found.value
        texts, told = self._with_texts(found, hits.samples[offset : offset + limit], species)
        matches = [search.match(dict(zip(TEXTS, row, strict=True)), looked_for) for row in _tuples(texts)]
        rows = _with_series(texts).assign(
            matched_field=[match.field for match in matches],
            snippet=[match.snippet for match in matches],
            spans=pd.Series([match.spans for match in matches], dtype=object),
        )
        n_series, notes = self._n_series(found, texts, species)
        page = Page(
            rows[[*SAMPLE_COLUMNS, "spans", "all_series"]], len(hits.samples), n_series, offset, limit, facets={}
        )
        return Answer(page, told.noting(*notes))

    def _n_series(self, found: Served[Hits], shown: pd.DataFrame, species: Species) -> tuple[int, tuple[str, ...]]:
        """How many series the hits are of: as told, else counted over their descriptions."""
        hits = found.value
        if hits.n_series is not None:
            return hits.n_series, ()
        counted = hits.samples[:MOST_COUNTED]
        if len(shown) < len(counted):
            shown, _ = self._with_texts(found, counted, species)
        if counted and not shown["series"].astype(bool).any():
            return 0, ("How many series these samples are of is not known: no description could be had.",)
        series = {one for joined in shown["series"] for one in joined.split(", ") if one}
        if len(counted) == len(hits.samples):
            return len(series), ()
        return len(series), (f"Series are counted among the first {MOST_COUNTED:,} samples; there may be more.",)

    def _with_texts(self, found: Served[Hits], samples: list[str], species: Species) -> tuple[pd.DataFrame, Provenance]:
        """TEXTS of samples, in order, and the provenance of hits and texts together."""
        hits = found.value
        if hits.texts is not None:
            texts = hits.texts.set_index("sample").loc[samples].reset_index()[list(TEXTS)]
            return texts, self.told(found, species, n=len(hits.samples))
        if not samples:
            return pd.DataFrame(columns=list(TEXTS), dtype=object), self.told(found, species, n=len(hits.samples))
        way = Way(sigpy.service(), lambda mode: sigpy.descriptions(samples, species, mode))
        try:
            got = self.first("descriptions of samples", [way], ("sigpy",))
        except (Unavailable, BadAnswer, Refused, NotFound) as error:
            bare = pd.DataFrame({"sample": samples, **dict.fromkeys(TEXTS[1:], "")}, dtype=object)
            note = f"The samples were found, but their descriptions could not be had. {error.message}"
            return bare[list(TEXTS)], self.told(found, species, note, n=len(hits.samples))
        told = self.told(found.holding(got.value, got), species, *_silent(got.value), n=len(hits.samples))
        return got.value, told


def _named(samples: list[str]) -> Served[Hits]:
    note = "The samples are those you name; ARCHS4 was not asked whether it has them."
    return Served(Hits(samples, None), "sigpy", sigpy.service().base, (), (note,))


def _tuples(texts: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(texts[name] for name in TEXTS), strict=True))


def _silent(texts: pd.DataFrame) -> tuple[str, ...]:
    """The samples the service left out without a word."""
    missing: tuple[str, ...] = texts.attrs.get("missing", ())
    if not missing:
        return ()
    names = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
    return (f"ARCHS4 gave no description of {len(missing):,} of these samples: {names}.",)


def _with_series(texts: pd.DataFrame) -> pd.DataFrame:
    first = [joined.partition(", ")[0] for joined in texts["series"]]
    return texts.assign(all_series=texts["series"], series=pd.Series(first, dtype=object, index=texts.index))


def _quick(text: str, species: Species, regex: bool, mode: Mode) -> Served[Hits]:
    found = sigpy.quicksearch(text, species, regex, mode)
    return found.holding(Hits(*found.value))


def _old(text: str, species: Species, regex: bool, mode: Mode) -> Served[Hits]:
    """The legacy search takes no expression; it ignores what stands between words anyway."""
    plain = text.replace(r"[\W_]+", " ").replace("\\", "") if regex else text
    found = legacy.samples(plain, species, mode)
    return found.holding(Hits(found.value[0], len(found.value[1])))


def _by_sets(node: Node, ask: Callable[[str, bool], Served[Hits]]) -> Served[Hits]:
    """The query from the sets of its texts."""
    asked: list[Served[Hits]] = []

    def lookup(text: str, regex: bool) -> list[str]:
        asked.append(ask(text, regex))
        return asked[-1].value.samples

    samples = search.found(node, lookup)
    alone = asked[0].value.n_series if len(asked) == 1 else None
    return asked[0].holding(Hits(samples, alone if samples else 0), *asked[1:])


def _whole(query: str, node: Node, species: Species, mode: Mode) -> Served[Hits]:
    """v1 takes plain words as they were typed; other queries are made of sets here as well."""
    plain = node.parts if isinstance(node, And) else (node,)
    if all(isinstance(part, Term) and not part.prefix for part in plain) and '"' not in query:
        return _of_table(v1.samples(query.strip(), species, mode))
    tables: list[pd.DataFrame] = []

    def ask(text: str, regex: bool) -> Served[Hits]:
        found = v1.samples(text.replace(r"[\W_]+", " ").replace("\\", "") if regex else text, species, mode)
        tables.append(found.value)
        return _of_table(found)

    found = _by_sets(node, ask)
    every = pd.concat(tables, ignore_index=True).drop_duplicates("sample")
    return found.holding(Hits(found.value.samples, None, every))


def _of_table(found: Served[pd.DataFrame]) -> Served[Hits]:
    return found.holding(Hits(list(found.value["sample"]), None, found.value))
