"""Every page on an opened data set of STOmics: asked gene by gene, so none begins with a call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend import api, settings
from tests.contract.stomics_online import online
from tests.doubles.stomics_web import StomicsWeb
from tests.doubles.stomics_web_world import SECTION
from tests.pages.conftest import Open, captions, messages, standing, unescaped

EXPRESSION = f"/api/v1/datasets/{SECTION}/expression"


@pytest.fixture(scope="module")
def shared() -> Iterator[StomicsWeb]:
    with StomicsWeb() as double:
        yield double


@pytest.fixture
def web(shared: StomicsWeb, tmp_path: Path) -> Iterator[StomicsWeb]:
    shared.reset()
    with settings.use(online(shared, tmp_path, attempts=1)):
        yield shared


@pytest.fixture
def view(web: StomicsWeb) -> dict[str, str]:
    """The section of 300 spots, in force."""
    return {"source": api.open_stomics(SECTION), "species": "mouse"}


def test_gene_shows_a_profile_of_spots_and_asks_once(web: StomicsWeb, view: dict, open_page: Open) -> None:
    assert messages(open_page("gene", **view)).startswith("Type a gene above")
    assert web.count(EXPRESSION) == 0
    at = open_page("gene", gene=["Sox2"], **view)
    standing(at)
    truth = web.datasets[SECTION].truth
    shown = at.main.dataframe[0].value.set_index("tissue")
    groups = np.array([name or "not told" for name in next(iter(truth.groups.values()))])
    for name in set(groups):
        assert shown.loc[name, "median: counts"] == np.median(truth.of("Sox2")[groups == name])
    assert "lowest and highest spot" in unescaped(captions(at.main))
    assert web.count(EXPRESSION) == 1


def test_a_gene_that_is_not_there_can_be_clicked_in_another_spelling(
    web: StomicsWeb, view: dict, open_page: Open
) -> None:
    at = open_page("gene", gene=["SOX2"], **view)
    standing(at)
    assert "no data of SOX2 in STD0002, which is not 0" in messages(at)
    (button,) = [one for one in at.main.button if one.label == "Sox2"]
    button.click().run()
    standing(at)
    assert "Cortex" in set(at.main.dataframe[0].value["tissue"])


def test_the_heatmap_asks_for_what_it_is_given_and_names_what_lacks(
    web: StomicsWeb, view: dict, open_page: Open
) -> None:
    standing(open_page("heatmap", **view))
    assert web.count(EXPRESSION) == 0
    at = open_page("heatmap", genes="Sox2,Gapdh,Actb,Nosuch1", **view)
    standing(at)
    assert set(at.main.dataframe[0].value["gene"]) == {"Sox2", "Gapdh", "Actb"}
    assert "1 gene is left out, of which nothing came: Nosuch1" in messages(at)
    assert web.count(EXPRESSION) == 4


def test_co_expression_has_pairs_alone_and_says_why(web: StomicsWeb, view: dict, open_page: Open) -> None:
    at = open_page("coexpression", seed=["Sox2", "Gapdh", "Actb"], **view)
    standing(at)
    truth, table = web.datasets[SECTION].truth, at.main.dataframe[0].value
    for row in table.itertuples():
        assert row.r == pytest.approx(np.corrcoef(truth.of(row.gene_a), truth.of(row.gene_b))[0, 1])
        assert row.n == 300
    assert len(table) == 3
    assert "partners among all genes cannot be looked for here" in messages(at)


def test_the_section_is_asked_for_anew_and_what_cannot_be_read_leads_to_the_files(
    web: StomicsWeb, view: dict, open_page: Open
) -> None:
    web.switches.shape = "unknown"
    at = open_page("spatial", gene=["Sox2"], **view)
    assert not at.exception
    assert "the keys gene, matrix_url, blocks" in messages(at)
    assert "Download an h5ad file" in messages(at)
    assert web.count(EXPRESSION) == 1
    web.switches.shape = "expressing"
    at.button(key="stomics-anew").click().run()
    standing(at)
    assert "lists only some" in messages(at)
    assert web.count(EXPRESSION) == 2
    sox2 = web.datasets[SECTION].truth.of("Sox2")
    assert len(at.main.dataframe[0].value) == (sox2 > 0).sum()
    at.button(key=f"close-{view['source']}").click().run()
    assert not at.exception
    assert api.opened_stomics() == ()
