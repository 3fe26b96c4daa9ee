"""Small files in each ARCHS4 HDF5 layout, with the messy cases of the real ones, and damaged variants.

`write(path, layout)` returns what was written, so that a test compares with it and not with the app. Counts are
drawn at random and mean nothing; ids of real genes go with the names HGNC and MGI give them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

LAYOUTS = (
    "v1",  # 2017: flat, no Ensembl ids, no reads
    "v8",  # flat, with Ensembl ids and reads
    "v9",
    "v11",
    "v2.1.2",
    "v2.2",
    "v2.5",
    "v2.6",
    "mouse",  # as v2.6
    "transcript",
    "metadata",
    "metadata with genes",
)
DAMAGES = (
    "truncated",
    "not HDF5",
    "empty",
    "foreign",
    "float counts",
    "three dimensions",
    "short field",
    "short gene field",
    "no accession",
    "no gene names",
    "other shape",
    "no species",
    "mixed species",
    "no samples",
    "numbers for accessions",
)
# Symbol, Ensembl id, biotype. MATR3: the first row is not the gene HGNC means. Y_RNA: HGNC gives no id.
HUMAN = (
    ("TSPAN6", "ENSG00000000003", "protein_coding"),
    ("TNMD", "ENSG00000000005", "protein_coding"),
    ("DPM1", "ENSG00000000419", "protein_coding"),
    ("SCYL3", "ENSG00000000457", "protein_coding"),
    ("C1orf112", "ENSG00000000460", "protein_coding"),
    ("FGR", "ENSG00000000938", "protein_coding"),
    ("MATR3", "ENSG00000280987", "protein_coding"),
    ("MATR3", "ENSG00000015479", "protein_coding"),
    ("Y_RNA", "ENSG00000199900", "misc_RNA"),
    ("Y_RNA", "ENSG00000199901", "misc_RNA"),
    ("Y_RNA", "ENSG00000199902", "misc_RNA"),
    ("ENSG00000287180", "ENSG00000287180", "lncRNA"),
    ("TP53", "ENSG00000141510", "protein_coding"),
    ("GAPDH", "ENSG00000111640", "protein_coding"),
    ("NA", "ENSG00000299999", "NA"),
)
MOUSE = (
    ("GNAI3", "ENSMUSG00000000001", "protein_coding"),
    ("TRP53", "ENSMUSG00000059552", "protein_coding"),
    ("0610005C13RIK", "ENSMUSG00000109644", "lncRNA"),
    ("ACTB", "ENSMUSG00000029580", "protein_coding"),
    ("GM99999X", "ENSMUSG00000999998", "lncRNA"),
    ("GAPDH", "ENSMUSG00000999997", "processed_pseudogene"),
    ("GAPDH", "ENSMUSG00000057666", "protein_coding"),
)
# title, source, characteristics, series; further samples repeat a plain one.
MESSY = (
    ("OCI-LY1_48hrs_mRNAseq_3x_siNT_R1", "Human DLBCL cel line", "treatment: siNT,cell line: OCI-LY1", "GSE29282"),
    (
        "WT tibialis rep1",
        "tibialis anterior",
        "tissue: Tibialis anterior muscle,genotype: mfn1-/-, mfn2-/-,age: 6 weeks",
        "GSE198071",
    ),
    ("time course", "Liver", "tissue: liver,time point: 12:30,note: ratio a: b", "GSE172367{sep}GSE172368"),
    (
        "HT29 treated with 0 Î¼M of 5-Aza",
        "NA",
        "protocol: manufactureâ\x80\x99s,batch: NA",
        "GSE1{sep}GSE2{sep}GSE3",
    ),
    ("na", "null", "NULL", "NA"),
    ("no keys", "Whole blood", "healthy donor", "GSE5"),
    ("café α 37°C", "brain, cortex", "tissue: cortex,region: frontal", "GSE6"),
    ("", "", "", ""),
)
INSTRUMENTS = ("Illumina HiSeq 2000", "Illumina NovaSeq 6000", "NA")
ZEROS = 7  # this sample has no reads at all
UNSURE = 3  # this sample has no probability of being a single cell


@dataclass
class Written:
    """What a file holds. counts: (genes, samples) however they lie in the file; samples: field -> values."""

    path: Path
    layout: str
    species: str
    symbols: list[str]
    ensembl: list[str]
    biotype: list[str]
    counts: np.ndarray
    samples: dict[str, list[str]]
    single_cell: np.ndarray
    aligned: np.ndarray
    names: dict[str, str] = field(default_factory=dict)


def write(path: Path, layout: str, genes: int = 300, samples: int = 60, seed: int = 1, block: int = 1) -> Written:
    """A small file of one of LAYOUTS. block: samples in one chunk, in the layouts of genes x samples."""
    return write_as(_content(path, layout, _species(layout), genes, samples, seed), block)


def write_counts(
    path: Path,
    layout: str,
    counts: np.ndarray,
    fields: dict[str, list[str]] | None = None,
    single_cell: np.ndarray | None = None,
    block: int = 1,
) -> Written:
    """The same with counts (genes, samples), and fields of the samples, of one's own."""
    made = _content(path, layout, _species(layout), *counts.shape, 1)
    made.counts = counts.astype(np.uint32)
    made.samples |= fields or {}
    made.single_cell = made.single_cell if single_cell is None else single_cell
    return write_as(made, block)


