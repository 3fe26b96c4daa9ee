"""One of the lab's own studies is published to ODM: the server then holds what is in the lab's files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend import api, settings
from backend.errors import BadInput, NotFound
from backend.odm import kept
from tests.contract.odm_curating import accessions, online, run
from tests.contract.own_world import bring
from tests.doubles.odm_web import BUNDLE, OdmWeb

FILES = ("study.tsv", "samples.tsv", "libraries.tsv", "a.gct", "a.gct.tsv", "b.tsv")


@pytest.fixture(scope="module")
def web() -> Iterator[OdmWeb]:
    with OdmWeb() as double:
        yield double


@pytest.fixture
def own(web: OdmWeb, tmp_path: Path) -> Iterator[str]:
    """The accession of the bundle as an own study, with a second version of a.gct."""
    web.reset()
    with settings.use(online(web, tmp_path)):
        yield brought(tmp_path / "bundle")


def brought(folder: Path) -> str:
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(BUNDLE[name])
    accession = bring(*(folder / name for name in FILES if name != "b.tsv"))
    (folder / "a2.gct").write_bytes(BUNDLE["a2.gct"])
    first = api.own_study(accession).matrices[0].version.accession
    bring(folder / "a2.gct", into=accession, version_of=first)
    return accession


def test_the_server_then_holds_the_same(web: OdmWeb, own: str) -> None:
    wish = api.odm_own_wish(own, study_link=web.link("study.tsv"))
    kinds = [part.kind for part in wish.parts]
    assert kinds == ["study", "samples", "libraries", "expression", "expression"]
    names = [part.file.name for part in wish.parts if part.file]
    assert names == ["samples.tsv", "libraries.tsv", "a.gct", "a2.gct"]
    for part in wish.parts[1:]:
        assert part.file is not None
        assert kept.path(part.file).read_bytes() == BUNDLE[part.file.name], "unchanged, byte for byte"

    made = accessions(run(wish))

    for key, last in (("expression-1", [[14.7, 16.8, 17.2, 19.5], [4.2, 7.1, 5.5, 6.8]]),
                      ("expression-2", [[24.7, 16.8, 17.2, 19.5], [4.2, 7.1, np.nan, 6.8]])):  # fmt: skip
        np.testing.assert_array_equal(web.truth.matrix(made[key])[2], last)
    chain = [web.truth.metadata(made[key])["genestack:versionInChain"] for key in ("expression-1", "expression-2")]
    assert chain == [1, 2]
    assert web.truth.metadata(made["expression-1"])["Normalization Method"] == "RPKM"
    samples = [web.truth.metadata(one) for one in web.truth.members(made["samples-1"])]
    assert [one["Population"] for one in samples] == ["British", "British", "Finnish", "Finnish"]


def test_a_study_made_by_hand_is_described(web: OdmWeb, own: str) -> None:
    made = run(api.odm_own_wish(own, study_accession=web.atlas.study))
    assert made.study == web.atlas.study
    assert web.truth.metadata(made.study)["Study Title"] == "Thousand genomes subset"


def test_how_the_study_comes_must_be_said(web: OdmWeb, own: str) -> None:
    with pytest.raises(BadInput, match="no upload of a study") as told:
        api.odm_own_wish(own)
    assert "accession" in told.value.hint
    with pytest.raises(NotFound):
        api.odm_own_wish("LOC999999", study_link=web.link("study.tsv"))
