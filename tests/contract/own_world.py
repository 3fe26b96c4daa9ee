"""Files of a study with the numbers of the RNAget world, and settings under which they are imported."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend import settings
from backend.model_own import ImportOptions
from backend.own import checking, importing
from backend.settings import Settings
from tests.doubles.rnaget_world import World, world


def alone(folder: Path, **changes: Any) -> Settings:
    """Nothing but own studies, in this folder."""
    usual = settings.read({})
    return replace(
        usual, demo=False, offline=True, cache=folder / "cache", data=(folder,), studies=folder / "studies", **changes
    )


def write_bundle(folder: Path, of: World | None = None) -> Path:
    """study.tsv, samples.tsv, tpm.gct and its metadata; cells that were not measured are empty."""
    made = of or world()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.tsv").write_text("Study Title\tStudy Source\nOrgans of 24 donors\tOur lab\n")
    rows = ["Sample Source\tSample Source ID\tTissue\tCondition"]
    rows += [
        f"Our lab\t{sample}\t{tissue}\t{condition}"
        for sample, tissue, condition in zip(made.samples, made.tissues, made.conditions, strict=True)
    ]
    (folder / "samples.tsv").write_text("\n".join(rows) + "\n")
    lines = ["#1.2", f"{len(made.ids)}\t{len(made.samples)}", "\t".join(["Name", "Description", *made.samples])]
    for own, name, values in zip(made.ids, made.names, made.values.tolist(), strict=True):
        cells = ("" if math.isnan(value) else f"{value:.3f}" for value in values)
        lines.append("\t".join([own, name or "NA", *cells]))
    (folder / "tpm.gct").write_text("\n".join(lines) + "\n")
    (folder / "tpm.gct.tsv").write_text("Normalization Method\tGenome Version\nTPM\tGRCh38\n")
    return folder


def quiet(part: str, done: int, of: int, unit: str, seconds: float) -> None:
    """Progress nobody looks at."""


def bring(*paths: Path, **options: Any) -> str:
    """Import files; the accession of the study."""
    return importing.run(checking.files_of(paths), ImportOptions(**options), quiet)
