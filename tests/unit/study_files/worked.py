"""The study of four samples that every test of own files starts from."""

from __future__ import annotations

from pathlib import Path

from backend.study_files.bundle import Choice, Preflight, preflight
from backend.study_files.template import Template

STUDY = (
    "Study Title\tStudy Source\tStudy Description\n"
    "Thousand genomes subset\t1000 Genomes Project\tSubset of 1000 Genomes Project\n"
)
SAMPLES = (
    "Sample Source\tSample Source ID\tSex\tPopulation\n"
    "1000 Genomes Project\tHG00119\tM\tBritish\n"
    "1000 Genomes Project\tHG00121\tF\tBritish\n"
    "1000 Genomes Project\tHG00183\tM\tFinnish\n"
    "1000 Genomes Project\tHG00176\tF\tFinnish\n"
)
LIBRARIES = (
    "Library ID\tSample Source ID\tPreparation Protocol\tLibrary Type\n"
    "LIB1\tHG00119|HG00121\tNGS\tSpatial RNA-Seq-1\n"
    "LIB2\tHG00183\tNGS\tRNA-Seq-1\n"
    "LIB3\tHG00176\tNGS\tRNA-Seq-1\n"
)
PREPARATIONS = "Sample Source ID\tDigestion\tPreparation ID\nHG00119|HG00121\tTrypsin\tPREP1\n"
GCT = (
    "#1.2\n2\t4\nName\tDescription\tHG00119\tHG00121\tHG00183\tHG00176\n"
    "ENSG00000077044\tNA\t14.7\t16.8\t17.2\t19.5\nENSG00000085982\tNA\t4.2\t7.1\t5.5\t6.8\n"
)
LIBRARY_GCT = (
    "#1.2\n2\t2\nName\tDescription\tLIB1\tLIB2\nENSG00000077044\tNA\t21.9\t19.9\nENSG00000085982\tNA\t23.7\t24.9\n"
)
META = "Normalization Method\tGenome Version\nRPKM\tGRCh38.91\n"
WHOLE = {"study.tsv": STUDY, "samples.tsv": SAMPLES, "a.gct": GCT, "a.gct.tsv": META}


def put(folder: Path, texts: dict[str, str | bytes]) -> dict[str, Path]:
    """The files, by their names."""
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return {name: folder / name for name in texts}


def checked(
    folder: Path,
    texts: dict[str, str | bytes],
    choices: dict[str, Choice] | None = None,
    template: Template | None = None,
) -> Preflight:
    """A pre-flight of the files."""
    return preflight(put(folder, texts), choices=choices, template=template)


def codes(report: Preflight, level: str = "error") -> list[str]:
    """The codes of the findings of a level."""
    return [one.code for one in report.findings if one.level == level]
