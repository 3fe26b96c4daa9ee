"""Counts as a file of their own, TSV or HDF5 in the layout of ARCHS4, written aside and then renamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.filling import created
from backend.model import Provenance

PIECE = 2_000  # genes; how the files of ARCHS4 are cut
SIMULATED = "meta/info/simulated"  # present in a file whose counts were simulated

Counts = npt.NDArray[np.uint32]
Gene = tuple[str, str]  # symbol, Ensembl id or ""
Blocks = Iterator[tuple[list[Gene], Counts]]  # genes, and their counts (genes, samples)


def header(told: Provenance, samples: pd.DataFrame) -> list[str]:
    """What stands above the numbers, one line each. samples: sample, all_series, ..., one row a column of counts."""
    series = dict.fromkeys(one for joined in samples["all_series"] for one in str(joined).split(", ") if one)
    lines = [
        "SIMULATED DATA" if told.kind == "simulated" else "",
        f"source: {told.title} {told.version} ({told.kind})",
        f"species: {told.species}",
        f"unit: {told.unit}",
        f"samples: {len(samples)}",
        f"licence: {told.licence}",
        *(f"cite: {citation}" for citation in told.citations),
        f"series: {', '.join(series)}" if series else "",
        *(f"note: {note}" for note in told.notes),
    ]
    return [" ".join(line.split()) for line in lines if line]


def write_tsv(part: Path, samples: pd.DataFrame, blocks: Blocks, told: Provenance) -> None:
    """gene, ensembl, then a column a sample, under lines that begin with #."""
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {line}\n" for line in header(told, samples))
        file.write("\t".join(["gene", "ensembl", *samples["sample"]]) + "\n")
        for genes, block in blocks:
            for names, line in zip(genes, block, strict=True):  # a line at a time: numbers of Python are large
                file.write("\t".join((*names, *map(str, line.tolist()))) + "\n")


def write_hdf5(part: Path, samples: pd.DataFrame, blocks: Blocks, told: Provenance) -> None:
    """The layout of ARCHS4 v2.5, so that its own tools read it; the header is the attribute `about`."""
    with created(part) as (file, check):
        file.attrs["about"] = header(told, samples)
        file.attrs["simulated"] = told.kind == "simulated"
        fields = {"geo_accession": "sample", "series_id": "all_series", "title": "title"}
        fields |= {"source_name_ch1": "source", "characteristics_ch1": "characteristics"}
        for field, column in fields.items():
            _put(file, f"meta/samples/{field}", samples[column])
        file["meta/info/version"] = told.version
        if told.kind == "simulated":
            file[SIMULATED] = "SIMULATED DATA"
        genes = _write_counts(file, len(samples), blocks, check)
        _put(file, "meta/genes/symbol", [symbol for symbol, _ in genes])
        _put(file, "meta/genes/ensembl_gene", [ensembl for _, ensembl in genes])


def _write_counts(file: h5py.File, n_samples: int, blocks: Blocks, check: Callable[[], None]) -> list[Gene]:
    """data/expression, grown a block at a time; the genes of its rows."""
    data = file.create_dataset(
        "data/expression",
        (0, n_samples),
        np.uint32,
        maxshape=(None, n_samples),
        chunks=(PIECE, 1),
        compression="gzip",
        compression_opts=4,
    )
    written: list[Gene] = []
    for genes, block in blocks:
        data.resize(len(written) + len(genes), axis=0)
        data[len(written) :] = block
        check()
        written += genes
    return written


def _put(file: h5py.File, name: str, values: Sequence[str] | pd.Series) -> None:
    file.create_dataset(name, data=[str(value) for value in values], dtype=h5py.string_dtype())


WRITERS = {"tsv": write_tsv, "hdf5": write_hdf5}
