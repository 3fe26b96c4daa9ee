"""The lab's own studies as a catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from backend import sources as registry
from backend.catalogues import base
from backend.errors import ExpronautError
from backend.model import Answer
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.own import place
from backend.own.study import Study
from backend.sources import own_shelf
from backend.study_files.tables import AttributeTable, texts

LONGEST = 400  # characters of a description
_DESCRIBED = ("study description", "description", "summary", "abstract")
_ORGANISM = ("organism", "species", "taxon")
_TECHNOLOGY = ("technology", "platform", "library strategy", "data class", "assay")
MOST_NAMED = 4


class OwnStudies:
    """Studies on disk, newest first. One that is damaged stands there and says so."""

    name, title, live, what = "own", "Your own studies", False, "studies"

    def problem(self) -> str | None:
        """There is nothing to configure."""
        return None

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """Words match titles, accessions, metadata of the study, files and attributes."""
        text = base.checked(text, page)
        own_shelf.found(now=True)
        entries = [_entry(Study(folder)) for folder in reversed(place.folders())]
        return Answer(base.narrowed(entries, text, page), base.here(self.name, self.title, "on this machine"))


def _entry(found: Study) -> CatalogueEntry:
    try:
        return _told(found)
    except ExpronautError as error:
        return CatalogueEntry(
            "own", found.accession, found.accession, "own", (found.accession,), state="damaged", description=str(error)
        )


def _told(found: Study) -> CatalogueEntry:
    about = [pair for group in found.of("study") for pair in found.objects(group).record(0).items()]
    facts = {name.casefold(): " | ".join(texts(cell)) for name, cell in about if texts(cell)}
    samples = [found.table(group) for group in found.of("samples")]
    files = ", ".join(dict.fromkeys(one.file for one in found.manifest.matrices))
    attributes = ", ".join(dict.fromkeys(name for table in samples for name in table.names))
    return CatalogueEntry(
        catalogue="own",
        id=found.accession,
        title=found.title,
        opens="own",
        ids=(found.accession,),
        organism=_first(facts, _ORGANISM) or _values(samples, _ORGANISM) or _species(found),
        n=sum(group.n for group in found.of("samples")),
        technology=_first(facts, _TECHNOLOGY) or _values(samples, _TECHNOLOGY),
        date=f"{found.imported:%d %b %Y}",
        description=_first(facts, _DESCRIBED)[:LONGEST],
        more=tuple((name, told) for name, told in (("Matrices", files), ("Attributes", attributes)) if told),
    )


def _first(facts: dict[str, str], names: Iterable[str]) -> str:
    return next((facts[name] for name in names if name in facts), "")


def _values(tables: Iterable[AttributeTable], names: Iterable[str]) -> str:
    """The values of the first of these attributes that a table of samples has."""
    for table in tables:
        columns = {one.casefold(): one for one in table.names}
        for name in names:
            if name in columns:
                told = [value for cell in table.column(columns[name]) for value in texts(cell)]
                known = list(dict.fromkeys(told))
                if known:
                    return ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    return ""


def _species(found: Study) -> str:
    """As the genes of its first matrix tell it."""
    for entry in found.manifest.matrices:
        source = registry.get(entry.key)
        if source.configured() is None:
            return " or ".join(source.species)
    return ""
