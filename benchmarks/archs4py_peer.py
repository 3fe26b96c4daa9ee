"""archs4py 1.0.4 as a peer, in an environment of its own: it needs pandas below 3."""

from __future__ import annotations

import json
import subprocess
import venv
from pathlib import Path
from typing import Any

WANTED = ("archs4py==1.0.4", "pandas<3")
SERVER = Path(__file__).with_name("archs4py_server.py")


class Archs4py:
    """One running archs4py. `seconds` of each answer leave out the transport."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [python, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, path: Path, **asked: object) -> dict[str, Any]:
        """seconds, answer, peak (bytes of memory so far)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"file": str(path), **asked}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"archs4py ended while it was asked for {list(asked)}.")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def started(folder: Path) -> Archs4py | None:
    """archs4py from its environment in `folder`, made when it is missing; None, said on screen, when it cannot be."""
    python = folder / "bin" / "python"
    made = subprocess.run([python, "-c", "import archs4py"], capture_output=True) if python.exists() else None
    if made is None or made.returncode:
        print(f"Installing {', '.join(WANTED)} into {folder} ...", flush=True)
        venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *WANTED]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"archs4py cannot be installed here and is left out: {done.stderr.strip().splitlines()[-1]}")
            return None
    return Archs4py(python)
