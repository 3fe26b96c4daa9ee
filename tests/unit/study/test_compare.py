"""Two versions of a matrix, compared: against pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from backend.study import compare, store
from backend.study.matrix import Matrix
from backend.study.store import Store


def _stored(path: Path, table: pd.DataFrame) -> Store:
    samples = pd.DataFrame({"sample": list(table.columns)}, dtype=object)
    values = table.to_numpy(np.float32)
    return Store(store.write(path, Matrix(tuple(table.index), ("",) * len(table), samples, values, "TPM"), {}))


def test_what_changed_is_what_pandas_finds(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    genes, samples = [f"G{n}" for n in range(400)], [f"S{n}" for n in range(30)]
    first = pd.DataFrame(random.random((400, 30)) * 10, index=genes, columns=samples)
    first.iloc[5, 5] = first.iloc[6, 6] = np.nan
    second = first.sample(frac=1, axis=0, random_state=1).sample(frac=1, axis=1, random_state=2)
    second = second.drop(index=["G1", "G2"], columns=["S3"])
    second.loc["NEW"] = 1.0
    second["Z"] = 2.0
    changed = {("G7", f"S{n}"): float(n) * 3 for n in range(4, 30)}
    for (gene, sample), value in changed.items():
        second.loc[gene, sample] = first.loc[gene, sample] + value
    second.loc["G5", "S5"], second.loc["G8", "S8"] = 1.0, np.nan
    second.loc["G9", "S9"] += 1e-12  # the same float32
    found = compare.compare(_stored(tmp_path / "1.h5", first), _stored(tmp_path / "2.h5", second))
    assert (found.samples_added, found.samples_gone) == (("Z",), ("S3",))
    assert (found.features_added, found.features_gone) == (("NEW",), ("G1", "G2"))
    assert (found.n_samples_added, found.n_features_gone) == (1, 2)
    assert found.n_compared == 398 * 29
    assert found.n_changed == len(changed) + 2
    order = sorted(changed, key=lambda place: -changed[place])
    assert [one[:2] for one in found.largest[:-2]] == order
    for gene, sample, old, new in found.largest[:-2]:
        np.testing.assert_allclose([old, new], [first.loc[gene, sample], second.loc[gene, sample]], rtol=1e-6)
    assert {one[:2] for one in found.largest[-2:]} == {("G5", "S5"), ("G8", "S8")}
    assert np.isnan(found.largest[-1][2]) != np.isnan(found.largest[-2][2])


def test_versions_with_nothing_in_common_and_equal_ones(tmp_path: Path) -> None:
    one = _stored(tmp_path / "1.h5", pd.DataFrame(np.ones((1_500, 2)), index=[f"A{n}" for n in range(1_500)]))
    two = _stored(tmp_path / "2.h5", pd.DataFrame(np.ones((1, 1)), index=["B"], columns=["x"]))
    found = compare.compare(one, two)
    assert (found.n_compared, found.n_changed, found.largest) == (0, 0, ())
    assert (found.n_features_gone, len(found.features_gone)) == (1_500, compare.MOST_NAMES)
    same = compare.compare(one, one)
    assert (same.n_compared, same.n_changed, same.n_features_gone, same.samples_gone) == (3_000, 0, 0, ())


def test_features_of_one_name_are_told_apart_by_their_order(tmp_path: Path) -> None:
    one = _stored(tmp_path / "1.h5", pd.DataFrame([[1.0], [2.0]], index=["P", "P"], columns=["s"]))
    two = _stored(tmp_path / "2.h5", pd.DataFrame([[1.0], [3.0]], index=["P", "P"], columns=["s"]))
    assert compare.compare(one, two).largest == (("P", "s", 2.0, 3.0),)
