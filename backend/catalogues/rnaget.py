"""The studies of an RNAget server as a catalogue: one for each server that the settings name."""

from __future__ import annotations

from backend import settings
from backend.catalogues import base
from backend.errors import NotConfigured
from backend.model import Answer, RnagetEntry
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.rnaget import catalogue
from backend.rnaget.server import Endpoint, Server
from backend.settings import Rnaget
from backend.web.server_provenance import of_server

PREFIX = "rnaget-"
LONGEST, FACTS = 400, 4
NONE = "No RNAget server is named. Name one in EXPRONAUT_RNAGET; the part RNAget servers shows how."
_ORGANISM = ("organism", "species", "taxon", "organisms")
_TECHNOLOGY = ("technology", "platform", "assay")
_DATE = ("created", "date", "releasedate", "release_date")
_COUNT = ("samples", "n_samples", "samplecount", "sample_count", "numsamples")


class RnagetStudies:
    """Studies as the server lists them. The standard has no search by words, so its list is searched here."""

    live, what = True, "studies"

    def __init__(self, server: Rnaget | None) -> None:
        self._server = server
        self.name = f"{PREFIX}{server.name}" if server else PREFIX.rstrip("-")
        self.title = f"RNAget server {server.name}" if server else "RNAget servers"

    def problem(self) -> str | None:
        """Whether a server is named at all."""
        return None if self._server else NONE

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """Words match whatever the server tells of a study."""
        text = base.checked(text, page)
        if self._server is None:
            raise NotConfigured("No RNAget server is named.", "Name one in EXPRONAUT_RNAGET.")
        server = Server(Endpoint(self._server.name, self._server.base, self._server.token))
        spoken = server.spoken()
        listed = () if "studies" in spoken.lacking else catalogue.entries(server, spoken, "studies")
        found = base.narrowed([self._entry(one, self._server.name) for one in listed], text, page)
        told = of_server(
            server.heard,
            source=self.name,
            title=self.title,
            called=self._server.name,
            version=spoken.version,
            url=self._server.base,
            notes=("It says that it lists no studies.",) if "studies" in spoken.lacking else (),
        )
        return Answer(found, told)

    def _entry(self, one: RnagetEntry, server: str) -> CatalogueEntry:
        facts = {name.casefold(): value for name, value in one.more}
        known = {*_ORGANISM, *_TECHNOLOGY, *_DATE, *_COUNT}
        count = _first(facts, _COUNT)
        named = (("Version", one.version), ("Project", one.parent))
        rest = [(name, value) for name, value in one.more if name.casefold() not in known]
        return CatalogueEntry(
            catalogue=self.name,
            id=one.id,
            title=one.name,
            opens="rnaget",
            ids=(server, one.id),
            organism=_first(facts, _ORGANISM),
            n=int(count) if count.isascii() and count.isdecimal() and len(count) < 12 else None,
            technology=_first(facts, _TECHNOLOGY),
            date=_first(facts, _DATE),
            description=one.description[:LONGEST],
            more=tuple([(name, value) for name, value in named if value] + rest[:FACTS]),
            kind="live",
        )


def _first(facts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((facts[name] for name in names if facts.get(name)), "")


def servers() -> tuple[RnagetStudies, ...]:
    """A catalogue for each server of the settings; without any, one that says how to name some."""
    return tuple(RnagetStudies(one) for one in settings.current().rnaget) or (RnagetStudies(None),)
