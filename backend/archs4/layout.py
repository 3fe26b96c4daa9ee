"""Which of the known ARCHS4 layouts a file has, found by its structure and never by its version text.

version       gene names                 samples                      data/expression
v1 to v8      meta/genes, a data set     meta/Sample_geo_accession    samples x genes
v9 to v11     meta/genes/gene_symbol     meta/samples/geo_accession   genes x samples
v2.1          meta/genes/gene_symbol     meta/samples/geo_accession   genes x samples
v2.2 on       meta/genes/symbol          meta/samples/geo_accession   genes x samples
transcripts   meta/transcripts/ensembl_id                             genes x samples
metadata                                 meta/samples/geo_accession   none
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import h5py

from backend.archs4 import opening
from backend.archs4.opening import AGAIN, Identity
from backend.errors import BadAnswer
from backend.model import Species

Family = Literal["v1", "v2", "metadata"]
Kind = Literal["gene", "transcript", "metadata"]

EXPRESSION = "data/expression"
FIRST = 2_000  # names and samples looked at to tell the species
CLEAR = 0.9  # share of them that has to agree

_SYMBOLS = ("meta/genes/symbol", "meta/genes/gene_symbol", "meta/genes/genes")
_TRANSCRIPTS = "meta/transcripts/ensembl_id"
_ENSEMBL = ("meta/genes/ensembl_gene", "meta/genes/ensembl_gene_id", "meta/gene_ensemblid")
_BIOTYPE = ("meta/genes/biotype", "meta/genes/gene_biotype")
_ACCESSIONS = ("meta/samples/geo_accession", "meta/Sample_geo_accession")
_VERSIONS = ("meta/info/version", "info/version")
_GROUPED, _FLAT = "meta/samples/", "meta/Sample_"
_READS: Mapping[str, tuple[str, ...]] = {  # one name for the fields whose name changes between versions
    "aligned_reads": ("meta/samples/alignedreads", "meta/samples/readsaligned", "meta/reads_aligned"),
    "total_reads": ("meta/samples/readstotal", "meta/total_reads"),
    "singlecellprobability": ("meta/samples/singlecellprobability", "meta/singlecellprobability"),
}
_HUMAN = re.compile(r"(?:ENS[GT]\d{11}|homo sapiens|9606)\b", re.IGNORECASE)
_MOUSE = re.compile(r"(?:ENSMUS[GT]\d{11}|mus musculus|10090)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """One ARCHS4 file: how it is built and what it holds. Frozen; a replaced file no longer fits it.

    family: "v1" flat fields, "v2" grouped fields, "metadata" no expression. kind: what a row of counts is.
    version: as the file says, unreliable, may be empty; for display only.
    genes_first: data/expression is genes x samples; else samples x genes.
    symbol, ensembl, biotype: names of the data sets, None when the file has none; for transcripts
        `symbol` and `ensembl` both name the transcript ids.
    sample_fields: field, named as in v2 without its folder, or aligned_reads, total_reads -> name of the data set.
    """

    path: Path
    family: Family
    kind: Kind
    species: Species
    version: str
    n_genes: int
    n_samples: int
    genes_first: bool
    accession: str
    symbol: str | None
    ensembl: str | None
    biotype: str | None
    sample_fields: Mapping[str, str] = field(hash=False)
    identity: Identity

    @property
    def aligned_reads(self) -> str | None:
        """Name of the data set of aligned reads, None when the file has none (v2.5, early v1)."""
        return self.sample_fields.get("aligned_reads")

    @contextmanager
    def opened(self) -> Iterator[h5py.File]:
        """The file for reading. Raises NotConfigured when it is gone, BadAnswer when replaced or damaged."""
        with opening.same_file(self.path, self.identity) as file:
            yield file


def detect(path: Path) -> Layout:
    """The layout of a file. Reads names and shapes only, no counts.

    Raises NotConfigured when the file is missing; BadAnswer, saying what and where, when it is not
    HDF5, cut off, not of ARCHS4, of undecidable species, or contradicts itself.
    """
    seen = opening.identity(path)
    with opening.same_file(path, seen) as file:
        return _Detection(path, file).layout(seen)


class _Detection:
    """One look through an open file."""

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path = path
        self.file = file

    def layout(self, seen: Identity) -> Layout:
        accession, n_samples = self._accession()
        fields = self._sample_fields(accession, n_samples)
        symbol, n_genes = self._symbol()
        transcripts = symbol == _TRANSCRIPTS
        flat = symbol == "meta/genes" or accession.startswith(_FLAT)
        genes_first = self._genes_first(n_genes, n_samples, flat)
        counted = EXPRESSION in self.file
        ensembl = symbol if transcripts else self._gene_field(_ENSEMBL, n_genes)
        return Layout(
            path=self.path,
            family=("v1" if flat else "v2") if counted else "metadata",
            kind=("transcript" if transcripts else "gene") if counted else "metadata",
            species=self._species(ensembl, symbol, fields),
            version=next((text for name in _VERSIONS if (text := opening.scalar(self.file, name))), ""),
            n_genes=n_genes,
            n_samples=n_samples,
            genes_first=genes_first,
            accession=accession,
            symbol=symbol,
            ensembl=ensembl,
            biotype=self._gene_field(_BIOTYPE, n_genes),
            sample_fields=MappingProxyType(fields),
            identity=seen,
        )

    def _accession(self) -> tuple[str, int]:
        name = self._first(_ACCESSIONS)
        if name is None:
            raise self._bad(f"has no sample accessions ({' or '.join(_ACCESSIONS)})", "Choose a file of ARCHS4.")
        return name, self._text_length(name, "samples")

    def _symbol(self) -> tuple[str | None, int]:
        """The data set of gene names and their number; none and 0 in a file of metadata."""
        flat = "meta/genes" if isinstance(self.file.get("meta/genes"), h5py.Dataset) else None
        name = flat or self._first((*_SYMBOLS, _TRANSCRIPTS))
        if name is not None:
            return name, self._text_length(name, "genes")
        if EXPRESSION in self.file:
            looked = ", ".join(("meta/genes", *_SYMBOLS, _TRANSCRIPTS))
            raise self._bad(f"has counts but no gene names (looked for {looked})", "Choose a file of ARCHS4.")
        return None, 0

    def _text_length(self, name: str, what: str) -> int:
        dataset = self.file[name]
        if dataset.ndim != 1 or not opening.is_text(dataset):
            raise self._bad(f"holds {dataset.dtype} of shape {dataset.shape} in {name}, where a list of names is due")
        if not len(dataset):
            raise self._bad(f"names no {what} ({name} is empty)")
        return len(dataset)

    def _gene_field(self, names: tuple[str, ...], n_genes: int) -> str | None:
        name = self._first(names)
        if name is not None and self.file[name].shape != (n_genes,):
            raise self._bad(f"has {name} of shape {self.file[name].shape} for {n_genes:,} genes")
        return name

    def _sample_fields(self, accession: str, n_samples: int) -> dict[str, str]:
        """Every field of the samples, checked to have one value a sample."""
        prefix = _FLAT if accession.startswith(_FLAT) else _GROUPED
        folder, stem = prefix.rsplit("/", 1)
        inside = [name for name in self.file[folder] if name.startswith(stem)]
        fields = {name.removeprefix(stem): f"{folder}/{name}" for name in inside}
        fields |= {own: name for own, names in _READS.items() if (name := self._first(names)) is not None}
        fields = {own: name for own, name in fields.items() if isinstance(self.file.get(name), h5py.Dataset)}
        for name in fields.values():
            if (shape := self.file[name].shape) != (n_samples,):
                raise self._bad(f"has {name} of shape {shape} for {n_samples:,} samples ({accession})")
        return fields

    def _genes_first(self, n_genes: int, n_samples: int, flat: bool) -> bool:
        """Whether counts are genes x samples, by their shape; a square one goes by its family."""
        found = self.file.get(EXPRESSION)
        if found is None:
            return not flat
        if not isinstance(found, h5py.Dataset) or found.dtype.kind not in "iu":
            kind = found.dtype if isinstance(found, h5py.Dataset) else "a group"
            raise self._bad(f"holds {kind} in {EXPRESSION}, where whole-number counts are due", "Use a file of counts.")
        if found.shape not in ((n_genes, n_samples), (n_samples, n_genes)):
            sizes = f"{n_genes:,} genes and {n_samples:,} samples"
            raise self._bad(f"has {EXPRESSION} of shape {found.shape}, which does not fit its {sizes}")
        return not flat if n_genes == n_samples else found.shape == (n_genes, n_samples)

    def _species(self, ensembl: str | None, symbol: str | None, fields: Mapping[str, str]) -> Species:
        """By the Ensembl ids of genes, else by the organism of the samples, else by their taxon."""
        asked = (ensembl, symbol, fields.get("organism_ch1"), fields.get("taxid_ch1"))
        for name in dict.fromkeys(name for name in asked if name is not None):
            values = [text.strip() for text in opening.texts(self.file[name], 0, min(FIRST, len(self.file[name])))]
            human = sum(_HUMAN.match(text) is not None for text in values)
            mouse = sum(_MOUSE.match(text) is not None for text in values)
            if human + mouse and max(human, mouse) >= CLEAR * (human + mouse):
                return "human" if human > mouse else "mouse"
            if human + mouse:
                raise self._bad(f"names {human} human and {mouse} mouse entries in {name}, so its species is unclear")
        looked = ", ".join(name for name in asked if name is not None) or "no field that tells"
        raise self._bad(f"is neither human nor mouse (looked at {looked})", "Choose a human or mouse file of ARCHS4.")

    def _first(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if isinstance(self.file.get(name), h5py.Dataset)), None)

    def _bad(self, what: str, hint: str = AGAIN) -> BadAnswer:
        return BadAnswer(f"{self.path.name} {what}.", hint)
