"""What RNAget serves: the sources of this machine and the store, or those that EXPRONAUT_RNAGET_ONLY names."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from backend import settings, sources
from backend.errors import ExpronautError
from backend.serve import matrix_sources, store
from backend.serve.matrix import About, Matrix
from backend.serve.ready import Ready
from backend.serve.store import Continuous
from backend.settings import Settings
from backend.sources.base import Source

STORE = "store"
FRESH = 2.0  # seconds for which a look at files holds
_log = logging.getLogger("expronaut.serve")


@dataclass(frozen=True)
class Served:
    """Matrices and signals by their id; abouts: of both. ready: answers made of exactly these."""

    matrices: dict[str, Matrix]
    continuous: dict[str, Continuous]
    ready: Ready = field(default_factory=Ready, compare=False)

    @property
    def abouts(self) -> list[About]:
        signals = [one.about for one in self.continuous.values()]
        return [*(matrix.about for matrix in self.matrices.values()), *signals]


def now() -> Served:
    """What is served at the moment."""
    return _shelf.served(settings.current())


def at_once() -> Served | None:
    """The same where no file has to be looked at for it, else None."""
    return _shelf.fresh(settings.current())


class _Shelf:
    """The last look, shared by all threads; a matrix is made once for each state of its source."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[float, Settings, Served] | None = None
        self._made: dict[str, tuple[Source, str, Matrix | None]] = {}

    def fresh(self, chosen: Settings) -> Served | None:
        last = self._last
        if last is None or last[1] is not chosen or time.monotonic() - last[0] > FRESH:
            return None
        return last[2]

    def served(self, chosen: Settings) -> Served:
        with self._lock:
            found = self.fresh(chosen)
            if found is None:
                found = self._look(chosen)
                if self._last is not None and self._last[1] == chosen and self._last[2] == found:
                    found = self._last[2]  # with its answers
                self._last = (time.monotonic(), chosen, found)
            return found

    def _look(self, chosen: Settings) -> Served:
        only = chosen.rnaget_only
        matrices: dict[str, Matrix] = {}
        for name in sources.names():
            if not only or name in only:
                matrices |= {found.about.id: found for found in self._of(name)}
        if chosen.rnaget_store is None or (only and STORE not in only):
            return Served(matrices, {})
        stored, signals = store.look(chosen.rnaget_store)
        taken = set(matrices)
        return Served(
            matrices | {one.about.id: one for one in stored if _is_free(one.about.id, one.seen.path.name, taken)},
            {one.about.id: one for one in signals if _is_free(one.about.id, one.seen.path.name, taken)},
        )

    def _of(self, name: str) -> Iterator[Matrix]:
        """The matrix of a source, if it is one."""
        try:
            source = sources.get(name)
            stamp = source.stamp()
            made = self._made.get(name)
            if made is None or made[0] is not source or made[1] != stamp:
                made = self._made[name] = (source, stamp, matrix_sources.of_source(source))
            if made[2] is not None:
                yield made[2]
        except ExpronautError as error:
            _log.info("%s is not served: %s", name, error)


def _is_free(own: str, file: str, taken: set[str]) -> bool:
    """Whether no other matrix has this id; it is taken from now on."""
    if own in taken:
        _log.warning("%s is not served: its id %s is taken.", file, own)
        return False
    taken.add(own)
    return True


_shelf = _Shelf()
