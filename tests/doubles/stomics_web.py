"""A loopback STOmics (stomics.io): the API on one port, the storage host of its files on another.

For manual trials:

    python -m tests.doubles.stomics_web --port 8950

What is known of the real service are its six routes, the parameters of the list, `total` and `items` with `accession`
and `title`, the bare list of files with `file_type`, `filename` and `size_bytes`, `url` of a download, the bearer key,
429 with Retry-After, and addresses that hold for an hour. ASSUMED SHAPES, so marked where they are made: `page` and
`per_page` of the list, every other field of a data set, `id`, `md5` and `sha256` of a file, all answers of expression,
the words of errors and the schema. Everything it holds is simulated.

A test that changes switches begins with web.reset() or has a server of its own. An answer that no switch gives:
`web.route("/api/v1/datasets/STD0001/files", lambda call: Answer.json({}))`; other faults: `web.faults`,
`web.storage.faults` (see http_faults), such as Fault("stall", "/bucket/", seconds=None), which goes on at release().
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.doubles import stomics_web_expression as expression
from tests.doubles.http_double import Answer, Call, Fault, HttpDouble, Record, http_date
from tests.doubles.stomics_web_list import Wrong, listed, problem
from tests.doubles.stomics_web_openapi import ROOT, document
from tests.doubles.stomics_web_storage import Storage
from tests.doubles.stomics_web_switches import Switches
from tests.doubles.stomics_web_world import CERTAIN, UNPUBLISHED, Dataset, Stored, world

__all__ = ["KEY", "Fault", "StomicsWeb", "Switches"]
KEY, OTHER_KEY = "sk-simulated-0123456789-abcd", "sk-simulated-9876543210-wxyz"


class StomicsWeb(HttpDouble):
    """web.switches: see Switches. web.storage: the storage host. web.datasets: what it holds, by accession.

    large: bytes of the large file (id LARGE of the data set SECTION, see stomics_web_world).
    """

    def __init__(self, port: int = 0, large: int = 4_000_000, **switches: Any) -> None:
        super().__init__(port)
        self._given, self._counting = switches, threading.Lock()
        self.storage = Storage(Switches(), port + 1 if port else 0)
        self.datasets = world(large)
        self.reset()
        self.route("/", self._answered)

    def reset(self) -> None:
        """As it was at the start: switches, faults, requests, calls of each key."""
        self.switches = replace(Switches(), **self._given)
        self.storage.switches = self.switches
        self._calls: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        for server in (self, self.storage):
            server.faults.clear()
            server.forget()

    def __enter__(self) -> StomicsWeb:
        self.storage.__enter__()
        super().__enter__()
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        try:
            super().__exit__(kind, *rest)
        finally:
            self.storage.__exit__(kind, *rest)

    @property
    def sibling(self) -> str:
        """The same server by its other name, which stands for www."""
        return f"http://localhost:{self.port}"

    def environment(self, base: str = "") -> dict[str, str]:
        """The settings that make the app ask this server."""
        hosts = "127.0.0.1, localhost"
        return {"EXPRONAUT_STOMICS": base or self.url, "EXPRONAUT_STOMICS_KEY": KEY, "EXPRONAUT_STOMICS_HOSTS": hosts}

    def leaks(self) -> list[Record]:
        """Requests to storage that carry a key, or an Authorization header."""
        told = [(one, f"{one.headers} {one.path} {one.query} {one.body!r}") for one in self.storage.requests]
        return [one for one, text in told if KEY in text or OTHER_KEY in text or "Authorization" in one.headers]

    def files(self, accession: str) -> list[dict]:
        """The list of files as the API tells it."""
        return [self._file_told(one) for one in self.datasets[accession].files]

    def _answered(self, call: Call) -> Answer:
        if redirected := self._redirect(call):
            return redirected
        key = call.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if key not in (KEY, OTHER_KEY):
                raise Wrong(self.switches.denied, "Not authenticated")
            return self._limited(key) or self._routed(call)
        except Wrong as wrong:
            return problem(wrong, self.switches.error_form)

    def _redirect(self, call: Call) -> Answer | None:
        if self.switches.foreign:
            return Answer(self.switches.foreign, b"", {"Location": self.storage.url + call.target})
        if self.switches.sibling and call.headers.get("Host", "").startswith("localhost"):
            return Answer(self.switches.sibling, b"", {"Location": self.url + call.target})
        return None

    def _limited(self, key: str) -> Answer | None:
        with self._counting:
            limit, refusals = self.switches.limit, self.switches.refusals
            if limit is None or self._calls[key] < limit:
                self._calls[key] += 1
                return None
            self._refused[key] += 1
            if self._refused[key] == refusals:
                self._calls[key] = self._refused[key] = 0
        told = {"seconds": str(self.switches.wait), "date": http_date(self.switches.wait), "odd": "soon"}
        refused = problem(Wrong(429, "Rate limit exceeded"), self.switches.error_form)
        if self.switches.retry_after:
            refused.headers["Retry-After"] = told[self.switches.retry_after]
        return refused

    def _routed(self, call: Call) -> Answer:
        if call.path == f"{ROOT}/openapi.json":
            return self._schema()
        if call.path == f"{ROOT}/datasets":
            shown = [self._told(one) for one in self.datasets.values() if one.accession != UNPUBLISHED]
            return Answer.json(listed(call.query, shown, self.switches))
        root, _, rest = call.path.partition(f"{ROOT}/datasets/")
        match rest.split("/") if not root else ():
            case [accession] if accession:
                return Answer.json(self._told(self._dataset(accession)))
            case [accession, "files"]:
                self._dataset(accession)
                return Answer.json(self.files(accession))
            case [accession, "files", number, "download"]:
                return Answer.json({"url": self.storage.sign(accession, self._file(accession, number))})
            case [accession, "expression"]:
                return Answer.json(self._expression(self._dataset(accession), call))
        raise Wrong(404, "Not Found")

    def _schema(self) -> Answer:
        kind = self.switches.openapi
        if kind == "html":
            return Answer.html(200, "The single-page application.")
        if kind == "missing":
            raise Wrong(404, "Not Found")
        return Answer.json(document(kind))

    def _told(self, dataset: Dataset) -> dict:
        if not self.switches.certain:
            return dataset.fields
        return {name: dataset.fields[name] for name in CERTAIN}

    def _dataset(self, accession: str) -> Dataset:
        if accession not in self.datasets or accession == UNPUBLISHED:
            raise Wrong(404, "Dataset not found")
        return self.datasets[accession]

    def _file(self, accession: str, number: str) -> Stored:
        for one in self._dataset(accession).files:
            if str(one.id) == number:
                return replace(one, name=self._file_told(one)["filename"])
        raise Wrong(404, "File not found")

    def _file_told(self, file: Stored) -> dict:
        switches, number = self.switches, {self.switches.id_name: file.id} if self.switches.id_name else {}
        told = {"filename": file.name, "file_type": file.file_type, "size_bytes": file.size, **file.more}
        if file.id == 42:
            told |= {} if switches.filename is None else {"filename": switches.filename}
            told |= {} if switches.size is None else {"size_bytes": None if switches.size < 0 else switches.size}
            told |= {"md5": switches.digest} if switches.digest else {}
        return number | told

    def _expression(self, dataset: Dataset, call: Call) -> Any:
        if "gene" not in call.query:
            raise Wrong(422, [{"loc": ["query", "gene"], "msg": "Field required", "type": "missing"}])
        names, gene = dataset.truth.names, call.query["gene"]
        same: Callable[[str], str] = str.casefold if self.switches.any_case else str
        found = next((name for name in names if same(name) == same(gene)), "")
        if not found and self.switches.unknown_gene == "404":
            raise Wrong(404, "Gene not found")
        shape = self.switches.shape if found else "empty"
        return expression.answer(shape, dataset.truth, found or names[0], dataset.accession)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8950)
    parser.add_argument("--large", type=int, default=200, help="MB of the large file")
    parser.add_argument("--shape", default="columns", help="of expression")
    arguments = parser.parse_args()
    made = StomicsWeb(arguments.port, arguments.large * 1_000_000, shape=arguments.shape)
    with made as web, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write("".join(f"export {name}='{value}'\n" for name, value in web.environment().items()))
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
