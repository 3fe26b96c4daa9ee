"""A study on the pages: grouped by any column, its samples drawn, what was not measured told, its warnings above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backend import settings
from backend.study.matrix import Matrix
from components import inputs
from tests.contract import study_world as world
from tests.pages.conftest import (
    Open,
    captions,
    figures,
    messages,
    numbers,
    same_from_its_link,
    standing,
    trace,
    unescaped,
)

KEY = world.KEY
ISLETS = f"{KEY}-islets"
ALONE = f"{KEY}-alone"
WARNED = world.WARNING.removeprefix("Warning: ")


def _islets() -> Matrix:
    """A study without any of the genes that pages usually begin with but one; GCG varies most, then INS."""
    names = ("ACTB", "GCG", "INS")
    values = np.array([[100, 101, 100, 101], [1, 4000, 1, 4000], [3, 900, 3, 900]], dtype=np.float32)
    frame = pd.DataFrame({"sample": list("abcd"), "Condition": ["T1D", "none"] * 2}, dtype=object)
    return Matrix(names, names, frame, values, "TPM", ())


def _alone() -> Matrix:
    """Samples of which nothing is told, as some servers send them."""
    frame = pd.DataFrame({"sample": list("abc")}, dtype=object)
    return Matrix(("ACTB",), ("ACTB",), frame, np.array([[4, 9, 30]], dtype=np.float32), "TPM", ())


@pytest.fixture(autouse=True, scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    cache = tmp_path_factory.mktemp("study")
    world.write(cache)
    world.write(cache, f"{KEY}-again")  # of the same title
    world.write(cache, ISLETS, _islets())
    world.write(cache, ALONE, _alone())
    with settings.use(replace(settings.current(), cache=cache)):
        yield


def _logged(gene: str) -> pd.Series:
    return pd.Series(np.log2(world.values()[world.GENES.index(gene)].astype(float) + 1), world.samples()["sample"])


def _groups(*columns: str) -> pd.Series:
    """The group of each sample, by hand."""
    about = world.samples().set_index("sample")[list(columns)].replace({"": "not told", "NaN": "not told"})
    return about.agg(" × ".join, axis=1)


def test_sources_that_read_alike_are_told_apart() -> None:
    same = "A study of the livers of forty donors"
    names = inputs.source_names({"own-loc1": same, "own-loc2": same, "own-loc3": "Kidneys"})
    assert len(set(names.values())) == 3
    assert names["own-loc2"].endswith("loc2")
    assert names["own-loc3"] == "Kidneys"


def test_a_gene_by_two_columns_with_its_samples(open_page: Open) -> None:
    at = standing(open_page("gene", source=KEY, gene=["ALB"], by="Tissue", **{"and": "Sex"}))
    (figure,) = figures(at)
    medians = _logged("ALB").groupby(_groups("Tissue", "Sex")).median()
    rows = trace(figure, "tissues")
    assert dict(zip(rows["customdata"], numbers(rows["x"]), strict=True)) == pytest.approx(dict(medians))
    assert rows["customdata"][0] == "Brain cortex × female"  # in the order of the columns
    dots = trace(figure, "samples")
    drawn = {about[0].split()[0]: value for about, value in zip(dots["customdata"], numbers(dots["x"]), strict=True)}
    assert drawn == pytest.approx(dict(_logged("ALB")))
    assert messages(at).count(WARNED) == 1
    told = captions(at.main)
    assert WARNED not in told
    assert "Samples are grouped by “Tissue” and “Sex”." in told
    assert "across groups by Tissue × Sex" in " ".join(code.value for code in at.code)
    same_from_its_link(open_page, at)


def test_the_grouping_is_chosen_and_stays_in_the_address(open_page: Open) -> None:
    at = standing(open_page("gene", source=KEY, gene=[world.ABSENT]))
    (figure,) = figures(at)
    assert trace(figure, "tissues")["customdata"] == ["Brain cortex", "Kidney", "not told"]
    boxes = [one for one in figure["data"] if one["type"] == "box"]
    zero = next(box for box in boxes if "Kidney (n = 9)" in box["y"])
    assert numbers(zero["median"])[zero["y"].index("Kidney (n = 9)")] == 0
    assert any(
        one.get("text") == "\N{NO-BREAK SPACE}not measured" and one["y"] == ["Liver* (n = 0)"] for one in figure["data"]
    )
    assert "Not measured in any sample, which is not 0: UMOD in Liver." in captions(at.main)
    at.selectbox("by").set_value("bins:Age")
    at = standing(at.run())
    assert at.query_params["by"] in ("bins:Age", ["bins:Age"])
    assert at.query_params["source"] in (KEY, [KEY])
    assert "in bins of equal width (10)" in captions(at.main)
    names = trace(figures(at)[0], "tissues")["customdata"]
    assert names[0] == "20 to <30"
    assert names[-1] == "not told"


def test_the_samples_of_a_group(open_page: Open) -> None:
    at = standing(open_page("gene", source=KEY, gene=["ALB"], by="Sex", points="not told"))
    strip = trace(figures(at)[1], "ALB")
    assert {about[0] for about in strip["customdata"]} == {"S04", "S17"}
    assert "of Sex = not told" in " ".join(code.value for code in at.code)


def test_a_heatmap_of_samples_in_the_order_of_their_groups(open_page: Open) -> None:
    genes = ["ALB", world.ABSENT, "CD3E"]
    at = standing(
        open_page(
            "heatmap",
            source=KEY,
            genes=",".join(genes),
            columns="samples",
            by="Sex",
            cluster_tissues="0",
            cluster_genes="0",
        )
    )
    (figure,) = figures(at)
    cells = trace(figure, "z")
    groups = _groups("Sex")[cells["x"]]
    assert list(dict.fromkeys(groups)) == ["female", "male", "not told"]
    assert (groups != groups.shift()).sum() == 3
    assert [text.split("<br>")[-1] for text in trace(figure, "Sex")["text"][0]] == list(groups)
    for row, gene in enumerate(genes):
        every = _logged(gene)[cells["x"]]
        np.testing.assert_allclose(numbers(cells["z"])[row], (every - every.mean()) / every.std(ddof=0), atol=2e-3)
    assert "samples by Sex" in " ".join(code.value for code in at.code)


def test_partners_within_a_group_and_the_samples_behind_an_edge(open_page: Open) -> None:
    at = standing(open_page("coexpression", source=KEY, seed=["ALB"], within="group:Tissue=Liver", by="Sex"))
    words = unescaped(" ".join(text.value for text in (*at.subheader, *at.markdown)))
    assert "Partners of a seed within Tissue = Liver" in words
    table = at.dataframe[0].value
    assert set(table["n"]) == {9}
    scatter = figures(at)[1]
    assert [one["name"] for one in scatter["data"]] == ["female", "male", "not told"]
    assert sum(len(numbers(one["x"])) for one in scatter["data"]) == world.N
    assert messages(at).count(WARNED) == 1
    at.selectbox("within").set_value("group:Tissue=not told")
    assert "needs at least 4" in messages(standing(at.run()))


def test_samples_are_narrowed_by_a_column_with_a_blank_in_its_name(open_page: Open) -> None:
    at = standing(open_page("samples", source=KEY, q="donor", only=["Cell Type:T cell"]))
    words = unescaped(" ".join(text.value for text in at.main.markdown))
    assert "10 samples" in words
    assert [name for name in ("Tissue", "Sex", "Dose (mg)", "Cell Type") if f"**{name}**" in words][-1] == "Cell Type"
    assert "NaN" not in words + captions(at.main)


def test_pages_begin_with_the_genes_of_a_study_that_vary_most(open_page: Open) -> None:
    at = standing(open_page("gene", source=ISLETS))
    assert at.multiselect(inputs.GENE).value == ["GCG"]
    assert standing(open_page("coexpression", source=ISLETS)).multiselect(inputs.SEED).value == ["GCG"]
    at = standing(open_page("heatmap", source=ISLETS))
    (figure,) = figures(at)
    assert "Genes (3 names)" in " ".join(one.label for one in at.expander)
    assert figure["data"]


def test_a_gene_that_a_study_lacks_leads_to_genes_that_it_has(open_page: Open) -> None:
    at = standing(open_page("gene", source=ISLETS, gene=["ALB"]))
    assert "“ALB” is not in Organs of 30 donors (RNAget, lab). Choose one of its genes." in messages(at)
    at.button("here-gene-INS").click()
    at = standing(at.run())
    assert at.multiselect(inputs.GENE).value == ["INS"]
    at = standing(open_page("heatmap", source=ISLETS, genes="ALB,TTR"))
    at.button("here-map").click()
    assert figures(standing(at.run()))


def test_one_group_alone_is_not_called_unexpressed(open_page: Open) -> None:
    at = open_page("gene", source=ALONE, gene=["ACTB"])
    assert "one group only" in messages(at)
    assert not at.metric, "no tau, no z range"
