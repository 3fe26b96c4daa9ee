"""What the v1 API of ARCHS4 answers, computed by a local source; each answer says of which data, and how."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from backend.archs4.genes import DUPLICATES
from backend.archs4.tissues import CELL_LINE, UNLABELLED
from backend.errors import BadInput, NotConfigured, NotFound
from backend.model import GeneInfo, Provenance, Species
from backend.sample_match import folded_words
from backend.sources.archs4_h5 import Archs4File
from backend.sources.archs4_samples import Samples
from backend.sources.archs4_source import FileSource
from backend.sources.base import Coexpression, GeneLookup, SampleSearch, Source, TissueProfile
from backend.sources.hpa import HumanProteinAtlas
from backend.sources.hpa_atlas import atlas

Record = dict[str, Any]
What = Literal["gene", "zscore", "correlations", "search"]
C = TypeVar("C")
FEWEST = 3  # samples of a tissue
NORMAL = "normal tissue"
Z = "z = (mean of the tissue - mean of the reference) / SD of the reference; values are {unit}, {transform}"
ATLAS_Z = "z = (value of the tissue - mean of the reference) / SD of the reference; values are {unit}, {transform}"
R = "{unit} {transform}; partners with positive r, strongest first, the gene itself left out"
ATLAS_COUNTS = "The atlas has one value a tissue: expressed is counted over tissues, not samples."
PERCENTILE = "expression_percentile: share of all genes whose mean is not above the mean of this one, in percent."
FLAT = "The gene has the same value everywhere, so z is not defined; it is given as 0."
SMALL = "Tissues with fewer than {} samples, cell lines and samples without a tissue are left out."
UNINDEXED = "The file has no index yet, so numbers of its samples are not known."


@dataclass(frozen=True)
class Question:
    """One question, checked. source: as named in the path, "" for the best one. gene, query: as far as they apply."""

    what: What
    source: str
    species: Species
    gene: str = ""
    query: str = ""
    limit: int = 100
    offset: int = 0


def answer(source: Source, asked: Question) -> Record:
    """The answer, ready for JSON. Raises errors of backend.errors."""
    made: Mapping[What, Callable[[Source, Question], Record]] = {
        "gene": gene,
        "zscore": zscores,
        "correlations": correlations,
        "search": search,
    }
    return made[asked.what](source, asked)


def zscores(source: Source, asked: Question) -> Record:
    """z of a gene over tissues, highest first; the z of the Gene page."""
    label = known(source, asked).symbol
    profiled = _capable(source, TissueProfile, "tissue profile")
    head = {"gene_symbol": label, "species": asked.species}
    try:
        found = profiled.tissue_profile(label, asked.species)
    except NotFound as error:  # the gene is there, so it has no samples
        return {"values": [], **head, "method": "", **_about(source, source.provenance(asked.species), str(error))}
    table, notes = _tissues(found.value)
    values = [
        {"tissue": str(tissue).lower(), "zscore": float(z), "n_samples": n}
        for tissue, z, n in zip(table["tissue"], table["z"], _counts(table), strict=True)
    ]
    said = found.provenance
    words = (ATLAS_Z if "mean" not in table else Z).format(unit=said.unit, transform=said.transform)
    method = f"{words}; reference: {said.z_reference}"
    return {"values": values, **head, "method": method, **_about(source, said, *notes)}


def correlations(source: Source, asked: Question) -> Record:
    """Partners of a gene by Pearson's r, highest first."""
    label = known(source, asked).symbol
    correlated = _capable(source, Coexpression, "co-expression")
    head = {"gene_symbol": label, "species": asked.species}
    try:
        found = correlated.coexpressed(label, asked.species, asked.limit, None)
    except NotFound as error:  # the gene is there, so it does not vary
        about = _about(source, source.provenance(asked.species), str(error))
        return {"values": [], **head, "n": None, "method": "", **about}
    table = found.value[found.value["r"] > 0].sort_values("r", ascending=False, kind="stable").head(asked.limit)
    values = [
        {"gene": str(name), "correlation": float(r), "n": int(n)}
        for name, r, n in zip(table["gene"], table["r"], table["n"], strict=True)
    ]
    said = found.provenance
    method = R.format(unit=said.unit, transform=said.transform)
    return {"values": values, **head, "n": said.n, "method": method, **_about(source, said)}


def gene(source: Source, asked: Question) -> Record:
    """What is known of a gene, and how widely and how strongly it is expressed."""
    info = known(source, asked)
    numbers, notes = _standing(source, info.symbol, asked.species)
    return {
        "gene_symbol": info.symbol,
        "species": asked.species,
        "ensembl_gene_id": info.ensembl,
        "description": info.name,
        **numbers,
        **_about(source, source.provenance(asked.species), *notes),
    }


def search(source: Source, asked: Question) -> Record:
    """Samples whose description holds every word, in the order of the data."""
    text = words(asked.query)
    found = _of_file(source, text, asked) if isinstance(source, Samples) else _of_page(source, text, asked)
    total, samples, said = found
    return {"samples": samples, "total": total, "species": asked.species, **_about(source, said)}


def known(source: Source, asked: Question) -> GeneInfo:
    """The gene of exactly this symbol. Raises NotFound, telling the symbol, for any other name of a gene."""
    info = _capable(source, GeneLookup, "genes").gene(asked.gene, asked.species).value
    if info.symbol != asked.gene:
        raise NotFound(
            f"“{asked.gene}” is not a symbol in {source.title}, which takes symbols exactly.",
            f"Ask for {info.symbol}.",
            (info.symbol,),
        )
    return info


