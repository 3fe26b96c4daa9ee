"""The download host of the ARCHS4 files, and the list of their versions."""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.doubles.archs4_files import Written, write, write_as
from tests.doubles.archs4_web_corpus import SAMPLES, corpus
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.http_exchange import Answer, Call

BASE = "/files"
VERSIONS = "/api/versionfile"
# version: layout of the file, date of its publication
_DATES = {
    "2.2": ("v2.2", "Mon, 22 May 2023 18:02:11 GMT"),
    "2.3": ("v2.5", "Thu, 18 Jan 2024 09:12:40 GMT"),
    "2.4": ("v2.5", "Tue, 04 Jun 2024 14:51:03 GMT"),
    "2.5": ("v2.5", "Mon, 13 Jan 2025 23:30:45 GMT"),
    "2.latest": ("v2.6", "Sun, 31 May 2026 05:00:00 GMT"),
}
_TRANSCRIPT_SAMPLES = 60
_OLDER = "Fri, 10 Jan 2025 08:00:00 GMT"  # a first, withdrawn publication of 2.5
_CHANGED = "Mon, 01 Jun 2026 0{}:00:00 GMT"
_NAME = re.compile(r"(human|mouse)_(gene|transcript|meta)_v([\w.]+)\.h5")


@dataclass(frozen=True)
class Served:
    """A file as it lies on the host."""

    content: bytes
    modified: str

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()

    @property
    def etag(self) -> str:
        return f'"{self.sha1[:24]}"'


class Files:
    """Valid ARCHS4 files of the double's own samples. Metadata-only files exist for numbered versions and are not
    listed; whatever else is asked for is forbidden, as at the real host."""

    def __init__(self, seed: int, switches: Switches) -> None:
        self.seed = seed
        self.switches = switches
        self._changes: dict[str, int] = {}

    def change(self, name: str) -> None:
        """Put other content under the same name, as the publisher does with "latest"."""
        self._changes[name] = self._changes.get(name, 0) + 1

    def served(self, name: str) -> Served | None:
        match = _NAME.fullmatch(name)
        if match is None or match[3] not in _DATES or (match[2], match[3]) == ("meta", "2.latest"):
            return None
        layout, date = _DATES[match[3]]
        change = self._changes.get(name, 0)
        content = _content(match[1], match[2], layout, match[3], self.seed, change)
        return Served(content, _CHANGED.format(min(change, 9)) if change else date)

    def versions(self, call: Call) -> Answer:
        del call
        entries = [
            self._entry(species, level, version)
            for species in ("human", "mouse")
            for level in ("gene", "transcript")
            for version in _DATES
        ]
        withdrawn = [
            entry | {"timestamp": _OLDER, "checksum": "0" * 40, "file_size": 1_234}
            for entry in entries
            if entry["version_minor"] == "5"
        ]
        listed = withdrawn[::2] + entries[::-1] + withdrawn[1::2]
        return Answer.json({"versionfiles": [entry | {"id": i} for i, entry in enumerate(listed, 1)]})

    def download(self, call: Call) -> Answer:
        file = self.served(call.path.removeprefix(BASE).strip("/"))
        if file is None:
            return Answer.text("<Error><Code>AccessDenied</Code></Error>", "application/xml", 403)
        if call.method not in ("GET", "HEAD"):
            return Answer.html(405)
        headers = {"Content-Type": "application/x-hdf5", "ETag": file.etag, "Last-Modified": file.modified}
        if not self.switches.ranges:
            return Answer(200, file.content, headers)
        return _part(call, file, headers | {"Accept-Ranges": "bytes"})

    def _entry(self, species: str, level: str, version: str) -> dict[str, Any]:
        file = self.served(f"{species}_{level}_v{version}.h5")
        assert file is not None
        major, minor = version.split(".")
        return {
            "checksum": "f" * 40 if self.switches.wrong_checksum else file.sha1,
            "data_level": level,
            "ensembl_annotation": 107,
            "file_size": len(file.content) + 1_000 * self.switches.wrong_size,
            "samples": SAMPLES if level == "gene" else _TRANSCRIPT_SAMPLES,
            "species": species,
            "timestamp": file.modified,
            "version_major": major,
            "version_minor": minor,
        }


def _part(call: Call, file: Served, headers: dict[str, str]) -> Answer:
    """One range, if it is asked for and the file is the one meant; all of the file otherwise."""
    size = len(file.content)
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", call.headers.get("Range", ""))
    meant = call.headers.get("If-Range", file.etag) in (file.etag, file.modified)
    if not match or not meant or match.groups() == ("", ""):
        return Answer(200, file.content, headers)
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if first >= size or last < first:
        return Answer(416, b"", headers | {"Content-Range": f"bytes */{size}"})
    place = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Answer(206, file.content[first : last + 1], headers | place)


@cache
def _content(species: str, level: str, layout: str, version: str, seed: int, change: int) -> bytes:
    """The bytes of a file; versions differ in a few samples' reads and in what they say of themselves."""
    layouts = {"gene": layout, "transcript": "transcript", "meta": "metadata"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.h5"
        if level == "transcript":
            draw = list(_DATES).index(version) + len(_DATES) * change
            write(path, "transcript", genes=200, samples=_TRANSCRIPT_SAMPLES, seed=draw, block=60)
        else:
            write_as(_written(path, layouts[level], species, version, seed, change), block=100)
        return path.read_bytes()


def _written(path: Path, layout: str, species: str, version: str, seed: int, change: int) -> Written:
    data = corpus(species, seed)
    draw = np.random.default_rng([seed, change, *version.encode()])
    human = species == "human"
    single = draw.random(SAMPLES)
    fields = {
        "geo_accession": data.gsm,
        "series_id": data.series,
        "title": data.titles,
        "source_name_ch1": data.sources,
        "characteristics_ch1": data.characteristics,
        "organism_ch1": ["Homo sapiens" if human else "Mus musculus"] * SAMPLES,
        "taxid_ch1": ["9606" if human else "10090"] * SAMPLES,
        "library_source": ["transcriptomic"] * SAMPLES,
        "instrument_model": ["Illumina NovaSeq 6000"] * SAMPLES,
        "submission_date": [f"Sep {i % 28 + 1} {2012 + i % 12}" for i in range(SAMPLES)],
        "extract_protocol_ch1": [f"protocol {number:016x}" for number in draw.integers(0, 2**62, SAMPLES)],
    }
    ensembl = [gene.ensembl for gene in data.genes]
    biotype = ["lncRNA" if symbol.startswith("ENS") else "protein_coding" for symbol in data.symbols]
    aligned = data.counts.sum(axis=0) * 1.1
    return Written(path, layout, species, data.symbols, ensembl, biotype, data.counts, fields, single, aligned)
