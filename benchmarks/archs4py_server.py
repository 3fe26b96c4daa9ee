"""Runs in the environment of archs4py: does what a line of JSON on stdin asks and answers with one on stdout.

{"file": ..., "meta": word}                        accessions whose texts hold the word
{"file": ..., "samples": [...], "genes": [...]}    counts, genes x samples; without genes a digest of all
"""

import hashlib
import json
import os
import resource
import sys
import time

import archs4py

FIELDS = ["characteristics_ch1", "source_name_ch1", "title"]


def answer(asked: dict) -> object:
    if "meta" in asked:
        return sorted(archs4py.meta.meta(asked["file"], asked["meta"], meta_fields=FIELDS).index)
    genes = asked.get("genes", [])
    table = archs4py.data.index(asked["file"], asked["samples"], genes, silent=True)
    return table.to_numpy().tolist() if genes else hashlib.sha256(table.to_numpy("<u4").tobytes()).hexdigest()


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what archs4py prints
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        found = answer(asked)
        took = time.perf_counter() - start
        usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        print(json.dumps({"seconds": took, "answer": found, "peak": max(usage) * 1024}), file=out, flush=True)


if __name__ == "__main__":
    main()
