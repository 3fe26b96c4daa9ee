"""Uploads, imports in the background, and the commands."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from backend import __main__ as command
from backend import api
from backend.errors import BadInput, NotFound, TooLarge
from backend.model import ImportOptions, IndexProgress
from backend.own import uploads
from tests.unit.own.shelves import GCT, SAMPLES, SECOND, WHOLE, bring, bundle


def _upload(**texts: str) -> str:
    key = ""
    for name, text in {**WHOLE, **{name.replace("_", "."): text for name, text in texts.items()}}.items():
        key = api.stage_upload(name, text.encode(), key)
    return key


def _ended(job: str) -> IndexProgress:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        progress = api.import_progress(job)
        assert progress is not None
        if progress.state not in ("waiting", "running"):
            return progress
        time.sleep(0.01)
    raise AssertionError("the import does not end")


def test_an_upload_is_checked_then_imported_then_gone() -> None:
    key = _upload()
    checked = api.check_study(key)
    assert (checked.passes, checked.groupings) == (True, ("Sex", "Population"))
    assert [(one.file, one.kind) for one in checked.parts][-2:] == [
        ("a.gct", "expression"),
        ("a.gct.tsv", "expression metadata"),
    ]
    job = api.start_import(key, ImportOptions(group_by="Population"))
    assert _ended(job).state == "done"
    assert api.imported_as(job) == "LOC1"
    assert api.own_study("LOC1").matrices[0].grouping == "Population"
    with pytest.raises(NotFound):
        api.staged_files(key)


def test_a_broken_upload_says_rule_and_line_and_stays() -> None:
    key = _upload(samples_tsv=SAMPLES.replace("Population", "Sex"))
    (found,) = [one for one in api.check_study(key).findings if one.code == "DUP_ATTRIBUTE"]
    assert (found.file, found.line, found.level) == ("samples.tsv", 1, "error")
    progress = _ended(api.start_import(key))
    assert (progress.state, "DUP_ATTRIBUTE" in progress.message) == ("failed", True)
    assert "samples.tsv" in api.staged_files(key)
    api.stage_upload("samples.tsv", SAMPLES.encode(), key)
    assert _ended(api.start_import(key)).state == "done"


def test_names_are_confined_and_sizes_capped(tmp_path: Path) -> None:
    key = api.stage_upload("../../evil/a.gct", io.BytesIO(GCT.encode()))
    api.stage_upload("C:\\lab\\samples.tsv", SAMPLES.encode(), key)
    assert api.staged_files(key) == ("a.gct", "samples.tsv")
    assert not list(tmp_path.rglob("evil"))
    for name in ("", "..", ".hidden", "a/", "x" * 200, "a\0b", "a\nb"):
        with pytest.raises(BadInput):
            api.stage_upload(name, b"1", key)
    for bad in ("..", "../uploads", "0" * 32, "x"):
        with pytest.raises(NotFound):
            api.check_study(bad)
    with pytest.raises(TooLarge):
        uploads.stage("b.gct", b"x" * 11, key, most=10)
    assert api.staged_files(key) == ("a.gct", "samples.tsv")


def test_samples_are_validated_against_a_template_of_ones_own(tmp_path: Path) -> None:
    bring(bundle(tmp_path))
    rules = {
        "attributes": [
            {
                "dataType": "genestack:sampleObject", "name": "Sex", "isRequired": True, "isReadOnly": False,
                "metainfoType": "com.genestack.api.metainfo.StringValue", "dictionaryName": "Sex",
            },
        ],
        "dictionaries": {"Sex": {"male": ["M"], "female": ["F"]}},
    }  # fmt: skip
    template = json.dumps(rules).encode()
    found = api.own_validation("LOC1", template).invalid
    assert {(one.group, one.attribute, one.value, one.count, one.error) for one in found} == {
        ("LOC2", "Sex", "M", 2, "SYNONYM_ATTRIBUTE"), ("LOC2", "Sex", "F", 2, "SYNONYM_ATTRIBUTE"),
    }  # fmt: skip
    for item, sex in (("LOC3", "male"), ("LOC4", "female"), ("LOC5", "male"), ("LOC6", "female")):
        api.patch_own("LOC1", item, {"Sex": sex})
    assert api.own_validation("LOC1", template).invalid == ()


def test_a_template_among_the_files_is_kept_and_comes_back_with_the_study(tmp_path: Path) -> None:
    rules = [
        {
            "dataType": "genestack:sampleObject", "name": "Height", "isRequired": True, "isReadOnly": False,
            "metainfoType": "com.genestack.api.metainfo.DecimalValue",
        },
    ]  # fmt: skip
    bring(bundle(tmp_path, template_json=json.dumps(rules)))
    again = api.stage_upload("study.zip", api.export_own("LOC1").read_bytes())
    second = bring(*uploads.files(again).values(), allow_duplicates=True)
    for accession in ("LOC1", second):
        found = api.own_validation(accession).invalid
        assert [(one.attribute, one.error) for one in found] == [("Height", "MISSING_ATTRIBUTE")]


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bundle(tmp_path)
    assert command.main(["import", str(folder), "--check"]) == 0
    assert api.own_studies() == ()
    assert command.main(["import", str(folder), "--group-by", "Sex"]) == 0
    assert "LOC7: a.gct, 2 × 4, linked to samples" in capsys.readouterr().out
    assert command.main(["import", str(folder)]) == 2
    assert "already imported" in capsys.readouterr().err
    (tmp_path / "a.gct").write_text(SECOND)
    assert command.main(["import", str(tmp_path / "a.gct"), "--version-of", "LOC7"]) == 0
    assert command.main(["studies"]) == 0
    assert "v2 of LOCVC001 (active)" in capsys.readouterr().out
    assert command.main(["export", "LOC1"]) == 0
    assert command.main(["remove", "LOC9"]) == 0
    assert command.main(["remove", "LOC1"]) == 0
    assert command.main(["remove", "LOC1"]) == 2
    assert command.main(["studies"]) == 0
    assert "No study in" in capsys.readouterr().out
    assert command.main(["import", str(tmp_path / "nothing.gct")]) == 2


def test_a_broken_bundle_on_the_command_line_names_rule_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["import", str(bundle(tmp_path, a_gct=GCT.replace("2\t4", "2\t5")))]) == 2
    told = capsys.readouterr()
    assert "ERROR GCT_DIMS a.gct, line 2:" in told.out
    assert "GCT_DIMS" in told.err
