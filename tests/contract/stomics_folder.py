"""The folder that files of STOmics (stomics.io) are downloaded into, beside the double of the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend import api
from backend.downloading import Downloaded, stomics
from backend.model import StomicsDownload
from tests.doubles.stomics_web import StomicsWeb
from tests.doubles.stomics_web_world import LARGE, SECTION, TINY

SIZE = 400_000  # bytes of the large file
BUCKET = "/bucket/"


@dataclass
class Here:
    """The double, the folder of this machine, and what was said and told while downloading."""

    web: StomicsWeb
    home: Path
    said: list[str] = field(default_factory=list)

    def folder(self, accession: str = TINY) -> Path:
        return self.home / "stomics" / accession

    def get(
        self, accession: str = TINY, file_id: str = "42", tell: Callable = lambda *_: None, **more: bool
    ) -> Downloaded:
        return stomics.download(accession, file_id, self.folder(accession), tell, self.said.append, **more)

    def large(self, **more: bool) -> Downloaded:
        return self.get(SECTION, str(LARGE), **more)

    def content(self, accession: str = TINY, file_id: int = 42) -> bytes:
        (stored,) = (one for one in self.web.datasets[accession].files if one.id == file_id)
        content = stored.content()
        return content if isinstance(content, bytes) else b"".join(content)

    def ranges(self) -> list[tuple[str | None, int]]:
        """What was asked of storage, and the status it gave, in order."""
        return [(record.headers.get("Range"), record.status) for record in self.web.storage.requests]

    def asked(self) -> int:
        """How often an address was asked for."""
        return sum(record.path.endswith("/download") for record in self.web.requests)

    def names(self, accession: str = TINY) -> list[str]:
        """What a user sees in the folder of a data set."""
        return sorted(path.name for path in self.folder(accession).glob("[!.]*"))

    def said_of(self, words: str) -> bool:
        return any(words in sentence for sentence in self.said)

    def one(self, accession: str = SECTION, file_id: str = str(LARGE)) -> StomicsDownload:
        """As the page shows it."""
        return next(one for one in api.stomics_downloads(accession) if one.file_id == file_id)

    def ended(self, accession: str = SECTION, file_id: str = str(LARGE)) -> StomicsDownload:
        until(lambda: self.one(accession, file_id).progress.state not in ("waiting", "running"))
        return self.one(accession, file_id)


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
