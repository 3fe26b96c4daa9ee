"""The values of one gene over the spots of a data set, asked once and then kept until they are asked for anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backend import genes as naming
from backend.errors import BadAnswer, NotFound, TooLarge, Unavailable
from backend.model import SPECIES
from backend.stomics import accessions, shapes
from backend.stomics.server import FOREVER, Server, part
from backend.stomics.shapes import Expression
from backend.stomics.spot_lists import FALLBACK
from backend.web import Mode

MOST_GENE = 64  # characters
MOST_BYTES = 256_000_000  # of an answer, which may have a line for each of a million spots
AS_TYPED = "!"  # at the end of a name: sent as it is, whatever HGNC and MGI call the gene now


def gene(server: Server, accession: str, gene: str, mode: Mode = "usual") -> Expression:
    """One gene, sent as it is given. Its rows are called so, whatever the service calls them.

    Raises as Server.get; NotFound, with other spellings, when the service has nothing of it (404, or nothing came),
    which is not the same as 0; UnknownExpressionShape as shapes.read; BadAnswer for other genes; TooLarge.
    """
    data_set, asked = accessions.checked(accession), gene.strip()[:MOST_GENE]

    def read(value: Any) -> Expression:
        if shapes.is_empty(value):
            raise NotFound(f"Nothing came for {asked}.")
        return _of_gene(shapes.read(value, asked), asked)

    try:
        return server.get(_route(data_set), read, {"gene": asked}, mode, FOREVER, MOST_BYTES)
    except NotFound as error:
        raise _lacking(asked, data_set, error) from error
    except TooLarge as error:
        raise TooLarge(error.message, FALLBACK) from error


def is_kept(server: Server, accession: str, gene: str) -> bool:
    """Whether an answer lies here, so that asking for it costs no call."""
    route = _route(accessions.checked(accession))
    try:
        return server.get(route, lambda _: True, {"gene": gene.strip()[:MOST_GENE]}, "kept", FOREVER)
    except NotFound:
        return True
    except (BadAnswer, Unavailable):
        return False


def spellings(gene: str) -> tuple[str, ...]:
    """How else a gene may be written: as human and as mouse symbol, in capitals, with one capital, as it was called."""
    found = [naming.resolve(gene, species, near=0).gene for species in SPECIES]
    known = [one for one in found if one is not None]
    former = [f"{name}{AS_TYPED}" for one in known for name in one.previous]
    tried = (*(one.symbol for one in known), gene.upper(), gene[:1].upper() + gene[1:].lower(), *former)
    return tuple(name for name in dict.fromkeys(tried) if name != gene)


def _route(accession: str) -> str:
    return f"/datasets/{part(accession)}/expression"


def _of_gene(found: Expression, asked: str) -> Expression:
    """What an answer tells of the gene. Raises NotFound without any spot of it, BadAnswer where others are told."""
    if found.summaries:
        told = _chosen(tuple(found.summaries), asked)
        return replace(found, summaries={asked: found.summaries[told]})
    if not len(found.table):
        spots = f" of {found.n_total:,} spots" if found.n_total else ""
        raise NotFound(f"An answer came for {asked} that lists none{spots}.")
    told = _chosen(tuple(dict.fromkeys(found.table["gene"])), asked)
    own = found.table[found.table["gene"] == told].reset_index(drop=True)
    also = () if told == asked else (("gene", told),)
    return replace(found, table=own.assign(gene=asked), annotations=(*also, *found.annotations))


def _chosen(told: tuple[str, ...], asked: str) -> str:
    """The name under which the gene is told: the only one, or the one that differs in case alone."""
    same = [name for name in told if name == asked] or [name for name in told if name.casefold() == asked.casefold()]
    if len(same) == 1 or len(told) == 1:
        return (same or list(told))[0]
    hint = "The service may have changed; `python -m backend probe stomics` tells more."
    raise BadAnswer(f"STOmics was asked for {asked} and tells {', '.join(told[:5])}.", hint)


def _lacking(asked: str, accession: str, error: NotFound) -> NotFound:
    others = spellings(asked)
    hint = f"Other spellings: {', '.join(others)}." if others else "Check the spelling."
    return NotFound(
        f"STOmics (stomics.io) has no data of {asked} in {accession}, which is not 0. {error.message}", hint, others
    )
