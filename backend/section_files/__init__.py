"""Readers of spatial files: h5ad, GEM text, GEF. They know nothing of where a section is kept (backend/section).

    form(path) -> "h5ad" | "gem" | "gef"         by what it holds; BadInput for everything else, with what to do
    layers(path) -> ("", "counts", "raw")        of an h5ad: what can be chosen instead of X
    outline(path, options) -> SectionOutline     genes, spots, positions, groups; h5ad and GEF: without the numbers
    gene(path, outline, place) -> float64 (n,)   one gene, read directly; slow where not `outline.direct` (GEM)
    opened(path, options, scratch, tell)         a context: a Reading, for the copy sorted by gene

All raise BadInput for a file that is damaged, cut or no section, TooLarge over a cap, Unavailable when a disk fails.
"""

from backend.section_files.opening import form, gene, layers, opened, outline
from backend.section_files.outline import Form, Reading, SectionOptions, SectionOutline

__all__ = ["Form", "Reading", "SectionOptions", "SectionOutline", "form", "gene", "layers", "opened", "outline"]