def words(text: str) -> str:
    """A text as a search for all its words, none of them read as an operator, a field or the beginning of a word.

    Raises BadInput when it holds no word.
    """
    pieces = [" ".join(folded_words(piece)) for piece in text.replace(",", " ").replace(";", " ").split()]
    quoted = [f'"{piece}"' for piece in pieces if piece]
    if not quoted:
        raise BadInput("The query holds no word.", "Give a word, as in query=liver.")
    return " AND ".join(dict.fromkeys(quoted))


def _capable(source: Source, capability: type[C], what: str) -> C:
    if isinstance(source, capability):
        return source
    raise NotFound(f"{source.title} has no {what}.", "Choose another source in the path.")


def _tissues(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The tissues that have a z, highest first, and what was left out or set."""
    notes = []
    if "n_samples" in table:
        few = (table["n_samples"] < FEWEST) | table["tissue"].isin([CELL_LINE, UNLABELLED])
        table = table[~few]
        notes.append(SMALL.format(FEWEST))
    table = table[table["median"].notna()]
    if len(table) and table["z"].isna().all():
        table = table.assign(z=0.0)
        notes.append(FLAT)
    shown = table[table["z"].notna()]
    return shown.sort_values("z", ascending=False, kind="stable"), tuple(notes)


def _counts(table: pd.DataFrame) -> list[int | None]:
    return [int(n) for n in table["n_samples"]] if "n_samples" in table else [None] * len(table)


def _standing(source: Source, label: str, species: Species) -> tuple[Record, tuple[str, ...]]:
    """How widely and how strongly a gene is expressed; null where a source cannot tell."""
    nothing = dict.fromkeys(("n_samples_expressed", "n_tissues_expressed", "expression_percentile"))
    if isinstance(source, HumanProteinAtlas):
        data = atlas()
        row = data.row_of_label[label]
        share = _percentile(data.mean, row)
        there = {"n_tissues_expressed": int((data.log_tissue[row] > 0).sum()), "expression_percentile": share}
        return {**nothing, **there, "n_duplicates": 1}, (ATLAS_COUNTS, PERCENTILE)
    if not isinstance(source, Archs4File):
        return {**nothing, "n_duplicates": None}, ()
    row = source.row(label, species)
    rows = {"n_duplicates": len(source.table.twins(row))}
    try:
        return {**nothing, **_in_samples(source, row), **rows}, (PERCENTILE, DUPLICATES)
    except NotConfigured:
        return {**nothing, **rows}, (UNINDEXED, DUPLICATES)


def _in_samples(source: FileSource, row: int) -> Record:
    from backend.atlas.statistics import FIELDS  # brings numba

    index = source.atlas().index
    pool = index.pool_number("bulk")
    share = float(index.statistics.values(np.array([row]), pool)[0, -1, FIELDS.index("detected")])
    n = int(index.statistics.n[pool, -1])
    percentile = _percentile(index.statistics.overall(pool), row)
    return {"n_samples_expressed": round(share * n), "expression_percentile": percentile}


def _percentile(means: np.typing.NDArray[np.float64], row: int) -> float | None:
    if math.isnan(means[row]):
        return None
    seen = means[~np.isnan(means)]
    return float(100 * (seen <= means[row]).mean())


def _of_file(source: Samples, text: str, asked: Question) -> tuple[int, list[Record], Provenance]:
    places = source.places_of_hits(text)
    rows = source.sample_rows(places[asked.offset : asked.offset + asked.limit])
    tissues = rows["tissue"] if "tissue" in rows else [""] * len(rows)
    fields = (rows["sample"], rows["all_series"], rows["title"], rows["source"], tissues)
    samples = [
        _sample(name, series.replace(", ", ","), title, told, "" if tissue == UNLABELLED else tissue.lower())
        for name, series, title, told, tissue in zip(*fields, strict=True)
    ]
    return len(places), samples, source.provenance(asked.species)


def _of_page(source: Source, text: str, asked: Question) -> tuple[int, list[Record], Provenance]:
    searched = _capable(source, SampleSearch, "samples")
    found = searched.search_samples(text, asked.species, asked.offset, asked.limit)
    rows = found.value.rows
    kinds = rows["kind"] if "kind" in rows else [""] * len(rows)
    fields = (rows["sample"], rows["series"], rows["title"], rows["source"], kinds)
    samples = [
        _sample(name, series, title, told, title.lower() if kind == NORMAL else "")
        for name, series, title, told, kind in zip(*fields, strict=True)
    ]
    return found.value.total, samples, found.provenance


def _sample(name: str, series: str, title: str, source: str, tissue: str) -> Record:
    return {"sample_id": name, "series_id": series, "title": title, "source_name": source, "tissue": tissue}


def _about(source: Source, said: Provenance, *notes: str) -> Record:
    """What must be known of any number: its source, its licence, whether it is simulated, and what was left out."""
    return {
        "source": {
            "name": said.source,
            "title": said.title,
            "version": said.version,
            "url": said.url,
            "licence": said.licence,
            "citations": list(said.citations),
        },
        "simulated": source.kind == "simulated",
        "notes": list(said.noting(*notes).notes),
    }
