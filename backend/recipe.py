"""What a figure was made from: its link, file name, legend, methods text, citations and data header."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import pandas as pd

from backend.model import Provenance

VERSION = "0.1.0"
SELF_CITATION = f"Figure made with Expronaut {VERSION}."
_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
# A spreadsheet runs a cell that begins like this as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Recipe:
    """Everything needed to say how a figure came about and to bring it back.

    page: URL path of the page. view: what is drawn, for the file name. subject: the gene, genes
    or query. params: every option of the view, for the link. legend: the figure legend.
    steps: what was done to the numbers, full sentences, in order.
    """

    page: str
    view: str
    subject: str
    params: tuple[tuple[str, str], ...]
    provenance: Provenance
    legend: str
    steps: tuple[str, ...] = ()
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def simulated(self) -> bool:
        """True when the numbers are simulated: the figure and every file must say so."""
        return self.provenance.kind == "simulated"

    def link(self, base: str) -> str:
        """The address that brings this view back, e.g. base "http://localhost:8501"."""
        query = urlencode(self.params)
        return f"{base.rstrip('/')}/{self.page}" + (f"?{query}" if query else "")

    def file_name(self, ending: str) -> str:
        """gene_species_source_version_view_date.ending, safe on every file system."""
        parts = (
            "SIMULATED" if self.simulated else "",
            self.subject[:60],
            self.provenance.species,
            self.provenance.source,
            self.provenance.version,
            self.view,
            f"{self.made_at:%Y-%m-%d}",
        )
        name = "_".join(_UNSAFE.sub("-", part).strip("-.") for part in parts if part)
        return f"{name}.{ending}"

    def full_legend(self) -> str:
        """The legend with source, unit, reference, n and notes."""
        p = self.provenance
        pieces = [
            "SIMULATED DATA." if self.simulated else "",
            self.legend,
            f"Source: {p.title} {p.version}{f' ({p.species})' if p.species else ''}.",
            f"Unit: {p.unit}." if p.unit else "",
            f"z-score reference: {p.z_reference}." if p.z_reference else "",
            *p.notes,
        ]
        return " ".join(piece for piece in pieces if piece)

    def methods(self) -> str:
        """A methods paragraph: where the numbers come from, what was done, with what."""
        p = self.provenance
        what = f"{p.species} {'simulated ' if self.simulated else ''}data".strip()
        opening = f"{what[:1].upper()}{what[1:]} were taken from {p.title} {p.version} ({_place(p)})."
        transform = f"Values are {p.unit} ({p.transform})." if p.transform and p.unit else ""
        reference = f"z-score reference: {p.z_reference}." if p.z_reference else ""
        return " ".join(piece for piece in (opening, transform, *self.steps, reference, SELF_CITATION) if piece)

    def citations(self) -> tuple[str, ...]:
        """What to cite, and the licence the numbers come under."""
        return (*self.provenance.citations, f"Licence of the data: {self.provenance.licence}.")

    def data_header(self, base: str) -> list[str]:
        """Lines for the top of a data file, without the leading "# "."""
        p = self.provenance
        lines = [
            "SIMULATED DATA" if self.simulated else "",
            f"Expronaut {VERSION}: {self.legend}",
            f"link: {self.link(base)}",
            f"made (UTC): {self.made_at:%Y-%m-%dT%H:%M:%SZ}",
            f"source: {p.title} {p.version} ({p.kind})",
            f"data: {_when(p)}",
            f"species: {p.species}" if p.species else "",
            f"unit: {p.unit}" if p.unit else "",
            f"transform: {p.transform}" if p.transform else "",
            f"z-score reference: {p.z_reference}" if p.z_reference else "",
            f"n: {p.n}" if p.n is not None else "",
            f"licence: {p.licence}",
            *(f"cite: {citation}" for citation in p.citations),
            *(f"note: {note}" for note in p.notes),
            *(f"step: {step}" for step in self.steps),
        ]
        return [" ".join(line.split()) for line in lines if line]

    def csv(self, table: pd.DataFrame, base: str) -> bytes:
        """The table as CSV (UTF-8, point as decimal sign, missing empty) under its "#" header."""
        out = io.StringIO()
        for line in self.data_header(base):
            out.write(f"# {line}\n")
        spreadsheet_safe(table).to_csv(out, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        return out.getvalue().encode()


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a quote before text that a spreadsheet would run as a formula."""
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{name: table[name].map(_plain) for name in text})


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _when(p: Provenance) -> str:
    """Bundled data and local files were not accessed on the day a figure is made; all others were."""
    if p.held:
        return p.held
    if p.kind in ("real", "simulated"):
        return f"bundled with Expronaut {VERSION}"
    return f"accessed {p.fetched_at:%d %B %Y, %H:%M} UTC{', from a stale cache' if p.stale else ''}"


def _place(p: Provenance) -> str:
    """Where the data are of, and when they were there; what lies on this machine alone has no address."""
    host = p.url.partition("://")[2].rstrip("/").removeprefix("www.")
    return ", ".join(piece for piece in (host or ("" if p.held else "bundled with Expronaut"), _when(p)) if piece)


def genes_phrase(genes: list[str], most: int = 6) -> str:
    """ "ALB, INS and TP53", or "24 genes" when there are more than `most`."""
    if len(genes) > most:
        return f"{len(genes)} genes"
    return genes[0] if len(genes) == 1 else f"{', '.join(genes[:-1])} and {genes[-1]}"
