"""sigpy's tasks: counts of chosen samples, packed in the background."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from tests.doubles.archs4_web_corpus import Corpus
from tests.doubles.archs4_web_switches import Switches
from tests.doubles.http_exchange import Answer

PACKED = 5_000  # samples a task packs at most
_STEPS = ({"status": "PENDING"}, {"status": "PROCESSING", "progress": 40}, {"status": "PROCESSING", "progress": 80})


@dataclass
class _Task:
    data: Corpus
    samples: list[int]
    asked: int = 0  # how often for its state


class Tasks:
    def __init__(self, seed: int, switches: Switches) -> None:
        self.seed = seed
        self.switches = switches
        self._tasks: dict[str, _Task] = {}

    def begin(self, data: Corpus, wanted: list[str]) -> str:
        """The id of a new task for the samples of wanted that exist."""
        name = f"{self.seed:08x}-{len(self._tasks):04x}"
        samples = [data.position[gsm] for gsm in dict.fromkeys(wanted[:PACKED]) if gsm in data.position]
        self._tasks[name] = _Task(data, samples)
        return name

    def status(self, name: str) -> Answer:
        """An id never given is PENDING for ever, as with the task queues such services stand on."""
        task = self._tasks.get(name)
        if task is None:
            return Answer.json(_STEPS[0])
        task.asked += 1
        return Answer.json({"status": "FAILURE"} if self.switches.failing_task else self._state(task.asked))

    def download(self, name: str) -> Answer:
        task = self._tasks.get(name)
        done = task and self._state(task.asked)["status"] == "SUCCESS" and not self.switches.failing_task
        if not done or task is None:
            return Answer.html(404)
        return Answer(200, self._archive(name, _table(task)), {"Content-Type": "application/zip"})

    def _state(self, asked: int) -> dict[str, object]:
        if self.switches.endless_task:
            return dict(_STEPS[min(asked - 1, 1)])
        slow = self.switches.slow_task and asked <= len(_STEPS)
        return dict(_STEPS[max(asked, 1) - 1]) if slow else {"status": "SUCCESS"}

    def _archive(self, name: str, table: str) -> bytes:
        how = self.switches.archive
        members = {
            "one": [f"{name}.tsv"],
            "two": [f"{name}.tsv", "readme.txt"],
            "parent": [f"../../{name}.tsv"],
            "absolute": [f"/{name}.tsv"],
            "broken": [f"{name}.tsv"],
            "empty": [],
        }[how]
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(zipfile.ZipInfo(member), table, zipfile.ZIP_DEFLATED)
        content = made.getvalue()
        return content[: len(content) // 2] if how == "broken" else content


def _table(task: _Task) -> str:
    """Genes x samples, tab-separated, the first column without a name."""
    head = "\t".join(["", *(task.data.gsm[i] for i in task.samples)])
    counts = task.data.counts[:, task.samples].tolist()
    rows = ("\t".join([symbol, *map(str, row)]) for symbol, row in zip(task.data.symbols, counts, strict=True))
    return "\n".join([head, *rows]) + "\n"
