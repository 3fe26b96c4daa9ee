"""Human Protein Atlas v23 (bundled): 50 normal tissues, and medians of 33 TCGA cohorts apart.

Source, licence and what was changed: data/hpa/NOTICE.md. One consensus nTPM a tissue and no
replicates, so there are no box plots. Missing stays missing: 700 genes lack nine tissues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from backend import genes, sample_query, stats
from backend.errors import BadInput, NotFound
from backend.genes import Resolution
from backend.model import (
    COEXPRESSION_COLUMNS,
    EDGE_COLUMNS,
    SAMPLE_COLUMNS,
    Answer,
    GeneInfo,
    Page,
    Provenance,
    Species,
)
from backend.sources.base import (
    Coexpression,
    CohortProfile,
    GeneList,
    GeneLookup,
    PairCorrelation,
    Resolving,
    SampleSearch,
    Source,
    TissueProfile,
    TissueProfiles,
)
from backend.sources.hpa_atlas import Atlas, atlas

REFERENCE = "the 50 normal tissues of the Human Protein Atlas (population SD)"
REFERENCE_WITH_GAPS = (
    "the 50 normal tissues of the Human Protein Atlas, of each gene those where it was measured (population SD)"
)
UNIT = "log2(nTPM+1)"
TRANSFORM = "log2(x+1) of consensus nTPM"
R_NOTE = (
    "r is Pearson's over tissues, not over samples: it says that two genes share a tissue pattern, and "
    "one tissue can drive it. Tissues are not independent, so p and q only rank."
)
FACETS = ("kind", "system", "unit")
SEARCH_FIELDS = ("sample", "title", "tissue", "kind", "system", "unit", "series", "source")


class HumanProteinAtlas(
    Source,
    TissueProfile,
    TissueProfiles,
    CohortProfile,
    Coexpression,
    PairCorrelation,
    GeneLookup,
    GeneList,
    Resolving,
    SampleSearch,
):
    """The Human Protein Atlas and TCGA medians that ship with the app."""

    name = "hpa"
    title = "Human Protein Atlas"
    homepage = "https://www.proteinatlas.org"
    licence = "CC BY-SA 4.0 (tissues); TCGA medians: open access"
    citation = (
        "Uhlén M et al. Tissue-based map of the human proteome. Science 2015;347:1260419. doi:10.1126/science.1260419. "
        "Consensus nTPM of v23, taken from pirlygenes 4.1.0."
    )
    tcga_citation = (
        "Tumour medians: TCGA Research Network, NCI Genomic Data Commons, open access; taken from pirlygenes 4.1.0."
    )
    species = ("human",)
    version = "v23"

    def tissue_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """50 rows, highest first: tissue, system, median (= the consensus value), z; log2(nTPM+1)."""
        answer = self.tissue_profiles([gene], species)
        table = answer.value.drop(columns="gene").sort_values("median", ascending=False, na_position="last")
        return Answer(table.reset_index(drop=True), answer.provenance)

    def tissue_profiles(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """Long table over all genes; raises NotFound when one is unknown."""
        data = self._atlas(species)
        rows = list(dict.fromkeys(self._row(name, species) for name in genes))
        values = data.log_tissue[rows]
        measured = np.count_nonzero(~np.isnan(values), axis=1)
        labels = np.array([data.labels[row] for row in rows], dtype=object)
        table = pd.DataFrame(
            {
                "gene": np.repeat(labels, len(data.tissue_labels)),
                "tissue": np.tile(np.array(data.tissue_labels, dtype=object), len(rows)),
                "system": np.tile(np.array(data.tissue_systems, dtype=object), len(rows)),
                "median": values.ravel(),
                "z": stats.z_scores(values).ravel(),
            }
        )
        notes = tuple(note for row in rows for note in self._missing_note(row))
        return Answer(
            table,
            self.provenance(
                species,
                unit=UNIT,
                transform=TRANSFORM,
                z_reference=REFERENCE if (measured == values.shape[1]).all() else REFERENCE_WITH_GAPS,
                n=int(measured.max()),
                notes=notes,
            ),
        )

    def _missing_note(self, row: int) -> tuple[str, ...]:
        data = atlas()
        missing = int(np.isnan(data.log_tissue[row]).sum())
        return (f"{data.labels[row]} was not measured in {missing} tissues.",) if missing else ()

    def cohort_profile(self, gene: str, species: Species) -> Answer[pd.DataFrame]:
        """33 TCGA cohorts: cohort, name, unit (median FPKM or median TPM), value (linear)."""
        data = self._atlas(species)
        row = self._row(gene, species)
        table = data.cohorts.assign(value=data.cohort[row].astype(float))[["cohort", "name", "unit", "value"]]
        absent = int(table["value"].isna().sum())
        notes = (f"{data.labels[row]} was not measured in {absent} of the 33 cohorts.",) if absent else ()
        provenance = self.provenance(
            species,
            unit="as stated per cohort",
            transform="linear, not transformed",
            notes=notes,
        ).noting("21 cohorts are median FPKM, 12 median TPM: compare only within a unit.")
        return Answer(table, self._cohort_provenance(provenance))

    def coexpressed(self, gene: str, species: Species, limit: int, within: str | None) -> Answer[pd.DataFrame]:
        """Up to `limit` partners of each sign, strongest |r| first; the gene itself is left out."""
        if within is not None:
            raise BadInput(
                f"{self.title} has one value a tissue, so co-expression within one tissue cannot be computed.",
                "Leave the restriction out, or choose a source with samples.",
            )
        data = self._atlas(species)
        row = self._row(gene, species)
        r, n = stats.pearson(data.log_tissue[row], data.log_tissue)
        r[row] = np.nan
        p = stats.p_values(r, n)
        order = np.argsort(r)[: np.count_nonzero(~np.isnan(r))]
        if not len(order):
            raise NotFound(
                f"{data.labels[row]} has the same value in every tissue, so it correlates with nothing.",
                "Choose a gene that varies.",
            )
        keep = np.unique(np.concatenate([order[:limit], order[-limit:]]))
        keep = keep[(r[keep] != 0)]
        keep = keep[np.argsort(-np.abs(r[keep]), kind="stable")]
        table = pd.DataFrame(
            {
                "gene": [data.labels[i] for i in keep],
                "r": r[keep],
                "n": n[keep],
                "p": p[keep],
                "q": stats.q_values(p)[keep],
                "mean_expression": data.mean[keep],
            }
        )
        return Answer(table[list(COEXPRESSION_COLUMNS)], self._r_provenance(species, int(n.max())))

    def correlations(self, genes: Sequence[str], species: Species) -> Answer[pd.DataFrame]:
        """r of every pair among `genes`, over the tissues measured for both."""
        data = self._atlas(species)
        rows = [self._row(name, species) for name in genes]
        values = data.log_tissue[rows]
        r = stats.correlation_matrix(values)
        seen = (~np.isnan(values)).astype(int)
        first, second = np.triu_indices(len(rows), k=1)
        names = np.array([data.labels[row] for row in rows], dtype=object)
        table = pd.DataFrame(
            {
                "gene_a": names[first],
                "gene_b": names[second],
                "r": r[first, second],
                "n": (seen @ seen.T)[first, second],
            }
        ).dropna(subset="r")
        return Answer(table[list(EDGE_COLUMNS)].reset_index(drop=True), self._r_provenance(species, 50))

    def _r_provenance(self, species: Species, n: int) -> Provenance:
        return self.provenance(
            species, unit="Pearson r", transform="over tissues, on log2(x+1) of consensus nTPM", n=n, notes=(R_NOTE,)
        )

    def gene(self, symbol: str, species: Species) -> Answer[GeneInfo]:
        """The gene behind any of its names. Raises NotFound with suggestions."""
        self.check_species(species)
        found = self.resolve(symbol, species, 5)
        if found.gene is None:
            raise self._not_found(found)
        exact = found.gene.symbol.casefold() == symbol.strip().casefold()
        notes = (
            () if exact or not found.note else (f"“{symbol.strip()}” is read as {found.gene.symbol} ({found.note}).",)
        )
        return Answer(found.gene, self.provenance(species, notes=notes))

    def genes(self, species: Species) -> tuple[str, ...]:
        """The labels of all 19,784 genes."""
        return self._atlas(species).sorted_labels

    def resolve(self, name: str, species: Species, near: int) -> Resolution:
        """`name` through the name tables, then through the atlas's own symbols; absent when not measured."""
        found = genes.resolve(name, species, 3 * near)
        data = atlas()
        if found.gene is not None and found.gene.ensembl in data.row_of:
            return found
        own = data.own_gene(genes.cleaned(name), name)
        if own is not None:
            return own
        if found.gene is None:
            return _offering(found, near)
        note = f"{found.gene.symbol} ({found.gene.locus_type or 'no type'}) is not a gene of the atlas"
        return Resolution(name, "absent", None, note)

    def search_samples(self, query: str, species: Species, offset: int, limit: int) -> Answer[Page]:
        """Among the 50 tissues and 33 cohorts; fields kind, system and unit can be asked for by name."""
        data = self._atlas(species)
        node = sample_query.parse(query, fields=SEARCH_FIELDS)
        hits = data.samples[sample_query.search(data.samples, node)]
        shown = hits.iloc[offset : offset + limit].reset_index(drop=True)
        records = [{str(name): value for name, value in row.items()} for row in shown.to_dict("records")]
        matches = [sample_query.first_match(record, node) for record in records]
        rows = shown.assign(
            matched_field=[match.field for match in matches],
            snippet=[match.snippet for match in matches],
            spans=pd.Series([match.spans for match in matches], dtype=object),
        )
        facets = {name: {str(k): int(v) for k, v in hits[name].value_counts().items()} for name in FACETS}
        page = Page(
            rows[[*SAMPLE_COLUMNS, "spans", *FACETS]],
            len(hits),
            hits["series"].nunique(),
            offset,
            limit,
            facets,
        )
        return Answer(page, self._cohort_provenance(self.provenance(species, n=len(data.samples))))

    def _cohort_provenance(self, provenance: Provenance) -> Provenance:
        """The provenance with TCGA cited beside the atlas."""
        return replace(provenance, citations=(*provenance.citations, self.tcga_citation))

    def _atlas(self, species: Species) -> Atlas:
        self.check_species(species)
        return atlas()

    def _row(self, name: str, species: Species) -> int:
        data = atlas()
        if name in data.row_of_label:
            return data.row_of_label[name]
        return data.row_of[self.gene(name, species).value.ensembl]

    def _not_found(self, found: Resolution) -> NotFound:
        shown = found.typed.strip()[:40] or "An empty name"
        if found.status == "ambiguous":
            return NotFound(f"“{shown}” is ambiguous: {found.note}.", "Choose one of them.", found.candidates)
        known = found.note or "no gene is named like this"
        return NotFound(
            f"“{shown}” is not in the {self.title}: {known}.", "Check spelling and species.", found.candidates
        )


def _offering(found: Resolution, near: int) -> Resolution:
    """A miss that offers only genes the atlas has; several readings of one name stay all listed."""
    if found.status != "absent" or not found.candidates:
        return found
    known = tuple(symbol for symbol in found.candidates if symbol in atlas().row_of_label)[:near]
    note = f"nearest: {', '.join(known)}" if known else "no gene is named like this"
    return replace(found, note=note, candidates=known)
