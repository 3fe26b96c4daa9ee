"""The v1 API as documented by the ARCHS4 skill text of jaechang-hits; no live host is known to offer it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import numpy as np

from tests.doubles.archs4_web_corpus import SAMPLES, Corpus, corpus
from tests.doubles.archs4_web_leaves import ILLUSTRATED_Z
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.http_exchange import Answer, Call

BASE = "/archs4/api/v1"
TISSUES = 200
_MORE = (
    "placenta,prostate,uterus,endometrium,urinary bladder,thyroid gland,adrenal gland,whole blood,pituitary gland,"
    "salivary gland,gallbladder,tonsil,appendix,lymph node,umbilical cord,cartilage,tendon,cornea,cochlea,lens"
)


class V1:
    def __init__(self, seed: int, switches: Switches) -> None:
        self.seed = seed
        self.switches = switches

    def __call__(self, call: Call) -> Answer:
        if self.switches.v1_missing:
            return Answer.html(404)
        if call.method != "GET":
            return _error(405, "only GET")
        species = call.query.get("species", "human")
        if species not in ("human", "mouse"):
            return _error(400, f"species {species!r} is neither human nor mouse")
        return self._path(call, corpus(species, self.seed))

    def zscores(self, symbol: str, species: str) -> dict[str, float | None]:
        """tissue: z of the gene, None where the service has none. symbol: as v1 writes it."""
        data = corpus(species, self.seed)
        row = _rows(data)[symbol]
        tissues = _tissues(data)
        draw = np.random.default_rng([self.seed, 3, row])
        medians = np.array([data.box(data.symbols[row], leaf)["median"] for leaf in data.leaves])
        own = (medians - medians.mean()) / medians.std()
        values = np.append(own, draw.normal(0, 1, len(tissues) - len(own)).clip(-3, 2))
        shown = ILLUSTRATED_Z.get(symbol, {}) if species == "human" else {}
        made = np.minimum(values, min(shown.values(), default=99) - 0.1).round(4).tolist()
        scores: dict[str, float | None] = dict(zip(tissues, made, strict=True))
        scores |= dict.fromkeys(tissues[len(own) + 25 :: 20])
        return scores | shown

    def _path(self, call: Call, data: Corpus) -> Answer:
        parts = call.target.partition("?")[0].removeprefix(BASE).strip("/").split("/")
        parts = [unquote(part) for part in parts]
        if parts == ["samples", "search"]:
            return _search(call, data)
        if parts[:2] != ["meta", "genes"] or len(parts) not in (3, 4):
            return Answer.html(404)
        answers = {"zscore": self._zscore, "correlations": _correlations, "": _gene}
        answer = answers.get(parts[3] if len(parts) == 4 else "")
        row = _rows(data).get(parts[2])
        if answer is None:
            return Answer.html(404)
        if row is None:
            empty = self.switches.v1_unknown_empty and len(parts) == 4
            return Answer.json({"values": []}) if empty else _error(404, f"no gene {parts[2]} in {data.species}")
        return answer(call, data, row)

    def _zscore(self, call: Call, data: Corpus, row: int) -> Answer:
        scores = self.zscores(data.genes[row].symbol, data.species)
        listed = list(scores.items())
        order = np.random.default_rng(row).permutation(len(listed))
        values: list[dict[str, Any]] = [{"tissue": listed[i][0], "zscore": listed[i][1]} for i in order]
        for n, entry in enumerate(entry for entry in values if entry["zscore"] is None):
            if not self.switches.v1_null or n % 2:
                del entry["zscore"]
        return Answer.json({"values": values})


def _tissues(data: Corpus) -> list[str]:
    own = [name.lower() for name in data.names]
    more = _MORE.split(",") + [f"{age} {name}" for age in ("fetal", "adult") for name in own]
    return (own + more)[:TISSUES]


def _rows(data: Corpus) -> dict[str, int]:
    return {gene.symbol: i for i, gene in enumerate(data.genes)}


def _correlations(call: Call, data: Corpus, row: int) -> Answer:
    limit = _whole(call, "limit", 100, 1, 500)
    if limit is None:
        return _error(400, "limit is a number from 1 to 500")
    mgi = {capital: gene.symbol for capital, gene in zip(data.symbols, data.genes, strict=True)}
    partners = data.partners(data.symbols[row])[:limit]
    return Answer.json({"values": [{"gene": mgi[name], "correlation": r} for name, r in partners]})


def _gene(call: Call, data: Corpus, row: int) -> Answer:
    gene = data.genes[row]
    fields = {"gene_symbol": gene.symbol, "species": data.species, "ensembl_gene_id": gene.ensembl}
    return Answer.json(fields | {"description": gene.description})


def _search(call: Call, data: Corpus) -> Answer:
    query = call.query.get("query", "")
    limit, offset = _whole(call, "limit", 100, 1, 500), _whole(call, "offset", 0, 0, 10**9)
    if not query.strip() or limit is None or offset is None:
        return _error(400, "query is a text, limit a number from 1 to 500, offset one from 0")
    samples = [_sample(data, i) for i in data.containing(query)[offset : offset + limit]]
    return Answer.json({"samples": samples})


def _sample(data: Corpus, i: int) -> dict[str, str]:
    sample = {"sample_id": data.gsm[i], "series_id": data.series[i], "title": data.titles[i]}
    if i == SAMPLES - 1:
        del sample["series_id"]  # which may be missing, says the documentation
    return sample


def _whole(call: Call, name: str, usual: int, low: int, high: int) -> int | None:
    text = call.query.get(name, str(usual))
    return int(text) if text.isdecimal() and low <= int(text) <= high else None


def _error(status: int, sentence: str) -> Answer:
    return Answer.json({"error": sentence}, status)
