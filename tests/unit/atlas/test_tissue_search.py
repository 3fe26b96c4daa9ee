"""A tissue asked for by its whole name is that tissue, so that a facet's count is what a click on it finds."""

from __future__ import annotations

import numpy as np
import pytest

from backend import demo
from backend.archs4.layout import detect
from backend.atlas import sample_table
from backend.atlas.samples import SampleTable


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> SampleTable:
    folder = tmp_path_factory.mktemp("tissues")
    demo.write(folder / "cohort.h5", samples=1_500, genes=200)
    sample_table.build(detect(folder / "cohort.h5"), folder)
    return SampleTable(folder)


def test_every_tissue_facet_counts_what_its_search_finds(table: SampleTable) -> None:
    for code, label in enumerate(table.labels):
        found = table.places(f'tissue:"{label}"')
        np.testing.assert_array_equal(found, np.flatnonzero(table.tissue == code))


def test_a_beginning_finds_all_tissues_that_begin_so(table: SampleTable) -> None:
    names = [str(label) for label in table.labels]
    longer = [name for name in names if any(name != other and name.startswith(f"{other} ") for other in names)]
    assert longer, "the cohort holds a tissue whose name continues another's"
    short = next(name for name in names if longer[0].startswith(f"{name} "))
    wanted = [code for code, name in enumerate(names) if f" {name.casefold()}".find(f" {short.casefold()}") >= 0]
    np.testing.assert_array_equal(table.places(f"tissue:{short}*"), np.flatnonzero(np.isin(table.tissue, wanted)))
    words = table.places(f"tissue:{short} OR tissue:{longer[0].split()[-1]}")
    assert len(words) > len(table.places(f'tissue:"{short}"'))
