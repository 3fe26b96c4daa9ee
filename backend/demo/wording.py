"""The metadata of a simulated sample, as messy as GEO's: field -> text, in the fields of ARCHS4 v2.5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np

from backend.demo.kinds import KINDS, Kind
from backend.demo.studies import Sample, Study

SIMULATED = (
    "SIMULATED by Expronaut: counts drawn at random around tissue means of the Human Protein Atlas. "
    "Nobody and nothing was sequenced."
)
_TEXTS = (
    "channel_count characteristics_ch1 contact_address contact_city contact_country contact_institute contact_name "
    "contact_zip data_processing extract_protocol_ch1 geo_accession instrument_model last_update_date "
    "library_selection library_source library_strategy molecule_ch1 organism_ch1 platform_id relation sample series_id "
    "source_name_ch1 status submission_date taxid_ch1 title type"
)
TEXTS = tuple(_TEXTS.split())
MISSING = ("NA", "null", "")

_INSTRUMENTS = (
    ("Illumina NovaSeq 6000", "GPL24676", 2018),
    ("Illumina HiSeq 2000", "GPL11154", 2011),
    ("Illumina HiSeq 2500", "GPL16791", 2013),
    ("Illumina HiSeq 4000", "GPL20301", 2015),
    ("Illumina NextSeq 500", "GPL18573", 2014),
)
_COUNTRIES = ("USA", "China", "Germany", "United Kingdom", "Japan", "Korea", "France", "Netherlands", "Canada", "NA")
_DESIGNS = (  # key of the characteristics, what the samples of a study get in turn; the last are for donors
    ("treatment", ("DMSO", "dexamethasone, 100 nM", "dexamethasone, 1 uM")),
    ("treatment", ("siNT", "siMYC, 48 h", "siTP53, 48 h")),
    ("genotype", ("wild type", "MFN1-/-, MFN2-/-", "TP53: p.R175H")),
    ("time", ("0 h", "6 h", "24 h", "ratio 1:2, 48 h")),
    ("condition", ("control", "stimulated: LPS, 4 h", "hypoxia")),
    ("infection", ("mock", "influenza A virus, MOI 0.1")),
    ("disease state", ("healthy", "type 2 diabetes", "obesity")),
    ("diagnosis", ("control", "sepsis", "COVID-19, day 3")),
)
_PROTOCOLS = (
    "Total RNA was isolated with TRIzol and treated with DNase; its integrity was measured on a Bioanalyzer.",
    "RNA was extracted with the RNeasy Mini Kit following the manufacturer’s instructions.",
    "Tissue was snap frozen in liquid nitrogen, homogenised in QIAzol and purified on columns.",
    "Cells were lysed directly in buffer RLT with 2-mercaptoethanol; polyadenylated RNA was selected on beads.",
    "RNA was extracted from formalin-fixed sections after removal of paraffin; ribosomal RNA was depleted.",
)
_SINGLE_PROTOCOL = "Single cells were sorted into 384-well plates and lysed; cDNA was made by template switching."
_LIBRARIES = (
    "Libraries were prepared with the TruSeq Stranded mRNA kit and sequenced to 2 x 100 bases.",
    "Libraries were prepared with the NEBNext Ultra II kit, amplified in 12 cycles and pooled at equal amounts.",
    "Libraries were prepared with the SMARTer Stranded kit; 1 x 75 bases were sequenced.",
)


def texts(sample: Sample, seed: int) -> dict[str, str]:
    """Every text field of a sample; the fields of a study are equal in all its samples."""
    kind = KINDS[sample.kind]
    random = np.random.default_rng([seed, 3, sample.place])
    shared = np.random.default_rng([seed, 4, sample.study.number])
    style = int(shared.integers(0, 6))
    word = kind.words[int(shared.integers(0, len(kind.words)))]
    key, levels = _DESIGNS[int(shared.integers(0, len(_DESIGNS) - (0 if kind.key == "tissue" else 2)))]
    level = levels[sample.number % len(levels)]
    found = _of_study(sample, shared) | {
        "geo_accession": sample.accession,
        "sample": sample.accession,
        "series_id": sample.study.series,
        "title": _title(sample, word, level, style),
        "source_name_ch1": _source(sample.study, kind, word, style),
        "characteristics_ch1": _characteristics(sample, kind, word, (key, level), style, random),
    }
    return found | dict(_mess(sample, random))


def _of_study(sample: Sample, shared: np.random.Generator) -> dict[str, str]:
    """Fields that all samples of a study share."""
    number = sample.study.number
    model, platform, since = _INSTRUMENTS[int(shared.integers(0, len(_INSTRUMENTS)))]
    submitted = date(since, 1, 1) + timedelta(days=int(shared.integers(0, (2024 - since) * 365)))
    released = submitted + timedelta(days=int(shared.integers(20, 500)))
    country = _COUNTRIES[int(shared.integers(0, len(_COUNTRIES)))]
    genome = ("hg19", "GRCh38")[int(shared.integers(0, 2))]
    told = sample.single and shared.random() < 0.85  # library_source is not reliable
    return {
        "channel_count": "1",
        "contact_address": "NA",
        "contact_city": "NA",
        "contact_country": country,
        "contact_institute": f"Simulated institute {number % 400 + 1}",
        "contact_name": f"Simulated,,Contact {number % 900 + 1}",
        "contact_zip": "NA",
        "data_processing": f"{SIMULATED} Genome_build: {genome}",
        "extract_protocol_ch1": _protocol(sample, shared),
        "instrument_model": model,
        "last_update_date": f"{released:%b %d %Y}",
        "library_selection": "cDNA",
        "library_source": "transcriptomic single cell" if told else "transcriptomic",
        "library_strategy": "RNA-Seq",
        "molecule_ch1": ("total RNA", "polyA RNA")[int(shared.integers(0, 2))],
        "organism_ch1": "Homo sapiens",
        "platform_id": platform,
        "relation": "NA",
        "status": f"Public on {released:%b %d %Y}",
        "submission_date": f"{submitted:%b %d %Y}",
        "taxid_ch1": "9606",
        "type": "SRA",
    }


def _protocol(sample: Sample, shared: np.random.Generator) -> str:
    first = _SINGLE_PROTOCOL if sample.single else _PROTOCOLS[int(shared.integers(0, len(_PROTOCOLS)))]
    text = f"{first} {_LIBRARIES[int(shared.integers(0, len(_LIBRARIES)))]} Input: {shared.integers(10, 2000)} ng."
    return _spoilt(text) if shared.random() < 0.5 else text


def _spoilt(text: str) -> str:
    """UTF-8 read as Latin-1, the mojibake of GEO."""
    return text.encode().decode("latin-1")


def _title(sample: Sample, word: str, level: str, style: int) -> str:
    cell = f"cell {sample.number + 1}" if sample.single else f"rep{sample.number % 4 + 1}"
    if sample.study.untold:
        return f"S{sample.number + 1:02}_{level.split(',')[0]}_{cell}"
    plain = word.split(",")[0]
    if style == 0:
        return f"{plain} {level} {cell}"
    if style == 1:
        return f"{plain.replace(' ', '_')}_{level.split(',')[0].replace(' ', '')}_{sample.number + 1}"
    if style == 2:
        return f"{plain} [donor {sample.number % 12 + 1}, {cell}]"
    return f"RNA-seq of {plain}, {level}, sample {sample.number + 1}"


def _source(study: Study, kind: Kind, word: str, style: int) -> str:
    if study.untold:
        return ("donor material", "RNA", "NA")[style % 3]
    if kind.line:
        return f"{word} cells" if style % 2 else kind.words[0]
    return (word, word, f"Human {word}", f"{word}, adult", kind.words[0], word[0].upper() + word[1:])[style]


def _characteristics(
    sample: Sample, kind: Kind, word: str, design: tuple[str, str], style: int, random: np.random.Generator
) -> str:
    """key: value,key: value, without a blank after the comma; values hold commas and colons of their own."""
    pairs = [] if sample.study.untold else list(_material(kind, word, style))
    if not kind.line:
        pairs.append(("Sex", ("male", "female", "NA", "F", "M")[int(random.integers(0, 5))]))
        pairs.append(("age", str(random.integers(19, 88)) + ("", " years", "y")[style % 3]))
    pairs.append(design)
    if style == 2:
        pairs.append(("individual", f"donor {sample.number % 12 + 1}"))
    if style == 5:
        pairs.append(("batch", str(sample.number % 3 + 1)))
    return ",".join(f"{key}: {value}" for key, value in pairs)


def _material(kind: Kind, word: str, style: int) -> Iterator[tuple[str, str]]:
    """What the sample is made of; one style leaves it to the source name."""
    if kind.line:
        yield ("cell line", "Cell line", "cell_line")[style % 3], word
        if style % 2:
            yield "tissue", kind.origin
    elif style != 4:
        spellings = {"tissue": ("tissue", "Tissue", "organ", "tissue type"), "cell type": ("cell type", "cell_type")}
        yield spellings[kind.key][style % len(spellings[kind.key])], word
    if kind.tumour and style != 3:
        yield "disease", kind.words[-1]


def _mess(sample: Sample, random: np.random.Generator) -> Mapping[str, str]:
    """What goes wrong in about every hundredth sample, and in the first ones of every file."""
    drawn = sample.place if sample.place < 40 else int(random.integers(0, 400))
    if drawn in (13, 14, 15):
        return {"characteristics_ch1": MISSING[drawn - 13]}
    if drawn == 17:
        return {"title": _spoilt(f"{sample.accession} treated with 0 μM of 5-Aza")}
    if drawn == 19:
        return {"source_name_ch1": "null"}
    if drawn == 23:
        return {"instrument_model": "NA", "submission_date": ""}
    return {}
