"""One step of an import in a fresh process: what it takes, and in how much memory.

python benchmarks/own_child.py idle|pandas|check|import FOLDER    prints one line of JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd
from measure import anonymous_peak, peak_bytes, seconds

from backend.model_own import ImportOptions
from backend.own import checking, importing


def _silent(part: str, done: int, of: int, unit: str, seconds: float) -> None:
    del part, done, of, unit, seconds


def steps(folder: Path) -> dict[str, Callable[[], object]]:
    """What can be measured."""
    files, options = checking.files_of([folder]), ImportOptions()
    return {
        "idle": lambda: None,
        "pandas": lambda: pd.read_csv(folder / "expression.gct", sep="\t", skiprows=2, index_col=[0, 1]),
        "check": lambda: checking.look(files, options),
        "import": lambda: importing.run(files, options, _silent),
    }


def main(what: str, folder: Path) -> None:
    run = steps(folder)[what]
    with anonymous_peak() as most:
        took = seconds(run)
    print(json.dumps({"seconds": took, "peak": peak_bytes(), "anonymous": most[0]}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
