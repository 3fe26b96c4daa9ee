"""The loopback ODM: omics queries, expression items, versions and streamed data, as recorded or documented."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest

from tests.doubles.odm_web import OdmWeb
from tests.doubles.odm_web_atlas import GENES, numbers
from tests.unit.odm_double.asking import USER, ask, get


def test_the_four_queries_of_the_slides(web: OdmWeb) -> None:
    study = {"studyFilter": f'"genestack:accession" ="{web.atlas.study}"', "pageLimit": 100}
    cell = {"sampleFilter": '"Cell Type"="CD14-positive monocyte"'}
    gene = {"exQuery": "Feature=TRAF3IP2-AS1"}
    row = GENES.index("TRAF3IP2-AS1")
    least = float(np.median(numbers()[row, :4]))
    high = {"exQuery": f"Feature=TRAF3IP2-AS1 MinValue={least}"}
    assert len(get(web, f"{USER}/omics/samples", **study)["data"]) == 60
    assert len(get(web, f"{USER}/omics/samples", **study, **cell)["data"]) == 4
    groups = {"exFilter": '"Normalization Method"=TPM'}
    found = get(web, f"{USER}/omics/expression/data", **study, **cell, **gene, **groups)
    assert [one["value"]["value"] for one in found["data"]] == numbers()[row, :4].tolist()
    found = get(web, f"{USER}/omics/expression/data", **study, **cell, **high, **groups)
    assert [one["value"]["value"] for one in found["data"]] == [v for v in numbers()[row, :4].tolist() if v >= least]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("feature=CD36,CPT1A value >= 4", lambda gene, value: gene in ("CD36", "CPT1A") and value >= 4),
        ("3 < value < 3.5", lambda gene, value: 3 < value < 3.5),
        ("feature=CD36 && (value < 2 || value > 90)", lambda gene, value: gene == "CD36" and not 2 <= value <= 90),
        ('feature.gene =~ "SIM00" AND NOT value != 0', lambda gene, value: "SIM00" in gene and value == 0),
        ("Gene=INS MinValue=0", lambda gene, value: gene == "INS" and value >= 0),
    ],
)
def test_expression_queries(web: OdmWeb, text: str, wanted: Any) -> None:
    query = {"exQuery": text, "exFilter": f"genestack:accession={web.atlas.expressions['tpm']}", "pageLimit": 20000}
    found = get(web, f"{USER}/omics/expression/data", **query)["data"]
    features, sources, values = web.truth.matrix(web.atlas.expressions["tpm"])
    expected = {
        (gene, source): value
        for gene, row in zip(features, values.tolist(), strict=True)
        for source, value in zip(sources, row, strict=True)
        if not np.isnan(value) and wanted(gene, value)
    }
    got = {(one["feature"]["gene"], one["itemOrigin"]["runSourceId"]): float(one["value"]["value"]) for one in found}
    assert got == expected


def test_an_infinite_value_is_a_text_and_a_missing_one_is_no_item(web: OdmWeb) -> None:
    query = {"exQuery": "feature=IL6,CPT1A", "exFilter": '"Normalization Method"=TPM'}
    found = get(web, f"{USER}/omics/expression/data", **query)["data"]
    assert [one["itemOrigin"]["runSourceId"] for one in found if one["value"]["value"] == "Inf"] == ["SIM-S04"]
    there = {one["itemOrigin"]["runSourceId"] for one in found if one["feature"]["gene"] == "CPT1A"}
    assert len(there) == 59
    assert "SIM-S06" not in there


def test_relationships_are_samples_libraries_or_null(web: OdmWeb) -> None:
    def relationships(group: str) -> list[Any]:
        query = {"exFilter": f"genestack:accession = {group}"}
        return [one["relationships"] for one in get(web, f"{USER}/omics/expression/data", **query)["data"]]

    groups = web.atlas.expressions
    assert {tuple(one) for one in relationships(groups["tpm"])} == {("sample",)}
    assert {tuple(one) for one in relationships(groups["pools"])} == {("library",)}
    assert set(relationships(groups["unlinked"])) == {None}
    pooled = get(web, f"{USER}/integration/link/library/libraries-to-samples/by/group/{web.atlas.libraries}")["data"]
    assert [len(one["sampleIds"]) for one in pooled] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("end", "last"),
    [("cursor", (True, True)), ("null", (False, False)), ("unsaid", (False, True)), ("repeated", (False, True))],
)
def test_ends_of_omics_queries(web: OdmWeb, end: str, last: tuple[bool, bool]) -> None:
    """last: resultsExhausted, and whether there is a cursor."""
    web.switches.end = end
    path = f"{USER}/omics/samples"
    query = {"sampleFilter": "Tissue=liver", "pageLimit": 15}
    first = get(web, path, **query)
    second = get(web, path, **query, cursor=first["cursor"])
    assert (len(first["data"]), first["resultsExhausted"], len(second["data"])) == (15, False, 5)
    assert (second["resultsExhausted"], second["cursor"] is not None) == last
    assert (second["cursor"] == first["cursor"]) is (end == "repeated")
    assert "#" in first["cursor"]


def test_three_generations_of_items(web: OdmWeb) -> None:
    query = {
        "exQuery": "feature=ENSG00000077044",
        "exFilter": f"genestack:accession={web.genomes.expressions['samples']}",
    }
    found = {}
    for generation in (1, 2, 3):
        web.switches.generation = generation
        found[generation] = get(web, f"{USER}/omics/expression/data", **query)["data"][0]
    sample = web.truth.members(web.genomes.samples)[0]
    assert found[1]["itemId"] is None
    assert found[1]["expression"] == found[2]["expression"] == found[3]["value"]["value"] == 14.7
    assert found[2]["metadata"]["Run Source ID"] == found[3]["itemOrigin"]["runSourceId"] == "HG00119"
    assert found[3]["feature"] == {"feature": "ENSG00000077044"}  # of a GCT file
    assert {one["relationships"]["sample"] for one in found.values()} == {sample}


@pytest.mark.parametrize(
    ("versions", "wanted"),
    [
        ("", ["counts3"]),
        ("v1", ["counts1"]),
        ("v2,v3", ["counts2", "counts3"]),
        ("*", ["counts1", "counts2", "counts3"]),
        ("GSVC001:v2", ["counts2"]),
        ("GSVC001:{counts1};GSVC9:v1", ["counts1"]),
        ("v0", []),
    ],
)
def test_versions_of_data(web: OdmWeb, versions: str, wanted: list[str]) -> None:
    groups = web.atlas.expressions
    query = {"useVersions": versions.format(**groups)} if versions else {}
    found = get(web, f"{USER}/omics/expression/group", exFilter='"Normalization Method"=Counts', **query)["data"]
    assert [one["itemId"] for one in found] == [groups[name] for name in wanted]
    assert {one["metadata"]["genestack:chain"] for one in found} <= {"GSVC001"}


def test_streamed_data(web: OdmWeb) -> None:
    def stream(**query: Any) -> list[list[str]]:
        reply = ask(web, f"{USER}/omics/expression/streamed-data", params=query)
        assert reply.headers["Content-Type"].startswith("text/csv")
        return list(csv.reader(reply.text.splitlines()))

    samples, wide = web.genomes.expressions["samples"], web.atlas.expressions["rpkm"]
    assert stream(groupAccession=samples, sampleFilter="Sex=M")[:2] == [
        ["NAME", "HG00119", "HG00183"],
        ["ENSG00000077044", "14.7", "17.2"],
    ]
    table = stream(groupAccession=wide, roundDigits=1, exQuery="feature.gene=CPT1A,CD36")
    assert table[0][:6] == ["Ensembl_ID", "chrom", "chromStart", "gene", "strand", "SIM-S01"]
    assert [row[3] for row in table[1:]] == ["CD36", "CPT1A"]
    assert table[2][5 + 5] == ""  # not measured
    web.switches.stream_tail = "java.io.IOException: simulated"
    cut = ask(web, f"{USER}/omics/expression/streamed-data", params={"groupAccession": wide})
    assert (cut.status_code, cut.text.splitlines()[-1]) == (200, "#java.io.IOException: simulated")
    assert len(cut.text.splitlines()) < len(GENES)
    wrong = ask(web, f"{USER}/omics/expression/streamed-data", params={"groupAccession": "GSF7"})
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (404, "Group 'GSF7' could not be found")


def test_expression_without_omics_queries(web: OdmWeb) -> None:
    group = web.atlas.expressions["rpkm"]
    path, query = f"{USER}/expressions", {"filter": "genestack:accession=" + group, "featureList": "ENSG90000000000"}
    first = get(web, path, **query, pageLimit=20)
    second = get(web, path, **query, pageLimit=20, cursor=first["cursor"])
    assert (len(first["data"]), len(second["data"]), second["cursor"]) == (20, 10, None)
    item = second["data"][-1]
    assert "resultsExhausted" not in first
    assert get(web, f"{path}/{item['itemId']}") == item
    run = item["itemOrigin"]["runId"]
    assert get(web, f"{path}/group/by/run/{run}")["itemId"] == group
    assert get(web, f"{path}/group", filter='"Normalization Method"=RPKM')["meta"]["pagination"]["total"] == 5
    runs = f"{path}/runs/by/group/{group}"
    assert [one["runId"] for one in get(web, runs, pageOffset=29)["data"]] == [run]
    web.switches.runs_by_cursor = True
    assert get(web, runs, pageLimit=7)["cursor"] == "7"
    assert ask(web, runs, params={"pageOffset": 1}).status_code == 400
