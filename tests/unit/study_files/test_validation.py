"""Samples against templates: the bundled one, and one of the user."""

from __future__ import annotations

import io
import json

import pytest

from backend.errors import BadInput
from backend.study_files.tables import AttributeTable
from backend.study_files.template import Template, default, read
from backend.study_files.text import read_table
from backend.study_files.validation import validate
from tests.unit.study_files.worked import SAMPLES

TYPE = "com.genestack.api.metainfo."


def table(body: str) -> AttributeTable:
    found, _ = read_table(io.BytesIO(body.encode()), "samples.tsv")
    assert found is not None
    return found


def template(*attributes: tuple[str, bool, str, str], **dictionaries: dict[str, list[str]]) -> Template:
    listed = [
        {
            "dataType": "genestack:sampleObject",
            "name": name,
            "isRequired": required,
            "metainfoType": TYPE + kind,
            "dictionaryName": words,
        }
        for name, required, kind, words in attributes
    ]
    return read(json.dumps({"attributes": listed, "dictionaries": dictionaries}).encode(), "own.json")


def test_the_bundled_template_knows_synonyms_of_sex_and_says_what_it_cannot_check() -> None:
    body = SAMPLES.replace("Population", "Organism")
    report = validate(default(), {"LOC3": table(body)})
    assert [(one.group, one.attribute, one.value, one.count, one.error) for one in report.invalid] == [
        ("LOC3", "Sex", "M", 2, "SYNONYM_ATTRIBUTE"),
        ("LOC3", "Sex", "F", 2, "SYNONYM_ATTRIBUTE"),
    ]
    assert report.invalid[0].message == (
        'The value "M" for attribute "Sex" is a synonym in the controlled vocabulary "Sex". Did you mean one of [male]?'
    )
    assert "[female]" in report.invalid[1].message
    assert report.skipped == ("Organism: the vocabulary “Organism” is not at hand, so its values were not checked.",)


def test_the_bundled_template_has_the_documented_attributes() -> None:
    required = {kind: [one.name for one in default().of(kind) if one.required] for kind in ("study", "samples")}
    assert required["samples"] == ["genestack:accession", "Sample Source ID"]
    assert required["study"] == ["genestack:accession", "Study Source", "Study Source ID", "Study Description"]
    types = {one.name: one.type for one in default().of("samples")}
    assert (types["Age"], types["Data Files / Raw"], types["Sex"]) == ("decimal", "link", "text")
    assert {one.name for one in default().of("expression")} >= {"Data Class", "Genome Version"}


def test_required_attributes() -> None:
    rules = template(("Organism", True, "StringValue", ""), ("Tissue", True, "StringValue", ""))
    report = validate(rules, {"g": table("Sample Source ID\tOrganism\nS1\t\nS2\tmouse\nS3\t\nS4\tNot recorded\n")})
    assert [(one.attribute, one.value, one.count, one.error) for one in report.invalid] == [
        ("Organism", None, 2, "VALUE_NOT_SET"),
        ("Tissue", None, 4, "MISSING_ATTRIBUTE"),
    ]
    assert report.invalid[0].message == 'The value for required attribute "Organism" is not present'


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("IntegerValue", ["0", "-12", "+3"], ["1.0", "ten", "1e3", "٣", "1,000"]),
        ("DecimalValue", ["1", "-0.5", ".5", "1e-3"], ["nan", "inf", "1,5", "1e999", "0x1"]),
        ("BooleanValue", ["true", "False"], ["yes", "1"]),
        ("DateTimeValue", ["2024-07-15", "2024-07-15T11:23:43"], ["15.07.2024", "2024-13-01"]),
        ("ExternalLink", ["https://example.org/a.fastq", "ftp://example.org/a"], ["a.fastq", "https://"]),
        ("StringValue", ["anything"], []),
    ],
)
def test_types(kind: str, good: list[str], bad: list[str]) -> None:
    rules = template(("X", False, kind, ""))
    values = [*good, "Not applicable", *bad]
    report = validate(rules, {"g": table("X\n" + "".join(f"{value}\n" for value in values))})
    assert [one.value for one in report.invalid] == bad
    assert {one.error for one in report.invalid} <= {"TYPE_NOT_MATCH"}
    for one in report.invalid:
        assert one.message == f'Value "X" should have "{TYPE}{kind}" type, but has "{TYPE}StringValue" type'


def test_words_and_lists() -> None:
    rules = template(
        ("Drug", False, "StringValue", "Drugs"),
        Drugs={"ibuprofen": ["Brufen", "pain killer"], "aspirin": ["ASA", "Pain killer"]},
    )
    report = validate(rules, {"g": table("Drug\nibuprofen|aspirin\nibprofen|asa\npain KILLER\nIbuprofen\nibprofen\n")})
    assert [(one.value, one.count, one.error) for one in report.invalid] == [
        ("ibprofen", 2, "VOCABULARY_NOT_FOUND"),
        ("asa", 1, "SYNONYM_ATTRIBUTE"),
        ("pain KILLER", 1, "SYNONYM_ATTRIBUTE"),
        ("Ibuprofen", 1, "VOCABULARY_NOT_FOUND"),
    ]
    assert report.invalid[2].message.endswith("Did you mean one of [ibuprofen, aspirin]?")


def test_a_valid_group_has_nothing() -> None:
    good = SAMPLES.replace("\tM\t", "\tmale\t").replace("\tF\t", "\tfemale\t")
    report = validate(default(), {"a": table(good), "b": table(good)})
    assert report.invalid == ()
    assert report.skipped == ()


ENTRY = {"name": "A", "isRequired": False, "metainfoType": f"{TYPE}StringValue", "dataType": "study"}


def test_the_vendor_list_is_a_template() -> None:
    listed = [ENTRY, {**ENTRY, "dataType": "genestack:facsParent"}]
    own = read(json.dumps(listed).encode(), "t.json")
    assert [(one.kind, one.name) for one in own.attributes] == [("study", "A")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"{}",
        b"3",
        b"\xff",
        b"[" * 100_000,
        b'["A"]',
        json.dumps([{**ENTRY, "isRequired": "yes"}]).encode(),
        json.dumps([{**ENTRY, "name": " "}]).encode(),
        json.dumps([{**ENTRY, "metainfoType": "Text"}]).encode(),
        json.dumps([ENTRY, ENTRY]).encode(),
        json.dumps({"attributes": [ENTRY], "dictionaries": {"A": ["x"]}}).encode(),
        json.dumps({"attributes": [ENTRY], "dictionaries": {"A": {"x": [1]}}}).encode(),
    ],
)
def test_what_is_no_template_is_told(body: bytes) -> None:
    with pytest.raises(BadInput, match=r"t\.json") as caught:
        read(body, "t.json")
    assert caught.value.hint
