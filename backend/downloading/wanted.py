"""A file that is to be fetched, whoever publishes it, and the way to its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

HDF5 = (".h5ad", ".h5", ".hdf5", ".gef")


class Address(Protocol):
    """The way to the address of a file."""

    def now(self) -> str:
        """Where the file is, for a request that is sent at once. Raises what asking for it raises."""

    def taken(self) -> None:
        """The host of the file accepted the address."""

    def refused(self) -> bool:
        """The host refused it (HTTP 403). Whether `now` may give another one."""


@dataclass(frozen=True)
class Fixed:
    """An address that stays."""

    url: str

    def now(self) -> str:
        """The address."""
        return self.url

    def taken(self) -> None:
        """Nothing changes."""

    def refused(self) -> bool:
        """There is no other."""
        return False


@dataclass(frozen=True)
class Wanted:
    """A file that is to be fetched.

    name: in its folder. of: what tells it from all others ("stomics STD0001 42"), without any address. size: bytes, as
    published; checksum: "algorithm:hex"; None when not published. missing: what to do when the host does not have it.
    doubt, list_doubt: why a checksum, a size may be published wrong. newer: from the time when the file that is here
    under this name was changed last (seconds since 1970), a sentence when the published one is newer, else "".
    """

    name: str
    of: str
    address: Address
    size: int | None
    checksum: str | None
    missing: str
    doubt: str = ""
    list_doubt: str = "The list may be old. "
    newer: Callable[[float], str] = lambda _: ""

    @property
    def is_hdf5(self) -> bool:
        """Whether its name promises HDF5."""
        return PurePosixPath(self.name.lower()).suffix in HDF5

    @property
    def is_page(self) -> bool:
        """Whether its name promises a web page, so that one is no surprise."""
        return PurePosixPath(self.name.lower()).suffix in (".html", ".htm", ".xhtml")
