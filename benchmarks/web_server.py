"""The services of ARCHS4 as the tests have them, in a process of its own, and one table at /table.

Prints a line of JSON with its addresses, then answers each line of JSON on stdin with one on stdout:

{"slow": seconds}    every answer takes so long from now on; the record of requests begins anew
{"report": true}     when each request since then arrived and was done, in seconds, and how many were not the first
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.doubles.archs4_web import Answer, Archs4Web, Fault

ROWS = 130  # about 6 kB, as a tissue profile of the legacy service


def made() -> str:
    """A table of about the size and form of a tissue profile."""
    draw = random.Random(1)
    lines = [f"System.Some.Organ{i},{','.join(f'{draw.random() * 9:.6f}' for _ in range(4))}" for i in range(ROWS)]
    return "\n".join(("id,q1,median,q3,max", *lines))


def answer(web: Archs4Web, asked: dict[str, float]) -> dict[str, object]:
    if "slow" in asked:
        web.faults[:] = [Fault("slow", seconds=asked["slow"])] if asked["slow"] else []
        web.forget()
        return {}
    questions = [(record.method, record.path, str(record.query), record.body) for record in web.requests]
    arrived, done = ([getattr(record, name) for record in web.requests] for name in ("arrived", "done"))
    return {"arrived": arrived, "done": done, "repeated": len(questions) - len(set(questions))}


def main() -> None:
    with Archs4Web() as web:
        table = Answer.text(made(), "text/csv")
        web.route("/table", lambda _call: Answer(200, table.body, dict(table.headers)))
        print(json.dumps({"url": web.url, "environment": web.environment(), "genes": web.genes()}), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(web, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
