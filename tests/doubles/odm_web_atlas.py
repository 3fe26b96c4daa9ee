"""A simulated study with what real ones have: mixed normalisation, versions, pools, lists, gaps, wrong values.

60 samples: three tissues, each with three diseases. ALB, ACTA1 and ADIPOQ follow the tissue, NR1H4 the disease,
CPT1A goes with CD36 and PPARG against it, INS is 0 everywhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tests.doubles.odm_web_doors import CURATOR
from tests.doubles.odm_web_files import Table
from tests.doubles.odm_web_importing import BULK, add_expression
from tests.doubles.odm_web_seed import Seeded, link_pools, link_runs, link_samples
from tests.doubles.odm_web_templates import ATLAS, LIBRARY, SAMPLE, STUDY
from tests.doubles.odm_web_world import World

TITLE = "Simulated atlas of liver, muscle and fat (not real data)"
N_SAMPLES, N_SECOND, N_COUNTED, VERSIONS = 60, 30, 12, 3
TISSUES = (("liver", "hepatocyte"), ("skeletal muscle", "myocyte"), ("adipose tissue", "adipocyte"))
DISEASES = ("healthy", "fatty liver disease", "type 2 diabetes mellitus")
NAMED = ("CD36", "CPT1A", "NR1H4", "TRAF3IP2-AS1", "ALB", "ACTA1", "ADIPOQ", "PPARG", "INS", "IL6")
GENES = (*NAMED, *(f"SIM{number:03d}" for number in range(1, 31)))
IDS = tuple(f"ENSG{9 * 10**10 + row:011d}" for row in range(len(GENES)))
INFINITE = (9, 3)  # row and column of the value that is Inf in the first group
NOT_MEASURED = ((1, 5), (8, 0))  # rows and columns without a value in the first group


@lru_cache(maxsize=1)
def numbers() -> np.ndarray:
    """(genes, samples): expression of the first group, 4 decimals; some are 0."""
    random = np.random.default_rng(11)
    tissue, disease = np.arange(N_SAMPLES) % 3, np.arange(N_SAMPLES) // 3 % 3
    logged = random.normal(3, 0.5, size=(len(GENES), N_SAMPLES))
    for row in range(4, 7):
        logged[row] += np.where(tissue == row - 4, 5, -3)
    logged[2] += np.where(disease == 1, 2, -1)
    logged[0] += random.normal(0, 1.5, size=N_SAMPLES)
    logged[1] = logged[0] + random.normal(0, 0.2, size=N_SAMPLES)
    logged[7] = 6 - logged[0] + random.normal(0, 0.3, size=N_SAMPLES)
    logged[8] = -1
    values = np.round(np.maximum(np.exp2(logged) - 1, 0), 4)
    values[INFINITE] = np.inf
    for place in NOT_MEASURED:
        values[place] = np.nan
    return values


def sample(place: int) -> dict[str, Any]:
    """Metadata of a sample. 4 lack Organism, 3 have a synonym as Sex, 2 a misspelt compound."""
    tissue, cell = TISSUES[place % 3]
    told: dict[str, Any] = {
        "Sample Source ID": source(place),
        "Sample Name": f"donor {place // 3 + 1} {tissue}",
        "Sample Source": "Simulated",
        "Organism": None if place in (7, 21, 35, 49) else "Homo sapiens",
        "Sex": "M" if place in (2, 12, 22) else ("male", "female")[place % 2],
        "Disease": DISEASES[place // 3 % 3],
        "Age": 25 + (place * 7) % 50 + (0.5 if place == 4 else 0),
        "Age Unit": "year",
        "Tissue": tissue,
        "Cell Type": "CD14-positive monocyte" if place in (0, 1, 2, 3) else cell,
        "BMI": f"{20 + (place * 13) % 170 / 10:.1f}",
        "Steatosis Score": None if place % 5 == 4 else str(place % 4),
        "GEO Sample ID": f"GSM90000{place:02d}",
        "Batch": f"batch {1 + place // 30}",
    }
    if place % 6 == 0:
        told["Compound Treatment / Compound"] = ["ibuprofen", "metformin"]
    elif place % 6 == 1:
        told["Compound Treatment / Compound"] = "ibprofen" if place in (1, 13) else "vehicle"
    return {name: value for name, value in told.items() if value is not None}


def source(place: int) -> str:
    return f"SIM-S{place + 1:02d}"


def atlas(world: World) -> Seeded:
    """expressions: tpm, rpkm, counts1..3 (a chain), pools (linked to libraries), unlinked."""
    author = CURATOR.name
    told = {
        "Study Title": TITLE,
        "Study Source": "Simulated",
        "Study Source ID": "SIM-1",
        "Study Description": "Simulated numbers | for tests of the app only",
        "Study Type": "Expression profiling",
        "Therapeutic Area": "Metabolic Diseases",
        "Contributor": author,
    }
    study = world.add(STUDY, told, template=ATLAS, author=author).accession
    made = Seeded(study, world.new_group(SAMPLE), world.new_group(LIBRARY))
    for place in range(N_SAMPLES):
        world.add(SAMPLE, sample(place), group=made.samples, template=ATLAS, author=author)
    link_samples(world, made.samples, study)
    for pool in range(4):
        own = {
            "Library ID": f"POOL{pool + 1}",
            "Sample Source ID": [source(3 * pool + one) for one in range(3)],
            "Library Type": "RNA-Seq-1",
        }
        world.add(LIBRARY, own, group=made.libraries, template=ATLAS, author=author)
    link_pools(world, made.libraries, made.samples)
    _expressions(world, made)
    return made


def _expressions(world: World, made: Seeded) -> None:
    author, values, groups = CURATOR.name, numbers(), made.expressions
    sources = [source(place) for place in range(N_SAMPLES)]

    def add(name: str, table: Table, method: str, genome: str, previous: str = "") -> None:
        told = {"Data Class": BULK, "Normalization Method": method, "Genome Version": genome}
        if table.form == "tsv":
            words = [one for one, is_number in zip(table.names, table.numeric, strict=True) if not is_number]
            told |= {"Features (string)": words if len(words) > 1 else words[0]}
            told |= {"Features (numeric)": "chromStart"} if len(words) > 1 else {}
        groups[name] = add_expression(world, table, told, author=author, template=ATLAS, previous=previous)

    named = [(gene,) for gene in GENES]
    add("tpm", Table("tsv", ("gene",), (False,), named, sources, ("value",), values[:, :, None]), "TPM", "GRCh38")
    add("rpkm", _second(values, sources), "RPKM", "GRCh37.68")
    counts = np.round(np.nan_to_num(values[:10, :N_COUNTED], nan=0, posinf=9999) * 10)
    for version in range(VERSIONS):
        # each version counts one more in all but the last feature, which is the same in all versions
        table = _gct(named[:10], sources[:N_COUNTED], counts + version * (np.arange(10) < 9)[:, None])
        previous = groups.get(f"counts{version}", "")
        add(f"counts{version + 1}", table, "Counts", f"GRCh38.{90 + version}", previous)
    for name in ("tpm", "rpkm", *(f"counts{version + 1}" for version in range(VERSIONS))):
        link_runs(world, groups[name], made.samples, "Sample Source ID")
    pools = [f"POOL{pool + 1}" for pool in range(4)]
    add("pools", _gct(named[:5], pools, np.round(values[:5, 20:24] * 2, 4)), "RPKM", "GRCh38")
    link_runs(world, groups["pools"], made.libraries, "Library ID")
    add("unlinked", _gct(named[:3], ["ELSEWHERE1", "ELSEWHERE2"], values[:3, 40:42]), "RPKM", "GRCh38")


def _second(values: np.ndarray, sources: list[str]) -> Table:
    """Half of the samples once more, by Ensembl id, under another normalisation."""
    names = ("Ensembl_ID", "gene", "chrom", "chromStart", "strand")
    numeric = (False, False, False, True, False)
    features = [
        (own, gene, f"chr{1 + row % 22}", 1000.0 * (row + 1), "+-"[row % 2])
        for row, (own, gene) in enumerate(zip(IDS, GENES, strict=True))
    ]
    half = np.round(np.where(np.isinf(values), 1.0, values)[:, :N_SECOND] / 3, 4)
    return Table("tsv", names, numeric, features, sources[:N_SECOND], ("value",), half[:, :, None])


def _gct(features: list[tuple[object, ...]], columns: list[str], values: np.ndarray) -> Table:
    return Table("gct", ("feature",), (False,), features, columns, ("value",), values[:, :, None].astype(float))
