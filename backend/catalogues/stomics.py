"""The data sets of STOmics (stomics.io) as a catalogue."""

from __future__ import annotations

from backend.catalogues import base
from backend.model import Answer, StomicsDataset
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.stomics import accessions, datasets
from backend.stomics.server import NAME, problem, server

FACTS, LONGEST = 4, 400
_DATES = ("date_published", "published_at")
_DESCRIBED = ("description", "summary", "abstract")


class StomicsDatasets:
    """Published data sets, by the free text search of the service."""

    name, title, live, what = "stomics", NAME, True, "data sets"

    def problem(self) -> str | None:
        """Whether there is a key."""
        return problem()

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """As the service finds them; one call for each page that was not kept."""
        text = base.checked(text, page)
        asked = server()
        found = datasets.page(asked, text, page=page, per_page=base.PER_PAGE)
        hint = accessions.other_service(text)
        told = asked.provenance(*filter(None, (hint,)))
        entries = tuple(map(_entry, found.datasets))
        return Answer(CataloguePage(entries, found.total, page, max(1, found.pages)), told)


def _entry(one: StomicsDataset) -> CatalogueEntry:
    references, more = dict(one.references), dict(one.more)
    downloads = f"{one.download_count:,}" if one.download_count is not None else ""
    facts = [("Tissue", one.tissue), ("Disease", one.disease), ("Stage", one.stage), ("Downloads", downloads)]
    return CatalogueEntry(
        catalogue="stomics",
        id=one.accession,
        title=one.title,
        opens="stomics",
        ids=(one.accession,),
        organism=one.species,
        n=one.n_spots,
        counted="spots",
        technology=one.technology,
        date=next((references[key] for key in _DATES if key in references), ""),
        description=next((more[key] for key in _DESCRIBED if key in more), "")[:LONGEST],
        more=tuple((name, value) for name, value in facts if value)[:FACTS],
        kind="live",
    )
