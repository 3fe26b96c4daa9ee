"""What lies in a folder of studies, and small bundles to bring there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.contract.own_world import alone as alone
from tests.contract.own_world import bring as bring
from tests.unit.study_files.worked import GCT as GCT
from tests.unit.study_files.worked import LIBRARIES as LIBRARIES
from tests.unit.study_files.worked import LIBRARY_GCT as LIBRARY_GCT
from tests.unit.study_files.worked import SAMPLES as SAMPLES
from tests.unit.study_files.worked import WHOLE, put

SECOND = GCT.replace("14.7", "15.7").replace("\t6.8\n", "\t\n")


def bundle(folder: Path, name: str = "in", **texts: str | bytes | None) -> Path:
    """The study of four samples in a folder; texts: files instead, `_` for a point, None for none of it."""
    made: dict[str, str | bytes] = {**WHOLE}
    for file, text in texts.items():
        plain = file.replace("_", ".")
        if text is None:
            made.pop(plain, None)
        else:
            made[plain] = text
    (folder / name).mkdir()
    put(folder / name, made)
    return folder / name


def listing(folder: Path) -> dict[str, str]:
    """Every file under a folder with its bytes; that of the lock and of the numbers given is nobody's."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", "numbers.json")
    }
