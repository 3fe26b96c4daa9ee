"""The loopback ARCHS4 answers plain requests as the real services were recorded or documented to."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
import pytest
import requests

from tests.doubles.archs4_web import Archs4Web

PHP = "/archs4/search/loadExpressionTissue.php"


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as made:
        yield made


def get(web: Archs4Web, path: str, **query: Any) -> requests.Response:
    return requests.get(web.url + path, params=query, timeout=10)


def post(web: Archs4Web, path: str, **body: Any) -> Any:
    return requests.post(web.url + path, json=body, timeout=10).json()


def test_legacy_tissues_have_the_recorded_lines(web: Archs4Web) -> None:
    human = get(web, PHP, search="FUNDC1", species="human", type="tissue").text.split("\n")
    mouse = get(web, PHP, search="FUNDC1", species="mouse", type="tissue").text.split("\n")
    motor = "System.Nervous System.PNS.MOTOR NEURON,0.113644,6.68963,7.65305,9.63751,10.5849,#"
    skin = "System.Integumentary System.Skin.SKIN,7.43725,9.0387,9.46519,9.85367,11.1134,#"
    assert human[:3] == ["id,min,q1,median,q3,max,color", "System", "System.Cardiovascular System,,,,,,"]
    assert sum(line.startswith(motor) for line in human) == 1
    assert sum(line.startswith(skin) for line in mouse) == 2
    leaves = [[row["id"] for row in csv.DictReader(text) if row["min"]] for text in (human, mouse)]
    assert [(len(ids), len(set(ids))) for ids in leaves] == [(72, 72), (59, 58)]


def test_legacy_answers_an_unknown_gene_with_200(web: Archs4Web) -> None:
    tissues = get(web, PHP, search="BANANA", species="human", type="tissue")
    assert (tissues.status_code, tissues.text) == (200, "id,min,q1,median,q3,max,color\nSystem")
    assert get(web, PHP, search="BANANA", type="cellline").text.endswith("\nCell line")
    assert post(web, "/matrixapi/coltop", id="BANANA", count=101) == {"error": "BANANA not in colids"}
    assert post(web, "/matrixapi/coltop", id="C1ORF112", count=2) == {"error": "C1ORF112 not in colids"}


def test_coltop_has_the_recorded_partners(web: Archs4Web) -> None:
    found = post(web, "/matrixapi/coltop", id="FUNDC1", count="101")
    assert found["rowids"][:4] == ["FUNDC1", "VBP1", "SNRPB2", "PCMT1"]
    assert found["values"][:4] == [1.0, 0.5372708439826965, 0.5164885520935059, 0.5021503567695618]
    assert (found["rowids"][100], found["values"][100]) == ("CCDC43", 0.42753079533576965)
    assert found["values"] == sorted(found["values"], reverse=True)
    assert post(web, "/matrixapi/coltop", id="CCL2", count=4)["rowids"] == ["CCL2", "CCL7", "CCL8", "MMP19"]


def test_v1_has_the_documented_answers(web: Archs4Web) -> None:
    base = "/archs4/api/v1"
    values = get(web, f"{base}/meta/genes/TP53/zscore").json()["values"]
    scores = {entry["tissue"]: entry.get("zscore") for entry in values}
    best = sorted((z for z in scores.values() if z is not None), reverse=True)
    assert (len(values), best[:2]) == (200, [2.81, 2.44])
    assert (scores["thymus"], scores["testis"]) == (2.81, 2.44)
    assert None in scores.values()
    partners = get(web, f"{base}/meta/genes/PCNA/correlations", limit=20).json()["values"]
    assert len(partners) == 20
    assert partners[:2] == [{"gene": "RFC4", "correlation": 0.91}, {"gene": "RFC2", "correlation": 0.89}]
    (sample,) = get(web, f"{base}/samples/search", query="pancreatic cancer").json()["samples"]
    assert (sample["sample_id"], sample["series_id"]) == ("GSM2345678", "GSE123456")
    mouse = [get(web, f"{base}/meta/genes/{name}", species="mouse").status_code for name in ("Trp53", "TRP53")]
    assert mouse == [200, 404]


def test_sigpy_atlas_and_correlation_agree_with_the_samples(web: Archs4Web) -> None:
    liver = get(web, "/sigpy/atlas", gene="ALB", mode="tissue").json()["data"]["Digestive System"]["Liver"]["LIVER"]
    data = web.corpus()
    here = [i for i, leaf in enumerate(data.leaf_of) if data.leaves[leaf].endswith(".LIVER")]
    median = np.median(np.log2(data.counts[data.row["ALB"], here] + 1.0))
    assert liver["statistics"]["median"] == pytest.approx(median, rel=1e-5)
    assert liver["sample_count"] == len(here)
    found = post(web, "/sigpy/data/correlation", gene="ALB", species="human", meta="LIVER", k=5)
    assert found["samples"] == web.samples_matching("liver")
    used = [data.position[gsm] for gsm in found["samples"]]
    top = found["positive_correlated_genes"][0]
    rows = np.log2(data.counts[[data.row["ALB"], data.row[top["gene"]]]][:, used] + 1.0)
    assert top["correlation"] == pytest.approx(np.corrcoef(rows)[0, 1])


def test_sigpy_draws_other_samples_when_told(web: Archs4Web) -> None:
    def drawn() -> list[str]:
        return post(web, "/sigpy/data/correlation", gene="ALB", species="human", meta="")["samples"]

    first, second = drawn(), drawn()
    web.switches.drifting = True
    assert first == second != drawn()
    assert len(first) == 200


def test_sample_texts_and_misses(web: Archs4Web) -> None:
    found = get(web, "/sigpy/meta/quicksearch", query="GLIOBLASTOMA|gsm2345678|GSM2345678", species="human").json()
    assert found["samples"] == [web.corpus().gsm[5], web.corpus().gsm[7]]
    told = post(web, "/sigpy/meta/samplemeta", species="human", samples=["GSM2345678", "GSM1"])
    assert told == {"GSM2345678": web.metadata("GSM2345678")}
    assert post(web, "/sigpy/meta/samplemeta", gsm=["GSM2345678"]) == {}
    assert get(web, "/sigpy/meta/quicksearch", query="nothing").json()["samples"] == []


def test_a_task_ends_in_a_table_of_counts(web: Archs4Web) -> None:
    web.switches.slow_task = True
    task = post(web, "/sigpy/data/samples", gsm_ids=["GSM2345678"], species="human")["task_id"]
    states = [get(web, f"/sigpy/data/samples/status/{task}").json()["status"] for _ in range(4)]
    assert states == ["PENDING", "PROCESSING", "PROCESSING", "SUCCESS"]
    archive = zipfile.ZipFile(io.BytesIO(get(web, f"/sigpy/data/samples/download/{task}").content))
    (member,) = archive.namelist()
    lines = [line.split("\t") for line in archive.read(member).decode().splitlines()]
    assert lines[0] == ["", "GSM2345678"]
    assert {gene: int(n) for gene, n in lines[1:]}["TP53"] == web.counts("TP53", "GSM2345678")


@pytest.mark.parametrize("name", ["human_gene_v2.5.h5", "mouse_gene_v2.latest.h5"])
def test_listed_files_are_served_whole_and_in_parts(web: Archs4Web, name: str) -> None:
    listed = get(web, "/api/versionfile").json()["versionfiles"]
    url, content = f"{web.url}/files/{name}", get(web, f"/files/{name}").content
    sums = [entry["checksum"] for entry in listed if entry["file_size"] == len(content)]
    assert hashlib.sha1(content).hexdigest() in sums
    with h5py.File(io.BytesIO(content)) as file:
        assert file["data/expression"].shape == (len(web.genes(name[:5])), 600)
    part = requests.get(url, headers={"Range": "bytes=100-"}, timeout=10)
    assert (part.status_code, part.content) == (206, content[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{len(content) - 1}/{len(content)}"
    assert requests.get(url, headers={"Range": f"bytes={len(content)}-"}, timeout=10).status_code == 416
    web.files.change(name)
    since = {"Range": "bytes=100-", "If-Range": part.headers["ETag"]}
    assert requests.get(url, headers=since, timeout=10).status_code == 200


def test_switches_spoil_what_they_name(web: Archs4Web) -> None:
    web.switches.color = web.switches.duplicate_skin = False
    text = get(web, PHP, search="FUNDC1", species="mouse", type="tissue").text
    assert text.startswith("id,min,q1,median,q3,max\n")
    assert (text.count("Skin.SKIN"), "#" in text) == (1, False)
    web.switches.updating = web.switches.v1_missing = web.switches.legacy_405 = web.switches.wrong_size = True
    assert get(web, "/sigpy/status").json()["message"] != "active"
    assert get(web, "/sigpy/data/samples", gsm_ids="GSM1").status_code == 503
    assert get(web, "/archs4/api/v1/meta/genes/TP53").headers["Content-Type"].startswith("text/html")
    assert get(web, PHP, search="ALB").status_code == 405
