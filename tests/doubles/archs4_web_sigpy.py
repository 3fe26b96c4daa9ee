"""sigpy, the services that archs4.org itself calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.doubles.archs4_web_corpus import SAMPLES, Corpus, cell_lines, corpus
from tests.doubles.archs4_web_legacy import leaf_color
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.archs4_web_tasks import Tasks
from tests.doubles.http_exchange import Answer, Call

BASE = "/sigpy"
DRAWN = 200  # samples a correlation uses at most


class Sigpy:
    def __init__(self, seed: int, switches: Switches, box: Callable[[str, str, str], dict[str, float]]) -> None:
        self.seed = seed
        self.switches = switches
        self.box = box  # gene, leaf, species
        self.tasks = Tasks(seed, switches)
        self._draws = 0

    def __call__(self, call: Call) -> Answer:
        path = call.path.removeprefix(BASE)
        if path.startswith("/data/") and self.switches.updating:
            return Answer.html(503)
        for prefix, answer in self._prefixes().items():
            if path.startswith(prefix):
                return answer(path.removeprefix(prefix), call)
        methods, route = self._routes().get(path, ("", None))
        if route is None:
            return Answer.html(404)
        if call.method not in methods.split():
            return Answer.html(405)
        asked = call.query | call.json()
        data = corpus("mouse" if asked.get("species") == "mouse" else "human", self.seed)
        try:
            return Answer.json(route(asked, data))
        except re.error:
            return Answer.html(500)
        except _Unknown as unknown:
            return self._unknown(unknown, path)

    def correlation(self, symbol: str, species: str, meta: str = "", draw: int = 0) -> dict[str, Any]:
        """All other genes with r over the samples used, highest first, and their mean; draw: which draw it is."""
        data = corpus(species, self.seed)
        used = self._drawn(data.matching(meta) if meta else range(SAMPLES), draw)
        log, row = data.log[:, used], data.row[symbol]
        if len(used) < 3 or not log[row].std():
            return {"used": used, "r": [], "mean": log.mean(axis=1) if len(used) else np.zeros(len(log))}
        vary = np.flatnonzero(log.std(axis=1))
        r = np.corrcoef(log[vary])[np.searchsorted(vary, row)]
        listed = [(data.symbols[i], float(value)) for i, value in zip(vary, r, strict=True) if i != row]
        return {"used": used, "r": sorted(listed, key=lambda item: -item[1]), "mean": log.mean(axis=1)}

    def _routes(self) -> dict[str, tuple[str, Callable[[dict[str, Any], Corpus], Any]]]:
        return {
            "/status": ("GET", self._status),
            "/meta/genes": ("GET POST", lambda asked, data: {"genes": data.symbols}),
            "/meta/quicksearch": ("GET POST", _quicksearch),
            "/meta/samplemeta": ("POST", self._samplemeta),
            "/searchcount": ("POST", _searchcount),
            "/regexwizard": ("POST", _regexwizard),
            "/data/correlation": ("POST", self._correlation),
            "/data/diffexp": ("POST", self._diffexp),
            "/data/knn/signature": ("POST", self._signature),
            "/data/samples": ("GET POST", self._samples),
            "/atlas": ("GET", self._atlas),
        }

    def _prefixes(self) -> dict[str, Callable[[str, Call], Answer]]:
        return {
            "/data/samples/status/": lambda task, call: self.tasks.status(task),
            "/data/samples/download/": lambda task, call: self.tasks.download(task),
            "/abstract/": lambda gene, call: Answer.json({"abstract": ""}),
        }

    def _status(self, asked: dict[str, Any], data: Corpus) -> dict[str, str]:
        message = "updating" if self.switches.updating else "active"
        return {"message": message, "last_update": "2026-06-01"}

    def _samplemeta(self, asked: dict[str, Any], data: Corpus) -> dict[str, dict[str, str]]:
        every = self.switches.drop_metadata
        wanted = [gsm for n, gsm in enumerate(asked.get("samples", []), 1) if not every or n % every]
        return {gsm: data.metadata(data.position[gsm]) for gsm in wanted if gsm in data.position}

    def _correlation(self, asked: dict[str, Any], data: Corpus) -> dict[str, Any]:
        symbol, meta, k = _gene(asked, data), str(asked.get("meta") or ""), int(asked.get("k", 100))
        self._draws += self.switches.drifting
        found = self.correlation(symbol, data.species, meta, self._draws)
        mean = dict(zip(data.symbols, found["mean"].tolist(), strict=True))

        def listed(partners: list[tuple[str, float]]) -> list[dict[str, Any]]:
            return [{"gene": name, "correlation": r, "mean_log_expression": mean[name]} for name, r in partners]

        return {
            "gene": symbol,
            "mean_log_expression": mean[symbol],
            "positive_correlated_genes": listed([item for item in found["r"] if item[1] > 0][:k]),
            "negative_correlated_genes": listed([item for item in found["r"][::-1] if item[1] < 0][:k]),
            "samples": [data.gsm[i] for i in found["used"]],
            "searchterm": meta,
        }

    def _diffexp(self, asked: dict[str, Any], data: Corpus) -> dict[str, Any]:
        """Welch's t of at most 100 matching samples against 100 drawn ones; not in order."""
        inside = data.matching(str(asked.get("meta", "")))[:100]
        outside = np.random.default_rng(self.seed).permutation(SAMPLES)[:100]
        if len(inside) < 2:
            return {"genes": []}
        one, other = data.log[:, inside], data.log[:, outside]
        error = one.var(axis=1, ddof=1) / len(inside) + other.var(axis=1, ddof=1) / len(outside)
        t = (one.mean(axis=1) - other.mean(axis=1)) / np.sqrt(error + 1e-9)
        return {"genes": [{"gene": name, "t": float(value)} for name, value in zip(data.symbols, t, strict=True)]}

    def _signature(self, asked: dict[str, Any], data: Corpus) -> dict[str, Any]:
        """Samples whose z-scores are high in the first signature's genes and low in its down genes."""
        signature = (asked.get("signatures") or [{}])[0]
        z = (data.log - data.log.mean(axis=1, keepdims=True)) / (data.log.std(axis=1, keepdims=True) + 1e-9)
        up, down = (
            [data.row[name] for name in names if name in data.row]
            for names in (signature.get("up_genes", signature.get("genes", [])), signature.get("down_genes", []))
        )
        score = z[up].sum(axis=0) - z[down].sum(axis=0)
        best = np.argsort(-score, kind="stable")[: int(asked.get("k", 10))]
        return {
            "distances": (-score[best] / max(1, len(up) + len(down))).tolist(),
            "indexes": best.tolist(),
            "samples": [data.gsm[i] for i in best],
            "series_count": _series_count(data, best),
            "signame": asked.get("signame", ""),
            "species": data.species,
        }

    def _samples(self, asked: dict[str, Any], data: Corpus) -> dict[str, str]:
        wanted = asked.get("gsm_ids", [])
        wanted = wanted.split(",") if isinstance(wanted, str) else wanted
        return {"task_id": self.tasks.begin(data, wanted)}

    def _atlas(self, asked: dict[str, Any], data: Corpus) -> dict[str, Any]:
        """Human, whatever is asked: the service takes no species."""
        del data
        human = corpus("human", self.seed)
        symbol = _gene(asked, human)
        leaves = human.leaves if asked.get("mode", "tissue") == "tissue" else cell_lines(self.seed).leaves
        tree: dict[str, Any] = {}
        for leaf in leaves:
            *groups, name = leaf.split(".")[1:]
            place = tree
            for group in groups:
                place = place.setdefault(group, {})
            place[name] = self._leaf(symbol, leaf)
        return {"data": tree} if self.switches.wrapped_atlas else tree

    def _leaf(self, symbol: str, leaf: str) -> dict[str, Any]:
        box = self.box(symbol, leaf, "human")
        counts = {name: box.pop(name) for name in ("sample_count", "series_count")}
        if leaf in self.switches.empty_leaves:
            box, counts = dict.fromkeys(box, 0.0), dict.fromkeys(counts, 0)
        return {"statistics": box, "color": f"#{leaf_color(leaf)}"} | counts

    def _drawn(self, candidates: Sequence[int], draw: int) -> list[int]:
        if len(candidates) <= DRAWN:
            return list(candidates)
        chosen = np.random.default_rng([self.seed, 4, draw]).permutation(len(candidates))[:DRAWN]
        return [candidates[i] for i in sorted(chosen)]

    def _unknown(self, unknown: _Unknown, path: str) -> Answer:
        """The real answer is not known; a client has to bear each of these."""
        how = self.switches.sigpy_unknown
        if how == "status":
            return Answer.html(404)
        lists = {"positive_correlated_genes": [], "negative_correlated_genes": [], "samples": []}
        empty = lists if path == "/data/correlation" else {"data": {}}
        return Answer.json(empty if how == "empty" else {"error": f"gene {unknown} not found"})


class _Unknown(Exception):
    """A gene that the service does not have."""


def _gene(asked: dict[str, Any], data: Corpus) -> str:
    symbol = str(asked.get("gene", ""))
    if symbol not in data.row:
        raise _Unknown(symbol)
    return symbol


def _quicksearch(asked: dict[str, Any], data: Corpus) -> dict[str, Any]:
    query = str(asked.get("query", ""))
    found = data.matching(query) if query else []
    count = _series_count(data, found)
    return {"samples": [data.gsm[i] for i in found], "series_count": count, "species": data.species}


def _searchcount(asked: dict[str, Any], data: Corpus) -> dict[str, int]:
    query = str(asked.get("query", ""))
    return {"result_size": len(data.matching(query))} if query else {}


def _regexwizard(asked: dict[str, Any], data: Corpus) -> dict[str, str]:
    words = re.split(r"\W+", str(asked.get("query", "")).strip())
    return {"regular_expression": "|".join(words), "explanation": ""}


def _series_count(data: Corpus, samples: Sequence[int]) -> int:
    return len({part for i in samples for part in data.series[i].split(",")})
