"""Files to import: four samples of 1000 Genomes as in the vendor's examples, and a simulated study to walk through.

The double holds what they make from its start, and serves the files themselves under /files/ for import by link.
"""

from __future__ import annotations


def _lines(*rows: str) -> bytes:
    return ("\n".join(row.replace("; ", "\t") for row in rows) + "\n").encode()


BUNDLE: dict[str, bytes] = {
    "study.tsv": _lines(
        "Study Title; Study Source; Study Description",
        "Thousand genomes subset; 1000 Genomes Project; Subset of 1000 Genomes Project",
    ),
    "samples.tsv": _lines(
        "Sample Source; Sample Source ID; Species; Sex; Population",
        "1000 Genomes Project; HG00119; Homo sapiens; M; British",
        "1001 Genomes Project; HG00121; Homo sapiens; F; British",
        "1002 Genomes Project; HG00183; Homo sapiens; M; Finnish",
        "1003 Genomes Project; HG00176; Homo sapiens; F; Finnish",
    ),
    "libraries.tsv": _lines(
        "Library ID; Sample Source ID; Preparation Protocol; Library Type",
        "LIB1; HG00119|HG00121; NGS; Spatial RNA-Seq-1",
        "LIB2; HG00183; NGS; RNA-Seq-1",
        "LIB3; HG00176; NGS; RNA-Seq-1",
    ),
    "preparations.tsv": _lines("Sample Source ID; Digestion; Preparation ID", "HG00119|HG00121; Trypsin; PREP1"),
    "a.gct": _lines(
        "#1.2",
        "2; 4",
        "Name; Description; HG00119; HG00121; HG00183; HG00176",
        "ENSG00000077044; NA; 14.7; 16.8; 17.2; 19.5",
        "ENSG00000085982; NA; 4.2; 7.1; 5.5; 6.8",
    ),
    "a2.gct": _lines(  # a later version of a.gct: one value is another, one is missing
        "#1.2",
        "2; 4",
        "Name; Description; HG00119; HG00121; HG00183; HG00176",
        "ENSG00000077044; NA; 24.7; 16.8; 17.2; 19.5",
        "ENSG00000085982; NA; 4.2; 7.1; ; 6.8",
    ),
    "a.gct.tsv": _lines("Normalization Method; Genome Version", "RPKM; GRCh38.91"),
    "libraries.gct": _lines(
        "#1.2",
        "2; 2",
        "Name; Description; LIB1; LIB2",
        "ENSG00000077044; NA; 21.9; 19.9",
        "ENSG00000085982; NA; 23.7; 24.9",
    ),
    "partial.gct": _lines(  # one column is no sample
        "#1.2",
        "1; 4",
        "Name; Description; HG00119; HG00121; HG00183; HG00999",
        "ENSG00000077044; NA; 14.7; 16.8; 17.2; 19.5",
    ),
    "walk_study.tsv": _lines(
        "Study Title; Study Source; Study Source ID; Study Description",
        "Simulated blood study (not real data); Simulated; SIM-2; Numbers are invented",
    ),
    "walk_samples.tsv": _lines(  # under the template ATLAS: the first two lack what it requires, one Sex is a synonym
        "Sample Source; Sample Source ID; Organism; Sex; Tissue; Cell Type; Age",
        "Simulated; W1; ; male; blood; CD14-positive monocyte; 31",
        "Simulated; W2; ; female; blood; CD14-positive monocyte; 42",
        "Simulated; W3; Homo sapiens; M; blood; CD14-positive monocyte; 53",
        "Simulated; W4; Homo sapiens; female; blood; leukocyte; 64",
        "Simulated; W5; Homo sapiens; male; liver; hepatocyte; 35",
        "Simulated; W6; Homo sapiens; female; liver; hepatocyte; 46",
    ),
    "walk.gct": _lines(
        "#1.2",
        "3; 6",
        "Name; Description; W1; W2; W3; W4; W5; W6",
        "TRAF3IP2-AS1; NA; 150; 250; 200; 300; 10; 0",
        "CD14; NA; 900.5; 1100.25; 1000; 400; 20; 30",
        "ALB; NA; 0; 0; 1.5; ; 9000; 8000",
    ),
    "walk2.gct": _lines(  # its next version
        "#1.2",
        "3; 6",
        "Name; Description; W1; W2; W3; W4; W5; W6",
        "TRAF3IP2-AS1; NA; 155; 255; 205; 305; 15; 5",
        "CD14; NA; 900.5; 1100.25; 1000; 400; 20; 30",
        "ALB; NA; 0; 0; 1.5; 2.5; 9000; 8000",
    ),
    "walk.gct.tsv": _lines("Normalization Method; Genome Version", "Gene reads; hg19"),
    "b.tsv": _lines(
        "Text Feature One; Text Feature Two; Numeric Feature One; Numeric Feature Two; "
        "HG00119.m1; HG00119.m2; HG00121.m1; HG00121.m2",
        "F1; a; 1; 2.5; 0.5; 10; 1.5; 20",
        "F2; b; 2; 3.5; 2.5; 30; NaN; 40",
    ),
}
