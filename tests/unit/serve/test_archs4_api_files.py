"""The v1 API of ARCHS4 over files of this machine, and the documented clients run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend import api
from tests.contract.archs4_cohort import KEY, indexed, written
from tests.doubles import archs4_files
from tests.unit.serve.api_world import V1, Api, serving

SEED = Path(__file__).parents[2] / "contract"
BLOCKS = sorted((SEED / "seed_archs4").glob("*.txt"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, archs4_files.Written]:
    """A human and a mouse file, not yet found by any server."""
    folder = tmp_path_factory.mktemp("files")
    human = archs4_files.write(folder / "human_gene.h5", "v2.5", samples=120)
    human.counts[4] = 0  # C1orf112, in no sample
    human = archs4_files.write_as(human)
    mouse = archs4_files.write(folder / "mouse_gene.h5", "mouse")
    mouse.symbols[-1], mouse.ensembl[-1] = "MYC", "ENSMUSG00000022346"
    return {"human": human, "mouse": archs4_files.write_as(mouse)}


@pytest.fixture(scope="module")
def lab(files: dict[str, archs4_files.Written]) -> Iterator[Api]:
    """Both files indexed, no source named."""
    with serving(files["human"].path.parent, source="") as found:
        unindexed = found.record(f"{V1}/meta/genes/TP53")
        assert unindexed["source"]["name"] == "hpa"  # a file without an index is not chosen
        named = f"/archs4/archs4-human_gene{V1.removeprefix('/archs4')}"
        assert "index" in found.error(f"{named}/meta/genes/TP53/zscore", 503)
        assert found.record(f"{named}/meta/genes/TP53")["n_samples_expressed"] is None
        assert found.record(f"{named}/samples/search", query="liver")["total"] > 0
        indexed("archs4-human_gene")
        indexed("archs4-mouse_gene")
        yield found


def _log(made: archs4_files.Written) -> np.ndarray:
    """log2(1+CPM) of the bulk samples that have reads."""
    bulk = ~(made.single_cell > 0.5) & (made.counts.sum(axis=0) > 0)
    counts = made.counts[:, bulk].astype(float)
    return np.log2(1 + counts / counts.sum(axis=0) * 1e6)


def test_the_largest_indexed_file_answers_by_itself(lab: Api, files: dict[str, archs4_files.Written]) -> None:
    found = lab.record(f"{V1}/meta/genes/TP53/zscore")
    assert found["source"]["name"] == "archs4-human_gene"
    assert found["simulated"] is False
    assert "NC-SA" in found["source"]["licence"]
    page = api.tissue_profile("archs4-human_gene", "TP53").value.set_index("tissue")
    values = {entry["tissue"]: entry for entry in found["values"]}
    assert "liver" in values
    assert not {"cell line", "unlabelled"} & set(values)
    for name, entry in values.items():
        row = page.loc[next(label for label in page.index if label.lower() == name)]
        assert (entry["zscore"], entry["n_samples"]) == (row["z"], row["n_samples"])
        assert entry["n_samples"] >= 3
    made = files["human"]
    row = _log(made)[made.symbols.index("TP53")]
    liver = np.array([title.startswith("Liver_rep") for title in made.samples["title"]])
    bulk = ~(made.single_cell > 0.5) & (made.counts.sum(axis=0) > 0)
    inside = np.array(
        [text.startswith(("tissue: Liver", "tissue: liver")) for text in made.samples["characteristics_ch1"]]
    )
    expected = (row[(liver | inside)[bulk]].mean() - row.mean()) / row.std()
    assert values["liver"]["zscore"] == pytest.approx(expected, abs=0.01)  # the index keeps sums as 16 bits


def test_what_a_file_knows_of_a_gene(lab: Api, files: dict[str, archs4_files.Written]) -> None:
    made = files["human"]
    values = _log(made)
    found = lab.record(f"{V1}/meta/genes/MATR3")
    row = made.ensembl.index("ENSG00000015479")
    assert found["n_duplicates"] == 2
    assert any("not summed" in note for note in found["notes"])
    assert found["n_samples_expressed"] == int((values[row] > 0).sum())
    means = values.mean(axis=1)
    assert found["expression_percentile"] == pytest.approx(100 * (means <= means[row]).mean(), abs=1)
    silent = lab.record(f"{V1}/meta/genes/C1orf112")
    assert silent["n_samples_expressed"] == 0


def test_a_gene_without_a_read_has_z_zero_and_no_partners(lab: Api) -> None:
    scores = lab.record(f"{V1}/meta/genes/C1orf112/zscore")
    assert {entry["zscore"] for entry in scores["values"]} == {0.0}
    assert lab.record(f"{V1}/meta/genes/C1orf112/correlations")["values"] == []


def test_partners_in_a_file_are_those_of_the_page(lab: Api) -> None:
    found = lab.record(f"{V1}/meta/genes/TP53/correlations", limit=10)
    page = api.coexpressed("archs4-human_gene", "TP53", limit=10).value
    page = page[page["r"] > 0].sort_values("r", ascending=False).head(10)
    assert [(one["gene"], one["correlation"]) for one in found["values"]] == list(
        zip(page["gene"], page["r"], strict=True)
    )
    assert found["n"] == int(page["n"].iloc[0])


def test_samples_of_a_file_name_every_series_and_a_tissue(lab: Api, files: dict[str, archs4_files.Written]) -> None:
    found = lab.record(f"{V1}/samples/search", query="time course")
    (sample,) = found["samples"]
    assert sample["series_id"] == "GSE172367,GSE172368"
    assert sample["sample_id"] == files["human"].samples["geo_accession"][2]
    assert (sample["source_name"], sample["tissue"]) == ("Liver", "liver")
    every = lab.record(f"{V1}/samples/search", query="liver", limit=500)
    places = [files["human"].samples["geo_accession"].index(one["sample_id"]) for one in every["samples"]]
    assert places == sorted(places)
    assert every["total"] == len(places) == api.search_samples("archs4-human_gene", "liver").value.total


def test_mouse_is_another_file_and_its_symbols_are_those_of_mgi(lab: Api) -> None:
    found = lab.record(f"{V1}/meta/genes/Trp53/zscore", species="mouse")
    assert (found["source"]["name"], found["species"]) == ("archs4-mouse_gene", "mouse")
    assert "Trp53" in lab.error(f"{V1}/meta/genes/TRP53?species=mouse", 404)


def test_what_is_made_up_says_so(tmp_path: Path) -> None:
    written(tmp_path)
    with serving(tmp_path) as found:
        indexed(KEY)
        gene = api.genes(KEY)[0]
        for path in (f"meta/genes/{gene}", f"meta/genes/{gene}/zscore", f"meta/genes/{gene}/correlations"):
            assert found.record(f"/archs4/{KEY}/api/v1/{path}")["simulated"] is True
        assert found.record(f"/archs4/{KEY}/api/v1/samples/search", query="liver")["simulated"] is True
        assert found.record(f"{V1}/meta/genes/TP53")["simulated"] is False


def test_a_new_index_and_a_removed_file_are_noticed(tmp_path: Path) -> None:
    made = archs4_files.write(tmp_path / "human_gene.h5", "v2.5")
    with serving(tmp_path) as found:
        path = "/archs4/archs4-human_gene/api/v1/meta/genes/TP53/zscore"
        found.error(path, 503)
        indexed("archs4-human_gene")
        before = found.record(path)
        again = archs4_files.write(tmp_path / "human_gene.h5", "v2.5", seed=2, samples=70)
        assert again.counts.shape != made.counts.shape
        _until(lambda: found.ask(path).status_code == 503)
        made.path.unlink()
        _until(lambda: found.ask(path).status_code == 404)
        assert before["values"]


def _until(happened: Any, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_setting_that_names_no_source_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, source="nosuch") as found:
        assert "EXPRONAUT_SERVE_SOURCE" in found.error(f"{V1}/meta/genes/TP53", 503)


def test_the_documented_clients_run_unchanged_but_for_the_address(
    files: dict[str, archs4_files.Written], lab: Api, tmp_path: Path
) -> None:
    """Their code, over the atlas for human genes and the file for mouse genes."""
    del lab  # which has built the index
    command = [sys.executable, str(SEED / "seed_blocks.py")]
    told = os.environ | {"MPLBACKEND": "Agg"}
    with serving(files["human"].path.parent, source="hpa") as found:
        done = subprocess.run(
            [*command, f"{found.url}{V1}", "found.json", *map(str, BLOCKS)],
            cwd=tmp_path,
            env=told,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
        top = api.tissue_profile("hpa", "TP53").value.sort_values("z", ascending=False)
        assert [entry["tissue"] for entry in made["quick_start"]["top5"]] == list(top["tissue"].str.lower()[:5])
        assert "TTR — 50 tissues" in made["recipe_1"]["printed"]
        assert made["query_1"]["df_mouse"]
        assert len(made["query_2"]["gene_list"]) == 20
        assert list(made["workflow_1"]["matrix"]) == ["MYC", "TP53", "BRCA1", "EGFR", "KRAS", "CDK4"]
        assert "skipped" not in made["recipe_2"]["printed"]
        assert len(made["recipe_2"]["coexp_table"]) == 50
        assert "Ensembl ID: ENSG00000111640" in made["query_4"]["printed"]
        assert "Two-hop network: " in made["workflow_2"]["printed"]
    assert len(BLOCKS) == len(made) == 12
