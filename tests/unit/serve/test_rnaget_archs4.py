"""ARCHS4 files over RNAget: the numbers are those of the file and of the pages; what is simulated says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import demo
from backend import sources as registry
from tests.contract import archs4_cohort
from tests.contract.archs4_cohort import KEY, SAMPLES, Raw
from tests.unit.serve import rnaget_world
from tests.unit.serve.rnaget_world import Client

PATH = f"/expressions/{KEY}/bytes"
GENES = 6


@pytest.fixture(scope="module", params=["indexed", "without an index"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    archs4_cohort.written(made)
    if kind == "indexed":
        with archs4_cohort.found(made):
            archs4_cohort.indexed()
    return made


@pytest.fixture(scope="module")
def raw(folder: Path) -> Raw:
    return Raw(folder / f"{archs4_cohort.NAME}.h5")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with rnaget_world.served(folder, KEY) as found:
        yield found


def symbols(raw: Raw) -> list[str]:
    """Genes with reads whose symbol stands once."""
    rows = np.argsort(-raw.counts.sum(axis=1), kind="stable")
    return [raw.symbols[row] for row in rows if raw.symbols.count(raw.symbols[row]) == 1][:GENES]


@pytest.mark.parametrize("form", ["tsv", "loom"])
@pytest.mark.parametrize("unit", ["counts", "CPM", "log2(CPM+1)"])
def test_genes_in_all_samples_are_the_file_in_each_unit(client: Client, raw: Raw, unit: str, form: str) -> None:
    names = symbols(raw)
    found = getattr(client, form)(PATH, featureNameList=",".join(names), units=unit)
    assert found.samples == raw.samples
    assert sorted(found.names) == sorted(names)
    for name, own, values in zip(found.names, found.ids, found.values, strict=True):
        row = raw.symbols.index(name)
        assert own == raw.ensembl[row]
        with np.errstate(invalid="ignore", divide="ignore"):
            cpm = raw.counts[row] / raw.sizes * 1e6
        wanted = {"counts": raw.counts[row].astype(float), "CPM": cpm, "log2(CPM+1)": raw.values(name)}[unit]
        np.testing.assert_allclose(values, wanted.astype(np.float32), rtol=3e-7)


def test_a_slice_is_what_the_pages_show(client: Client, raw: Raw) -> None:
    names, samples = symbols(raw)[:3], raw.samples[10:200:7]
    found = client.tsv(PATH, featureNameList=",".join(names), sampleIDList=",".join(samples))
    shown = registry.get(KEY).expression(names, samples, "human").value
    for name, values in zip(found.names, found.values, strict=True):
        page = shown[shown["gene"] == name].set_index("sample")["value"].loc[found.samples]
        np.testing.assert_array_equal(values, page.to_numpy(np.float32))


def test_the_unit_that_none_asked_for_is_that_of_the_pages(client: Client) -> None:
    assert client.get(f"/expressions/{KEY}/ticket", sampleIDList="GSM0").status_code == 404
    assert client.get("/expressions/units").json() == ["log2(CPM+1)", "counts", "CPM"]
    shown = client.get("/expressions/ticket", format="loom").json()
    assert shown["units"] == "log2(CPM+1)"


def test_tissues_are_those_of_the_index(client: Client, raw: Raw, kind: str) -> None:
    name = symbols(raw)[0]
    found = client.tsv(PATH, featureNameList=name)
    if kind != "indexed":
        assert set(found.tissues) | set(found.conditions) == {"unknown"}
        client.refused(404, PATH, tissue="Liver", format="tsv")
        return
    rows = registry.get(KEY).samples().rows(np.arange(SAMPLES))
    assert found.tissues == [text.replace(", ", "; ") for text in rows["tissue"]]
    assert found.conditions == rows["pool"].tolist()
    tissue = found.tissues[0]
    some = client.tsv(PATH, featureNameList=name, tissue=tissue.upper(), condition="bulk")
    wanted = [
        sample
        for sample, own, condition in zip(found.samples, found.tissues, found.conditions, strict=True)
        if own == tissue and condition == "bulk"
    ]
    assert some.samples == wanted
    assert len(wanted) > 1


def test_what_is_simulated_says_so_everywhere(client: Client, raw: Raw) -> None:
    query = {"featureNameList": symbols(raw)[0], "sampleIDList": raw.samples[0]}
    assert client.tsv(PATH, **query).comments[0].startswith("# SIMULATED")
    assert any(line.startswith("SIMULATED: ") for line in client.loom(PATH, **query).comments)
    for path in ("/projects", "/studies"):
        [one] = client.get(path).json()
        assert one["name"].startswith("SIMULATED")
        assert one["description"].startswith("SIMULATED")


def test_too_much_at_once_is_told_with_numbers(folder: Path) -> None:
    with rnaget_world.served(folder, KEY, most_cells=10_000) as small:
        for kind in ("ticket", "bytes"):
            said = small.refused(400, f"/expressions/{KEY}/{kind}", format="tsv")
            assert "2,000 features in 300 samples are 600,000 values; the cap is 10,000" in said


def test_without_an_index_few_samples_come_at_once(kind: str, tmp_path: Path) -> None:
    if kind == "indexed":
        pytest.skip("asked once, of a file without an index")
    demo.write(tmp_path / "wide.h5", 2_100, 3, genes=600)
    with rnaget_world.served(tmp_path, "archs4-wide") as found:
        raw = Raw(tmp_path / "wide.h5")
        for way in ("ticket", "bytes"):
            said = found.refused(400, f"/expressions/archs4-wide/{way}", featureNameList=raw.symbols[0])
            assert "2,100 samples; the cap is 2,000. The file has no index." in said
        query = {"featureNameList": raw.symbols[0], "sampleIDList": ",".join(raw.samples[-3:]), "units": "counts"}
        assert found.tsv("/expressions/archs4-wide/bytes", **query).values.tolist() == [raw.counts[0, -3:].tolist()]


def test_streams_come_complete(client: Client, raw: Raw) -> None:
    found = client.tsv(PATH, units="counts")
    np.testing.assert_array_equal(found.values, raw.counts.astype(np.float32))
    np.testing.assert_array_equal(client.loom(PATH, units="counts").values, found.values)
    assert len(set(found.ids)) == len(found.ids)
    assert len(set(found.names)) == len(found.names)


def test_a_file_that_goes_away_is_no_longer_served(folder: Path, tmp_path: Path) -> None:
    copy = archs4_cohort.written(tmp_path, name="going")
    with rnaget_world.served(tmp_path, "archs4-going") as found:
        assert len(found.get("/studies").json()) == 1
        with h5py.File(copy) as file:
            assert "data/expression" in file
        copy.unlink()
        reply = found.get("/expressions/archs4-going/bytes", format="tsv")
        assert reply.status_code in (404, 503)
        assert str(tmp_path) not in reply.text
