"""The invented samples behind the ARCHS4 double: counts, texts and correlations, drawn from a seed with numpy alone."""

from __future__ import annotations

import re
from functools import cache, cached_property

import numpy as np

from tests.doubles.archs4_web_genes import Gene, genes
from tests.doubles.archs4_web_leaves import MARKERS, RECORDED_BOXES, RECORDED_PARTNERS, cell_line_ids, leaf_ids

SAMPLES = 600
FLOOR = {"human": 0.113644, "mouse": 0.0431428}
NUMBERS = ("min", "q1", "median", "q3", "max")
_MODULES = 12
# title, source, characteristics; the place of each says which sample it is
_SPECIAL = {
    5: ("Pancreatic ductal adenocarcinoma - sample 1", "pancreas", "tissue: pancreas,disease: pancreatic cancer"),
    7: ("Glioblastoma biopsy", "cerebral cortex", "tissue: brain,diagnosis: glioblastoma"),
    11: ("Colorectal cancer, stage II", "colon", "tissue: colon,disease state: colorectal cancer"),
    13: ("WT tibialis rep1", "skeletal muscle", "tissue: muscle,genotype: mfn1-/-, mfn2-/-,age: 6 weeks"),
    17: ("café α 37°C", "brain, cortex", "tissue: cortex,time point: 12:30"),
    19: ("treated with 0 Î¼M of 5-Aza", "NA", "NA"),
}


