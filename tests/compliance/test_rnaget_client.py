"""The public package rnaget-client reads our server."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import h5py
import pytest

from backend import settings
from backend.settings import ROOT, Settings
from tests import serving
from tests.compliance.environment import environment

PINS = ("rnaget-client==0.0.1",)
SCRIPT = """
import json, sys, rnaget_client
client = rnaget_client.RnaGet(sys.argv[1])
found = {
    "projects": client.get_projects(),
    "project": client.get_project("human-protein-atlas"),
    "studies": client.get_studies(version="v23"),
    "study": client.get_study("hpa-v23"),
    "filters": client.get_filters("expressions", {"type": "sample"}),
    "formats": client.get_expression_formats(),
    "units": client.get_expression_units(),
    "ticket": client.get_expression("hpa", featureNameList="TP53"),
    "search": client.get_expression_list("tsv", featureNameList="TP53,BRCA1", studyID="hpa-v23"),
    "text": b"".join(client.get_expression("hpa", True, format="tsv", featureNameList="TP53,BRCA1")).decode(),
    "repeated": b"".join(client.get_expression_list("tsv", True, featureNameList=["TP53", "BRCA1"])).decode(),
    "loom": b"".join(client.get_expression_list("loom", True, featureNameList="TP53"))[:4].hex(),
    "unknown": client.get_expression("nonexistent"),
}
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    chosen = Settings(demo=False, rnaget_only=("hpa",), cache=tmp_path_factory.mktemp("cache"))
    with (
        environment(request.config, *PINS) as folder,
        settings.use(chosen),
        serving.running(serving.rnaget_app()) as base,
    ):
        command = [folder / "bin/python", "-c", SCRIPT, f"{base}/rnaget"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout) | {"base": base}


def test_it_lists_what_we_serve(found: dict[str, Any]) -> None:
    assert found["project"] in found["projects"]
    assert found["study"] in found["studies"]
    assert found["study"]["parentProjectID"] == found["project"]["id"]
    assert {"sampleIDList", "tissue"} <= {one["filter"] for one in found["filters"]}
    assert found["formats"] == ["loom", "tsv"]
    assert found["units"] == ["nTPM", "log2(nTPM+1)"]


def test_its_tickets_lead_to_files_here(found: dict[str, Any]) -> None:
    assert found["ticket"]["url"].startswith(f"{found['base']}/rnaget/expressions/hpa/bytes?")
    assert (found["ticket"]["fileType"], found["search"]["fileType"]) == ("loom", "tsv")
    assert found["loom"] == b"\x89HDF".hex()
    assert set(found["unknown"]) == {"message"}


@pytest.mark.parametrize("how", ["text", "repeated"])
def test_the_numbers_it_gets_are_those_of_the_file(found: dict[str, Any], how: str) -> None:
    lines = [line for line in found[how].splitlines() if not line.startswith("#")]
    header, *rows = csv.reader(lines, delimiter="\t")
    with h5py.File(Path(ROOT) / "data/hpa/hpa_v23.h5") as file:
        ids = [text.decode() for text in file["genes/ensembl"][:]]
        values = file["tissue/expression"][:]
    assert len(header) == 52
    assert {row[1] for row in rows} == {"TP53", "BRCA1"}
    for own, _, *texts in rows:
        assert [float(text) for text in texts] == pytest.approx(values[ids.index(own)].tolist(), rel=1e-7)
