"""What the simulated samples are made of: tissues, cells, tumours and cell lines, and how submitters call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Kind:
    """One kind of material.

    words: how submitters write it, the plainest first. weight: its share among the studies.
    mixed: tissues of the Human Protein Atlas and their shares, as "liver" or "spleen 3 lung 1".
    own: how far its expression departs from that mix, SD of the natural logarithm, in a part of the genes.
    key: where its name stands in the characteristics.
    """

    words: tuple[str, ...]
    weight: float
    mixed: str
    own: float = 0.0
    key: str = "tissue"
    origin: str = ""  # of a cell line
    tumour: bool = False

    @property
    def line(self) -> bool:
        """Whether it is a cell line."""
        return bool(self.origin)

    @cached_property
    def mix(self) -> Mapping[str, float]:
        """Key of a tissue of the Human Protein Atlas -> share; the shares make 1."""
        parts = self.mixed.split()
        if len(parts) == 1:
            return {parts[0]: 1.0}
        shares = {key: float(share) for key, share in zip(parts[::2], parts[1::2], strict=True)}
        return {key: share / sum(shares.values()) for key, share in shares.items()}


def _tissue(words: str, weight: float, mixed: str, own: float = 0.0) -> Kind:
    return Kind(tuple(words.split("|")), weight, mixed, own)


def _cell(words: str, weight: float, mixed: str) -> Kind:
    return Kind(tuple(words.split("|")), weight, mixed, 0.8, "cell type")


def _tumour(words: str, weight: float, mixed: str) -> Kind:
    return Kind(tuple(words.split("|")), weight, mixed, 0.7, tumour=True)


def _line(words: str, origin: str, mixed: str) -> Kind:
    return Kind(tuple(words.split("|")), 2.4, mixed, 0.9, "cell line", origin)


KINDS: tuple[Kind, ...] = (
    _tissue("whole blood|Blood|peripheral blood", 9, "bone_marrow 5 spleen 4 lymph_node 1", 0.6),
    _tissue("PBMC|peripheral blood mononuclear cells", 8, "spleen 5 lymph_node 3 bone_marrow 2", 0.6),
    _tissue("liver|Liver biopsy|liver tissue", 9, "liver"),
    _tissue("prefrontal cortex|brain, frontal cortex|DLPFC", 7, "cerebral_cortex"),
    _tissue("brain|Brain tissue|post-mortem brain", 5, "cerebral_cortex 2 basal_ganglia 1 midbrain 1"),
    _tissue("lung|Lung tissue|lung parenchyma", 6, "lung"),
    _tissue("bone marrow|Bone marrow aspirate", 4, "bone_marrow"),
    _tissue("skeletal muscle|vastus lateralis|Muscle biopsy", 4, "skeletal_muscle"),
    _tissue("skin|Skin punch biopsy|skin, forearm", 4, "skin"),
    _tissue("colon|sigmoid colon|Colon biopsy", 4, "colon"),
    _tissue("kidney|Kidney biopsy|renal tissue", 4, "kidney"),
    _tissue("heart|left ventricle of heart|Heart tissue", 3, "heart_muscle"),
    _tissue("adipose tissue|subcutaneous fat|Adipose", 3, "adipose_tissue"),
    _tissue("breast|Breast tissue", 2, "breast"),
    _tissue("prostate|Prostate tissue", 2, "prostate"),
    _tissue("hippocampus|Hippocampus CA1", 2, "hippocampal_formation"),
    _tissue("small intestine|ileum|duodenum", 2, "small_intestine 1 duodenum 1"),
    _tissue("pancreas|Pancreas tissue", 1.5, "pancreas"),
    _tissue("placenta|Placental villi, placenta", 1.5, "placenta"),
    _tissue("cerebellum|Cerebellar vermis, cerebellum", 1.5, "cerebellum"),
    _tissue("stomach|gastric antrum", 1.5, "stomach"),
    _tissue("ovary|Ovarian tissue", 1, "ovary"),
    _tissue("testis|Testis biopsy", 1, "testis"),
    _tissue("thyroid|Thyroid gland", 1, "thyroid_gland"),
    _tissue("endometrium|Endometrial biopsy", 1, "endometrium"),
    _tissue("retina|Retina, macula", 1, "retina"),
    _tissue("esophagus|oesophagus mucosa", 1, "esophagus"),
    _tissue("lymph node|Lymph node biopsy", 1, "lymph_node"),
    _tissue("spleen|Spleen tissue", 0.8, "spleen"),
    _tissue("urinary bladder|bladder", 0.8, "urinary_bladder"),
    _tissue("substantia nigra|midbrain", 0.7, "midbrain"),
    _tissue("putamen|caudate nucleus|striatum", 0.7, "basal_ganglia"),
    _tissue("synovium|synovial tissue", 0.6, "smooth_muscle 1 adipose_tissue 1", 0.6),
    _tissue("hypothalamus", 0.4, "hypothalamus"),
    _tissue("spinal cord|Spinal cord, cervical", 0.4, "spinal_cord"),
    _tissue("adrenal gland|adrenal", 0.4, "adrenal_gland"),
    _tissue("tonsil|Palatine tonsils", 0.3, "tonsil"),
    _tissue("thymus|Thymus tissue", 0.3, "thymus"),
    _tissue("cervix|Ectocervix, cervix", 0.2, "cervix"),
    _tissue("amygdala", 0.2, "amygdala"),
    _tissue("salivary gland|parotid gland", 0.05, "salivary_gland"),
    _tissue("tongue", 0.05, "tongue"),
    _tissue("gallbladder", 0.05, "gallbladder"),
    _tissue("pituitary gland|pituitary", 0.05, "pituitary_gland"),
    _tissue("parathyroid gland", 0.02, "parathyroid_gland"),
    _tissue("fallopian tube", 0.02, "fallopian_tube"),
    _tissue("seminal vesicle", 0.02, "seminal_vesicle"),
    _tissue("epididymis", 0.02, "epididymis"),
    _tissue("choroid plexus", 0.02, "choroid_plexus"),
    _cell("CD4+ T cells|T cell|CD8+ T cells|Treg", 5, "lymph_node 6 thymus 4"),
    _cell("monocyte-derived macrophages|Macrophage", 4, "spleen 1 lung 1"),
    _cell("B cells|CD19+ B cells", 3, "tonsil 7 lymph_node 3"),
    _cell("monocytes|CD14+ monocytes", 3, "bone_marrow 6 spleen 4"),
    _cell("neutrophils", 1.5, "bone_marrow"),
    _cell("monocyte-derived dendritic cells|dendritic cell", 1.5, "lymph_node 1 spleen 1"),
    _cell("NK cells|natural killer cells", 1, "spleen"),
    _cell("plasma cells", 0.6, "tonsil"),
    _cell("CD34+ hematopoietic stem cells|HSPC", 2, "bone_marrow 8 thymus 2"),
    _cell("iPSC-derived neurons|neurons", 4, "cerebral_cortex 8 retina 2"),
    _cell("astrocytes|Primary astrocytes", 1.2, "cerebral_cortex 1 spinal_cord 1"),
    _cell("microglia", 1.2, "spleen 1 cerebral_cortex 1"),
    _cell("primary hepatocytes|Hepatocyte", 2, "liver"),
    _cell("dermal fibroblasts|fibroblast", 4, "smooth_muscle 6 skin 4"),
    _cell("keratinocytes|Primary keratinocytes", 1.5, "skin 7 esophagus 3"),
    _cell("bronchial epithelial cells|airway epithelial cells", 2, "lung 5 fallopian_tube 5"),
    _cell("HUVEC|endothelial cells", 2.5, "lung 5 adipose_tissue 5"),
    _cell("pancreatic islets|islet", 1.5, "pancreas 5 pituitary_gland 5"),
    _cell("adipocytes", 0.8, "adipose_tissue"),
    _cell("mesenchymal stem cells|MSC", 1, "smooth_muscle"),
    _cell("H9 embryonic stem cells|iPSC|hESC", 5, "testis 3 placenta 7"),
    _cell("iPSC-derived cardiomyocytes|cardiomyocyte", 2, "heart_muscle"),
    _tumour("breast carcinoma|breast tumor, ER+", 3, "breast"),
    _tumour("lung adenocarcinoma|lung tumour", 2.5, "lung"),
    _tumour("colorectal cancer|colon adenocarcinoma", 2, "colon 6 rectum 4"),
    _tumour("AML bone marrow|bone marrow, acute myeloid leukemia", 3, "bone_marrow"),
    _tumour("liver tumor|liver, HCC", 2, "liver"),
    _tumour("brain tumor, glioblastoma|glioma, brain", 1.5, "cerebral_cortex 1 spinal_cord 1"),
    _tumour("prostate cancer|prostate tumor", 1.5, "prostate"),
    _tumour("skin melanoma|melanoma metastasis, skin", 1.2, "skin"),
    _tumour("kidney tumor, ccRCC|renal cell carcinoma", 1.2, "kidney"),
    _tumour("pancreatic ductal adenocarcinoma|pancreas tumour", 1.2, "pancreas"),
    _tumour("ovarian carcinoma|ovary tumor", 1, "ovary 5 fallopian_tube 5"),
    _line("HeLa|HeLa S3", "cervix", "cervix"),
    _line("K562|K-562", "bone marrow", "bone_marrow"),
    _line("A549", "lung", "lung"),
    _line("HepG2|Hep G2", "liver", "liver"),
    _line("HEK293T|HEK293", "kidney", "kidney"),
    _line("MCF-7|MCF7", "breast", "breast"),
    _line("MDA-MB-231", "breast", "breast"),
    _line("HCT116", "colon", "colon"),
    _line("LNCaP", "prostate", "prostate"),
    _line("Jurkat", "blood", "thymus"),
    _line("THP-1", "blood", "bone_marrow"),
    _line("SH-SY5Y", "bone marrow", "cerebral_cortex"),
    _line("U2OS|U-2 OS", "bone", "smooth_muscle"),
    _line("OCI-LY1", "lymph node", "lymph_node"),
)
