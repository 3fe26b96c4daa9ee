"""Every route that the text of v0.1.0 names is in the double, and the client asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import settings
from backend.rnaget import catalogue, slices
from backend.rnaget.server import SEED, Endpoint, Server, Spoken
from backend.rnaget.slices import Wanted
from tests.contract.rnaget_online import online
from tests.doubles.rnaget_seed import EXPRESSION, PROJECT, STUDY
from tests.doubles.rnaget_web import RnagetWeb

SEED010 = Spoken(SEED)
PARAMETERS = {  # of the text, by route
    "/projects/search": {"tags", "version"},
    "/studies/search": {"tags", "version"},
    "/expressions/search": {
        "tags", "version", "organism", "reference", "annotation", "tissue", "sampleID", "projectID", "studyID",
        "geneNameList", "geneAccessionList",
    },
    "/files/search": {"tags", "projectID", "studyID", "fileType"},
}  # fmt: skip
ROUTES = {  # as the text writes them, and as they are asked for
    "/projects/<id>": f"/projects/{PROJECT}",
    "/projects/search": "/projects/search",
    "/studies/<id>": f"/studies/{STUDY}",
    "/studies/search": "/studies/search",
    "/expressions/<id>": f"/expressions/{EXPRESSION}",
    "/expressions/search": "/expressions/search",
    "/files/<id>": "/files/F1",
    "/files/search": "/files/search",
    "/getVersions": "/getVersions",
    "/changeLog/<version>": "/changeLog/1.1",
}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[RnagetWeb]:
    with RnagetWeb() as double, settings.use(online(double, tmp_path)):
        yield double


def _server(web: RnagetWeb) -> Server:
    return Server(Endpoint("seed", web.profiles["seed010"].base))


def test_every_route_is_asked_and_answered(web: RnagetWeb) -> None:
    server = _server(web)
    assert catalogue.entry(server, SEED010, "projects", PROJECT).id == PROJECT
    assert catalogue.entries(server, SEED010, "projects", {"tags": "demo"})[0].id == PROJECT
    assert dict(catalogue.entry(server, SEED010, "studies", STUDY).more)["patientList"] == "A, B"
    assert catalogue.entries(server, SEED010, "studies", {"version": "1.0"})[0].parent == PROJECT
    assert slices.matrix(server, SEED010, Wanted(EXPRESSION)).unit == "TPM"
    part = slices.matrix(server, SEED010, Wanted(study=STUDY, names=("EGFR",), samples=("S02",)))
    assert part.values.shape == (1, 1)
    assert catalogue.file(server, "F1").kind == "BAM"
    assert len(catalogue.files(server)) == 2
    assert catalogue.versions(server) == ("1.0", "1.1")
    assert catalogue.changes(server, "1.1")[0].version == "1.1"
    asked = {record.path.removeprefix("/seed010") for record in web.requests}
    assert asked == set(ROUTES.values())
    assert all(record.status == 200 for record in web.requests)


def test_only_parameters_of_the_text_are_sent(web: RnagetWeb) -> None:
    server = _server(web)
    slices.matrix(server, SEED010, Wanted(study=STUDY, features=("ENSG00000146648",), samples=("S02", "S03")))
    slices.matrix(server, SEED010, Wanted(study=STUDY, names=("EGFR", "PTEN"), samples=("S02",)))
    catalogue.files(server, STUDY, "BAM")
    for record in web.requests:
        assert set(record.query) <= PARAMETERS[record.path.removeprefix("/seed010")]
    assert web.requests[0].query == {"studyID": STUDY, "geneAccessionList": "ENSG00000146648"}  # no list of samples
    assert web.requests[1].query["geneNameList"] == "EGFR,PTEN"
