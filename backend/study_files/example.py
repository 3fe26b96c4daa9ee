"""A study of four samples to try the import with: one file of each kind, after the vendor's public examples."""

from __future__ import annotations

TITLE = "Example: four of the 1000 Genomes"
_FILES = {
    "study.tsv": (
        ("Study Title", "Study Source", "Study Description"),
        (TITLE, "1000 Genomes Project", "An example of files that can be imported"),
    ),
    "samples.tsv": (
        ("Sample Source", "Sample Source ID", "Sex", "Population"),
        ("1000 Genomes Project", "HG00119", "M", "British"),
        ("1000 Genomes Project", "HG00121", "F", "British"),
        ("1000 Genomes Project", "HG00183", "M", "Finnish"),
        ("1000 Genomes Project", "HG00176", "F", "Finnish"),
    ),
    "libraries.tsv": (
        ("Library ID", "Sample Source ID", "Preparation Protocol", "Library Type"),
        ("LIB1", "HG00119|HG00121", "NGS", "Spatial RNA-Seq-1"),
        ("LIB2", "HG00183", "NGS", "RNA-Seq-1"),
        ("LIB3", "HG00176", "NGS", "RNA-Seq-1"),
    ),
    "rpkm.gct": (
        ("#1.2",),
        ("2", "4"),
        ("Name", "Description", "HG00119", "HG00121", "HG00183", "HG00176"),
        ("ENSG00000077044", "DGKD", "14.7", "16.8", "17.2", "19.5"),
        ("ENSG00000085982", "USP40", "4.2", "7.1", "5.5", "6.8"),
    ),
    "rpkm.gct.tsv": (("Normalization Method", "Genome Version"), ("RPKM", "GRCh38.91")),
}


def files() -> dict[str, bytes]:
    """Each file by its name."""
    return {name: "".join("\t".join(cells) + "\n" for cells in lines).encode("utf-8") for name, lines in _FILES.items()}
