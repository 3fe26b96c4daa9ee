"""A matrix of an own study as a source: the suites of its capabilities, and its numbers against its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import requests

from backend import api, settings, sources
from backend.errors import NotFound
from backend.serve import app
from tests.contract.own_world import alone, bring, write_bundle
from tests.contract.source_contract import (
    CoexpressionContract,
    GeneLookupContract,
    SampleSearchContract,
    TissueProfileContract,
)
from tests.doubles.rnaget_world import NOT_MEASURED, world
from tests.serving import running
from tests.unit.serve.rnaget_world import loom, table

KEY, STUDY = "own-loc27", "LOC1"


@pytest.fixture(autouse=True, scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("own")
    with settings.use(alone(folder)):
        assert bring(write_bundle(folder / "bundle")) == STUDY
        yield folder


class TestOwnMatrix(TissueProfileContract, CoexpressionContract, GeneLookupContract, SampleSearchContract):
    name: ClassVar[str] = KEY
    gene: ClassVar[str] = "EGFR"
    other_gene: ClassVar[str] = "PTEN"
    partner: ClassVar[str] = "SYN34"
    query: ClassVar[str] = "liver"


def _logged() -> np.ndarray:
    return np.log2(world().values.astype(float) + 1)


def _row(name: str) -> int:
    return world().names.index(name)


def test_boxes_and_z_are_those_of_the_file() -> None:
    table = api.tissue_profile(KEY, "EGFR").value.set_index("tissue")
    row = _logged()[_row("EGFR")]
    assert set(table.index) == set(world().tissues)
    for tissue in set(world().tissues):
        own = row[np.array(world().tissues) == tissue]
        told = table.loc[tissue, ["min", "q1", "median", "q3", "max"]].to_numpy(dtype=float)
        np.testing.assert_allclose(told, np.quantile(own, [0, 0.25, 0.5, 0.75, 1]), rtol=1e-6)
        assert table.loc[tissue, "z"] == pytest.approx((own.mean() - row.mean()) / row.std())


def test_an_empty_cell_is_not_measured_and_never_zero() -> None:
    name, sample = world().names[NOT_MEASURED[0]], world().samples[NOT_MEASURED[1]]
    told = api.expression(KEY, [name], list(world().samples)).value.set_index("sample")["value"]
    assert np.isnan(told[sample])
    assert told.drop(sample).notna().all()


def test_the_provenance_says_unit_version_and_normalisation() -> None:
    told = api.tissue_profile(KEY, "EGFR").provenance
    assert (told.kind, told.unit, told.url) == ("real", "log2(TPM+1)", "")
    assert told.title == "Organs of 24 donors: tpm.gct"
    assert told.version.startswith("imported ")
    assert any("Normalization Method: TPM; Genome Version: GRCh38" in note for note in told.notes)


def test_page_zscore_and_slice_give_the_same_numbers() -> None:
    page = api.tissue_profile(KEY, "EGFR").value.set_index("tissue")["z"]
    shown = api.expression(KEY, ["EGFR"], list(world().samples)).value["value"].to_numpy(dtype=np.float32)
    with running(app.asgi()) as url, requests.Session() as asked:
        told = asked.get(f"{url}/archs4/{KEY}/api/v1/meta/genes/EGFR/zscore", timeout=30).json()
        bytes_of = f"{url}/rnaget/expressions/{KEY}/bytes"
        sliced = {
            unit: asked.get(bytes_of, {"featureNameList": "EGFR", "format": "tsv", "units": unit}, timeout=30).text
            for unit in ("", "TPM")
        }
        whole = loom(asked.get(bytes_of, {"format": "loom", "units": "TPM"}, timeout=30).content)
        studies = asked.get(f"{url}/rnaget/studies", {"name": "Organs of 24 donors"}, timeout=30).json()
    assert {one["tissue"]: one["zscore"] for one in told["values"]} == pytest.approx(page.to_dict())
    logged, plain = table(sliced[""]), table(sliced["TPM"])
    np.testing.assert_array_equal(logged.values[0], shown)
    np.testing.assert_allclose(plain.values[0], world().values[_row("EGFR")], rtol=1e-6)
    np.testing.assert_allclose(whole.values, world().values, rtol=1e-6)
    assert (logged.samples, logged.tissues) == (list(world().samples), list(world().tissues))
    assert (logged.conditions, whole.ids) == (list(world().conditions), list(world().ids))
    assert [one["id"] for one in studies] == ["study-loc1"]


def test_another_matrix_there_is_not() -> None:
    with pytest.raises(NotFound):
        sources.get("own-loc999")
