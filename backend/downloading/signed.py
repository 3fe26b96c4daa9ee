"""Signed addresses (pre-signed, AWS Signature Version 4): they open a file to whoever has them, for an hour or so.

Their query is therefore a key. One is asked for right before it is used, and again when it is old or was refused; it
stands in no note, log line or message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

IN_A_ROW = 3  # new addresses after one that was refused, before the file is given up


class Temporary(Protocol):
    """An address that holds for a while."""

    @property
    def url(self) -> str:
        """The whole of it."""

    def old(self) -> bool:
        """Whether another one should be asked for before it is used again."""


class Signed:
    """The way to a file whose address is asked for when it is needed; see Address."""

    def __init__(self, ask: Callable[[], Temporary]) -> None:
        """ask: gives a new one."""
        self._ask = ask
        self._known: Temporary | None = None
        self._in_a_row = 0

    def now(self) -> str:
        """The address, a new one if need be. Raises what asking for it raises."""
        if self._known is None or self._known.old():
            self._known = self._ask()
        return self._known.url

    def taken(self) -> None:
        """It holds."""
        self._in_a_row = 0

    def refused(self) -> bool:
        """It is used no more; whether another one may help."""
        self._known = None
        self._in_a_row += 1
        return self._in_a_row <= IN_A_ROW
