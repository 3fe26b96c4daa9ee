"""Imports in a process of their own, which kill -9 ends just before they change their journal for the n-th time."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from backend import settings
from backend.model import OdmWish
from backend.settings import Settings
from tests import workers
from tests.contract.odm_curating import run

_context = workers.forkserver()


def killed_at(change: int, wish: OdmWish, chosen: Settings) -> bool:
    """Whether it came that far; otherwise the import has ended by itself."""
    process = _context.Process(target=_until, args=(change, wish, chosen))
    process.start()
    process.join(240)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _until(change: int, wish: OdmWish, chosen: Settings) -> None:
    seen = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event == "os.rename" and str(arguments[1]).endswith(".json"):
            seen += 1
            if seen == change:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    with settings.use(chosen):
        run(wish)
