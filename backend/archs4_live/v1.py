"""The v1 API, as the seed of this project documents it; no public host has been seen to speak it.

GET only. z-scores come from the service and stay as they are; there are no boxes and no counts of samples.
"""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd

from backend import settings
from backend.archs4_live import partners
from backend.archs4_live.service import DAY, Served, Service, entries, number, record
from backend.errors import BadAnswer, NotFound
from backend.model import Species
from backend.web import Mode, Reply

MOST = 500  # of one request, as documented
MOST_SAMPLES = 5_000  # looked through for the number of hits, which the API does not tell
Z_NOTE = "z-scores come from the service as they are; it does not say which population they are against."


def service() -> Service:
    """The API at the address of the settings."""
    return Service("v1", settings.current().archs4.v1)


def zscores(gene: str, species: Species, mode: Mode) -> Served[pd.DataFrame]:
    """tissue, z; z is missing where the service gives none. Raises NotFound for an unknown gene or no tissue."""

    def read(reply: Reply) -> pd.DataFrame:
        rows = entries(record(reply), "values", reply)
        if not rows:
            raise NotFound(f"The v1 API has no tissue for {gene}.", "Check the symbol and the species.")
        if any(not isinstance(row.get("tissue"), str) for row in rows):
            raise BadAnswer(f"A row of {reply.host} names no tissue.", "The service has changed.")
        tissue = [row["tissue"].strip() for row in rows]
        table = pd.DataFrame({"tissue": tissue, "z": [number(row.get("zscore"), "zscore") for row in rows]})
        return table.drop_duplicates("tissue").reset_index(drop=True)

    found = service().ask(f"/meta/genes/{_part(gene)}/zscore", read, mode, {"species": species})
    return found.noting(Z_NOTE)


def coexpressed(gene: str, species: Species, limit: int, mode: Mode) -> Served[pd.DataFrame]:
    """Up to `limit` partners, as served."""

    def read(reply: Reply) -> pd.DataFrame:
        rows = entries(record(reply), "values", reply)
        names, r = [row.get("gene") for row in rows], [row.get("correlation") for row in rows]
        return partners.table(names, r, [None] * len(names), None, gene)

    params = {"species": species, "limit": min(limit, MOST)}
    found = service().ask(f"/meta/genes/{_part(gene)}/correlations", read, mode, params)
    return found.noting("r is Pearson's over all samples of the service, which does not tell how many these are.")


def gene(symbol: str, species: Species, mode: Mode) -> Served[dict[str, str]]:
    """gene_symbol, species, ensembl_gene_id, description and whatever else is told, as text."""

    def read(reply: Reply) -> dict[str, str]:
        return {name: str(value) for name, value in record(reply).items() if value is not None}

    return service().ask(f"/meta/genes/{_part(symbol)}", read, mode, {"species": species})


def samples(text: str, species: Species, mode: Mode) -> Served[pd.DataFrame]:
    """sample, series, title of all hits, up to MOST_SAMPLES; further pages are fetched until one is not full."""
    pages: list[Served[list[dict[str, str]]]] = []
    for offset in range(0, MOST_SAMPLES, MOST):
        params: dict[str, str | int] = {"query": text, "species": species, "limit": MOST, "offset": offset}
        pages.append(service().ask("/samples/search", _samples, mode, params, lifetime=DAY))
        if len(pages[-1].value) < MOST:
            break
    rows = [row for page in pages for row in page.value]
    table = pd.DataFrame(rows, columns=["sample", "series", "title", "source", "characteristics"], dtype=object)
    found = pages[0].holding(table.drop_duplicates("sample").reset_index(drop=True), *pages[1:])
    full = len(pages[-1].value) == MOST
    return found.noting(f"There may be more than {MOST_SAMPLES:,} hits; the first are shown.") if full else found


def _samples(reply: Reply) -> list[dict[str, str]]:
    rows = entries(record(reply), "samples", reply)
    if any(not row.get("sample_id") for row in rows):
        raise BadAnswer(f"A sample of {reply.host} has no sample_id.", "The service has changed.")
    return [
        {
            "sample": str(row["sample_id"]),
            "series": ", ".join(str(row.get("series_id") or "").replace("\t", ",").replace(" ", "").split(",")),
            "title": str(row.get("title") or ""),
            "source": str(row.get("source_name") or ""),
            "characteristics": str(row.get("characteristics") or ""),
        }
        for row in rows
    ]


def _part(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")
