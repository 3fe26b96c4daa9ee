"""Where an entry of a catalogue leads to: a page, and what its address gets."""

from __future__ import annotations

from dataclasses import dataclass

from backend.model import CatalogueEntry
from components import inputs

FILES = {inputs.PART: "files"}


@dataclass(frozen=True)
class Way:
    """A page by its path, the options of its address, and the words of the link."""

    page: str
    params: dict[str, str]
    label: str = "Open"


def way(entry: CatalogueEntry) -> Way:
    """The page of an entry; a spatial file that is not open has none yet (see `entry_card`)."""
    ids = entry.ids
    match entry.opens:
        case "stomics":
            return Way("datasets", {inputs.PART: "stomics", inputs.DATASET: ids[0]})
        case "rnaget":
            listed = {inputs.LISTED: "matrices", inputs.STUDY: ids[1]}
            return Way("datasets", {inputs.PART: "rnaget", inputs.SERVER: ids[0], **listed})
        case "odm":
            return Way("studies", {inputs.PART: "odm", inputs.STUDY: ids[0]})
        case "own":
            return Way("studies", {inputs.PART: "own", inputs.OWN_STUDY: ids[0]})
        case "source":
            page = "samples" if ids[2:] == ("meta",) else "gene"
            return Way(
                page, {inputs.SOURCE: ids[0], inputs.SPECIES: ids[1]}, "See its genes" if page == "gene" else "Open"
            )
        case "section":
            return Way("spatial", {inputs.SOURCE: ids[0], inputs.SPECIES: ids[1]}, "Look at it")
        case _:
            return Way("datasets", FILES, "Get it" if entry.state == "can be fetched" else "See its file")
