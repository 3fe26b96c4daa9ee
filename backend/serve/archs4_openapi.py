"""The v1 API of ARCHS4 in OpenAPI: paths, parameters with their ranges, answers, and every failure."""

from __future__ import annotations

from typing import Any

from backend.model import SPECIES
from backend.serve.archs4 import LIMIT, MEMBER, MOST, MOST_OFFSET, MOST_QUERY, MOST_SYMBOL

Node = dict[str, Any]
PREFIX = "/archs4"
TAG = "ARCHS4"


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: dict[str, Node]) -> Node:
    return {"type": "object", "required": list(required), "properties": required}


def _listed(items: Node) -> Node:
    return {"type": "array", "items": items}


def _said(kind: str | list[str], description: str, **more: Any) -> Node:
    return {"type": kind, "description": description, **more}


def _query(name: str, description: str, schema: Node, required: bool = False, example: Any = None) -> Node:
    found = {"name": name, "in": "query", "description": description, "required": required, "schema": schema}
    return found if example is None else {**found, "example": example}


def _whole(low: int, high: int, usual: int) -> Node:
    return {"type": "integer", "minimum": low, "maximum": high, "default": usual}


SOURCE = {
    "name": "source",
    "in": "path",
    "required": True,
    "description": "Name of a local source: hpa, demo, or archs4- and the name of a file without its ending.",
    "schema": {"type": "string", "minLength": 1},
    "example": "hpa",
}
GENE = {
    "name": "gene",
    "in": "path",
    "required": True,
    "description": "Symbol as the source writes it, in its very case; for any other name the answer 404 tells it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_SYMBOL},
    "example": "TP53",
}
SPECIES_OF = _query(
    "species", "Which data to ask.", {"type": "string", "enum": list(SPECIES), "default": SPECIES[0]}, example="human"
)
LIMITED = _query("limit", "At most so many entries.", _whole(1, MOST, LIMIT), example=20)
OFFSET = _query("offset", "So many hits are passed over.", _whole(0, MOST_OFFSET, 0), example=0)
TEXT = _query(
    "query",
    "Words, in any case; each of them must occur as a whole word. Signs mean nothing.",
    {"type": "string", "minLength": 1, "maxLength": MOST_QUERY},
    required=True,
    example="liver",
)

ABOUT: dict[str, Node] = {
    "source": _ref("Archs4Source"),
    "simulated": _said("boolean", "true when the data are made up, as those of the demo cohort are."),
    "notes": _listed(_said("string", "A sentence on what was left out or how to read the numbers.")),
}
WHOSE: dict[str, Node] = {
    "gene_symbol": {"type": "string"},
    "species": {"type": "string", "enum": list(SPECIES)},
}
METHOD = _said("string", "How the numbers were made, and against which reference; empty without values.")

SCHEMAS: dict[str, Node] = {
    "Archs4Error": _object({MEMBER: _said("string", "What happened, and the next step.")}),
    "Archs4Source": _object(
        {name: {"type": "string"} for name in ("name", "title", "version", "url", "licence")}
        | {"citations": _listed({"type": "string"})}
    ),
    "Archs4Gene": _object(
        WHOSE
        | {
            "ensembl_gene_id": _said("string", "Without version; empty when unknown."),
            "description": _said("string", "The gene's full name; empty when unknown."),
            "n_samples_expressed": _said(["integer", "null"], "Bulk samples with a read of the gene."),
            "n_tissues_expressed": _said(["integer", "null"], "Of a source that has one value a tissue."),
            "expression_percentile": _said(["number", "null"], "Rank of its mean among all genes, 0 to 100."),
            "n_duplicates": _said(["integer", "null"], "Rows of the file that carry the symbol, this one included."),
        }
        | ABOUT
    ),
    "Archs4Zscores": _object(
        {"values": _listed(_ref("Archs4Zscore")), **WHOSE, "method": METHOD} | ABOUT,
    ),
    "Archs4Zscore": _object(
        {
            "tissue": _said("string", "In lower case."),
            "zscore": {"type": "number"},
            "n_samples": _said(["integer", "null"], "null where the source has one value a tissue."),
        }
    ),
    "Archs4Correlations": _object(
        {
            "values": _listed(_ref("Archs4Correlation")),
            **WHOSE,
            "n": _said(["integer", "null"], "Samples, or tissues, behind each r."),
            "method": METHOD,
        }
        | ABOUT
    ),
    "Archs4Correlation": _object(
        {
            "gene": {"type": "string"},
            "correlation": {"type": "number", "minimum": -1, "maximum": 1},
            "n": {"type": "integer"},
        }
    ),
    "Archs4Samples": _object(
        {
            "samples": _listed(_ref("Archs4Sample")),
            "total": _said("integer", "Hits in all, of which this is a page."),
            "species": WHOSE["species"],
        }
        | ABOUT
    ),
    "Archs4Sample": _object(
        {
            "sample_id": {"type": "string"},
            "series_id": _said("string", "Several series of one sample are joined by a comma."),
            "title": {"type": "string"},
            "source_name": {"type": "string"},
            "tissue": _said("string", "In lower case; empty when unknown."),
        }
    ),
}

FAILURES: dict[str, str] = {
    "400": "A parameter breaks a rule.",
    "401": "The server asks for a token, and none or a wrong one came.",
    "404": "No such gene, source, or data of the species.",
    "405": "Only GET is offered.",
    "414": "The address is too long.",
    "429": "You ask too often; Retry-After says how many seconds to wait.",
    "500": "A file of this machine is damaged, or something unexpected went wrong.",
    "503": "The question needs an index that is not built yet, or a setting names nothing that is there.",
}
QUESTIONS: tuple[tuple[str, str, str, str, list[Node]], ...] = (
    (
        "/meta/genes/{gene}",
        "A gene",
        "Its id and full name, in how many samples it is expressed, and where it stands among all genes.",
        "Archs4Gene",
        [GENE, SPECIES_OF],
    ),
    (
        "/meta/genes/{gene}/zscore",
        "z-scores of a gene over tissues",
        "Highest first. The numbers are those of the dashboard's Gene page for the same source.",
        "Archs4Zscores",
        [GENE, SPECIES_OF],
    ),
    (
        "/meta/genes/{gene}/correlations",
        "Genes that rise and fall with a gene",
        "Pearson's r, highest first; genes with r above 0 only.",
        "Archs4Correlations",
        [GENE, SPECIES_OF, LIMITED],
    ),
    (
        "/samples/search",
        "Samples by words of their description",
        "Over accession, series, title, source and characteristics, in the order of the data.",
        "Archs4Samples",
        [TEXT, SPECIES_OF, LIMITED, OFFSET],
    ),
)


def paths() -> dict[str, Node]:
    """Every path, over the best source and over a named one."""
    found = {}
    for base, first, where in (("/api/v1", [], ""), ("/{source}/api/v1", [SOURCE], ", of a named source")):
        for path, title, more, schema, parameters in QUESTIONS:
            operation = {
                "tags": [TAG],
                "summary": f"{title}{where}",
                "description": more,
                "operationId": f"{'source' if first else 'best'}{schema}",
                "parameters": [*first, *parameters],
                "responses": {"200": _answer("The answer.", schema)}
                | {number: _answer(why, "Archs4Error") for number, why in FAILURES.items()},
            }
            found[f"{PREFIX}{base}{path}"] = {"get": operation}
    return found


def _answer(description: str, schema: str) -> Node:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}
