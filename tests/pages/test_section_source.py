"""A section on the pages for genes: groups of its spots, points of a group, heatmap, co-expression across spots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from tests.contract import section_world as world
from tests.pages.conftest import Open, captions, figures, numbers, same_from_its_link, standing, trace, unescaped

TRUTH = world.truth()
SHOWN = pd.DataFrame(world.cp10k(TRUTH.values).T, columns=TRUTH.names, index=TRUTH.spots)
REGION = pd.Series([one or "not told" for one in TRUTH.groups["region"]], index=TRUTH.spots)
ON = {"species": "mouse", "by": "region"}


@pytest.fixture(autouse=True, scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with world.home(tmp_path_factory.mktemp("sections")) as place:
        yield world.opened(world.downloaded(place))


def test_a_gene_over_the_groups_of_spots_and_the_spots_of_one(open_page: Open, key: str) -> None:
    at = standing(open_page("gene", source=key, gene=["Sox2"], points="Cortex", **ON))
    boxes, strip = figures(at)
    rows = trace(boxes, "tissues")
    drawn = dict(zip(rows["customdata"], numbers(rows["x"]), strict=True))
    assert drawn == pytest.approx(dict(SHOWN["Sox2"].groupby(REGION).median()))
    dots = [one for one in strip["data"] if one.get("mode") == "markers"]
    values = np.sort(np.concatenate([numbers(one["x"]) for one in dots]))
    np.testing.assert_allclose(values, np.sort(SHOWN.loc[REGION == "Cortex", "Sox2"]))
    told = captions(at.main)
    assert "Spots are grouped by “region”." in told
    assert "log2(CP10K+1)" in " ".join(code.value for code in at.code)
    assert "sample" not in " ".join(one.value for one in at.subheader).casefold()
    same_from_its_link(open_page, at)


def test_a_heatmap_of_genes_by_groups_of_spots(open_page: Open, key: str) -> None:
    at = standing(open_page("heatmap", source=key, genes="Sox2,Gapdh,Actb", **ON))
    (figure,) = figures(at)
    cells = next(one for one in figure["data"] if one["type"] == "heatmap")
    z = (SHOWN - SHOWN.mean()) / SHOWN.std(ddof=0)
    means = z.groupby(REGION).mean()
    found = np.sort(numbers(cells["z"]).ravel())
    np.testing.assert_allclose(
        found, np.sort(np.clip(means[["Sox2", "Gapdh", "Actb"]].to_numpy().ravel(), -3, 3)), atol=1e-3
    )


def test_partners_across_spots_state_n_and_no_p(open_page: Open, key: str) -> None:
    at = standing(open_page("coexpression", source=key, seed=["Sox2"], within="group:region=Cortex", **ON))
    told = unescaped(captions(at.main))
    assert "Neighbouring spots resemble each other" in told
    tables = [one.value for one in at.dataframe]
    partners = next(one for one in tables if {"gene", "r", "n"} <= set(one.columns) and "degree" not in one.columns)
    assert "p" not in partners.columns
    assert set(partners["n"]) == {int((REGION == "Cortex").sum())}
    kept = SHOWN[REGION == "Cortex"]
    for row in partners.head(5).itertuples():
        assert row.r == pytest.approx(np.corrcoef(kept["Sox2"], kept[row.gene])[0, 1], abs=1e-6)
    assert "400 spots of the section" in told
