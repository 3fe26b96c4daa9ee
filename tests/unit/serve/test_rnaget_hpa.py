"""The bundled matrix over RNAget: its numbers are those of the file, whichever slice and form is asked for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend.settings import ROOT
from tests.unit.serve import rnaget_world
from tests.unit.serve.rnaget_world import Client, texts


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with rnaget_world.served(tmp_path_factory.mktemp("data"), "hpa") as found:
        yield found


class File:
    """The bundled file with h5py alone."""

    def __init__(self) -> None:
        with h5py.File(ROOT / "data/hpa/hpa_v23.h5") as file:
            self.ids, self.symbols = texts(file["genes/ensembl"]), texts(file["genes/symbol"])
            self.keys, self.labels = texts(file["tissue/key"]), texts(file["tissue/label"])
            self.values = file["tissue/expression"][:]

    def row(self, own: str) -> np.ndarray:
        return self.values[self.ids.index(own)]


@pytest.fixture(scope="module")
def file() -> File:
    return File()


@pytest.mark.parametrize("form", ["tsv", "loom"])
def test_the_whole_matrix_is_the_file(client: Client, file: File, form: str) -> None:
    found = getattr(client, form)()
    assert found.ids == file.ids
    assert found.samples == [f"HPA:{key}" for key in file.keys]
    assert found.tissues == file.labels
    np.testing.assert_array_equal(found.values, file.values)
    assert np.isnan(found.values).any()


@pytest.mark.parametrize("form", ["tsv", "loom"])
def test_logarithms_are_of_the_same_numbers(client: Client, file: File, form: str) -> None:
    found = getattr(client, form)(units="log2(nTPM+1)", featureNameList="TP53,ALB,INS")
    wanted = np.log2(np.array([file.row(own) for own in found.ids], np.float64) + 1)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-6)
    assert any("units: log2(nTPM+1)" in line for line in found.comments)


def test_features_of_both_lists_are_taken_in_the_order_of_the_file(client: Client, file: File) -> None:
    ids = "ENSG00000254647,ENSG00000141510.17,ensg00000163631,ENSG00000000000"
    found = client.tsv(featureIDList=ids)
    assert found.ids == sorted(found.ids, key=file.ids.index)
    assert set(found.names) == {"INS", "TP53", "ALB"}
    assert client.tsv(featureIDList=ids, featureNameList="tp53,INS,MYC").names == [
        name for name in found.names if name != "ALB"
    ]


def test_samples_are_chosen_by_id_and_by_tissue(client: Client, file: File) -> None:
    found = client.loom(sampleIDList=" HPA:liver ,HPA:kidney,,HPA:nowhere,HPA:liver", featureNameList="ALB")
    assert sorted(found.tissues) == ["Kidney", "Liver"]
    for tissue, value in zip(found.tissues, found.values[0], strict=True):
        assert value == file.row("ENSG00000163631")[file.labels.index(tissue)]
    assert client.loom(tissue="liver", featureNameList="ALB").samples == ["HPA:liver"]


@pytest.mark.parametrize(("low", "high"), [("50", None), (None, "0.5"), ("3", "9.5"), ("+1e1", "2E1")])
def test_bounds_hold_for_every_chosen_sample(client: Client, file: File, low: str | None, high: str | None) -> None:
    bounds = {"feature_min_value": low, "feature_max_value": high}
    found = client.tsv(sampleIDList="HPA:liver,HPA:lung", **{name: text for name, text in bounds.items() if text})
    chosen = file.values[:, [file.labels.index(name) for name in ("Liver", "Lung")]]
    with np.errstate(invalid="ignore"):
        inside = ((chosen >= float(low or 0)) & (chosen <= float(high or "inf"))).all(axis=1)
    assert found.ids == [own for own, kept in zip(file.ids, inside, strict=True) if kept]
    assert 0 < len(found.ids) < len(file.ids)


@pytest.mark.parametrize("form", ["tsv", "loom"])
def test_bounds_that_nothing_keeps_give_a_matrix_without_rows(client: Client, form: str) -> None:
    found = getattr(client, form)(feature_min_value="1e9", featureNameList="TP53")
    assert (found.ids, found.values.shape) == ([], (0, 50))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at the open files of this process")
def test_a_client_that_goes_away_leaves_no_file_behind(client: Client) -> None:
    before = deleted_files()  # those of pytest
    for _ in range(3):
        with client.session.get(f"{client.base}/expressions/hpa/bytes?format=loom", stream=True) as reply:
            assert next(reply.iter_content(1_000)).startswith(b"\x89HDF")
    until = time.monotonic() + 20
    while left := deleted_files() - before:
        assert time.monotonic() < until, left
        time.sleep(0.02)
    assert client.get("/projects").status_code == 200


def deleted_files() -> set[str]:
    """Open files that have no name."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(entry.readlink()))
    return {path for path in found if "(deleted)" in path}


