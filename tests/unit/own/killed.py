"""A process that imports a study again and again, each time killed at another change of the file system.

killed ROOT BUNDLE [NEXT]    ROOT/<k>/studies is what the kill at change k left behind, `ROOT/none` was left alone. With
                             NEXT, BUNDLE is imported whole, and the import of its next version is killed
full ROOT BUNDLE MOST        no file may become larger than so many bytes; what was raised is written out
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from backend import settings
from backend.errors import ExpronautError
from tests.contract.own_world import alone, bring

CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.truncate")
EVERY, LAST = 3, 7  # each so many changes, and all of the last ones


def main(root: Path, bundle: Path, following: Path | None) -> None:
    counted = _run(root / "none", bundle, following, 0)
    early = range(1, counted - LAST, max(1, (counted - LAST) // EVERY))
    for moment in (*early, *range(max(1, counted - LAST), counted + 1)):
        _run(root / str(moment), bundle, following, moment)


def _run(folder: Path, bundle: Path, following: Path | None, moment: int) -> int:
    """Import in a process of its own; how many changes it made."""
    folder.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        with settings.use(alone(folder)):
            accession = bring(bundle) if following is not None else ""
            seen = _watch(moment)
            if following is not None:
                bring(following, version_of=f"LOC{int(accession[3:]) + 6}")
            else:
                bring(bundle)
            (folder / "changes").write_text(str(seen[0]))
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, status
    assert (status == 0) == (moment == 0), (moment, status)
    return int((folder / "changes").read_text()) if moment == 0 else 0


def _watch(moment: int) -> list[int]:
    """Count the changes, and kill this process at one of them."""
    seen = [0]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if writes or event in CHANGES:
            seen[0] += 1
            if seen[0] == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return seen


def full(folder: Path, bundle: Path, most: int) -> None:
    """Import as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    with settings.use(alone(folder)):
        try:
            bring(bundle)
        except ExpronautError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "full":
        full(Path(given[0]), Path(given[1]), int(given[2]))
    else:
        main(Path(given[0]), Path(given[1]), Path(given[2]) if len(given) > 2 else None)
