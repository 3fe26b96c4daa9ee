"""The double of ARCHS4 as the host of files, and an empty folder to download into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend import downloading, settings
from backend.downloading import Downloaded
from backend.errors import Stopped
from backend.model import Release
from backend.settings import Archs4, Patience, Settings
from tests.doubles.archs4_web import Archs4Web, Fault

NAME = "human_gene_v2.5.h5"
QUICK = Patience(connect=5, read=2, whole=20, attempts=2, first_wait=0.01, longest_wait=0.05, per_second=1_000)


@dataclass
class Host:
    """The double, the folder, and what was said and told while downloading."""

    web: Archs4Web
    folder: Path
    said: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def whole(self) -> Path:
        return self.folder / NAME

    @property
    def part(self) -> Path:
        return self.folder / f"{NAME}.part"

    @property
    def content(self) -> bytes:
        return self.web.file(NAME).content

    def tell(self, part: str, *_: object) -> None:
        self.parts.append(part)

    def release(self, level: str = "gene", version: str = "2.5") -> Release:
        return downloading.chosen("human", level, version)

    def get(self, release: Release | None = None, **more: bool) -> Downloaded:
        return downloading.download(release or self.release(), self.folder, self.tell, self.said.append, **more)

    def ranges(self) -> list[tuple[str | None, int]]:
        """What was asked of the host of files, and the status it gave, in order."""
        asked = [record for record in self.web.requests if record.path.startswith("/files")]
        return [(record.headers.get("Range"), record.status) for record in asked]


def environment(web: Archs4Web, folder: Path) -> dict[str, str]:
    """Of a process of its own that uses the double."""
    own = {"EXPRONAUT_DATA": str(folder), "EXPRONAUT_CACHE": str(folder / "cache"), "EXPRONAUT_OFFLINE": "0"}
    return web.environment() | own


def begun(host: Host, share: float = 0.5) -> int:
    """Let a download break after a part of the file; how many bytes are there."""
    released = host.release()

    def stop(part: str, done: int, of: int, *_: object) -> None:
        raise Stopped

    host.web.faults.append(Fault("cut", "/files", times=1))
    with pytest.raises(Stopped):
        downloading.download(released, host.folder, stop, host.said.append)
    host.part.write_bytes(host.content[: int(share * len(host.content))])
    host.web.faults.clear()
    host.web.forget()
    host.said.clear()
    return host.part.stat().st_size


def whole(host: Host) -> None:
    """The file is there as published, and nothing beside it but the register."""
    assert host.whole.read_bytes() == host.content
    assert sorted(path.name for path in host.folder.iterdir() if path.name not in ("cache", ".files")) == [NAME]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with Archs4Web() as web:
        web.files.versions(None)  # writes its files, which takes longer than our patience here
        services = Archs4(site=web.url, files=f"{web.url}/files")
        chosen = Settings(
            data=(tmp_path,), home=tmp_path, cache=tmp_path / "cache", demo=False, archs4=services, patience=QUICK
        )
        with settings.use(chosen):
            yield Host(web, tmp_path)
