"""sigpy, what archs4.org itself calls. Species are sent where they are understood; the atlas is human."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from backend import settings
from backend.archs4_live import boxes, partners
from backend.archs4_live.service import DAY, WEEK, Served, Service, entries, record
from backend.errors import BadAnswer, NotFound, Unavailable
from backend.model import Species
from backend.web import Mode, Reply

MINUTE, MONTH = 60.0, 30 * DAY
MOST_SAMPLES = 200  # of one correlation
MOST_PARTNERS = 500
MOST_LISTED = 60_000_000  # bytes of a list of accessions
BATCH = 5_000  # samples whose descriptions are fetched at once
LOW = 3.0  # below this mean, archs4.org warns of low expression
TEXTS = ("series", "title", "source", "characteristics")


def service() -> Service:
    """sigpy at the address of the settings."""
    return Service("sigpy", settings.current().archs4.sigpy)


def check_active(mode: Mode) -> None:
    """Raises Unavailable while the service says that it is being updated; asked at most once a minute."""
    if mode == "kept":
        return
    try:
        said = service().ask("/status", record, "fresh", lifetime=MINUTE).value.get("message")
    except NotFound:
        return
    if isinstance(said, str) and said.strip().lower() != "active":
        raise Unavailable(
            f"sigpy is not active just now: it says “{said[:60]}”.", "ARCHS4 is being updated, which takes hours."
        )


def tissue_boxes(gene: str, mode: Mode) -> Served[pd.DataFrame]:
    """The boxes of a gene over human tissues, with counts of samples and series."""
    check_active(mode)
    return service().ask("/atlas", lambda reply: boxes.of_tree(record(reply)), mode, {"gene": gene, "mode": "tissue"})


def coexpressed(gene: str, species: Species, limit: int, meta: str, mode: Mode) -> Served[pd.DataFrame]:
    """Up to `limit` partners of each sign, over at most 200 samples that mention `meta`, or any for ""."""
    check_active(mode)

    def read(reply: Reply) -> pd.DataFrame:
        found = record(reply)
        rows = [
            *entries(found, "positive_correlated_genes", reply),
            *entries(found, "negative_correlated_genes", reply),
        ]
        used = len(entries(found, "samples", reply, str))
        if not used:
            raise NotFound(f"ARCHS4 has no sample that mentions “{meta[:60]}”.", "Use another term.")
        names, r = [row.get("gene") for row in rows], [row.get("correlation") for row in rows]
        return partners.table(names, r, [row.get("mean_log_expression") for row in rows], used, gene)

    body = {"gene": gene, "species": species, "k": min(limit, MOST_PARTNERS)} | ({"meta": meta} if meta else {})
    found = service().ask("/data/correlation", read, mode, body=body, lifetime=WEEK)
    which = f"that mention “{meta}”" if meta else "that the service draws"
    n = int(found.value["n"].iloc[0])
    low = " Partners whose mean log expression is below 3 rest on few reads." if _has_low(found.value) else ""
    return found.noting(
        f"r is Pearson's over {n} samples {which}; the service takes at most {MOST_SAMPLES}, drawn anew when it is "
        f"asked again, so values move.{low}"
    )


def _has_low(table: pd.DataFrame) -> bool:
    return bool((table["mean_expression"] < LOW).any())


def genes(species: Species, mode: Mode) -> Served[tuple[str, ...]]:
    """Every gene of the service, as it is spelled there."""

    def read(reply: Reply) -> tuple[str, ...]:
        return tuple(entries(record(reply), "genes", reply, str))

    body = {"species": species}
    return service().ask("/meta/genes", read, mode, body=body, lifetime=MONTH, most_bytes=MOST_LISTED)


def quicksearch(text: str, species: Species, regex: bool, mode: Mode) -> Served[tuple[list[str], int]]:
    """Accessions of all samples whose description holds the text (or matches the expression), and how many series."""
    check_active(mode)

    def read(reply: Reply) -> tuple[list[str], int]:
        found = record(reply)
        count = found.get("series_count", 0)
        if not isinstance(count, int):
            raise BadAnswer(f"series_count of {reply.host} is not a number.", "The service has changed.")
        return list(dict.fromkeys(entries(found, "samples", reply, str))), count

    asked: dict[str, Any] = {"query": text, "species": species}
    way = {"body": asked} if regex else {"params": asked}
    return service().ask("/meta/quicksearch", read, mode, lifetime=DAY, most_bytes=MOST_LISTED, **way)


def descriptions(samples: Sequence[str], species: Species, mode: Mode) -> Served[pd.DataFrame]:
    """sample, series, title, source, characteristics, in the order asked; samples the service leaves out have none.

    attrs `missing`: accessions without a description. samples: at least one.
    """
    parts = [
        service().ask(
            "/meta/samplemeta",
            _described,
            mode,
            body={"species": species, "samples": list(samples[at : at + BATCH])},
            most_bytes=MOST_LISTED,
        )
        for at in range(0, len(samples), BATCH)
    ]
    known = {name: texts for part in parts for name, texts in part.value.items()}
    rows = [{"sample": name, **dict.fromkeys(TEXTS, ""), **known.get(name, {})} for name in samples]
    table = pd.DataFrame(rows, columns=["sample", *TEXTS], dtype=object)
    table.attrs["missing"] = tuple(name for name in samples if name not in known)
    return parts[0].holding(table, *parts[1:])


def _described(reply: Reply) -> dict[str, dict[str, str]]:
    found = record(reply)
    if not all(isinstance(texts, Mapping) for texts in found.values()):
        raise BadAnswer(
            f"The descriptions of {reply.host} have another form than promised.", "The service has changed."
        )
    return {name: {field: _text(texts.get(field), field) for field in TEXTS} for name, texts in found.items()}


def _text(value: object, field: str) -> str:
    """Missing as empty; several series joined as everywhere in the app."""
    text = "" if value is None or str(value).strip().casefold() in ("na", "null", "nan") else str(value).strip()
    if field != "series":
        return text
    return ", ".join(part.strip() for part in text.replace("\t", ",").split(",") if part.strip())
