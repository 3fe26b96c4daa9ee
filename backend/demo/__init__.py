"""The demo cohort: a SIMULATED file in the layout of ARCHS4 v2.5, made here and never downloaded.

    write     the file; benchmarks use it too, with more samples and 67,186 rows
    genes     its rows: real genes          kinds     what its samples are made of
    studies   which series and samples      wording   their metadata        counts    their counts
    section   beside it, a SIMULATED slice of tissue as h5ad (section_genes: its genes and layers)

The counts are drawn around the tissue means of the Human Protein Atlas (bundled, CC BY-SA 4.0) and say nothing new
about any gene. Accessions lie above those of GEO, so links to GEO lead nowhere. Every sample says "SIMULATED" in its
data_processing, the file in meta/info/simulated.
"""

from backend.demo.file import SAMPLES, SEED, write
from backend.demo.wording import SIMULATED

__all__ = ["SAMPLES", "SEED", "SIMULATED", "write"]