def write_as(made: Written, block: int = 1) -> Written:
    """The file of what is given."""
    path, layout = made.path, made.layout
    with h5py.File(path, "w") as file:
        {"v1": _flat, "v8": _flat}.get(layout, _grouped)(file, made, block)
    return made


def _species(layout: str) -> str:
    return "mouse" if layout == "mouse" else "human"


def damage(path: Path, how: str) -> Path:
    """A v2.5 file spoilt in one of the ways of DAMAGES."""
    if how in ("not HDF5", "empty"):
        path.write_bytes(b"gene\tGSM1\nTP53\t5\n" * 100 * (how != "empty"))
        return path
    if how == "foreign":
        with h5py.File(path, "w") as file:
            file["obs/index"], file["X"] = np.arange(5), np.ones((5, 4))
        return path
    write(path, "v2.5")
    if how == "truncated":
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 3])
        return path
    with h5py.File(path, "r+") as file:
        _spoil(file, how)
    return path


def spoil_counts(path: Path, gene: int, sample: int) -> None:
    """Overwrite the stored bytes of one chunk of counts, leaving size and structure as they were."""
    with h5py.File(path) as file:
        data = file["data/expression"]
        coordinates = [place // size * size for place, size in zip((gene, sample), data.chunks, strict=True)]
        chunk = data.id.get_chunk_info_by_coord(tuple(coordinates))
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset + 2)
        raw.write(b"\xff" * (chunk.size - 2))


def _spoil(file: h5py.File, how: str) -> None:
    if how in ("no accession", "no gene names"):
        del file["meta/samples/geo_accession" if how == "no accession" else "meta/genes"]
        return
    for name, values in _spoilt(file, how).items():
        del file[name]
        file[name] = values


def _spoilt(file: h5py.File, how: str) -> dict[str, np.ndarray]:
    counts = file["data/expression"][:]
    genes, samples = counts.shape
    ids, title = "meta/genes/ensembl_gene", "meta/samples/title"
    fields: dict[str, dict[str, np.ndarray]] = {
        "float counts": {"data/expression": counts.astype(np.float32)},
        "three dimensions": {"data/expression": counts[None]},
        "other shape": {"data/expression": counts[:-1]},
        "short field": {title: file[title][:-1]},
        "short gene field": {ids: file[ids][:-1]},
        "numbers for accessions": {"meta/samples/geo_accession": np.arange(samples)},
        "no samples": {f"meta/samples/{name}": _text([]) for name in file["meta/samples"]}
        | {"data/expression": counts[:, :0]},
        "mixed species": {ids: _text([f"ENS{'MUS' if i % 2 else ''}G{i:011d}" for i in range(genes)])},
        "no species": {
            ids: _text([f"ENSRNOG{i:011d}" for i in range(genes)]),
            "meta/genes/symbol": _text([f"Gene{i}" for i in range(genes)]),
            "meta/samples/organism_ch1": _text(["Rattus norvegicus"] * samples),
            "meta/samples/taxid_ch1": _text(["10116"] * samples),
        },
    }
    return fields[how]


def _content(path: Path, layout: str, species: str, genes: int, samples: int, seed: int) -> Written:
    rng = np.random.default_rng(seed)
    named = (HUMAN if species == "human" else MOUSE)[:genes]
    stem = "ENSG" if species == "human" else "ENSMUSG"
    rest = [(f"LOC{i}", f"{stem}009{i:08d}", "lncRNA") for i in range(len(named), genes)]
    symbols, ensembl, biotype = (list(column) for column in zip(*named, *rest, strict=True))
    if layout == "transcript":
        symbols = ensembl = [f"ENST{i:011d}.{i % 9 + 1}" for i in range(genes)]
    counts = rng.poisson(rng.lognormal(1, 2, (genes, 1)), (genes, samples)).astype(np.uint32)
    counts[0, 0] = 3_000_000_000 if not layout.startswith(("v1", "v8")) else 2_000_000_000  # needs more than int16
    if samples > ZEROS:
        counts[:, ZEROS] = 0
    single = rng.random(samples)
    aligned = rng.integers(100_000, 70_000_000, samples).astype(float)
    single[UNSURE % samples] = np.nan
    return Written(
        path, layout, species, symbols, ensembl, biotype, counts, _samples(layout, species, samples), single, aligned
    )


