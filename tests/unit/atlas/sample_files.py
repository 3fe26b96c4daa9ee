"""Small files whose samples have realistic and awkward texts."""

from __future__ import annotations

import random
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from backend.archs4 import samples
from backend.archs4.layout import Layout, detect
from backend.archs4.tissues import Tissues
from tests.doubles import archs4_files

TITLES = (
    "Fetal liver, T-cell free",
    "liver_rep{i}",
    "HepG2 hepatocellular carcinoma; clone {i}",
    "naïve CD4+ T cells",
    "délivered by Sjögren clinic",
    "½ dose, 0 Î¼M of 5-Aza",
    "ＬＩＶＥＲ ﬁbroblast Straße",
    "肝臓 sample {i}",
    "İstanbul ǰ ΐ ŉ ß",
    "Lipofectamine™ 2000",
    "unknown (other) 100% 'quoted' \"twice\" OR NOT",
    "kidney\tcortex\nline two",
    "NA",
    "",
)
SOURCES = ("liver", "Whole blood", "brain, cortex", "HeLa", "liver", "kidney", "null", "")
CHARACTERISTICS = (
    "tissue: Liver,age: {i} weeks,Sex: female",
    "tissue: lung,cell type: epithelial",
    "cell line: HeLa,treatment: T-cell medium",
    "tissue: Whole blood,donor: {i}",
    "healthy donor",
    "na",
    "tissue: liver,stage: fetal " + "omega " * 60 + "end",
)
SERIES = ("GSE1", "GSE2", "GSE3,GSE1", "GSE4,GSE5,GSE2", "GSE6", "NA", "", "GSE70,GSE71")
INSTRUMENTS = ("Illumina HiSeq 2000", "Illumina NovaSeq 6000", "NA", "NextSeq 500", "")


def write(path: Path, n: int = 300, seed: int = 1, titles: tuple[str, ...] = TITLES) -> Layout:
    """A file of n samples whose fields are drawn independently."""
    archs4_files.write(path, "metadata", samples=n)
    draw = random.Random(seed)

    def drawn(choices: tuple[str, ...]) -> list[str]:
        return [draw.choice(choices).replace("{i}", str(i % 40)) for i in range(n)]

    fields = {
        "title": drawn(titles),
        "source_name_ch1": drawn(SOURCES),
        "characteristics_ch1": drawn(CHARACTERISTICS),
        "series_id": drawn(SERIES),
        "instrument_model": drawn(INSTRUMENTS),
        "submission_date": drawn(("Sep 12 2012", "Jan 02 2020", "NA", "May 30 2020")),
        "library_source": drawn(("transcriptomic", "transcriptomic single cell", "")),
    }
    with h5py.File(path, "r+") as file:
        for name, values in fields.items():
            replace_field(file, name, values)
    return detect(path)


def replace_field(file: h5py.File, name: str, values: list[str]) -> None:
    del file[f"meta/samples/{name}"]
    file[f"meta/samples/{name}"] = np.array(values, dtype=h5py.string_dtype())


def shown(layout: Layout, threshold: float = 0.5) -> pd.DataFrame:
    """What each sample shows, from the reader and the tissue rules alone; missing is ""."""
    table = samples.read(layout)
    labels = Tissues().labels(table)
    return pd.DataFrame(
        {
            "sample": table["sample"],
            "title": table["title"],
            "source": table["source"],
            "characteristics": table["characteristics"],
            "series": [", ".join(names) for names in table["all_series"]],
            "tissue": labels["label"],
            "origin": labels["origin"],
            "instrument": table["instrument"],
            "library_source": table["library_source"],
            "pool": ["single-cell" if p > threshold else "bulk" for p in table["single_cell"]],
            "year": ["" if pd.isna(year) else str(year) for year in table["year"]],
        },
        dtype=object,
    ).fillna("")
