"""HDF5 on a disk that takes no more: an error of ours, and the program goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend import settings

HALF_WRITTEN = """
import errno, gc, resource, sys
from pathlib import Path
import h5py, numpy as np, pandas as pd
from backend import counts_file
from backend.aside import aside
from backend.atlas import store
from backend.errors import Unavailable
from backend.model import Provenance
from backend.serve import loom
folder, random = Path(sys.argv[1]), np.random.default_rng(3)
told = Provenance("x", "x", "human", "1", "live", "x", ())
names = ("sample", "all_series", "title", "source", "characteristics")
samples = pd.DataFrame({name: [f"{name} {i}" for i in range(200)] for name in names})
counts = random.integers(0, 10**6, (2_000, 200)).astype(np.uint32)
blocks = (([(f"{run}-{i}", "") for i in range(2_000)], counts) for run in range(3))
usual = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, usual[1]))
try:
    with aside(folder / "counts.h5", folder=False) as part:
        counts_file.write_hdf5(part, samples, blocks, told)
except Unavailable as error:
    print(error.message)
with (folder / "loom").open("w+b") as file:
    try:
        loom.write(file, [({"gene": ["A"] * 500}, random.random((500, 900)))], {"s": ["x"] * 900}, ("gene",), {})
    except OSError as error:
        print(errno.errorcode[error.errno])
(folder / "loom").unlink()
try:
    store.write_rows(folder / "rows.h5", random.integers(0, 255, (900, 2_000)).astype(np.uint8))
except OSError as error:
    print(errno.errorcode[error.errno])
resource.setrlimit(resource.RLIMIT_FSIZE, usual)
gc.collect()
with h5py.File(folder / "next.h5", "w") as file:
    file["a"] = [1]
"""


@pytest.mark.skipif(os.name == "nt", reason="needs limits of processes")
def test_a_disk_that_takes_no_more_of_a_file_leaves_the_program_alive(tmp_path: Path) -> None:
    """HDF5 ends the whole process, the dashboard of everyone, when it cannot write what it holds at closing."""
    command = [sys.executable, "-c", HALF_WRITTEN, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=settings.ROOT)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == ["counts.h5 could not be written: File too large.", "EFBIG", "EFBIG"]
    assert [file.name for file in tmp_path.iterdir()] == ["next.h5"]