def test_a_missing_value_is_inside_no_bounds(client: Client, file: File) -> None:
    own = file.ids[int(np.flatnonzero(np.isnan(file.values).any(axis=1))[0])]
    assert client.tsv(featureIDList=own).ids == [own]
    assert client.tsv(featureIDList=own, feature_max_value="1e30").ids == []
    assert client.tsv(featureIDList=own, feature_min_value="0").ids == []  # 0 is a bound too


def test_a_ticket_leads_to_what_was_asked_for(client: Client) -> None:
    query = {"featureNameList": "TP53,ALB", "sampleIDList": "HPA:liver", "units": "LOG2(NTPM+1)"}
    for path, more in (
        ("/expressions/hpa/ticket", {}),
        ("/expressions/ticket", {"format": "tsv", "studyID": "hpa-v23"}),
    ):
        ticket = client.get(path, **query, **more).json()
        assert ticket["units"] == "log2(nTPM+1)"
        assert (ticket["studyID"], ticket["version"]) == ("hpa-v23", "v23")
        assert ticket["url"].startswith(f"{client.base}/expressions/hpa/bytes?")
        reply = client.session.get(ticket["url"], headers=ticket.get("headers", {}))
        read = rnaget_world.loom(reply.content) if ticket["fileType"] == "loom" else rnaget_world.table(reply.text)
        assert (sorted(read.names), read.samples) == (["ALB", "TP53"], ["HPA:liver"])


def test_a_plus_sign_that_came_as_a_blank_is_one(client: Client) -> None:
    reply = client.session.get(f"{client.base}/expressions/hpa/ticket?units=log2(nTPM+1)")
    assert reply.json()["units"] == "log2(nTPM+1)"


def test_what_is_listed_hangs_together(client: Client) -> None:
    [project], [study] = client.get("/projects").json(), client.get("/studies").json()
    assert client.get(f"/projects/{project['id']}").json() == project
    assert client.get(f"/studies/{study['id']}").json() == study
    assert study["parentProjectID"] == project["id"]
    assert "CC BY-SA 4.0" in project["description"]
    assert client.get("/expressions/units").json() == ["nTPM", "log2(nTPM+1)"]
    assert client.get("/expressions/formats").json() == ["loom", "tsv"]


@pytest.mark.parametrize("collection", ["projects", "studies"])
def test_every_advertised_filter_is_kept(client: Client, collection: str) -> None:
    for one in client.get(f"/{collection}/filters").json():
        assert {"filter", "fieldType", "description", "values"} <= set(one)
        assert client.get(f"/{collection}", **{one["filter"]: one["values"][0]}).json()
        assert client.get(f"/{collection}", **{one["filter"]: "nothing-like-this"}).json() == []


def test_filters_of_features_and_of_samples_are_told_apart(client: Client) -> None:
    named = {
        kind: {one["filter"] for one in client.get("/expressions/filters", type=kind).json()}
        for kind in ("", "feature", "sample")
    }
    assert named["feature"] | named["sample"] < named[""]
    assert not named["feature"] & named["sample"]
    tissue = next(one for one in client.get("/expressions/filters").json() if one["filter"] == "tissue")
    assert len(tissue["values"]) == 50
    assert "unknown" in client.refused(400, "/expressions/filters", type="gene")


def test_service_info_says_what_is_supported(client: Client) -> None:
    info = client.get("/service-info").json()
    assert info["type"] == {"group": "org.ga4gh", "artifact": "rnaget", "version": "1.2.0"}
    assert info["supported"] == {"projects": True, "studies": True, "expressions": True, "continuous": False}
    assert info["organization"]["url"].startswith("http://127.0.0.1:")
