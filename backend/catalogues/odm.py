"""The studies of the Genestack ODM server of the settings as a catalogue."""

from __future__ import annotations

from backend import odm_openings, settings
from backend.catalogues import base
from backend.model import Answer, OdmCard
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.odm import facets
from backend.web.server_provenance import of_server

LONGEST, FACTS, VALUES = 400, 4, 4
_ORGANISM = ("organism", "species")
_TECHNOLOGY = ("technology", "platform", "assay", "library strategy", "data class")
_DESCRIBED = ("study description", "description", "summary")


class OdmStudies:
    """Studies by the full text search of the server, which also finds synonyms; AND, OR and NOT work."""

    name, title, live, what = "odm", "Genestack ODM", True, "studies"

    def problem(self) -> str | None:
        """Whether a server is named."""
        if settings.current().odm is not None:
            return None
        return "No ODM server is named. Name one in EXPRONAUT_ODM, with a token in EXPRONAUT_ODM_TOKEN."

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """As the server finds them."""
        text = base.checked(text, page)
        server = odm_openings.server()
        found = facets.studies(server, text, (), (page - 1) * base.PER_PAGE, base.PER_PAGE)
        told = of_server(
            server.heard,
            source=self.name,
            title=self.title,
            called="the server",
            version=server.odm.dialect,
            url=server.odm.base,
        )
        pages = max(1, -(-found.total // base.PER_PAGE))
        return Answer(CataloguePage(tuple(map(_entry, found.cards)), found.total, page, pages), told)


def _entry(card: OdmCard) -> CatalogueEntry:
    facts = {name.casefold(): ", ".join(_some(values)) for name, values in card.summary}
    known = {*_ORGANISM, *_TECHNOLOGY, *_DESCRIBED}
    rest = [(name, ", ".join(_some(values))) for name, values in card.summary if name.casefold() not in known]
    owner = [("Owner", card.owner)] if card.owner else []
    return CatalogueEntry(
        catalogue="odm",
        id=card.accession,
        title=card.title,
        opens="odm",
        ids=(card.accession,),
        organism=_first(facts, _ORGANISM),
        technology=_first(facts, _TECHNOLOGY),
        date=card.created,
        description=_first(facts, _DESCRIBED)[:LONGEST],
        more=tuple([(name, value) for name, value in rest if value][:FACTS] + owner),
        kind="live",
    )


def _some(values: tuple[str, ...]) -> list[str]:
    filled = [value for value in values if value.strip()]
    return filled[:VALUES] + (["…"] if len(filled) > VALUES else [])


def _first(facts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((facts[name] for name in names if facts.get(name)), "")
