"""Co-expression of the live ARCHS4."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from backend import web
from backend.archs4_live import legacy, sigpy, spelling, v1
from backend.archs4_live.choosing import Way, either
from backend.archs4_live.service import Served
from backend.errors import BadInput, ExpronautError
from backend.model import Answer, Species
from backend.sources.archs4_live_genes import LiveGenes
from backend.sources.base import Coexpression, PartnerPanel, Progress
from backend.web import Mode

KINDS = ("tissue", "series", "query")
# Over all samples first: an r of 200 samples drawn anew each time joins no network.
USUAL = ("legacy", "sigpy", "v1")
Q_NOTE = "Only the strongest partners are served, so q cannot be computed; where n is not told, p cannot either."


class LivePartners(LiveGenes, Coexpression, PartnerPanel):
    """Partners over all samples (legacy, human), or over at most 200 that a term names (sigpy)."""

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """gene, r, n, p, q, mean_expression; strongest first, up to `limit` of each sign that is served.

        within: "tissue:Liver", "series:GSE1" or "query:words", each as a term that the descriptions of samples hold.
        """
        info, called = self.spelled(gene, species)
        term = _term(within)
        ways = [Way(sigpy.service(), lambda mode: sigpy.coexpressed(called, species, limit, term, mode))]
        if not term:
            ways += self._over_all(info.symbol, called, species, limit)
        found = self.first(f"genes co-expressed with {info.symbol}", ways, USUAL)
        table = found.value.assign(gene=[spelling.shown(name, species) for name in found.value["gene"]])
        table = pd.concat([table[table["r"] > 0].head(limit), table[table["r"] < 0].head(limit)])
        table = table.sort_values("r", key=abs, ascending=False, kind="stable").reset_index(drop=True)
        n = table["n"].max()
        told = self.told(
            found,
            species,
            Q_NOTE,
            unit="Pearson r",
            transform="as ARCHS4 serves it",
            n=None if pd.isna(n) else int(n),
        )
        return Answer(table, told)

    def partner_panel(
        self, genes: Sequence[str], species: Species, limit: int, on_progress: Progress | None
    ) -> dict[str, Answer[pd.DataFrame] | ExpronautError]:
        """Each gene's partners over all samples, or why there are none."""

        def ask(gene: str) -> Answer[pd.DataFrame]:
            return self.coexpressed(gene, species, limit, None)

        return web.each(ask, list(dict.fromkeys(genes)), on_progress)

    def _over_all(self, symbol: str, called: str, species: Species, limit: int) -> list[Way[pd.DataFrame]]:
        def of_legacy(mode: Mode) -> Served[pd.DataFrame]:
            return either(called, called.upper(), lambda name: legacy.coexpressed(name, limit, mode))

        def of_v1(mode: Mode) -> Served[pd.DataFrame]:
            return either(symbol, symbol.upper(), lambda name: v1.coexpressed(name, species, limit, mode))

        human = [Way(legacy.matrix(), of_legacy)] if species == "human" else []
        return [*human, Way(v1.service(), of_v1)]


def _term(within: str | None) -> str:
    if within is None:
        return ""
    kind, _, what = within.partition(":")
    if kind not in KINDS or not what.strip():
        raise BadInput(f"“{within[:40]}” is not a group of samples.", "Write tissue:Liver, series:GSE1 or query:words.")
    return " ".join(what.split())
