"""Tissue labels: the order of texts and rules, flags for lines and tumours, and nothing unlabelled hidden."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.archs4 import rules, samples, tissues
from backend.archs4.layout import detect
from backend.archs4.tissues import CELL_LINE, UNLABELLED, Tissues
from backend.errors import BadInput
from backend.settings import ROOT

BUNDLED = ROOT / "data" / "tissues" / "rules.csv"


@pytest.fixture(scope="module")
def bundled() -> Tissues:
    return Tissues()


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("plasmacytoid dendritic cells", "Plasmacytoid dendritic cell"),
        ("Kupffer cells from liver", "Kupffer cell"),
        ("brain microglia", "Microglia"),
        ("monocyte-derived dendritic cells", "Dendritic cell"),
        ("alveolar macrophages", "Macrophage"),
        ("bone marrow neutrophils", "Neutrophil"),
        ("pancreatic islet", "Pancreatic islet"),
        ("islets of Langerhans", "Pancreatic islet"),
        ("pancreatic beta cells", "Pancreatic beta cell"),
        ("CD4+ T-cells from blood", "T cell"),
        ("CD45+ cells", UNLABELLED),
        ("peripheral_blood_B_lymphocytes", "B cell"),
        ("splenic tissue", "Spleen"),
        ("hepatic stellate cells", "Hepatic stellate cell"),
        ("primary hepatocytes", "Hepatocyte"),
        ("LIVER", "Liver"),
        ("bone marrow", "Bone marrow"),
        ("femur bone", "Bone"),
        ("articular cartilage", "Cartilage"),
        ("subcutaneous adipose tissue", "Adipose tissue"),
        ("epididymal fat", "Adipose tissue"),
        ("liver, high-fat diet", "Liver"),
        ("aortic smooth muscle", "Vascular smooth muscle"),
        ("intestinal smooth muscle", "Smooth muscle"),
        ("vastus lateralis muscle", "Skeletal muscle"),
        ("cardiac muscle", "Heart"),
        ("left ventricle", "Heart ventricle"),
        ("lateral ventricle of the brain", "Brain"),
        ("mitral valve", "Heart valve"),
        ("mouse hypothalamus", "Hypothalamus"),  # holds the word thalamus
        ("thalamus", "Thalamus"),
        ("frontal cortex", "Cerebral cortex"),
        ("renal cortex", "Renal cortex"),
        ("adrenal cortex", "Adrenal gland"),
        ("adrenal medulla", "Adrenal gland"),
        ("adrenal", "Adrenal gland"),  # holds the word renal
        ("medulla", "Medulla oblongata"),
        ("renal medulla", "Kidney"),
        ("dorsal root ganglia", "Sensory neuron"),
        ("spinal cord", "Spinal cord"),
        ("cerebellum", "Cerebellum"),
        ("alveolar type II cells", "Lung epithelial cell"),
        ("bronchial biopsy", "Lung"),
        ("ileum", "Small intestine"),
        ("rectal biopsy", "Colon"),
        ("gastric antrum", "Stomach"),
        ("oesophagus", "Esophagus"),
        ("kidney", "Kidney"),
        ("urinary bladder", "Urinary bladder"),
        ("gall bladder", "Gallbladder"),
        ("ovarian granulosa cells", "Granulosa cell"),
        ("seminiferous testis", "Testis"),
        ("mammary gland", "Mammary gland"),
        ("term placenta", "Placenta"),
        ("thyroid", "Thyroid gland"),
        ("parathyroid", "Parathyroid gland"),
        ("whole blood", "Blood"),
        ("blood vessels of the retina", "Retina"),
        ("iPSC", "Pluripotent stem cell"),
        ("something else", UNLABELLED),
        ("", UNLABELLED),
        ("fatigue study", UNLABELLED),  # fat is no beginning of a word
        ("delivery", UNLABELLED),
        ("brain1", "Brain"),
    ],
)
def test_source_names(bundled, source: str, label: str) -> None:
    found = bundled.label({}, source)
    assert found.label == label
    assert (found.field, found.rule > 0) == (("", False) if label == UNLABELLED else ("source", True))


@pytest.mark.parametrize(
    ("pairs", "source", "title", "label", "field"),
    [
        ({"cell type": "neuron", "tissue": "liver"}, "kidney", "lung", "Liver", "tissue"),
        ({"cell type": "neuron", "Organ_Part": "liver"}, "kidney", "lung", "Liver", "organ part"),
        ({"TISSUE": "biopsy"}, "kidney", "lung", "Kidney", "source"),
        ({"age": "liver"}, "biopsy", "Lung_rep1", "Lung", "title"),
        ({"source": "liver", "title": "liver"}, "", "", UNLABELLED, ""),
        ({"tissue": "cortex"}, "brain", "", "Cerebral cortex", "tissue"),  # the other text says of what
        ({"tissue": "cortex"}, "kidney", "", "Kidney", "source"),
        ({"tissue": "cortex"}, "", "", UNLABELLED, ""),
        ({"tissue": "Brust (breast)"}, "", "", "Breast", "tissue"),
    ],
)
def test_the_first_text_that_any_rule_knows_decides(bundled, pairs, source, title, label, field) -> None:
    found = bundled.label(pairs, source, title)
    assert (found.label, found.field) == (label, field)


@pytest.mark.parametrize(
    ("pairs", "source", "line", "origin"),
    [
        ({"cell line": "OCI-LY1"}, "lymph node", True, "Lymph node"),
        ({"cell_line": "HepG2", "tissue": "liver"}, "", True, "Liver"),
        ({}, "HEK293T", True, ""),
        ({}, "MCF-7 breast", True, "Breast"),
        ({}, "Human DLBCL cel line", True, ""),
        ({"cell line": "primary hepatocytes"}, "liver", False, "Liver"),
        ({"cell line": "not applicable"}, "liver", False, "Liver"),
        ({"cell line": "OE19"}, "no dox", True, ""),
        ({}, "liver", False, "Liver"),
    ],
)
def test_a_cell_line_is_not_its_tissue(bundled, pairs, source, line, origin) -> None:
    found = bundled.label(pairs, source)
    assert (found.cell_line, found.origin) == (line, origin)
    assert found.label == (CELL_LINE if line else origin)


@pytest.mark.parametrize(
    ("pairs", "source", "tumour"),
    [
        ({"tissue": "liver"}, "hepatocellular carcinoma", True),
        ({"tissue": "blood", "disease state": "acute myeloid leukaemia"}, "", True),
        ({}, "osteosarcoma", True),
        ({}, "liver, TNF (tumor necrosis factor) treated", False),
        ({}, "non-tumor liver", False),
        ({}, "adjacent normal liver of a tumor", False),
        ({"tissue": "liver"}, "leukemia inhibitory factor", False),
        ({"tissue": "liver"}, "AML12", False),
        ({}, "liver", False),
    ],
)
def test_a_tumour_is_flagged_and_keeps_its_tissue(bundled, pairs, source, tumour) -> None:
    found = bundled.label(pairs, source)
    assert found.tumour is tumour
    assert bundled.label(pairs, "liver").label == ("Blood" if pairs.get("tissue") == "blood" else "Liver")


def test_the_deciding_rule_is_the_line_of_the_file(bundled) -> None:
    with BUNDLED.open(encoding="utf-8") as file:
        lines = {int(row["order"]): row for row in csv.DictReader(file)}
    for source in ("liver", "adrenal", "CD8 T cells"):
        found = bundled.label({}, source)
        assert (lines[found.rule]["label"], lines[found.rule]["system"]) == (found.label, found.system)
    assert lines[bundled.label({}, "HeLa").rule]["kind"] == "cell line"


def test_systems_are_those_of_the_atlas_where_it_has_one() -> None:
    atlas = pd.read_csv(ROOT / "data" / "hpa" / "tissues.csv")
    found = {rule.label: rule.system for rule in rules.read() if rule.kind == "tissue"}
    shared = atlas[atlas["label"].isin(list(found))]
    assert len(shared) >= 25
    assert [found[label] for label in shared["label"]] == shared["system"].tolist()
    own = set(found.values()) - set(atlas["system"])
    assert own == {"Blood & immune cells", "Peripheral nerves", "Stem cells & embryo"}
    assert all(label[0].isupper() and label == label.strip() for label in found)


def test_files_are_labelled_row_by_row(written, bundled) -> None:
    table = samples.read(detect(written("v2.6").path))
    found = bundled.labels(table)
    assert found["label"].tolist()[:9] == [
        CELL_LINE,
        "Skeletal muscle",
        "Liver",
        CELL_LINE,  # HT29
        UNLABELLED,
        "Blood",
        "Cerebral cortex",
        UNLABELLED,
        "Liver",
    ]
    assert tuple(found.columns) == tissues.COLUMNS
    assert found.index.equals(table.index)
    assert found["field"].tolist()[:3] == ["cell line", "tissue", "tissue"]


def test_coverage_counts_every_sample_once(written, bundled) -> None:
    found = bundled.labels(samples.read(detect(written("v2.6").path)))
    report = tissues.coverage(found)
    assert (report.samples, report.tissues, report.cell_lines, report.unlabelled) == (60, 56, 2, 2)
    assert report.tumours == found["tumour"].sum()
    assert report.table["samples"].sum() == 60
    assert report.table["share"].sum() == pytest.approx(1)
    assert report.table.iloc[0][["label", "samples"]].tolist() == ["Liver", 53]
    assert report.table.iloc[-1][["label", "samples"]].tolist() == [UNLABELLED, 2]
    wanted = "Of 60 samples 56 (93.3%) have a tissue, 2 (3.3%) are cell lines, 2 (3.3%) are unlabelled."
    assert report.sentence() == wanted


def test_coverage_of_nothing(bundled) -> None:
    report = tissues.coverage(bundled.labels(pd.DataFrame({"pairs": [], "source": [], "title": []})))
    assert (report.samples, len(report.table)) == (0, 0)
    assert report.sentence().startswith("Of 0 samples 0 have a tissue")


def test_labels_need_the_columns_of_the_samples(bundled) -> None:
    with pytest.raises(BadInput, match="no column pairs"):
        bundled.labels(pd.DataFrame({"source": ["liver"], "title": [""]}))


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30), max_size=4), st.text(), st.text())
def test_any_text_gets_a_label(bundled, pairs, source, title) -> None:
    found = bundled.label(pairs, source, title)
    assert found.label
    assert (found.rule == 0) == (found.label == UNLABELLED)


def test_searching_for_all_rules_at_once_changes_nothing(bundled) -> None:
    texts = ["mouse liver", "wt day 3", "t cells cd4+", "hela s3", "primary", "", "αβ cell β cell"]
    for kind in rules.KINDS:
        search = rules.Search([rule for rule in bundled.rules if rule.kind == kind])
        for words in texts:
            assert search.matching(words) == tuple(rule for rule in search.rules if rule.pattern.search(words))
