"""Datasets: which files are there, why others are not used, building and stopping an index, opening it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from backend import api, settings
from backend import sources as registry
from backend.settings import Settings
from components import basket
from tests.contract import archs4_cohort
from tests.pages.conftest import AtlasSource, Open, captions, figures, messages, source_row, standing, unescaped

WAIT = 120


@pytest.fixture
def bare(atlas_file: AtlasSource, tmp_path: Path) -> Iterator[Path]:
    """The file without its index, among the sources."""
    path = Path(shutil.copy2(atlas_file.path, tmp_path))
    with archs4_cohort.found(tmp_path):
        yield path


def ended(key: str) -> str:
    until = time.monotonic() + WAIT
    while (seen := api.index_progress(key)).state in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.02)
    return seen.state


def words(at) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def opens(at) -> list[tuple[str, dict[str, list[str]]]]:
    return [
        (link.proto.page, parse_qs(link.proto.query_string)) for link in at.main.page_link if link.proto.label == "Open"
    ]


def test_an_indexed_file_is_described_and_opened(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("datasets", part="files"))
    assert "index ready" in words(at)
    assert "simulated data" in words(at)
    told = captions(at.main)
    for fact in ("human", "2.5", "300 samples × 2,000 genes", "layout v2", "made in", "MB"):
        assert fact in told
    assert str(atlas_source.path) not in told + words(at) + messages(at)
    ((page, target),) = opens(at)
    assert page == "gene"
    gene = standing(open_page("gene", gene=["ALB"], **target))
    assert gene.sidebar.selectbox("source").value == atlas_source.key
    assert figures(gene)


def test_without_a_file_the_page_says_how_to_get_one(open_page: Open) -> None:
    at = standing(open_page("datasets", part="files"))
    assert "No ARCHS4 file was found" in messages(at)
    (how,) = (box for box in at.main.expander if box.label == "How to add a file")
    assert how.proto.expanded
    told = unescaped(" ".join(text.value for text in how.markdown))
    for thing in ("archs4.org/download", "CC BY-NC-SA 4.0", "non-commercial", "EXPRONAUT_DATA", "backend add PATH"):
        assert thing in told


def test_what_cannot_be_used_is_told_with_its_reason(open_page: Open, bare: Path) -> None:
    (bare.parent / "cut.h5").write_bytes(bare.read_bytes()[:200_000])
    (bare.parent / "notes.h5").write_text("no HDF5 at all")
    at = standing(open_page("datasets", part="files"))
    assert "cut.h5 is cut off" in messages(at)
    (ignored,) = (box for box in at.main.expander if box.label.startswith("Not used"))
    assert "notes.h5" in unescaped(" ".join(text.value for text in ignored.markdown))


def test_an_index_is_built_and_the_source_answers_without_a_restart(open_page: Open, bare: Path) -> None:
    key = archs4_cohort.KEY
    at = standing(open_page("datasets", part="files"))
    assert "no index" in words(at)
    assert opens(at) == []
    assert "free" in captions(at.main)
    before = open_page("gene", source=key, gene=["ALB"])
    assert "no index" in messages(before)
    at.button(f"build-{key}").click()
    standing(at.run())
    assert ended(key) == "done"
    at.run()
    assert "index ready" in words(standing(at))
    assert len(opens(at)) == 1
    assert figures(standing(open_page("gene", source=key, gene=["ALB"])))


def test_the_small_index_says_what_it_leaves_out(open_page: Open, bare: Path) -> None:
    key = archs4_cohort.KEY
    at = open_page("datasets", part="files")
    assert "percentiles" in captions(at.main)
    at.button(f"small-{key}").click()
    standing(at.run())
    assert ended(key) == "done"
    at.run()
    assert "Small index of" in captions(at.main)
    assert at.button(f"build-{key}").label == "Build the full index"


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_stopped_build_is_told_and_can_go_on(open_page: Open, bare: Path) -> None:
    key = archs4_cohort.KEY
    at = open_page("datasets", part="files")
    at.button(f"build-{key}").click()
    at.run()
    api.cancel_index(key)
    state = ended(key)
    at.run()
    if state == "cancelled":  # it may have been quicker
        assert "Stopped" in messages(at)
        at.button(f"build-{key}").click()
        standing(at.run())
        assert ended(key) == "done"
        at.run()
    assert "index ready" in words(standing(at))


def test_a_failed_build_is_told_in_words(open_page: Open, bare: Path) -> None:
    key = archs4_cohort.KEY
    (bare.parent / f"{bare.name}.index.partial").write_text("in the way")
    at = open_page("datasets", part="files")
    at.button(f"build-{key}").click()
    at.run()
    assert ended(key) == "failed"
    at.run()
    assert not at.exception
    assert "index" in messages(at)
    assert str(bare.parent) not in messages(at)


def test_the_name_of_a_file_is_no_markup(open_page: Open, atlas_file: AtlasSource, tmp_path: Path) -> None:
    name = "human [a](x) **b** <img src=x>.h5"
    shutil.copy2(atlas_file.path, tmp_path / name)
    with archs4_cohort.found(tmp_path):
        for page, part in (("datasets", "all"), ("datasets", "files"), ("home", "")):
            at = open_page(page, part=part)
            assert not at.exception
            shown = " ".join(text.value for text in (*at.main.markdown, *at.main.caption, *at.sidebar.markdown))
            assert "](x" not in shown
            assert not re.search(r"(?<!\\)<img", shown)


def test_the_demo_cohort_is_offered_once_it_can_be_used(
    open_page: Open, atlas_file: AtlasSource, tmp_path: Path
) -> None:
    chosen = Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path)
    chosen.demo_file.parent.mkdir(parents=True)
    shutil.copy2(atlas_file.path, chosen.demo_file)
    with settings.use(chosen):
        registry.files(now=True)
        at = standing(open_page("home"))  # begins it in the background; the page does not wait
        assert api.index_progress(api.DEMO_SOURCE) is not None
        assert ended(api.DEMO_SOURCE) == "done"
        at.run()
        assert "Demo cohort (simulated)" in standing(at).sidebar.selectbox("source").options
        assert "being prepared" not in captions(at.sidebar)
        assert "index ready" in source_row(at, "Demo cohort (simulated)")[0]
        demo = standing(open_page("gene", source=api.DEMO_SOURCE, gene=["ALB"]))
        assert "simulated data" in unescaped(" ".join(text.value for text in demo.sidebar.markdown))
        assert figures(demo)
        found = standing(open_page("samples", source=api.DEMO_SOURCE, q="liver"))
        assert any(" simulated samples** in " in text.value for text in found.markdown)
        button = next(one for one in found.button if "Add this page" in one.label)
        button.click()
        standing(found.run())
        held = found.expander("basket-card").dataframe[0].value
        assert set(held["data"]) == {"SIMULATED DATA, Demo cohort (simulated)"}
        assert basket.file_name(held, ".csv") == "SIMULATED_expronaut_basket.csv"
