"""RNAget on loopback and what a client reads of it with h5py, csv and json alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import requests

from backend import settings
from backend import sources as registry
from backend.settings import Settings
from tests import serving

V12 = "application/vnd.ga4gh.rnaget.v1.2.0+json; charset=us-ascii"


@dataclass
class Table:
    """A matrix as it came. samples, conditions, tissues: of the columns."""

    ids: list[str]
    names: list[str]
    samples: list[str]
    conditions: list[str]
    tissues: list[str]
    values: np.ndarray
    comments: list[str] = field(default_factory=list)


@dataclass
class Client:
    """Asks one server. base: address of the API."""

    base: str
    session: requests.Session

    def get(self, path: str, accept: str = "*/*", **query: str) -> requests.Response:
        return self.session.get(self.base + path, params=query, headers={"Accept": accept}, timeout=60)

    def refused(self, number: int, path: str, **query: str) -> str:
        """The message of an error with this status."""
        reply = self.get(path, **query)
        assert (reply.status_code, list(reply.json())) == (number, ["message"]), reply.text[:300]
        assert reply.headers["Content-Type"] == V12
        return reply.json()["message"]

    def tsv(self, path: str = "/expressions/hpa/bytes", **query: str) -> Table:
        reply = self.get(path, **{"format": "tsv", **query})
        assert reply.status_code == 200, reply.text[:300]
        assert reply.headers["Content-Type"] == "text/tab-separated-values; charset=utf-8"
        return table(reply.content.decode("utf-8"))

    def loom(self, path: str = "/expressions/hpa/bytes", **query: str) -> Table:
        reply = self.get(path, **{"format": "loom", **query})
        assert reply.status_code == 200, reply.text[:300]
        assert reply.headers["Content-Type"] == "application/vnd.loom"
        return loom(reply.content)


def table(text: str) -> Table:
    lines = text.split("\n")
    assert lines.pop() == ""
    comments = [line for line in lines if line.startswith("#")]
    header, *rows = csv.reader(lines[len(comments) :], delimiter="\t", quoting=csv.QUOTE_NONE)
    assert header[:2] == ["Gene ID", "Gene Name"]
    columns = [label.split(", ") for label in header[2:]]
    assert all(len(labels) == 3 for labels in columns)
    samples, conditions, tissues = ([labels[place] for labels in columns] for place in range(3))
    values = np.array([[float(cell) for cell in row[2:]] for row in rows], np.float32).reshape(len(rows), len(samples))
    return Table([row[0] for row in rows], [row[1] for row in rows], samples, conditions, tissues, values, comments)


def loom(content: bytes) -> Table:
    with h5py.File(io.BytesIO(content)) as file:
        assert file["attrs/LOOM_SPEC_VERSION"][()] == b"3.0.0"
        assert {"layers", "row_graphs", "col_graphs"} <= set(file)
        assert file["matrix"].dtype == np.float32
        rows = [texts(file[f"row_attrs/{name}"]) for name in ("GeneID", "GeneName")]
        columns = [texts(file[f"col_attrs/{name}"]) for name in ("Sample", "Condition", "Tissue")]
        facts = [f"{name}: {file['attrs'][name][()].decode()}" for name in file["attrs"]]
        return Table(*rows, *columns, file["matrix"][:], facts)


def texts(dataset: h5py.Dataset) -> list[str]:
    return [text.decode() for text in dataset[:]]


@contextmanager
def served(folder: Path, *only: str, most_cells: int = 5_000_000, base: str = "", **more: object) -> Iterator[Client]:
    """A server over the ARCHS4 files of a folder and the bundled data. more: settings."""
    places = {"demo": False, "data": (folder,), "home": folder, "cache": folder / "cache"}
    with settings.use(Settings(**{**places, "rnaget_only": only, **more})):
        registry.files(now=True)
        with (
            serving.running(serving.rnaget_app(most_cells=most_cells, base=base)) as root,
            requests.Session() as session,
        ):
            yield Client(f"{root}/rnaget", session)
