"""A matrix of a server, whole or a slice of it: by ticket, checked against what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend import genes
from backend.errors import BadAnswer, BadInput, NotFound, TooLarge
from backend.model import Species
from backend.rnaget import catalogue, json_form, payload
from backend.rnaget.server import Server, Spoken, part
from backend.rnaget.tickets import MOST_BYTES, Ticket, fetched, read_ticket
from backend.study.genes import plain, species_of
from backend.study.matrix import MOST_CELLS, Matrix

WHOLE = "This server sends a matrix by its id as a whole; it was cut here to what was asked for."
_SHOWN = 6
_USUAL = Spoken("1.0")


@dataclass(frozen=True)
class Wanted:
    """What of which matrix. expression: its id; else study: the one matrix of a study. Lists: () for everything.

    features: ids (Ensembl) and names may stand in one list each. filters: further parameters as the server names them.
    """

    expression: str = ""
    study: str = ""
    features: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    unit: str = ""
    format: str = ""
    filters: tuple[tuple[str, str], ...] = ()

    def params(self) -> dict[str, str]:
        """The query; lists joined by commas, as all servers understand. Raises BadInput for a label with a comma."""
        lists = {"featureIDList": self.features, "featureNameList": self.names, "sampleIDList": self.samples}
        for label in (*self.features, *self.names, *self.samples):
            if "," in label:
                raise BadInput(f"“{label[:40]}” holds a comma, so RNAget cannot ask for it.", "Ask for all, or others.")
        found = {name: ",".join(values) for name, values in lists.items() if values}
        if self.unit:
            found["units"] = self.unit
        if not self.expression:
            found |= {"studyID": self.study} if self.study else {}
            found["format"] = self.format or "tsv"
        return found | dict(self.filters)


def matrix(server: Server, spoken: Spoken, wanted: Wanted) -> Matrix:
    """The matrix that was asked for; what lacks or came unasked is told in its notes.

    Raises NotFound when nothing matches, BadAnswer for what is no matrix or for a wrong md5, TooLarge over the caps.
    """
    if spoken.has_tickets:
        told = ticket(server, wanted, spoken)
        found = fetched(told, lambda body: payload.read(body, told.unit))
        found = replace(found, notes=(*told.notes, *found.notes))
    else:
        found = _of_seed(server, wanted)
    if not found.ids:
        raise NotFound(f"{server.endpoint.name} has none of these genes in this matrix.", "Choose other genes.")
    try:
        return _checked(found, wanted, whole=spoken.is_seed and bool(wanted.expression)).checked()
    except BadInput as error:
        raise BadAnswer(f"{server.endpoint.name}: {error.message}", error.hint) from error


def ticket(server: Server, wanted: Wanted, spoken: Spoken = _USUAL) -> Ticket:
    """The ticket for a matrix, never kept. Raises NotFound for an empty one, BadAnswer for one without an address."""
    if not (wanted.expression or wanted.format):
        wanted = replace(wanted, format=catalogue.form(server))
    if spoken.is_seed:  # by id there is one file, and it comes whole
        path = f"/expressions/{part(wanted.expression, seed=True)}" if wanted.expression else "/expressions/search"
        return read_ticket(server, server.json(path, {} if wanted.expression else wanted.params(), lifetime=0.0))
    path = f"/expressions/{part(wanted.expression)}/ticket" if wanted.expression else "/expressions/ticket"
    return read_ticket(server, server.json(path, wanted.params(), lifetime=0.0))


def _of_seed(server: Server, wanted: Wanted) -> Matrix:
    asked = (*wanted.features, *wanted.names)
    wanted.params()  # raises for labels with a comma
    if wanted.expression:
        found = server.json(f"/expressions/{part(wanted.expression, seed=True)}", most_bytes=MOST_BYTES)
    else:
        one = wanted.samples[0] if len(wanted.samples) == 1 else ""  # several cannot be asked for
        params = {"studyID": wanted.study, "geneNameList": ",".join(wanted.names), "sampleID": one}
        params["geneAccessionList"] = ",".join(wanted.features)
        sent = {name: value for name, value in params.items() if value}
        found = server.json("/expressions/search", sent, most_bytes=MOST_BYTES)
    if found == []:
        raise NotFound(f"{server.endpoint.name} has nothing that matches.", "Choose other filters.")
    return json_form.of(found, wanted.unit, asked, wanted.samples)


def _checked(found: Matrix, wanted: Wanted, whole: bool = False) -> Matrix:
    """The matrix cut to what was asked for, with notes on what lacks and what came unasked. Servers do both.

    whole: nothing less could be asked for.
    """
    if found.values.size > MOST_CELLS:
        raise TooLarge(f"The matrix has {found.values.size:,} numbers; the cap is {MOST_CELLS:,}.", "Choose genes.")
    rows, missing_genes = _rows(found, wanted)
    columns, missing_samples = _columns(found, wanted)
    n_rows, n_columns = len(found.ids) - len(rows), len(found.samples) - len(columns)
    unasked = () if whole else (*_unasked("genes", n_rows), *_unasked("samples", n_columns))
    cut = (WHOLE,) if whole and n_rows + n_columns else ()
    missing = (*_missing("genes", missing_genes), *_missing("samples", missing_samples))
    return replace(
        found,
        ids=tuple(found.ids[place] for place in rows),
        names=tuple(found.names[place] for place in rows),
        samples=found.samples.iloc[columns].reset_index(drop=True),
        values=found.values[np.ix_(rows, columns)],
        notes=(*found.notes, *missing, *unasked, *cut),
    )


def _rows(found: Matrix, wanted: Wanted) -> tuple[list[int], list[str]]:
    """Rows of the genes asked for, and those that are missing. A server may answer ids to names, and names to ids."""
    asked = (*wanted.features, *wanted.names)
    if not asked:
        return list(range(len(found.ids))), []
    species = species_of(found.ids or asked)
    labels = [{plain(one) for one in pair if one} for pair in zip(found.ids, found.names, strict=True)]
    given = {label for names in labels for label in names}
    meant: dict[str, set[str]] = {}
    for name in asked:
        own = {plain(name)}
        meant[name] = own if own & given else own | _names_of(name, species)
    sought = {label for names in meant.values() for label in names}
    rows = [place for place, names in enumerate(labels) if names & sought]
    if not rows:
        raise NotFound("The server sent none of the genes that were asked for.", "Check the genes.")
    return rows, [name for name, names in meant.items() if not names & given]


def _names_of(name: str, species: Species) -> set[str]:
    """The Ensembl id and the symbol of a gene, as the name tables know it."""
    known = genes.resolve(name, species, 0).gene
    return {plain(one) for one in (known.ensembl, known.symbol) if one} if known is not None else set()


def _columns(found: Matrix, wanted: Wanted) -> tuple[list[int], list[str]]:
    names = [str(name).casefold() for name in found.samples["sample"]]
    asked = {name.casefold(): name for name in wanted.samples}
    if not asked:
        return list(range(len(names))), []
    columns = [place for place, name in enumerate(names) if name in asked]
    if not columns:
        raise NotFound("The server sent none of the samples that were asked for.", "Check the samples.")
    return columns, [name for own, name in asked.items() if own not in names]


def _missing(what: str, names: Sequence[str]) -> tuple[str, ...]:
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    return (f"The server left out {len(names):,} {what} that were asked for: {shown}.",) if names else ()


def _unasked(what: str, count: int) -> tuple[str, ...]:
    return (f"The server sent {count:,} {what} nobody asked for; they were cut off here.",) if count else ()
