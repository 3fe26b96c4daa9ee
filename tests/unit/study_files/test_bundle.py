"""Whole studies before they are stored: the worked example with its results, broken ones, and those of lazy users."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.model_study import LinkReport
from backend.study_files.bundle import Choice, Preflight, folder_files, preflight
from backend.study_files.outline import ExpressionOptions
from tests.unit.study_files.worked import (
    GCT,
    LIBRARIES,
    LIBRARY_GCT,
    META,
    PREPARATIONS,
    SAMPLES,
    STUDY,
    WHOLE,
    checked,
    codes,
    put,
)


def link(report: Preflight, file: str) -> LinkReport:
    return next(one.report for one in report.links if one.file == file)


def where(report: Preflight, code: str) -> list[tuple[str, str, int | None, str, str]]:
    return [(one.level, one.file, one.line, one.column, one.value) for one in report.findings if one.code == code]


def test_the_worked_study_is_complete(tmp_path: Path) -> None:
    report = checked(tmp_path, WHOLE)
    assert report.title == "Thousand genomes subset"
    assert report.findings == ()
    assert [(part.file, part.kind) for part in report.parts] == [
        ("study.tsv", "study"),
        ("samples.tsv", "samples"),
        ("a.gct", "expression"),
        ("a.gct.tsv", "expression metadata"),
    ]
    (part,) = report.of("expression")
    assert part.metadata == "a.gct.tsv"
    assert part.outline is not None
    assert len(part.outline.feature_ids) * len(part.outline.columns) == 8
    assert link(report, "a.gct") == LinkReport("samples", "Sample Source ID", "complete", 4)


def test_a_renamed_column_is_partial(tmp_path: Path) -> None:
    report = checked(tmp_path, {**WHOLE, "a.gct": GCT.replace("HG00176", "HG00999")})
    assert link(report, "a.gct") == LinkReport(
        "samples", "Sample Source ID", "partial", 3, unmatched=("HG00999",), without_data=("HG00176",)
    )
    assert where(report, "LINK_PARTIAL") == [("warning", "a.gct", 3, "", "HG00999")]
    assert report.blocking() == ()


def test_a_second_sex_column_blocks(tmp_path: Path) -> None:
    lines = [f"{line}\tmale" for line in SAMPLES.splitlines()]
    lines[0] = lines[0].removesuffix("male") + "Sex"
    report = checked(tmp_path, {**WHOLE, "samples.tsv": "\n".join(lines)})
    assert where(report, "DUP_ATTRIBUTE") == [("error", "samples.tsv", 1, "Sex", "Sex")]
    assert codes(report) == ["DUP_ATTRIBUTE"]  # nothing is made up, nothing else complained of
    assert report.blocking(("DUP_ATTRIBUTE",)), "only what is demotable may pass"
    assert report.of("samples")[0].table is None


def test_wrong_dimensions_block(tmp_path: Path) -> None:
    report = checked(tmp_path, {**WHOLE, "a.gct": GCT.replace("2\t4\n", "2\t5\n")})
    assert codes(report) == ["GCT_DIMS"]
    assert where(report, "GCT_DIMS")[0][1:3] == ("a.gct", 2)


def test_libraries_are_proposed_and_not_taken_silently(tmp_path: Path) -> None:
    files = {**WHOLE, "libraries.tsv": LIBRARIES, "preparations.tsv": PREPARATIONS, "lib.gct": LIBRARY_GCT}
    report = checked(tmp_path, files)
    assert codes(report) == ["LINK_NONE"]
    assert (link(report, "lib.gct").state, link(report, "lib.gct").proposal) == ("none", "libraries")
    chosen = checked(tmp_path, files, {"lib.gct": Choice(target="libraries")})
    assert chosen.findings == ()
    assert link(chosen, "lib.gct") == LinkReport("libraries", "Library ID", "complete", 2, without_data=("LIB3",))
    assert link(chosen, "libraries.tsv") == LinkReport("samples", "Sample Source ID", "complete", 4)
    assert link(chosen, "preparations.tsv").without_data == ("HG00183", "HG00176")


def test_the_linking_attribute_may_be_another(tmp_path: Path) -> None:
    named = SAMPLES.replace("Population", "Sample Name").replace("British", "one", 1).replace("British", "two")
    named = named.replace("Finnish", "three", 1).replace("Finnish", "four")
    gct = GCT.replace("HG00119", "one").replace("HG00121", "two").replace("HG00183", "three").replace("HG00176", "four")
    files = {**WHOLE, "samples.tsv": named, "a.gct": gct}
    assert link(checked(tmp_path, files), "a.gct").proposal == "Sample Name"
    chosen = checked(tmp_path, files, {"a.gct": Choice(attribute="Sample Name")})
    assert (chosen.findings, link(chosen, "a.gct").state) == ((), "complete")
    assert where(checked(tmp_path, files, {"a.gct": Choice(attribute="Nome")}), "LINK_ATTRIBUTE") == [
        ("error", "a.gct", None, "Nome", "")
    ]
    by_sex = {**WHOLE, "a.gct": GCT.replace("HG00119", "M").replace("HG00121", "F")}
    twice = checked(tmp_path, by_sex, {"a.gct": Choice(attribute="Sex")})
    assert [one[3:] for one in where(twice, "LINK_AMBIGUOUS")] == [("M", "M"), ("F", "F")]
    assert "LINK_AMBIGUOUS" in codes(twice)


def test_an_attribute_outside_the_template_is_warned_of(tmp_path: Path) -> None:
    report = checked(tmp_path, {**WHOLE, "a.gct": GCT}, {"a.gct": Choice(attribute="Population")})
    assert ("warning", "a.gct", None, "Population", "") in where(report, "LINK_ATTRIBUTE")


TSV = (
    "Text Feature One\tText Feature Two\tNumeric Feature One\tNumeric Feature Two"
    "\tHG00119.m1\tHG00119.m2\tHG00121.m1\tHG00121.m2\n"
    "f1\ta\t1\t2\t0.1\t0.2\t0.3\t0.4\nf2\tb\t3\t4\t1.1\t1.2\t1.3\t1.4\n"
)


def test_measurements_match_by_what_is_before_the_separator(tmp_path: Path) -> None:
    files = {"study.tsv": STUDY, "samples.tsv": SAMPLES, "b.tsv": TSV, "b.tsv.tsv": META}
    options = ExpressionOptions(form="tsv", n_features=4, separator=".")
    report = checked(tmp_path, files, {"b.tsv": Choice(options=options)})
    assert codes(report) == []
    assert link(report, "b.tsv").n_matched == 2
    assert link(report, "b.tsv").without_data == ("HG00183", "HG00176")
    assert report.of("expression")[0].metadata == "b.tsv.tsv"
    unsaid = checked(tmp_path, files, {"b.tsv": Choice(options=ExpressionOptions(form="tsv", n_features=4))})
    (finding,) = [one for one in unsaid.findings if one.code == "LINK_NONE"]
    assert "“.”" in finding.message


def test_several_samples_files_are_groups_of_one_study(tmp_path: Path) -> None:
    head, *rows = SAMPLES.splitlines()
    first, second = "\n".join([head, *rows[:2]]), "\n".join([head, *rows[2:]])
    files = {"study.tsv": STUDY, "first_samples.tsv": first, "second_samples.tsv.gz": gzip.compress(second.encode())}
    report = checked(tmp_path, {**files, "a.gct": GCT})
    assert report.findings == ()
    assert link(report, "a.gct").n_matched == 4
    again = checked(tmp_path, {**files, "third_samples.tsv": first, "a.gct": GCT})
    assert len(where(again, "SAMPLE_SOURCE_ID_DUPLICATE")) == 2
    assert [one[3] for one in where(again, "LINK_AMBIGUOUS")] == ["HG00119", "HG00121"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("my_counts.gct", GCT),
        ("my_counts.gct.gz", gzip.compress(GCT.encode())),
        ("my_counts.csv", "gene,HG00119,HG00121,HG00183,HG00176\nTP53,1,2,3,4\nMYC,5,6,7,8\n"),
        ("my_counts.txt", "\tHG00119\tHG00121\tHG00183\tHG00176\nTP53\t1\t2\t3\t4\nMYC\t5\t6\t7\t8\n"),
    ],
)
def test_one_expression_file_alone_is_a_study(tmp_path: Path, name: str, body: str | bytes) -> None:
    report = checked(tmp_path, {name: body})
    assert codes(report) == []
    assert codes(report, "warning") == ["STUDY_FILE_MISSING", "SAMPLES_FROM_COLUMNS"]
    assert report.title == "my counts"
    (samples,) = report.of("samples")
    assert samples.path is None
    assert samples.table is not None
    assert samples.table.column("Sample Source ID") == ("HG00119", "HG00121", "HG00183", "HG00176")
    assert link(report, name).state == "complete"


def test_h5ad_and_loom_alone_bring_their_samples(tmp_path: Path) -> None:
    text = h5py.string_dtype()
    with h5py.File(tmp_path / "cells.h5ad", "w") as file:
        file["X"] = np.arange(6, dtype=np.float32).reshape(3, 2)
        for group, index, more in (("obs", ["s1", "s2", "s3"], ["liver", "lung", ""]), ("var", ["TP53", "MYC"], [])):
            file.create_group(group).attrs.update({"_index": "_index", "column-order": ["tissue"][: len(more)]})
            file[group].create_dataset("_index", data=index, dtype=text)
            if more:
                file[group].create_dataset("tissue", data=more, dtype=text)
    with h5py.File(tmp_path / "cells.loom", "w") as file:
        file["matrix"] = np.arange(6, dtype=np.float32).reshape(2, 3)
        file.create_dataset("row_attrs/Gene", data=["TP53", "MYC"], dtype=text)
        file.create_dataset("col_attrs/CellID", data=["s1", "s2", "s3"], dtype=text)
        file.create_dataset("col_attrs/tissue", data=["liver", "lung", ""], dtype=text)
    for name in ("cells.h5ad", "cells.loom"):
        report = preflight({name: tmp_path / name})
        assert codes(report) == []
        table = report.of("samples")[0].table
        assert table is not None
        assert table.column("Sample Source ID") == ("s1", "s2", "s3")
        assert table.column("tissue") == ("liver", "lung", None)


LAZY = "patient\tage\tgroup\nx\t4\tcase\nHG00121\t5\tcase\nHG00119\t6\tcontrol\n"


def test_the_column_of_the_samples_is_guessed_and_said(tmp_path: Path) -> None:
    report = checked(tmp_path, {"counts.gct": GCT, "patients.tsv": LAZY})
    assert where(report, "SAMPLE_ID_GUESSED") == [("warning", "patients.tsv", 1, "patient", "")]
    assert [one.code for one in report.blocking()] == ["SAMPLE_SOURCE_MISSING"]
    assert report.blocking(("SAMPLE_SOURCE_MISSING",)) == ()
    table = report.of("samples")[0].table
    assert table is not None
    assert table.names == ("Sample Source ID", "patient", "age", "group")
    assert table.column("Sample Source ID") == ("x", "HG00121", "HG00119")
    assert link(report, "counts.gct").unmatched == ("HG00183", "HG00176")


def test_a_column_that_repeats_samples_is_not_their_id(tmp_path: Path) -> None:
    body = "control\tpatient\nHG00119\tHG00121\nHG00119\tHG00183\nHG00119\tother\n"
    report = checked(tmp_path, {"counts.gct": GCT, "patients.tsv": body})
    assert [one[3] for one in where(report, "SAMPLE_ID_GUESSED")] == ["patient"]


def test_a_column_that_fits_nothing_is_not_guessed(tmp_path: Path) -> None:
    body = LAZY.replace("HG00", "S")
    report = checked(tmp_path, {"counts.gct": GCT, "samples.tsv": body})
    assert "SAMPLE_SOURCE_ID_MISSING" in codes(report)
    chosen = checked(tmp_path, {"counts.gct": GCT, "samples.tsv": body}, {"samples.tsv": Choice(id_column="patient")})
    assert "SAMPLE_SOURCE_ID_MISSING" not in codes(chosen)
    assert "SAMPLE_ID_GUESSED" not in codes(chosen, "warning")
    assert "LINK_NONE" in codes(chosen)


def test_numbers_about_samples_are_not_taken_for_expression(tmp_path: Path) -> None:
    ages = "who\tage\tweight\nHG00119\t40\t70\nHG00121\t41\t71\nHG00183\t42\t72\nHG00176\t43\t73\n"
    matrix = "gene\tHG00119\tHG00121\tHG00183\tHG00176\nTP53\t1\t2\t3\t4\n"
    report = checked(tmp_path, {"one.tsv": ages, "two.tsv": matrix})
    assert {part.file: part.kind for part in report.parts if part.path} == {
        "one.tsv": "samples",
        "two.tsv": "expression",
    }


def test_two_matrices_of_the_same_genes_are_two_matrices(tmp_path: Path) -> None:
    body = "gene\tHG00119\tHG00121\nTP53\t1\t2\nMYC\t3\t4\n"
    report = checked(tmp_path, {"counts.tsv": body, "tpm.tsv": body})
    assert [part.kind for part in report.parts if part.path] == ["expression", "expression"]


def test_samples_in_rows_are_noticed_and_said(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "study.tsv": STUDY,
        "samples.tsv": SAMPLES,
        "counts.csv": "sample,TP53,MYC\nHG00119,1,2\nHG00121,3,4\n",
    }
    (finding,) = checked(tmp_path, files).blocking()
    assert finding.code == "LINK_NONE"
    assert "in rows" in finding.message
    turned = checked(tmp_path, files, {"counts.csv": Choice(options=ExpressionOptions(samples_in_rows=True))})
    assert turned.blocking() == ()
    assert link(turned, "counts.csv").n_matched == 2


NAMES = ("study.tsv", "samples.tsv", "libraries.csv", "a.gct", "a.gct.tsv", "b.tsv", "c.csv.gz", "d.txt", "e.json")
PIECES = st.sampled_from([STUDY, SAMPLES, LIBRARIES, GCT, META, TSV, LIBRARY_GCT, PREPARATIONS])


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), PIECES, min_size=1, max_size=3), st.data())
def test_any_damage_to_any_file_is_findings_with_their_file(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str], data: st.DataObject
) -> None:
    files: dict[str, str | bytes] = {}
    for name, text in texts.items():
        body = bytearray(text.encode())
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(body) - 1))
            body[at : at + data.draw(st.integers(0, 2))] = data.draw(
                st.sampled_from([b"", b"\t", b"\n", b"\r", b"\0", b"|", b"\xff", b",", b'"', b"1e999", b"\xef\xbb\xbf"])
            )
        files[name] = bytes(body)
    report = checked(tmp_path_factory.mktemp("any"), files)
    made = {"study.tsv", "samples.tsv", "made-study.tsv", "made-samples.tsv"}
    assert {one.file for one in report.findings} <= made | set(files)
    for part in report.parts:
        there = part.table is not None or (part.outline is not None and part.outline.ok)
        assert there or any(one.file == part.file for one in report.blocking())


def test_unknown_and_broken_files_are_told(tmp_path: Path) -> None:
    others: dict[str, str | bytes] = {
        "README.md": "# Hello\n",
        "picture.png": b"\x89PNG\r\n\x1a\n\0",
        "words.txt": "just some words\n",
        "broken.gct.gz": gzip.compress(GCT.encode())[:-15],
        "fake.h5ad": b"\x89HDF\r\n\x1a\nnot really",
        "left.gct.tsv": META,
        "notes.json": "{}",
    }
    report = checked(tmp_path, {**WHOLE, **others})
    unknown = {one.file for one in report.findings if one.code == "UNKNOWN_FILE"}
    assert unknown == {"README.md", "picture.png", "words.txt", "notes.json"}
    assert {one[1] for one in where(report, "UNREADABLE")} == {"broken.gct.gz", "fake.h5ad"}
    assert [one[1] for one in where(report, "METADATA_ALONE")] == ["left.gct.tsv"]
    assert {one.file for one in report.blocking()} == {"broken.gct.gz", "fake.h5ad"}


@pytest.mark.parametrize(
    "body",
    [LAZY.encode("utf-16"), LAZY.encode("utf-16-le"), LAZY.replace("\n", "\r").encode(), gzip.compress(b"x")[:-3]],
)
def test_a_table_that_is_no_text_blocks_rather_than_being_left_out(tmp_path: Path, body: bytes) -> None:
    report = checked(tmp_path, {"counts.gct": GCT, "patients.tsv": body})
    (finding,) = report.blocking()
    assert finding.file == "patients.tsv"
    assert finding.code in ("UNREADABLE", "TEXT_LINE_ENDS")


def test_a_file_called_samples_may_be_something_else(tmp_path: Path) -> None:
    matrix = "gene\tHG00119\tHG00121\nTP53\t1\t2\n"
    report = checked(tmp_path, {"samples.tsv": matrix})
    assert {part.file: part.kind for part in report.parts} == {
        "study.tsv": "study",
        "made-samples.tsv": "samples",
        "samples.tsv": "expression",
    }


def test_roles_decide(tmp_path: Path) -> None:
    files = put(
        tmp_path, {"s": STUDY, "p": SAMPLES, "e": GCT, "m": META, "words.txt": "Library ID\tSample Source ID\n"}
    )
    report = preflight(
        files,
        {"s": "study", "p": "samples", "e": "expression", "m": "expression metadata", "words.txt": "preparations"},
    )
    assert {part.kind for part in report.parts if part.file in ("s", "p", "e")} == {"study", "samples", "expression"}
    assert [one.code for one in report.findings if one.file == "words.txt"] == ["PREPARATION_ID_MISSING"]


def test_two_studies_are_one_too_many_and_titles_fall_back(tmp_path: Path) -> None:
    report = checked(tmp_path, {**WHOLE, "other_study.tsv": STUDY})
    assert [one[1] for one in where(report, "STUDY_ROWS")] == ["other_study.tsv"] or len(
        where(report, "STUDY_ROWS")
    ) == 1
    untitled = checked(tmp_path, {**WHOLE, "study.tsv": "Study Source\tTarget Disease\n1000 Genomes\tNone\n"})
    assert untitled.title == "1000 Genomes"
    assert [(one.code, one.demotable) for one in untitled.findings] == [("STUDY_TITLE_MISSING", True)]
    assert preflight(put(tmp_path, {"a.gct": GCT}), name="My folder").title == "My folder"


def test_samples_of_libraries_stand_in_for_a_missing_file(tmp_path: Path) -> None:
    files = {"study.tsv": STUDY, "libraries.tsv": LIBRARIES, "lib.gct": LIBRARY_GCT}
    report = checked(tmp_path, files, {"lib.gct": Choice(target="libraries")})
    assert codes(report, "warning") == ["SAMPLES_FROM_COLUMNS"]
    table = report.of("samples")[0].table
    assert table is not None
    assert set(table.column("Sample Source ID")) == {"HG00119", "HG00121", "HG00183", "HG00176"}


def test_a_template_among_the_files_is_taken(tmp_path: Path) -> None:
    entry = {
        "name": "Population",
        "isRequired": True,
        "metainfoType": "com.genestack.api.metainfo.StringValue",
        "dataType": "genestack:sampleObject",
    }
    report = checked(tmp_path, {**WHOLE, "template.json": json.dumps([entry])})
    assert report.findings == ()
    assert report.template is not None
    assert [one.name for one in report.template.of("samples")] == ["Population"]


def test_folders(tmp_path: Path) -> None:
    put(tmp_path, {"b.gct": GCT, ".hidden": "x"})
    (tmp_path / "inside").mkdir()
    assert list(folder_files(tmp_path)) == ["b.gct"]
    for wrong in (tmp_path / "inside", tmp_path / "b.gct", tmp_path / "gone"):
        with pytest.raises(BadInput):
            folder_files(wrong)
    with pytest.raises(BadInput):
        preflight({})
