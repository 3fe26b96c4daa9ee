"""The live ARCHS4 services on one loopback port: v1, sigpy, legacy, a little archs4-api, and the download host.

Everything is invented from a seed, but for the answers that were recorded (archs4_web_leaves). For manual trials:

    python -m tests.doubles.archs4_web --port 8700
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from dataclasses import replace
from typing import Any

from tests.doubles import archs4_web_files as files
from tests.doubles import archs4_web_legacy as legacy
from tests.doubles import archs4_web_sigpy as sigpy
from tests.doubles import archs4_web_v1 as v1
from tests.doubles.archs4_web_corpus import SAMPLES, Corpus, cell_lines, corpus
from tests.doubles.archs4_web_leaves import leaf_ids
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.http_double import Answer, Call, Fault, HttpDouble, http_date

__all__ = ["SAMPLES", "Answer", "Archs4Web", "Call", "Fault", "Switches", "http_date"]


class Archs4Web(HttpDouble):
    """Archs4Web(color=False) or web.switches.color = False: see Switches. web.faults: see http_faults."""

    def __init__(self, seed: int = 1, port: int = 0, **switches: Any) -> None:
        super().__init__(port)
        self.seed = seed
        self._switches = replace(Switches(), **switches)
        self.v1 = v1.V1(seed, self.switches)
        self.sigpy = sigpy.Sigpy(seed, self.switches, self.box)
        self.legacy = legacy.Legacy(seed, self.switches, self.box_text)
        self.files = files.Files(seed, self.switches)
        self.route(v1.BASE + "/", self.v1)
        self.route(sigpy.BASE + "/", self.sigpy)
        self.route(legacy.SEARCH + "/", self.legacy.search)
        self.route(legacy.MATRIX + "/", self.legacy.matrix)
        self.route(legacy.A4API + "/", self.legacy.a4api)
        self.route(files.VERSIONS, self.files.versions)
        self.route(files.BASE + "/", self.files.download)

    @property
    def switches(self) -> Switches:
        """To be set one by one; the services share this object."""
        return self._switches

    def environment(self) -> dict[str, str]:
        """The settings that make the app ask this double."""
        return {
            "EXPRONAUT_ARCHS4_V1": self.url + v1.BASE,
            "EXPRONAUT_ARCHS4_SIGPY": self.url + sigpy.BASE,
            "EXPRONAUT_ARCHS4_LEGACY": self.url + legacy.SEARCH,
            "EXPRONAUT_ARCHS4_MATRIXAPI": self.url + legacy.MATRIX,
            "EXPRONAUT_ARCHS4_SITE": self.url,
            "EXPRONAUT_ARCHS4_FILES": self.url + files.BASE,
        }

    # What is true, for tests to compare with. Genes of mouse are in capitals; leaves are ids or their last part.

    def corpus(self, species: str = "human") -> Corpus:
        return corpus(species, self.seed)

    def genes(self, species: str = "human") -> list[str]:
        return list(self.corpus(species).symbols)

    def leaves(self, species: str = "human") -> list[str]:
        return leaf_ids(species)

    def cell_lines(self) -> list[str]:
        """Ids of the cell lines, which box() takes as well."""
        return list(cell_lines(self.seed).leaves)

    def box(self, gene: str, leaf: str, species: str = "human") -> dict[str, float]:
        """min, q1, median, q3, max, std, sample_count, series_count."""
        if leaf.startswith("Cell line."):
            return cell_lines(self.seed).box(gene, leaf)
        return self.corpus(species).box(gene, self._meant(leaf, species))

    def box_text(self, gene: str, leaf: str, species: str = "human") -> str:
        """The five numbers as the legacy service prints them."""
        if leaf.startswith("Cell line."):
            return cell_lines(self.seed).box_text(gene, leaf)
        return self.corpus(species).box_text(gene, self._meant(leaf, species))

    def partners(self, gene: str, species: str = "human") -> list[tuple[str, float]]:
        """Every other gene and its r, highest first, as v1 and coltop answer."""
        return self.corpus(species).partners(gene)

    def partners_within(
        self, gene: str, meta: str = "", species: str = "human", draw: int = 0
    ) -> list[tuple[str, float]]:
        """The same as sigpy answers. draw: 0, but for the drifting switch, which counts its calls from 1."""
        return self.sigpy.correlation(gene, species, meta, draw)["r"]

    def zscores(self, gene: str, species: str = "human") -> dict[str, float | None]:
        """tissue: z as v1 serves it; the gene in the case of v1."""
        return self.v1.zscores(gene, species)

    def samples_matching(self, pattern: str, species: str = "human") -> list[str]:
        """Accessions that quicksearch finds."""
        data = self.corpus(species)
        return [data.gsm[i] for i in data.matching(pattern)]

    def samples_containing(self, words: str, species: str = "human") -> list[str]:
        """Accessions that v1 finds."""
        data = self.corpus(species)
        return [data.gsm[i] for i in data.containing(words)]

    def metadata(self, sample: str, species: str = "human") -> dict[str, str]:
        data = self.corpus(species)
        return data.metadata(data.position[sample])

    def counts(self, gene: str, sample: str, species: str = "human") -> int:
        data = self.corpus(species)
        return int(data.counts[data.row[gene], data.position[sample]])

    def file(self, name: str) -> files.Served:
        """A file of the download host, such as human_gene_v2.5.h5."""
        served = self.files.served(name)
        if served is None:
            raise KeyError(name)
        return served

    def _meant(self, leaf: str, species: str) -> str:
        same = species == "mouse" and self.switches.hypothalamus_is_thalamus
        return "THALAMUS" if same and leaf.endswith("HYPOTHALAMUS") else leaf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with Archs4Web(arguments.seed, arguments.port) as web, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in web.environment().items()))
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
