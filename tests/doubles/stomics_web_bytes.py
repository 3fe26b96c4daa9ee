"""Bytes of a large file, made while they are sent: always the same, and different in every place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 20
_NOISE = np.random.default_rng(7).bytes(BLOCK)


class Generated:
    """`size` bytes from `start`. Each block of 1 MiB begins with its number, so that no two blocks are equal."""

    def __init__(self, size: int, start: int = 0) -> None:
        self.start, self._size = start, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> Generated:
        first, last, _ = part.indices(self._size)
        return Generated(max(0, last - first), self.start + first)

    def __iter__(self) -> Iterator[bytes]:
        end = self.start + self._size
        for number in range(self.start // BLOCK, -(-end // BLOCK)):
            block = number.to_bytes(8, "big") + _NOISE[8:]
            yield block[max(0, self.start - number * BLOCK) : end - number * BLOCK]

    def digest(self, algorithm: str = "sha256") -> str:
        """The checksum of all of them."""
        made = hashlib.new(algorithm)
        for block in self:
            made.update(block)
        return made.hexdigest()
