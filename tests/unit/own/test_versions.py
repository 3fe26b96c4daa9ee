"""Versions of a matrix: chains, which one is active, ODM's useVersions, and what differs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend import api, sources
from backend.errors import BadInput, NotFound
from backend.model import ImportOptions
from tests.unit.own.shelves import GCT, LIBRARIES, LIBRARY_GCT, SECOND, bring, bundle

GENE = "ENSG00000077044"
FIRST = "LOC7"


def _next(tmp_path: Path, text: str, version_of: str = FIRST) -> str:
    """Import a further version; the accession of its matrix."""
    folder = tmp_path / f"v{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    (folder / "a.gct").write_text(text)
    assert bring(folder / "a.gct", version_of=version_of) == "LOC1"
    return api.own_versions(version_of)[0].accession


@pytest.fixture
def chain(tmp_path: Path) -> list[str]:
    bring(bundle(tmp_path))
    second = _next(tmp_path, SECOND)
    return [FIRST, second, _next(tmp_path, GCT.replace("14.7", "99").replace("HG00176", "HG00999"), second)]


def _value(key: str) -> float:
    return float(2 ** api.expression(key, [GENE], ["HG00119"]).value["value"].iloc[0] - 1)


def test_the_newest_is_active_and_old_ones_stay_readable(chain: list[str]) -> None:
    told = api.own_versions(chain[0])
    assert [(one.accession, one.chain, one.number, one.active) for one in told] == [
        (chain[2], "LOCVC001", 3, True), (chain[1], "LOCVC001", 2, False), (chain[0], "LOCVC001", 1, False),
    ]  # fmt: skip
    assert [one for one in sources.names() if one.startswith("own-")] == [told[0].key]
    assert [_value(f"own-{one.lower()}") for one in (chain[0], chain[1])] == pytest.approx([14.7, 15.7])
    provenance = api.tissue_profile(f"own-{chain[1].lower()}", GENE).provenance
    assert provenance.version.startswith("v2 of LOCVC001, imported ")
    assert any("v3 (" in note and "is the active one" in note for note in provenance.notes)


def test_another_version_is_chosen(chain: list[str]) -> None:
    api.choose_version(chain[1])
    assert [one for one in sources.names() if one.startswith("own-")] == [f"own-{chain[1].lower()}"]
    api.forget_own_matrix(chain[1])
    assert [(one.number, one.active) for one in api.own_versions(chain[0])] == [(3, True), (1, False)]
    with pytest.raises(NotFound):
        sources.get(f"own-{chain[1].lower()}")


def test_a_number_is_not_given_again(tmp_path: Path, chain: list[str]) -> None:
    api.forget_own_matrix(chain[2])
    _next(tmp_path, GCT.replace("14.7", "77"), chain[1])
    assert [one.number for one in api.own_versions(chain[0])] == [4, 2, 1]


USED = {
    "": [3],
    "*": [1, 2, 3],
    "v1": [1],
    "v2,v1": [1, 2],
    "v0": [],
    "v9": [],
    "LOCVC001:v3": [3],
    "LOCVC001:LOC7": [1],
    "LOCVC001:*": [1, 2, 3],
    "LOCVC002:v1": [],
    "LOCVC002:v1; LOCVC001:v2, v3": [2, 3],
}


def test_use_versions_of_odm(tmp_path: Path, chain: list[str]) -> None:
    for use, numbers in USED.items():
        assert [one.number for one in api.used_versions("LOC1", use)] == numbers, use
    (tmp_path / "b.gct").write_text(GCT.replace("14.7", "5"))
    bring(tmp_path / "b.gct", into="LOC1")
    for use, numbers in USED.items():
        plain = [0] if use in ("", "*", "v0") else []  # a file without a chain is v0
        assert [one.number for one in api.used_versions("LOC1", use)] == numbers + plain, use
    for use in ("x", "v", "v-1", "v1,,v2", ":v1", "LOCVC001:", ";", "v1:v2:v3", "v01"):
        with pytest.raises(BadInput):
            api.used_versions("LOC1", use)


def test_two_versions_are_compared(chain: list[str]) -> None:
    found = api.compare_own(chain[0], f"own-{chain[1].lower()}")
    assert (found.n_samples_added, found.n_samples_gone, found.n_features_added, found.n_features_gone) == (0, 0, 0, 0)
    assert (found.n_compared, found.n_changed) == (8, 2)
    changes = {(gene, sample): (before, after) for gene, sample, before, after in found.largest}
    np.testing.assert_allclose(changes[GENE, "HG00119"], (14.7, 15.7), rtol=1e-6)
    before, after = changes["ENSG00000085982", "HG00176"]
    assert before == pytest.approx(6.8)
    assert np.isnan(after)
    other = api.compare_own(chain[0], chain[2])
    assert (other.samples_added, other.samples_gone) == (("HG00999",), ("HG00176",))


def test_other_columns_than_before_are_a_warning(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    (tmp_path / "a.gct").write_text(GCT.replace("HG00176", "HG00999"))
    checked = api.check_study([tmp_path / "a.gct"], ImportOptions(version_of=FIRST))
    assert "VERSION_COLUMNS" in [one.code for one in checked.findings]
    assert checked.passes
    with pytest.raises(NotFound):
        api.check_study([tmp_path / "a.gct"], ImportOptions(version_of="LOC99"))


def test_one_matrix_is_the_next_version(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    (tmp_path / "a.gct").write_text(SECOND)
    (tmp_path / "b.gct").write_text(GCT.replace("14.7", "9"))
    with pytest.raises(BadInput, match="2 of these matrices"):
        bring(tmp_path / "a.gct", tmp_path / "b.gct", version_of=FIRST)
    assert len(api.own_versions(FIRST)) == 1


def test_a_version_links_and_is_grouped_as_the_one_before(tmp_path: Path) -> None:
    bring(bundle(tmp_path, a_gct=LIBRARY_GCT, libraries_tsv=LIBRARIES), link_to="libraries", group_by="Library Type")
    (matrix,) = api.own_study("LOC1").matrices
    _next(tmp_path, LIBRARY_GCT.replace("21.9", "22.9"), matrix.version.accession)
    second = api.own_study("LOC1").matrices[1]
    assert (second.link.target, second.link.state, second.grouping) == ("libraries", "complete", "Library Type")
