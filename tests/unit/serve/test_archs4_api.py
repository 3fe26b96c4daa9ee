"""The v1 API of ARCHS4 over the bundled atlas: its numbers, its rules, and what it does with nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np
import pytest

from backend import api
from backend.settings import ROOT
from tests.unit.serve.api_world import V1, Api, serving

SEED = Path(__file__).parents[2] / "contract"
BLOCKS = sorted((SEED / "seed_archs4").glob("*.txt"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Api]:
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="module")
def atlas() -> dict[str, Any]:
    """The bundled file read with h5py alone: log2(nTPM+1) and names."""
    with h5py.File(ROOT / "data/hpa/hpa_v23.h5") as file:
        values = np.log2(file["tissue/expression"][:].astype(float) + 1)
        names = {name: [text.decode() for text in file[name][:]] for name in ("genes/symbol", "tissue/label")}
    return {"values": values, "symbols": names["genes/symbol"], "tissues": names["tissue/label"]}


@pytest.mark.parametrize("gene", ["ALB", "TP53", "MYC", "TTR"])
def test_zscores_are_those_of_the_gene_page_and_of_the_file(server: Api, atlas: dict, gene: str) -> None:
    found = server.record(f"{V1}/meta/genes/{gene}/zscore")
    values = {entry["tissue"]: entry["zscore"] for entry in found["values"]}
    row = atlas["values"][atlas["symbols"].index(gene)]
    z = (row - row.mean()) / row.std()
    assert values == pytest.approx({name.lower(): score for name, score in zip(atlas["tissues"], z, strict=True)})
    page = api.tissue_profile("hpa", gene).value
    assert values == dict(zip(page["tissue"].str.lower(), page["z"], strict=True))
    assert list(values.values()) == sorted(values.values(), reverse=True)
    assert found["gene_symbol"] == gene
    assert "population SD" in found["method"]
    assert "log2(nTPM+1)" in found["method"]


def test_tissues_that_were_not_measured_are_left_out_and_told(server: Api, atlas: dict) -> None:
    row = int(np.flatnonzero(np.isnan(atlas["values"]).any(axis=1))[0])
    found = server.record(f"{V1}/meta/genes/{atlas['symbols'][row]}/zscore")
    assert len(found["values"]) == int((~np.isnan(atlas["values"][row])).sum()) < 50
    assert any("not measured" in note for note in found["notes"])


def test_a_gene_that_never_varies_has_z_zero_no_partners_and_a_note(server: Api, atlas: dict) -> None:
    flat = [row for row in range(len(atlas["symbols"])) if np.nanstd(atlas["values"][row]) == 0]
    gene = next(name for name in (atlas["symbols"][row] for row in flat) if name in api.genes("hpa"))
    scores = server.record(f"{V1}/meta/genes/{gene}/zscore")
    assert {entry["zscore"] for entry in scores["values"]} == {0.0}
    assert any("not defined" in note for note in scores["notes"])
    partners = server.record(f"{V1}/meta/genes/{gene}/correlations")
    assert partners["values"] == []
    assert any("correlates with nothing" in note for note in partners["notes"])


def test_correlations_are_those_of_the_page_and_of_the_file(server: Api, atlas: dict) -> None:
    found = server.record(f"{V1}/meta/genes/PCNA/correlations", limit=50)
    partners = [(entry["gene"], entry["correlation"]) for entry in found["values"]]
    page = api.coexpressed("hpa", "PCNA", limit=50).value
    page = page[page["r"] > 0].sort_values("r", ascending=False)
    assert partners == list(zip(page["gene"], page["r"], strict=True))
    values = atlas["values"][~np.isnan(atlas["values"]).any(axis=1)]
    varied = values[values.std(axis=1) > 0]
    mine = atlas["values"][atlas["symbols"].index("PCNA")]
    r = np.sort([np.corrcoef(mine, other)[0, 1] for other in varied])[::-1][1:51]
    assert [one for _, one in partners] == pytest.approx(list(r))
    assert found["n"] == 50
    assert "Pearson" in found["method"]
    assert "PCNA" not in dict(partners)


def test_limit_is_100_unless_given(server: Api) -> None:
    assert len(server.record(f"{V1}/meta/genes/PCNA/correlations")["values"]) == 100
    assert len(server.record(f"{V1}/meta/genes/PCNA/correlations", limit=500)["values"]) == 500
    assert len(server.record(f"{V1}/meta/genes/PCNA/correlations", limit=1)["values"]) == 1


def test_what_is_known_of_a_gene(server: Api, atlas: dict) -> None:
    found = server.record(f"{V1}/meta/genes/ALB")
    row = atlas["symbols"].index("ALB")
    means = np.nanmean(atlas["values"], axis=1)
    assert found["ensembl_gene_id"] == "ENSG00000163631"
    assert found["description"] == "albumin"
    assert found["n_samples_expressed"] is None
    assert found["n_tissues_expressed"] == int((atlas["values"][row] > 0).sum())
    assert found["expression_percentile"] == pytest.approx(100 * (means <= means[row]).mean())
    assert found["simulated"] is False
    assert found["source"]["name"] == "hpa"
    assert "CC BY-SA" in found["source"]["licence"]


def test_samples_come_in_pages(server: Api) -> None:
    whole = server.record(f"{V1}/samples/search", query="adenocarcinoma")
    assert whole["total"] == len(whole["samples"]) > 3
    pieces = [
        server.record(f"{V1}/samples/search", query="adenocarcinoma", limit=2, offset=offset)
        for offset in range(0, whole["total"], 2)
    ]
    assert [sample for piece in pieces for sample in piece["samples"]] == whole["samples"]
    assert {piece["total"] for piece in pieces} == {whole["total"]}
    assert server.record(f"{V1}/samples/search", query="adenocarcinoma", offset=10**8)["samples"] == []
    assert any("TCGA" in citation for citation in whole["source"]["citations"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("LIVER", "liver"),
        ("liver,", "liver"),
        ('"liver"', "liver"),
        ("(liver", "liver"),
        ("-liver", "liver"),
        ("“liver”", "liver"),
        ("adipose tissue", "adipose AND tissue"),
    ],
)
def test_signs_in_a_query_mean_nothing(server: Api, typed: str, meant: str) -> None:
    found = server.record(f"{V1}/samples/search", query=typed)
    expected = api.search_samples("hpa", meant).value
    assert found["total"] == expected.total > 0
    assert [sample["sample_id"] for sample in found["samples"]] == list(expected.rows["sample"])


@pytest.mark.parametrize("typed", ["liver OR kidney", "liver NOT kidney", "liv*", "title:liver", "GSM1 liver"])
def test_operators_are_words(server: Api, typed: str) -> None:
    assert server.record(f"{V1}/samples/search", query=typed)["total"] == 0


@pytest.mark.parametrize("name", ["p53", "tp53", "ENSG00000141510", "Trp53"])
def test_another_name_of_a_gene_is_unknown_but_told(server: Api, name: str) -> None:
    for what in ("", "/zscore", "/correlations"):
        assert "TP53" in server.error(f"{V1}/meta/genes/{name}{what}", 404)


LIMITS = ("0", "501", "-1", "1.5", "x", "", "１", "1e2")
BAD = [
    ("meta/genes/TP53/zscore?species=rat", 400),
    ("meta/genes/TP53/zscore?species=", 400),
    ("meta/genes/TP53/zscore?species=human&species=mouse", 400),
    *(
        (f"meta/genes/TP53/correlations?limit={limit}", 400)
        for limit in ("0", "501", "-1", "1.5", "x", "", "１", "1e2")
    ),
    ("meta/genes/TP53/correlations?limit=" + "9" * 5_000, 400),
    ("samples/search", 400),
    ("samples/search?query=", 400),
    ("samples/search?query=%20%20", 400),
    ("samples/search?query=***", 400),
    ("samples/search?query=liver&offset=-1", 400),
    ("samples/search?query=liver&offset=99999999999", 400),
    ("samples/search?query=liver&limit=501", 400),
    ("samples/search?query=" + "liver%20" * 200, 400),
    ("samples/search?query=" + quote(",".join(f"GSM{i}" for i in range(5_000))), 400),
    ("meta/genes/NOSUCHGENE", 404),
    ("meta/genes/NOSUCHGENE/zscore", 404),
    ("meta/genes/%20/zscore", 400),
    ("meta/genes/%00", 400),
    ("meta/genes/%ff%fe", 404),
    ("meta/genes/a%0d%0ab", 404),
    ("meta/genes/" + "A" * 65, 400),
    ("meta/genes/TP53/", 404),
    ("meta/genes/", 404),
    ("meta/genes/TP53/nothing", 404),
    ("meta/genes/..%2f..%2f..%2fetc%2fpasswd", 404),
    ("meta/genes/..%5c..%5cetc", 404),
    ("meta/genes/TP53/zscore?species=mouse", 404),
    ("", 404),
]


@pytest.mark.parametrize(("path", "status"), BAD, ids=[path[:60] for path, _ in BAD])
def test_nonsense_is_told_as_documented(server: Api, path: str, status: int) -> None:
    server.error(f"{V1}/{path}", status)


@pytest.mark.parametrize("source", ["nosuch", "archs4", "..%2f..", "%00", "demo", "archs4-../../etc/passwd", "HPA"])
def test_only_local_sources_answer(server: Api, source: str) -> None:
    server.error(f"/archs4/{source}/api/v1/meta/genes/TP53", 404)


def test_a_list_of_10_000_genes_is_too_long_an_address(server: Api) -> None:
    genes = ",".join(f"ENSG{i:011d}" for i in range(10_000))
    assert "bytes" in server.error(f"{V1}/meta/genes/{genes}", 414)
    assert "bytes" in server.error(f"{V1}/samples/search?query={genes}", 414)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_get_is_offered(server: Api, method: str) -> None:
    server.error(f"{V1}/meta/genes/TP53", 405, method=method)


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=0", "nonsense", "*/*;q=x,,;", "\x80"])
def test_any_header_accept_gets_json(server: Api, accept: str) -> None:
    reply = server.ask(f"{V1}/meta/genes/TP53", headers={"Accept": accept})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"


def test_unknown_parameters_are_passed_over(server: Api) -> None:
    assert server.record(f"{V1}/meta/genes/TP53", key="x", limit="none")["gene_symbol"] == "TP53"
