"""Heatmap on the live ARCHS4: gaps, genes that fail, top N, colours, a kill, a cancel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from backend import settings
from components import fetching, inputs, palette
from tests.doubles.archs4_web import Archs4Web, Fault
from tests.pages import live
from tests.pages.conftest import Figure, Open, captions, figures, messages, numbers, standing, trace, unescaped

GENES = ["ALB", "TP53", "MYC", "INS", "CD3E", "CD19"]
SPELLED = {"Granulosa cell": "GRANULOSA", "B lymphocyte": "BLYMPHOCYTE", "T lymphocyte": "TLYMPHOCYTE"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Archs4Web]:
    """The double as ARCHS4, asked in the usual order of dialects; what is kept is never fresh."""
    with live.archs4(tmp_path, **live.STALE, whole=10) as web:
        yield web


@pytest.fixture
def only_v1(tmp_path: Path) -> Iterator[Archs4Web]:
    """Only the API that serves z-scores and nothing else; what fails is asked for again at once."""
    with live.archs4(tmp_path, dialects=("v1",), rest=0.0, whole=10) as web:
        yield web


def cells(figure: Figure) -> pd.DataFrame:
    """z, genes x tissues, as drawn."""
    found = trace(figure, "z")
    shape = (len(found["y"]), len(found["x"]))
    return pd.DataFrame(numbers(found["z"]).reshape(shape), found["y"], [name.rstrip("*") for name in found["x"]])


def z_of(web: Archs4Web, gene: str, species: str = "human") -> pd.Series:
    """z of the medians across the tissues, by the last part of their ids."""
    leaves = dict.fromkeys(web.leaves(species))
    found = pd.Series({one.rpartition(".")[2]: web.box(gene, one, species)["median"] for one in leaves})
    return (found - found.mean()) / found.std(ddof=0)


def leaf(tissue: str) -> str:
    return SPELLED.get(tissue, tissue.upper())


def opened(open_page: Open, genes: list[str], **more: str):
    return open_page("heatmap", source="archs4", genes=",".join(genes), **more)


def close(shown: pd.DataFrame, web: Archs4Web, species: str = "human") -> None:
    for gene, row in shown.iterrows():
        expected = z_of(web, str(gene).upper(), species)
        np.testing.assert_allclose(row, [expected[leaf(tissue)] for tissue in row.index], atol=1e-3)


def test_z_is_that_of_the_medians_and_systems_have_their_colours(open_page: Open, services: Archs4Web) -> None:
    at = standing(opened(open_page, GENES))
    shown = cells(figures(at)[0])
    assert shown.shape == (6, 72)
    close(shown, services)
    assert messages(at) == ""
    band = trace(figures(at)[0], "organ system")
    named = {colour for _, colour in band["colorscale"]}
    systems = {one.split(".")[1].capitalize() for one in services.leaves()}
    assert named == set(palette.system_colours(systems).values())
    assert len(named) == len(systems) == 9
    assert any("n = " in text and "series" in text for text in band["text"][0])
    assert "log2" not in str(figures(at)) + captions(at) + "".join(code.value for code in at.code)


def test_mouse_and_top_n(open_page: Open, services: Archs4Web) -> None:
    at = standing(opened(open_page, ["Alb", "Trp53", "Myc"], species="mouse", top="10", cluster_tissues="0"))
    shown = cells(figures(at)[0])
    assert shown.shape == (3, 10)
    close(shown, services, "mouse")
    every = pd.DataFrame({gene: z_of(services, gene, "mouse") for gene in ("ALB", "TRP53", "MYC")})
    strongest = every.abs().max(axis=1).sort_values(ascending=False).iloc[:10]
    assert every.loc[[leaf(name) for name in shown.columns]].abs().max(axis=1).min() == pytest.approx(
        strongest.min(), abs=1e-9
    )


def test_tissues_that_a_gene_lacks_are_drawn_as_missing(open_page: Open, services: Archs4Web) -> None:
    """One gene comes from sigpy, which drops a tissue without samples; the other from legacy, which has it."""
    liver = next(one for one in services.leaves() if one.endswith(".LIVER"))
    services.switches.empty_leaves = (liver,)
    standing(open_page("gene", source="archs4", gene="ALB"))
    services.faults.append(Fault("status", "/sigpy"))
    with settings.use(replace(settings.current(), keep=())):  # what is kept is fresh
        at = standing(opened(open_page, ["ALB", "TP53"], cluster_genes="0", cluster_tissues="0"))
    shown = cells(figures(at)[0])
    assert np.isnan(shown.loc["ALB", "Liver"])
    assert shown.loc["TP53", "Liver"] == pytest.approx(z_of(services, "TP53")["LIVER"], abs=1e-3)
    assert shown.isna().to_numpy().sum() == 1
    assert "ALB lacks 1 of the 72 tissues." in _notes(at)
    assert "The genes were answered by different services" in _notes(at)


def _notes(at) -> str:
    return captions(at) + unescaped("\n".join(block.value for block in at.markdown))


def test_genes_that_fail_are_told_and_the_others_drawn(open_page: Open, only_v1: Archs4Web) -> None:
    only_v1.faults.append(Fault("status", "/archs4/api/v1/meta/genes/TP53/zscore"))
    at = opened(open_page, GENES)
    assert not at.exception
    assert "1 gene is left out, which could not be fetched: TP53." in messages(at)
    shown = cells(figures(at)[0])
    assert set(shown.index) == set(GENES) - {"TP53"}
    for gene, row in shown.iterrows():
        expected = pd.Series(only_v1.zscores(str(gene)), dtype=float)
        np.testing.assert_allclose(row, expected[row.index], atol=1e-3)
    assert "NaN" not in str(trace(figures(at)[0], "z")["hovertemplate"])
    assert "log expression" not in str(figures(at)) + captions(at)


def test_after_a_kill_the_map_stands_marked_as_stale(open_page: Open, services: Archs4Web) -> None:
    before = cells(figures(standing(opened(open_page, GENES)))[0])
    services.kill()
    st.cache_data.clear()  # as after a restart
    at = opened(open_page, [*GENES, "PCNA"])
    assert not at.exception
    shown = cells(figures(at)[0])
    pd.testing.assert_frame_equal(shown.sort_index(axis=1).sort_index(), before.sort_index(axis=1).sort_index())
    assert "6 of 6 genes are what ARCHS4 answered earlier" in messages(at)
    assert "left out, which could not be fetched: PCNA." in messages(at)
    services.revive()
    st.cache_data.clear()
    again = _eventually(open_page)
    assert set(cells(figures(again)[0]).index) == {*GENES, "PCNA"}
    assert "stale" not in captions(again)


def _eventually(open_page: Open):
    """The page once the services are asked again, after their short rest."""
    for _ in range(20):
        at = opened(open_page, [*GENES, "PCNA"])
        if not messages(at):
            break
    return standing(at)


def test_a_cancelled_map_says_how_far_it_was_and_goes_on(open_page: Open, services: Archs4Web) -> None:
    at = standing(opened(open_page, ["ALB"]))
    services.forget()
    question = f"archs4-human-{','.join(GENES)}"
    at.session_state[inputs.CANCELLED] = fetching.Cancelled(question, 4, 6)  # what a click on Cancel leaves
    at.query_params["genes"] = ",".join(GENES)
    at = standing(at.run())
    assert "Cancelled: 4 of 6 genes were fetched. They are kept" in messages(at)
    assert services.count("/sigpy/atlas") == 0
    at = live.press(at, "Go on")
    assert cells(figures(at)[0]).shape == (6, 72)