def _samples(layout: str, species: str, samples: int) -> dict[str, list[str]]:
    tabs = layout in ("v1", "v8", "v9", "v11")
    plain = ("Liver_rep{i}", "liver", "tissue: Liver,age: {i} weeks,Sex: female", "GSE{i}")
    rows = [MESSY[i] if i < len(MESSY) else tuple(part.format(i=i) for part in plain) for i in range(samples)]
    title, source, characteristics, series = (list(column) for column in zip(*rows, strict=True))
    if layout in ("v1", "v8"):
        characteristics = [text.replace(",age: ", "\tage: ").replace(",Sex: ", "\tSex: ") for text in characteristics]
    accession = [f"GSM{1_000_981 + i}" for i in range(samples)]
    return {
        "geo_accession": accession,
        "series_id": [text.replace("{sep}", "\t" if tabs else ",") for text in series],
        "title": title,
        "source_name_ch1": source,
        "characteristics_ch1": characteristics,
        "instrument_model": [INSTRUMENTS[i % len(INSTRUMENTS)] for i in range(samples)],
        "library_source": ["transcriptomic" if i % 4 else "transcriptomic single cell" for i in range(samples)],
        "submission_date": [f"Sep {i % 28 + 1} {2012 + i % 12}" if i != 4 else "NA" for i in range(samples)],
        "organism_ch1": ["Homo sapiens" if species == "human" else "Mus musculus"] * samples,
        "taxid_ch1": ["9606" if species == "human" else "10090"] * samples,
        "channel_count": ["1"] * samples,
        "extract_protocol_ch1": ["liver kidney brain HeLa: words that say nothing of the sample"] * samples,
    }


def _flat(file: h5py.File, made: Written, block: int) -> None:
    """v1 to v8: samples x genes, one flat folder."""
    del block
    chunks = (min(200, made.counts.shape[1]), min(200, made.counts.shape[0]))
    signed = made.counts.T.astype(np.int32)
    file.create_dataset("data/expression", data=signed, chunks=chunks, compression="gzip")
    file["meta/genes"] = _text(made.symbols)
    for name, values in made.samples.items():
        file[f"meta/Sample_{name}"] = _text(values)
    del file["meta/Sample_title"]  # a field of fixed length, as some writers make
    file["meta/Sample_title"] = np.array([value.encode() for value in made.samples["title"]])
    file["info/version"] = "1.0"
    if made.layout == "v8":
        file["meta/gene_ensemblid"] = _text(made.ensembl)
        file["meta/gene_hgnc"] = _text(made.symbols)
        file["meta/reads_aligned"] = made.aligned.astype(np.int64)
        file["meta/total_reads"] = (made.aligned * 1.2).astype(np.int64)


def _grouped(file: h5py.File, made: Written, block: int) -> None:
    """v9 on: genes x samples, folders of genes and samples."""
    layout, counts = made.layout, made.counts
    if not layout.startswith("metadata"):
        chunks = (min(100, counts.shape[0]), block)
        shape = (counts.shape[0], None)
        file.create_dataset(
            "data/expression", data=counts, chunks=chunks, maxshape=shape, compression="gzip", compression_opts=4
        )
    for name, values in made.samples.items():
        file[f"meta/samples/{name}"] = _text(values)
    file["meta/samples/sample"] = _text(made.samples["geo_accession"])
    file["meta/samples/singlecellprobability"] = made.single_cell
    reads = {"v9": "readsaligned", "v11": "readsaligned", "v2.1.2": "readsaligned", "v2.2": "readsaligned"}
    if layout not in ("v2.5", "metadata", "metadata with genes"):
        file[f"meta/samples/{reads.get(layout, 'alignedreads')}"] = made.aligned
    for name, values in _gene_fields(made).items():
        file[name] = _text(values)
    file["meta/info/version"] = np.array([11]) if layout in ("v9", "v11") else layout.removeprefix("v")


def _gene_fields(made: Written) -> dict[str, list[str]]:
    symbols, ensembl, biotype = made.symbols, made.ensembl, made.biotype
    if made.layout == "transcript":
        return {"meta/transcripts/ensembl_id": ensembl}
    if made.layout == "metadata":
        return {}
    old = {"gene_symbol": symbols}
    if made.layout in ("v9", "v11"):
        old |= {"genes": symbols, "ensembl_gene_id": ensembl, "gene_biotype": biotype}
    new = {"symbol": symbols, "biotype": biotype}
    new["ensembl_gene_id" if made.layout == "v2.2" else "ensembl_gene"] = ensembl
    fields = old if made.layout in ("v9", "v11", "v2.1.2") else new
    return {f"meta/genes/{name}": values for name, values in fields.items()}


def _text(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=h5py.string_dtype())
