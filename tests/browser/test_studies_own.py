"""Own studies in the browser: files from the disk to a figure, an export and back; over 5 MB; narrow."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.browser.screen import Screen
from tests.unit.study_files.worked import GCT, WHOLE, put

pytestmark = pytest.mark.browser
VARIES_MOST = "USP40"  # the second row of the matrix: log2 of it has an SD of 0.25, that of the first of 0.14


def drop(screen: Screen, *files: Path) -> None:
    """Give files to the field, and wait for what they are taken for."""
    screen.page.locator("input[type=file]").first.set_input_files([str(path) for path in files])
    screen.at("own-change").wait_for()
    screen.settle()


def test_files_become_a_figure_and_an_export_that_is_known_again(screen: Screen, tmp_path: Path) -> None:
    screen.open("/studies")
    drop(screen, *put(tmp_path, WHOLE).values())
    assert "No rule is broken" in screen.told()
    screen.at("own-import").get_by_role("button").click()
    screen.eventually(lambda: "Imported “Thousand genomes subset” as LOC1" in screen.told(), True)
    screen.page.get_by_role("button", name="Open the study").click()
    screen.eventually(lambda: screen.query().get("own"), ["LOC1"])
    screen.at("own-export").get_by_role("button").click()
    link = screen.page.get_by_role("link", name="Download LOC1.zip")
    link.wait_for()
    packed = screen.download(link, tmp_path)
    with zipfile.ZipFile(packed) as inside:
        assert {name: inside.read(name).decode() for name in inside.namelist()} == WHOLE
    screen.open("/studies?add=new")
    drop(screen, packed)
    assert "a.gct is stored already" in screen.told()
    assert screen.at("own-import").get_by_role("button").is_disabled()
    screen.open("/studies?own=LOC1&tab=data")
    screen.page.get_by_test_id("stMain").get_by_role("link", name="Gene").click()
    screen.eventually(screen.path, "/gene")
    points = screen.trace(f"profile-{VARIES_MOST}", "samples")
    shown = {about[0]: value for about, value in zip(points["customdata"], points["x"], strict=True)}
    header, row = (GCT.splitlines()[line].split("\t")[2:] for line in (2, 4))
    assert shown == pytest.approx(dict(zip(header, np.log2(np.array(row, float) + 1), strict=True)))
    screen.page.set_viewport_size({"width": 400, "height": 800})
    for tab in ("study", "samples", "data"):
        screen.open(f"/studies?own=LOC1&tab={tab}")
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= 400, tab


def test_a_file_of_more_than_5_mb_arrives(screen: Screen, tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 1_000_000, (9_000, 100))
    head = "\t".join(["gene", *(f"S{number}" for number in range(100))])
    body = "\n".join(f"G{row}\t" + "\t".join(map(str, line)) for row, line in enumerate(values.tolist()))
    (tmp_path / "counts.tsv").write_text(f"{head}\n{body}\n")
    assert (tmp_path / "counts.tsv").stat().st_size > 6_000_000
    screen.open("/studies?add=new")
    drop(screen, tmp_path / "counts.tsv")
    assert screen.at("own-import").get_by_role("button").is_enabled()
    screen.at("own-discard").get_by_role("button").click()
    screen.eventually(lambda: screen.at("own-change").count(), 0)