class Corpus:
    """SAMPLES samples of one species; sample i lies in leaf i modulo the number of leaves."""

    def __init__(self, species: str, seed: int) -> None:
        self.species = species
        self.seed = seed
        self.genes: list[Gene] = genes(species)
        # v1 knows mouse genes in MGI case; everything else writes them in capitals.
        self.symbols = [gene.symbol if species == "human" else gene.symbol.upper() for gene in self.genes]
        self.row = {symbol: i for i, symbol in enumerate(self.symbols)}
        self.leaves = leaf_ids(species)
        self.names = [leaf.rsplit(".", 1)[1] for leaf in self.leaves]
        self.leaf_of = np.arange(SAMPLES) % len(self.leaves)
        self.random = np.random.default_rng([seed, species == "mouse"])
        self.counts = self._counts()  # genes x samples
        self.log = np.log2(self.counts + 1.0)
        self._describe()

    def find(self, symbol: str, any_case: bool = False) -> int | None:
        """Row of a symbol."""
        if any_case:
            wanted = symbol.casefold()
            return next((i for i, known in enumerate(self.symbols) if known.casefold() == wanted), None)
        return self.row.get(symbol)

    def box(self, symbol: str, leaf: str) -> dict[str, float]:
        """min, q1, median, q3, max, std, sample_count, series_count of a gene in a leaf, given by id or last part."""
        name = leaf.rsplit(".", 1)[-1]
        here = np.flatnonzero(self.leaf_of == self.names.index(name))
        values = np.maximum(self.log[self.row[symbol], here], FLOOR[self.species])
        five = [float(text) for text in self.box_text(symbol, leaf).split(",")]
        series = {part for i in here for part in self.series[i].split(",")}
        return dict(zip(NUMBERS, five, strict=True)) | {
            "std": round(float(values.std()), 6),
            "sample_count": len(here),
            "series_count": len(series),
        }

    def box_text(self, symbol: str, leaf: str) -> str:
        """The five numbers as the legacy service prints them."""
        name = leaf.rsplit(".", 1)[-1]
        recorded = RECORDED_BOXES[self.species].get((symbol, name))
        return recorded or _five(self._medians[self.row[symbol], :, self.names.index(name)])

    def partners(self, symbol: str) -> list[tuple[str, float]]:
        """Every other gene with its correlation, highest first."""
        row = self.row[symbol]
        values = self.correlation[row]
        order = [i for i in np.argsort(-values, kind="stable") if i != row]
        return [(self.symbols[i], float(values[i])) for i in order]

    def matching(self, pattern: str) -> list[int]:
        """Samples in which a regular expression matches: texts in any case, accessions as they are written."""
        text, exact = re.compile(pattern, re.IGNORECASE), re.compile(pattern)
        return [i for i in range(SAMPLES) if text.search(self.texts[i]) or exact.search(self.accessions[i])]

    def metadata(self, i: int) -> dict[str, str]:
        """Series, title, source and characteristics of a sample."""
        fields = {"series": self.series, "title": self.titles, "source": self.sources}
        return {name: values[i] for name, values in fields.items()} | {"characteristics": self.characteristics[i]}

    def containing(self, words: str) -> list[int]:
        """Samples in whose texts and accessions every word occurs, in any case."""
        wanted = words.casefold().split()
        every = (f"{text}\n{accession}".casefold() for text, accession in zip(self.texts, self.accessions, strict=True))
        return [i for i, text in enumerate(every) if all(word in text for word in wanted)]

    @cached_property
    def correlation(self) -> np.ndarray:
        """Pearson's r between genes over all samples on log2(count + 1), with the recorded partners put in."""
        values = np.corrcoef(self.log)
        if self.species == "human":
            for symbol, recorded in RECORDED_PARTNERS.items():
                self._put_in(values, symbol, recorded)
        return values

    def _put_in(self, values: np.ndarray, symbol: str, recorded: dict[int, tuple[str, float]]) -> None:
        """The recorded at their ranks; the rest in their own order, evenly between them."""
        row, named = self.row[symbol], {gene for gene, _ in recorded.values()}
        order = np.argsort(-values[row], kind="stable")
        rest = [i for i in order if i != row and self.symbols[i] not in named]
        ranks = {rank: self.row[gene] for rank, (gene, _) in recorded.items()}
        ranked = [ranks[rank] if rank in ranks else rest.pop(0) for rank in range(1, len(order))]
        known = [*recorded, len(order) - 1]
        r = np.interp(np.arange(1, len(order)), known, [value for _, value in recorded.values()] + [-0.5])
        values[row, ranked] = values[ranked, row] = r

    @cached_property
    def _medians(self) -> np.ndarray:
        """genes x five numbers x leaves."""
        floored = np.maximum(self.log, FLOOR[self.species])
        parts = [floored[:, self.leaf_of == leaf] for leaf in range(len(self.leaves))]
        return np.stack([np.quantile(part, [0, 0.25, 0.5, 0.75, 1], axis=1).T for part in parts], axis=2)

    def _counts(self) -> np.ndarray:
        size, draw = len(self.genes), self.random
        level = draw.uniform(2, 10, size)[:, None] + draw.normal(0, 0.9, (size, len(self.leaves)))[:, self.leaf_of]
        shared = draw.normal(0, 1, (_MODULES, SAMPLES))[np.arange(size) % _MODULES]
        value = level + 0.8 * shared + draw.normal(0, 0.7, (size, SAMPLES))
        for symbols, leaves in MARKERS.items():
            rows = [i for i, gene in enumerate(self.genes) if {gene.symbol, gene.partner} & set(symbols.split())]
            high = {name.replace("_", " ") for name in leaves.split()}
            inside = np.isin(self.leaf_of, [i for i, name in enumerate(self.names) if name in high])
            value[rows] = np.where(inside, 12, 1.5) + 0.5 * (value - level)[rows]
        return np.round(np.maximum(2.0**value - 2, 0)).astype(np.uint32)

    def _describe(self) -> None:
        first = 1_000_981 if self.species == "human" else 3_000_981
        self.gsm = [f"GSM{first + 7 * i}" for i in range(SAMPLES)]
        self.series = [self._series(i) for i in range(SAMPLES)]
        if self.species == "human":
            self.gsm[5], self.series[5] = "GSM2345678", "GSE123456"
        self.position = {gsm: i for i, gsm in enumerate(self.gsm)}
        rows = [self._texts(i) for i in range(SAMPLES)]
        self.titles, self.sources, self.characteristics = (list(column) for column in zip(*rows, strict=True))
        self.texts = ["\n".join(row) for row in rows]
        self.accessions = [f"{gsm}\n{series}" for gsm, series in zip(self.gsm, self.series, strict=True)]

    def _series(self, i: int) -> str:
        """Six samples a series; every fourth sample is in a larger one as well."""
        base = 20_000 if self.species == "human" else 50_000
        own = f"GSE{base + i // 6}"
        return f"{own},GSE{base + 9_000 + i // 60}" if i % 4 == 0 else own

    def _texts(self, i: int) -> tuple[str, str, str]:
        if i in _SPECIAL and self.species == "human":
            return _SPECIAL[i]
        leaf = self.names[self.leaf_of[i]].lower()
        name = {"blymphocyte": "B lymphocyte", "tlymphocyte": "T lymphocyte"}.get(leaf, leaf)
        organ = self.leaves[self.leaf_of[i]].split(".")[2].lower()
        kind = "" if name == organ else f",cell type: {name}"
        sex, weeks = ("female", "male")[i // 2 % 2], 4 + i % 50
        return f"{name.capitalize()}_rep{i % 3 + 1}", name, f"tissue: {organ}{kind},age: {weeks} weeks,Sex: {sex}"


class CellLines:
    """Boxes of the cell lines, human only."""

    def __init__(self, corpus: Corpus) -> None:
        self.leaves = cell_line_ids()
        draw = np.random.default_rng([corpus.seed, 2])
        drawn = draw.uniform(0, 6, (len(corpus.symbols), len(self.leaves), 5))
        level = corpus.log.mean(axis=1)[:, None, None]
        self._boxes = np.maximum(np.sort(drawn + level - 3, axis=2), FLOOR["human"])
        self._row = corpus.row

    def box_text(self, symbol: str, leaf: str) -> str:
        return _five(self._boxes[self._row[symbol], self.leaves.index(leaf)])

    def box(self, symbol: str, leaf: str) -> dict[str, float]:
        five = [float(text) for text in self.box_text(symbol, leaf).split(",")]
        counts = {"std": round(five[3] - five[1], 6), "sample_count": 12 + len(leaf), "series_count": 3}
        return dict(zip(NUMBERS, five, strict=True)) | counts


@cache
def corpus(species: str, seed: int) -> Corpus:
    return Corpus(species, seed)


@cache
def cell_lines(seed: int) -> CellLines:
    return CellLines(corpus("human", seed))


def _five(values: np.ndarray) -> str:
    return ",".join(f"{value:.6g}" for value in values)
