"""Spatial files of this machine as a catalogue: sections that are open, then files that can be opened."""

from __future__ import annotations

from datetime import datetime

from backend.catalogues import base
from backend.model import SPECIES, Answer
from backend.model_catalogue import CatalogueEntry, CataloguePage
from backend.sources import section_finding, section_shelf
from backend.sources.section_finding import Spatial
from backend.sources.section_shelf import Opened

FORMS = {"h5ad": "h5ad (AnnData)", "gem": "GEM", "gef": "GEF"}


class Sections:
    """Sections opened on the page Spatial, and downloads, uploads and files of the settings that could be."""

    name, title, live, what = "sections", "Spatial files", False, "files"

    def problem(self) -> str | None:
        """There is nothing to configure."""
        return None

    def datasets(self, text: str, page: int) -> Answer[CataloguePage]:
        """Words match titles, names of files, species, forms, and the data set a file was downloaded from."""
        text = base.checked(text, page)
        opened = section_shelf.opened(now=True)
        paths = {one.path for one in opened.values()}
        entries = [_section(one) for one in opened.values()]
        entries += [_file(one) for one in section_finding.files() if str(one.path) not in paths]
        return Answer(base.narrowed(entries, text, page), base.here(self.name, self.title, "on this machine"))


def _section(one: Opened) -> CatalogueEntry:
    problem = one.problem()
    genes = f"{one.n_genes:,}" if one.n_genes is not None else ""
    told = (("Genes", genes), ("Bin", str(one.in_force or "")), ("Downloaded from STOmics", one.of))
    return CatalogueEntry(
        catalogue="sections",
        id=one.file.name,
        title=one.title or one.file.name,
        opens="section",
        ids=(one.key, (one.species or SPECIES)[0]),
        organism=" or ".join(one.species),
        n=one.n_spots,
        counted="spots",
        technology=FORMS.get(one.form, one.form),
        date=f"opened {datetime.fromisoformat(one.opened_at):%d %b %Y}" if one.opened_at else "",
        description=str(problem or ""),
        more=tuple((name, value) for name, value in told if value),
        kind=one.kind,
        state="cannot be used" if problem else _state(one),
    )


def _state(one: Opened) -> str:
    """A text is no use before it was read to its end, which a wrong line prevents."""
    return "open" if one.complete or one.direct else "not read yet"


def _file(one: Spatial) -> CatalogueEntry:
    size = f"{one.size / 1e6:,.1f} MB" if one.size >= 100_000 else f"{one.size / 1e3:,.0f} kB"
    told = (("Size", size), ("Downloaded from STOmics", one.of))
    return CatalogueEntry(
        catalogue="sections",
        id=one.path.name,
        title=one.path.name,
        opens="section file",
        ids=(str(one.path),),
        technology=FORMS.get(one.form, one.form),
        more=tuple((name, value) for name, value in told if value),
        state="not open",
    )
