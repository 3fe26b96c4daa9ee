"""An opened matrix as a source: the suites of its capabilities, and its numbers against numpy and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats as scipy_stats

from backend import api, settings
from backend.api import rnaget as counter
from backend.errors import BadInput, NotFound
from tests.contract.rnaget_online import online
from tests.contract.source_contract import (
    CoexpressionContract,
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.rnaget_world import EXPRESSION, NOT_MEASURED, world

KEY = "rnaget-spec12-ac3e9279efd02f1c98de4ed3d335b98e"


@pytest.fixture(autouse=True, scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with RnagetWeb() as web:
        chosen = online(web, tmp_path_factory.mktemp("rnaget"))
        with settings.use(chosen):
            assert counter.open_matrix("spec12", EXPRESSION).value == KEY
    with settings.use(chosen):  # the server is gone, the matrix stays
        yield


class TestOpenedMatrix(TissueProfileContract, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    name: ClassVar[str] = KEY
    gene: ClassVar[str] = "EGFR"
    other_gene: ClassVar[str] = "PTEN"
    partner: ClassVar[str] = "SYN34"
    query: ClassVar[str] = "liver"


def _logged() -> np.ndarray:
    return np.log2(world().values.astype(float) + 1)


def _row(name: str) -> int:
    return world().names.index(name)


def test_boxes_and_z_are_those_of_numpy() -> None:
    table = api.tissue_profile(KEY, "EGFR").value.set_index("tissue")
    row = _logged()[_row("EGFR")]
    for tissue in set(world().tissues):
        own = row[np.array(world().tissues) == tissue]
        told = table.loc[tissue, ["min", "q1", "median", "q3", "max"]].to_numpy(dtype=float)
        np.testing.assert_allclose(told, np.quantile(own, [0, 0.25, 0.5, 0.75, 1]), rtol=1e-6)
        assert table.loc[tissue, "z"] == pytest.approx((own.mean() - row.mean()) / row.std())
        assert table.loc[tissue, "n_samples"] == len(own)


def test_a_cell_that_was_not_measured_is_left_out() -> None:
    name, place = world().names[NOT_MEASURED[0]], NOT_MEASURED[1]
    table = api.tissue_profile(KEY, name).value.set_index("tissue")
    tissue = world().tissues[place]
    own = np.delete(_logged()[NOT_MEASURED[0]], place)[np.delete(np.array(world().tissues), place) == tissue]
    assert table.loc[tissue, "n_samples"] == len(own) == 5
    assert table.loc[tissue, "median"] == pytest.approx(np.median(own))


def test_partners_are_those_of_scipy() -> None:
    logged, asked = _logged(), _row("EGFR")
    table = api.coexpressed(KEY, "EGFR", limit=10).value.set_index("gene")
    expected = {}
    for row, name in enumerate(world().names):
        seen = ~np.isnan(logged[row])
        if row != asked and name:
            expected[name] = (*scipy_stats.pearsonr(logged[asked][seen], logged[row][seen]), int(seen.sum()))
    for sign in (1, -1):
        best = sorted(expected, key=lambda name, sign=sign: -sign * expected[name][0])
        ours = [name for name in table.index if sign * table.loc[name, "r"] > 0 and name in expected]
        assert ours[:8] == best[:8]
    for name in table.index.intersection(list(expected)):
        r, p, n = expected[name]
        assert table.loc[name, "r"] == pytest.approx(r, abs=1e-6)  # the index of a stored matrix holds float32
        assert table.loc[name, "p"] == pytest.approx(p, rel=1e-4)
        assert table.loc[name, "n"] == n


def test_values_of_samples() -> None:
    answer = api.expression(KEY, ["PTEN"], ["S03", "S00", "S77"])
    assert list(answer.value["sample"]) == ["S03", "S00"]
    np.testing.assert_allclose(answer.value["value"], _logged()[_row("PTEN")][[3, 0]], rtol=1e-6)
    assert any("S77" in note for note in answer.provenance.notes)
    with pytest.raises(NotFound):
        api.expression(KEY, ["PTEN"], ["S77"])


def test_samples_are_found_by_their_columns() -> None:
    page = api.search_samples(KEY, "tissue:brain").value
    assert page.total == 6
    assert page.facets["condition"] == {"normal": 3, "tumour": 3}
    with pytest.raises(BadInput):
        api.coexpressed(KEY, "EGFR", within="tissue:brain")


def test_the_provenance_says_where_and_when() -> None:
    told = api.tissue_profile(KEY, "EGFR").provenance
    assert told.kind == "cached"
    assert told.url.endswith("/spec12")
    assert told.unit == "log2(TPM+1)"
    assert "24 samples" in told.z_reference
    assert any("Upchurch" in line for line in told.citations)


def test_a_gene_without_a_symbol_gets_the_one_of_its_id() -> None:
    assert api.gene(KEY, "ENSG00000039987").value.symbol == "BEST2"
    assert api.gene(KEY, "BEST2").value.ensembl.startswith("ENSG00000039987")
