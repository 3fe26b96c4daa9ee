"""The leaves of ARCHS4's tissue and cell-line trees, and the answers of the real services that were recorded."""

from __future__ import annotations

from collections.abc import Iterator

# system > organ: leaves
_TREE = """\
Cardiovascular System > Heart: ATRIUM, HEART, VALVE, VENTRICLE
Connective Tissue > Adipose tissue: ADIPOCYTE, ADIPOSE
Connective Tissue > Bone marrow: BONE MARROW, CHONDROCYTE
Connective Tissue > Bone: OSTEOBLAST, STROMAL CELL
Digestive System > Esophagus: ESOPHAGUS
Digestive System > Intestine: COLON, COLON MUCOSA, INTESTINAL EPITHELIAL CELL, SMALL INTESTINE
Digestive System > Liver: HEPATIC STELLATE CELL, HEPATOCYTE, LIVER
Digestive System > Pancreas: ALPHA CELL, BETA CELL, PANCREATIC ISLET
Digestive System > Stomach: GASTRIC EPITHELIAL CELL
Immune System > Granulocytic: GRANULOCYTE, NEUTROPHIL
Immune System > Lymphoid: BLYMPHOCYTE, PLASMA CELL, PLASMACYTOID DENDRITIC CELL, TLYMPHOCYTE
Immune System > Myeloid: DENDRITIC CELL, KUPFFER CELL, MACROPHAGE, MICROGLIA
Immune System > Spleen: SPLEEN
Immune System > Thymus: THYMOCYTE, THYMUS
Integumentary System > Skin: BASAL CELL, FIBROBLAST, HAIR FOLLICLE, KERATINOCYTE, MELANOCYTE, SKIN
Muscular System > Skeletal muscle: MYOBLAST, SKELETAL MUSCLE
Muscular System > Smooth muscle: AIRWAY SMOOTH MUSCLE, MYOFIBROBLAST, VASCULAR SMOOTH MUSCLE
Nervous System > CNS: ASTROCYTE, CEREBELLUM, CEREBRAL CORTEX, HYPOTHALAMUS, MEDULLA, MIDBRAIN
Nervous System > CNS: NEURON, OLIGODENDROCYTE, PONS, SPINAL CORD, THALAMUS
Nervous System > Eye: RETINA
Nervous System > PNS: MOTOR NEURON, SENSORY NEURON
Respiratory System > Lung: LUNG, LUNG EPITHELIAL CELL
Respiratory System > Trachea: TRACHEA
Urogenital/Reproductive System > Breast: BREAST, MAMMARY GLAND
Urogenital/Reproductive System > Kidney: KIDNEY, PODOCYTE, RENAL CORTEX
Urogenital/Reproductive System > Ovary: GRANULOSA, OOCYTE, OVARY
Urogenital/Reproductive System > Testis: TESTIS
"""
_NOT_IN_MOUSE = {
    "ATRIUM",
    "CHONDROCYTE",
    "OSTEOBLAST",
    "COLON MUCOSA",
    "HEPATIC STELLATE CELL",
    "KUPFFER CELL",
    "MELANOCYTE",
    "AIRWAY SMOOTH MUSCLE",
    "VASCULAR SMOOTH MUSCLE",
    "MYOFIBROBLAST",
    "PONS",
    "LUNG EPITHELIAL CELL",
    "RENAL CORTEX",
    "GRANULOSA",
}
_CELL_LINES = """\
Blood: K562, HL60, JURKAT, THP1, U937, MOLM13, KASUMI1
Bone: U2OS, SAOS2
Brain: U87, U251, SHSY5Y, LN229
Breast: MCF7, T47D, MDAMB231, SKBR3, MCF10A
Cervix: HELA, SIHA
Colon: HCT116, HT29, CACO2, SW480
Esophagus: KYSE30
Kidney: HEK293, 786O
Liver: HEPG2, HUH7
Lymphoid: REH, RAJI, NALM6
Lung: A549, H1299, IMR90, H1975
Muscle: RD
Ovary: OVCAR3, SKOV3
Pancreas: PANC1
Prostate: LNCAP, PC3, VCAP
Skin: A375, HACAT
Stomach: AGS
Uterus: ISHIKAWA
"""
# As the service wrote them: min, q1, median, q3, max.
RECORDED_BOXES = {
    "human": {
        ("FUNDC1", "GASTRIC EPITHELIAL CELL"): "7.32347,8.11491,8.46069,8.81085,9.07661",
        ("FUNDC1", "VENTRICLE"): "6.59685,7.64806,8.37793,8.77715,9.20011",
        ("FUNDC1", "MOTOR NEURON"): "0.113644,6.68963,7.65305,9.63751,10.5849",
        ("ACE2", "RENAL CORTEX"): "0.113644,8.274060,9.695840,10.51670,11.21970",
    },
    "mouse": {
        ("FUNDC1", "OLIGODENDROCYTE"): "9.35976,10.3239,11.5006,11.6847,11.8261",
        ("FUNDC1", "SKIN"): "7.43725,9.0387,9.46519,9.85367,11.1134",
        ("FUNDC1", "HYPOTHALAMUS"): "0.0431428,0.473183,4.54661,6.20192,10.2632",
        ("FUNDC1", "THALAMUS"): "0.0431428,0.473183,4.54661,6.20192,10.2632",
    },
}
# Rank among the partners, from 1: gene and correlation. Human.
RECORDED_PARTNERS = {
    "FUNDC1": {
        1: ("VBP1", 0.5372708439826965),
        2: ("SNRPB2", 0.5164885520935059),
        3: ("PCMT1", 0.5021503567695618),
        100: ("CCDC43", 0.42753079533576965),
    },
    "CCL2": {
        1: ("CCL7", 0.6150458455085754),
        2: ("CCL8", 0.5952944159507751),
        3: ("MMP19", 0.5722512006759644),
    },
    "PCNA": {1: ("RFC4", 0.91), 2: ("RFC2", 0.89), 3: ("MCM6", 0.87)},  # illustrated, not recorded
}
# The highest values of v1, illustrated in its documentation. Human.
ILLUSTRATED_Z = {
    "TP53": {"thymus": 2.81, "testis": 2.44},
    "MYC": {"colon": 3.12, "small intestine": 2.98, "placenta": 2.74},
}
# Leaves in which a gene is high, so that a chart of the double looks like one of the real thing.
MARKERS = {
    "ALB TTR APOA1 APOB FGA FGB TF SERPINA1 CYP3A4 HNF4A": "LIVER HEPATOCYTE",
    "INS PDX1": "BETA_CELL PANCREATIC_ISLET",
    "GCG SST": "ALPHA_CELL PANCREATIC_ISLET",
    "CD3E CD3D CD3G CD8A CD8B CD4": "TLYMPHOCYTE THYMUS THYMOCYTE SPLEEN",
    "CD19 CD79A MS4A1": "BLYMPHOCYTE SPLEEN",
    "CD14 CD68 ITGAM CSF1R LYZ CCL2 CCL7 CCL8": "MACROPHAGE KUPFFER_CELL DENDRITIC_CELL MICROGLIA",
    "SNAP25 RBFOX3 SYP NEFL": "NEURON CEREBRAL_CORTEX CEREBELLUM MOTOR_NEURON SENSORY_NEURON SPINAL_CORD",
    "GFAP AQP4": "ASTROCYTE CEREBRAL_CORTEX SPINAL_CORD",
    "MBP OLIG2": "OLIGODENDROCYTE SPINAL_CORD",
    "MYH6 MYH7 TNNT2 NPPA ACTN2 MYL2": "HEART ATRIUM VENTRICLE",
    "MYOD1 CKM DES": "SKELETAL_MUSCLE MYOBLAST",
    "COL1A1 COL1A2 COL3A1 FN1": "FIBROBLAST STROMAL_CELL OSTEOBLAST SKIN",
    "KRT5 KRT14": "KERATINOCYTE SKIN BASAL_CELL",
    "SFTPC SCGB1A1 FOXJ1": "LUNG LUNG_EPITHELIAL_CELL",
    "NPHS1 NPHS2 UMOD AQP2": "KIDNEY PODOCYTE RENAL_CORTEX",
    "DDX4 DAZL PRM1 PRM2": "TESTIS",
    "RHO OPN1SW": "RETINA",
    "PCNA RFC4 RFC2 MCM6 MCM2 MKI67 TOP2A": "THYMOCYTE TESTIS",
}


def leaf_ids(species: str) -> list[str]:
    """System.<system>.<organ>.<LEAF>, in the order of the service: 72 of human, 58 of mouse."""
    return [
        f"System.{system}.{organ}.{leaf}"
        for system, organ, leaf in _rows()
        if species == "human" or leaf not in _NOT_IN_MOUSE
    ]


def cell_line_ids() -> list[str]:
    """Cell line.<tissue>.<LINE>; the service has them for human only."""
    rows = (line.split(": ") for line in _CELL_LINES.splitlines())
    return [f"Cell line.{tissue}.{line}" for tissue, lines in rows for line in lines.split(", ")]


def _rows() -> Iterator[tuple[str, str, str]]:
    for line in _TREE.splitlines():
        place, leaves = line.split(": ")
        system, organ = place.split(" > ")
        for leaf in leaves.split(", "):
            yield system, organ, leaf
