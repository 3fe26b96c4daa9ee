"""The legacy services: two PHP pages, matrixapi, and a little of the old archs4-api."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tests.doubles.archs4_web_corpus import Corpus, cell_lines, corpus
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.http_double import http_date
from tests.doubles.http_exchange import Answer, Call

SEARCH = "/archs4/search"
MATRIX = "/matrixapi"
A4API = "/a4api"
_HEADER = "id,min,q1,median,q3,max"


class Legacy:
    def __init__(self, seed: int, switches: Switches, box_text: Callable[[str, str, str], str]) -> None:
        self.seed = seed
        self.switches = switches
        self.box_text = box_text  # gene, leaf, species

    def search(self, call: Call) -> Answer:
        """What lies under SEARCH: only the query string is read, be it GET or POST."""
        if self.switches.legacy_405:
            return Answer.html(405)
        data = corpus("mouse" if call.query.get("species") == "mouse" else "human", self.seed)
        term = call.query.get("search", "")
        page = call.path.removeprefix(SEARCH).strip("/")
        if page == "loadExpressionTissue.php":
            return Answer.text(self._csv(term, call.query.get("type", ""), data) if term else "", "text/html")
        if page == "getSampleMatch.php":
            rows = _sample_match(term, data)
            series = sorted({part for i in rows for part in data.series[i].split(",")})
            return Answer.json([term, [int(data.gsm[i][3:]) for i in rows], series])
        return Answer.html(404)

    def matrix(self, call: Call) -> Answer:
        """What lies under MATRIX: human only."""
        if self.switches.legacy_405:
            return Answer.html(405)
        data = corpus("human", self.seed)
        name = call.path.removeprefix(MATRIX).strip("/")
        if name == "version":
            return Answer.json({"version": "1", "last_build": http_date()})
        if name in ("colid", "rowid"):
            return Answer.json({"columns" if name == "colid" else "index": data.symbols})
        if name not in ("coltop", "colbottom", "col"):
            return Answer.html(404)
        return self._column(call, name, data) if call.method == "POST" else Answer.html(405)

    def a4api(self, call: Call) -> Answer:
        data = corpus("human", self.seed)
        known = {
            "/meta/genes/gene_symbol": data.symbols,
            "/meta/samples/geo_accession": data.gsm,
            "/meta/samples/series_id": data.series,
        }.get(call.path.removeprefix(A4API), [])
        found = [value for value in known if call.query.get("q", "") in value]
        skip, limit = int(call.query.get("skip", 0)), int(call.query.get("limit", 100))
        if not found[skip : skip + limit]:
            return Answer.json({"code": 404, "message": "Not found"}, 404)
        place = f"{skip}-{skip + limit}/{len(found)}"
        return Answer.json(found[skip : skip + limit], **{"Content-Range": place})

    def _csv(self, term: str, kind: str, data: Corpus) -> str:
        """The tree as CSV: header, root, groups in order of first use, leaves. Any kind but tissue: cell lines."""
        tissue, color = kind == "tissue", self.switches.color
        known = data if tissue else corpus("human", self.seed)
        row = known.find(term, any_case=True)
        leaves = (data.leaves if tissue else cell_lines(self.seed).leaves) if row is not None else []
        text = [_HEADER + ",color" * color, "System" if tissue else "Cell line"]
        text += [f"{group},,,,," + "," * (tissue and color) for group in _groups(leaves)]
        for leaf in leaves:
            box = self.box_text(known.symbols[row or 0], leaf, data.species)
            twice = data.species == "mouse" and leaf.endswith(".SKIN") and self.switches.duplicate_skin
            text += [f"{leaf},{box}" + f",#{leaf_color(leaf)}" * color] * (1 + twice)
        return "\n".join(text)

    def _column(self, call: Call, name: str, data: Corpus) -> Answer:
        body = call.json()
        symbol, count = body.get("id"), str(body.get("count", len(data.symbols)))
        if not isinstance(symbol, str) or not count.isdecimal():
            return Answer.html(500)
        if symbol not in data.row:
            return Answer.json({"error": f"{symbol} not in colids"})
        if self.switches.coltop_limit and int(count) > len(data.symbols):
            return Answer.html(500)
        found = [(symbol, 1.0), *data.partners(symbol)]
        if name == "col":
            values = dict(found)
            by_row = [values[gene] for gene in data.symbols]
            return Answer.json({"index": data.symbols, "columns": symbol, "values": by_row})
        ranked = found[: int(count)] if name == "coltop" else found[::-1][: int(count)]
        genes, values = [gene for gene, _ in ranked], [r for _, r in ranked]
        return Answer.json({"index": list(range(len(genes))), "column": symbol, "rowids": genes, "values": values})


def leaf_color(leaf: str) -> str:
    """A colour for each system or tissue."""
    return f"{sum(map(ord, leaf.split('.')[1])) * 40_503 % 0xFFFFFF:06x}"


def _groups(leaves: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for leaf in leaves:
        parts = leaf.split(".")
        for depth in range(2, len(parts)):
            group = ".".join(parts[:depth])
            if group not in seen:
                seen.add(group)
                yield group


def _sample_match(term: str, data: Corpus) -> list[int]:
    """A series, all samples of the series of a sample, or a part of the source stripped of punctuation."""
    wanted: set[str] = {term} if re.fullmatch(r"GSE\d{4,10}", term) else set()
    if term.startswith("GSM"):
        wanted = set(data.series[data.position[term]].split(",")) if term in data.position else {""}
    if wanted:
        return [i for i, series in enumerate(data.series) if wanted & set(series.split(","))]
    bare = re.sub(r"[-_'/ .]", "", term).upper()
    return [i for i, source in enumerate(data.sources) if bare and bare in re.sub(r"[-_'/ .]", "", source).upper()]
