"""The templates and dictionaries of the ODM double: the default template, and one that a simulated study uses."""

from __future__ import annotations

from dataclasses import dataclass

STUDY, SAMPLE, LIBRARY, PREPARATION, EXPRESSION = KINDS = ("study", "sample", "library", "preparation", "expression")
DEFAULT, ATLAS = "GSF000500", "GSF000501"
# dictionary: label -> its synonyms
DICTIONARIES: dict[str, dict[str, tuple[str, ...]]] = {
    "GSF000071": {"male": ("M", "man"), "female": ("F", "woman")},
    "GSF000072": {"Homo sapiens": ("human",), "Mus musculus": ("mouse",)},
    "GSF000073": {"liver": ("hepatic tissue",), "blood": (), "adipose tissue": ("fat",), "skeletal muscle": ()},
    "GSF000074": {"healthy": ("normal",), "fatty liver disease": ("NAFLD",), "type 2 diabetes mellitus": ("T2D",)},
    "GSF996814": {"ibuprofen": (), "metformin": (), "vehicle": ("placebo",)},
    "GSF000075": {"leukocyte": (), "CD14-positive monocyte": (), "hepatocyte": (), "adipocyte": (), "myocyte": ()},
    "GSF000076": {"year": ("years", "y")},
}
NARROWER = {"leukocyte": ("CD14-positive monocyte",), "disease": ("fatty liver disease", "type 2 diabetes mellitus")}


@dataclass(frozen=True)
class Attribute:
    """kind: String, Integer, Decimal, DateTime or ExternalLink. dictionary: its accession, or empty."""

    name: str
    required: bool = False
    kind: str = "String"
    dictionary: str = ""


Template = dict[str, tuple[Attribute, ...]]
_KINDS = {"D": "Decimal", "I": "Integer", "T": "DateTime", "L": "ExternalLink"}


def _section(text: str) -> tuple[Attribute, ...]:
    """Attributes set apart by commas: Name*, Name :D (a type), Name :GSF000071 (a dictionary)."""
    found = []
    for part in ["genestack:accession*", *text.split(", ")]:
        name, _, more = part.removesuffix("*").partition(" :")
        dictionary = more if more.startswith("GSF") else ""
        found.append(Attribute(name.strip(), part.endswith("*"), _KINDS.get(more, "String"), dictionary))
    return tuple(found)


_STUDY = (
    "Study Source*, Study Source ID*, Study Description*, Study Type, Study Design, Therapeutic Area, Contributor, "
    "Contributor Email, Release Date :T, Last Update Date :T, Import Source URL :L"
)
_SAMPLE = (
    "Sample Source ID*, Sample Name, Organism :GSF000072, Sex :GSF000071, Disease :GSF000074, Age :D, "
    "Age Unit :GSF000076, Tissue :GSF000073, Cell Type :GSF000075, Cell Line, "
    "Compound Treatment / Compound :GSF996814, Compound Treatment / Dose :D, Compound Treatment / Dose Unit, "
    "Data Files / Raw :L, Data Files / Processed :L, Import Source URL :L"
)
_LIBRARY = "Library ID*, Sample Source ID*, Library Type, Read Length :I"
_PREPARATION = "Preparation ID*, Sample Source ID*, Digestion"
_EXPRESSION = (
    "Data Class*, Experimental Platform, Data Processing Method, Scale, Genome Version, Normalization Method, "
    "Pipeline ID, Data Files / Raw :L, Data Files / Processed :L, Import Source URL :L, Data Species, Name, "
    "Features (string), Features (numeric), Values (numeric), "
    "genestack:chain, genestack:versionInChain, genestack:activeInChain"
)


def _template(study: str, sample: str) -> Template:
    texts = (study, sample, _LIBRARY, _PREPARATION, _EXPRESSION)
    return {kind: _section(text) for kind, text in zip(KINDS, texts, strict=True)}


TEMPLATES: dict[str, Template] = {
    DEFAULT: _template(_STUDY, _SAMPLE),
    ATLAS: _template(
        "Study Title*, " + _STUDY, _SAMPLE.replace("Organism :GSF000072", "Organism :GSF000072*") + ", Sample Source*"
    ),
}


def typed(kind: str, name: str, value: object, template: str) -> object:
    """A text as the template's type has it: numbers where it says so and the text is one."""
    if isinstance(value, list):
        return [typed(kind, name, one, template) for one in value]
    attribute = next((one for one in TEMPLATES[template][kind] if one.name == name), None)
    if attribute is None or attribute.kind not in ("Decimal", "Integer") or not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number
