"""The legacy services: boxes by a PHP page, co-expression over all human samples by matrixapi. No unit, no counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from backend import settings, web
from backend.archs4_live import boxes, partners
from backend.archs4_live.service import Served, Service, entries, number, record
from backend.errors import BadAnswer, NotFound
from backend.model import Species
from backend.web import Mode, Reply

MONTH = 30 * 86_400.0
MOST_LISTED = 20_000_000  # bytes
TEXT_NOTE = "The legacy service looks for words in the name of the source only."
PARTNERS_NOTE = (
    "r is Pearson's over all human samples of ARCHS4, positive partners only; its number of samples and its exact "
    "recipe are not published."
)


def php() -> Service:
    """The service of tissues and samples."""
    return Service("legacy", settings.current().archs4.legacy)


def matrix() -> Service:
    """The service of correlations."""
    return Service("legacy", settings.current().archs4.matrixapi)


def tissue_boxes(gene: str, species: Species, mode: Mode) -> Served[pd.DataFrame]:
    """The boxes of a gene, as backend.archs4_live.boxes. Raises NotFound for an unknown gene."""
    params = {"search": gene, "species": species, "type": "tissue"}
    return php().ask("/loadExpressionTissue.php", boxes.of_csv, mode, params)


def cell_lines(gene: str, mode: Mode) -> Served[pd.DataFrame]:
    """The boxes of a gene in human cell lines: cell_line, tissue, then the five numbers."""
    params = {"search": gene, "species": "human", "type": "cellline"}
    return php().ask("/loadExpressionTissue.php", _lines, mode, params)


def _lines(reply: Reply) -> pd.DataFrame:
    rows = [
        {"cell_line": line, "tissue": tissue} | {name: number(values[name], name) for name in boxes.NUMBERS}
        for (_, tissue, line), values in boxes.leaves_of_csv(reply, 3)
    ]
    if not rows:
        raise NotFound("ARCHS4 has no cell line for this gene.", "Check the symbol.")
    return pd.DataFrame(rows).drop_duplicates(["cell_line", "tissue"]).reset_index(drop=True)


def coexpressed(gene: str, limit: int, mode: Mode) -> Served[pd.DataFrame]:
    """The `limit` genes with the highest r. The service lists the gene itself first, so one more is asked for."""

    def read(reply: Reply) -> pd.DataFrame:
        found = record(reply)
        names, values = entries(found, "rowids", reply, str), found.get("values")
        if not isinstance(values, list) or len(values) != len(names):
            raise BadAnswer(f"The answer of {reply.host} has no fitting list “values”.", "The service has changed.")
        return partners.table(names, values, [None] * len(names), None, gene).head(limit)

    found = matrix().ask("/coltop", read, mode, body={"id": gene, "count": limit + 1})
    return found.noting(PARTNERS_NOTE)


def genes(mode: Mode) -> Served[tuple[str, ...]]:
    """Every gene of the matrix of human correlations, as it is spelled there."""

    def read(reply: Reply) -> tuple[str, ...]:
        return tuple(entries(record(reply), "columns", reply, str))

    return matrix().ask("/colid", read, mode, lifetime=MONTH, most_bytes=MOST_LISTED)


def samples(text: str, species: Species, mode: Mode) -> Served[tuple[list[str], list[str]]]:
    """Accessions of samples and of series whose source holds the text."""

    def read(reply: Reply) -> tuple[list[str], list[str]]:
        found: Any = web.as_json(reply)
        if not isinstance(found, list) or len(found) != 3 or not all(isinstance(part, list) for part in found[1:]):
            raise BadAnswer(f"{reply.host} should have answered with samples and series.", "The service has changed.")
        names = [f"GSM{one}" if isinstance(one, int) or str(one).isdecimal() else str(one) for one in found[1]]
        return names, [str(one) for one in found[2]]

    found = php().ask("/getSampleMatch.php", read, mode, {"search": text, "species": species})
    return found.noting(TEXT_NOTE)
