"""What the documented clients of the v1 API read, the app reads as well: their code against the double, then the app.

The code is quoted in seed_archs4 and runs unchanged but for the address, in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import api, settings
from tests.contract.live_world import online
from tests.doubles.archs4_web import Archs4Web

HERE = Path(__file__).parent
BLOCKS = sorted((HERE / "seed_archs4").glob("*.txt"))
PANEL = ["MYC", "TP53", "BRCA1", "EGFR", "KRAS", "CDK4"]


@pytest.fixture(scope="module")
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seed")


@pytest.fixture(scope="module")
def documented(web: Archs4Web, folder: Path) -> dict[str, dict[str, Any]]:
    """Block -> its variables that are data, and what it printed."""
    command = [sys.executable, str(HERE / "seed_blocks.py"), web.environment()["EXPRONAUT_ARCHS4_V1"], "found.json"]
    told = os.environ | {"MPLBACKEND": "Agg"}
    done = subprocess.run(
        [*command, *map(str, BLOCKS)], cwd=folder, env=told, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def app(web: Archs4Web, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(web, tmp_path, ("v1",), read=10)):
        yield


def _z(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {row["tissue"]: row["zscore"] for row in rows if row.get("zscore") is not None}


def _ours(gene: str, species: str = "human") -> dict[str, float]:
    table = api.tissue_profile("archs4", gene, species).value.dropna(subset="z")
    return dict(zip(table["tissue"], table["z"], strict=True))


def _partners(gene: str, limit: int) -> list[tuple[str, float]]:
    table = api.coexpressed("archs4", gene, limit=limit).value
    return list(zip(table["gene"], table["r"], strict=True))


def test_every_block_is_there() -> None:
    assert len(BLOCKS) == 12
    assert all(path.read_text(encoding="utf-8").startswith("# Test input, quoted") for path in BLOCKS)


def test_quick_start(documented: dict) -> None:
    found = documented["quick_start"]
    assert _z(found["tissues"]) == pytest.approx(_ours("TP53"))
    top = api.tissue_profile("archs4", "TP53").value.head(5)
    assert [entry["tissue"] for entry in found["top5"]][:2] == list(top["tissue"])[:2] == ["thymus", "testis"]


def test_query_1_tissues_of_a_human_and_a_mouse_gene(documented: dict) -> None:
    found = documented["query_1"]
    assert _z(found["df"]) == pytest.approx(_ours("MYC"))
    assert _z(found["df_mouse"]) == pytest.approx(_ours("Myc", "mouse"))
    assert len(found["df"]) == len(api.tissue_profile("archs4", "MYC").value) == 200


def test_query_2_partners(documented: dict) -> None:
    theirs = [(row["gene"], row["correlation"]) for row in documented["query_2"]["coexp"]]
    ours = _partners("PCNA", 20)
    assert [gene for gene, _ in ours] == [gene for gene, _ in theirs] == documented["query_2"]["gene_list"]
    assert [r for _, r in ours] == pytest.approx([r for _, r in theirs])


@pytest.mark.parametrize(
    ("block", "words", "rows"),
    [
        ("query_3", "pancreatic cancer", "samples"),
        ("workflow_3", "colorectal cancer", "df"),
        ("recipe_3", "glioblastoma", "samples"),
    ],
)
def test_samples(documented: dict, block: str, words: str, rows: str) -> None:
    theirs = documented[block][rows]
    page = api.search_samples("archs4", words).value
    ours = page.rows
    assert [row["sample_id"] for row in theirs] == list(ours["sample"])
    assert [row["series_id"].replace(",", ", ") for row in theirs] == list(ours["all_series"])
    assert [row["title"] for row in theirs] == list(ours["title"])
    assert page.total == len(theirs) > 0
    assert page.total_series == len({one for row in theirs for one in row["series_id"].split(",")})


def test_query_4_what_is_said_of_genes(documented: dict) -> None:
    found = documented["query_4"]
    ours = api.gene("archs4", "GAPDH").value
    assert "Ensembl ID: " + ours.ensembl in found["printed"]
    assert found["meta"]["gene_symbol"] == "RPLP0"  # the last of the panel
    for symbol in found["housekeeping"]:
        told = api.gene("archs4", symbol)
        assert f"  {symbol:<8}  {told.value.ensembl}" in found["printed"]
        assert told.provenance.version == "via v1"


def test_query_5_a_picture_of_the_highest_tissues(documented: dict, folder: Path) -> None:
    assert "15 tissues plotted" in documented["query_5"]["printed"]
    assert (folder / "BRCA1_tissue_expression.png").read_bytes().startswith(b"\x89PNG")


def test_workflow_1_a_panel_over_tissues(documented: dict) -> None:
    theirs = documented["workflow_1"]["matrix"]
    answer = api.tissue_profiles("archs4", PANEL)
    ours = answer.value.pivot(index="gene", columns="tissue", values="z")
    assert list(theirs) == PANEL
    for gene, row in theirs.items():
        for tissue, z in row.items():
            assert ours.loc[gene, tissue] == (
                pytest.approx(z) if z is not None else pytest.approx(float("nan"), nan_ok=True)
            )
    order = ours.abs().max(axis=0).sort_values(ascending=False)
    shown = set(next(iter(documented["workflow_1"]["matrix_subset"].values())))
    assert order[list(shown)].min() >= order.drop(list(shown)).max()


def test_workflow_2_partners_of_partners(documented: dict) -> None:
    found = documented["workflow_2"]
    first = [gene for gene, _ in _partners("PCNA", 30)]
    assert first == found["hop1_genes"]
    edges = {(gene, other) for gene in first[:10] for other, _ in _partners(gene, 20) if other != "PCNA"}
    assert edges == {tuple(edge) for edge in found["edges"]}


def test_recipe_1_broad_or_in_few_tissues(documented: dict) -> None:
    ours, printed = _ours("TTR"), documented["recipe_1"]["printed"]
    assert f"TTR — {len(ours)} tissues" in printed
    assert f"Range: [{min(ours.values()):.2f}, {max(ours.values()):.2f}]" in printed
    assert f"Mean: {sum(ours.values()) / len(ours):.2f}" in printed


def test_recipe_2_partners_of_a_list(documented: dict) -> None:
    found = documented["recipe_2"]
    table = api.batch_coexpressed("archs4", found["deg_list"], limit=10).value
    theirs = [(row["query_gene"], row["coexp_gene"], row["correlation"]) for row in found["coexp_table"]]
    ours = list(zip(table["query_gene"], table["gene"], table["r"], strict=True))
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    assert [row[2] for row in ours] == pytest.approx([row[2] for row in theirs])


def test_a_z_that_is_null_is_missing_as_one_that_is_left_out(web: Archs4Web, tmp_path: Path) -> None:
    """The documented clients stumble over it; the app does not."""
    before = _ours("TP53")
    web.switches.v1_null = True
    try:
        with settings.use(online(web, tmp_path / "anew", ("v1",))):
            assert _ours("TP53") == before
    finally:
        web.switches.v1_null = False
