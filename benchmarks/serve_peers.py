"""The two other sides of benchmarks/serve.py, each a process of its own.

    python benchmarks/serve_peers.py bare FILE                       a Starlette server that has all answers ready
    python benchmarks/serve_peers.py clients FILE URL MANY SECONDS   clients that ask for them, each in its own order

FILE: JSON, path with query -> answer. Either prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from measure import p95
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def bare(answers: dict[str, bytes]) -> None:
    """One route, which does nothing but find the bytes."""

    async def found(request: Request) -> Response:
        asked = request.scope["raw_path"].decode()
        query = request.scope["query_string"].decode()
        return Response(answers[f"{asked}?{query}" if query else asked], media_type="application/json")

    app = Starlette(routes=[Route("/{rest:path}", found)])
    config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False, ws="none")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # as backend/serve/running.py
    with listener:
        listener.bind(("127.0.0.1", 0))
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        uvicorn.Server(config).run([listener])


async def client(
    number: int, address: tuple[str, int], answers: dict[str, bytes], until: float, took: list[float]
) -> int:
    """One connection that asks again and again; the number of wrong answers."""
    paths, wrong = list(answers), 0
    random.Random(number).shuffle(paths)
    reader, writer = await asyncio.open_connection(*address)
    while time.perf_counter() < until:
        for path in paths:
            begun = time.perf_counter()
            if begun >= until:
                break
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            wrong += not head.startswith(b"HTTP/1.1 200") or body != answers[path]
    writer.close()
    await writer.wait_closed()
    return wrong


async def clients(answers: dict[str, bytes], url: str, many: int, seconds: float) -> dict[str, float]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    took: list[float] = []
    begun = time.perf_counter()
    every = [client(i, (parts.hostname, parts.port), answers, begun + seconds, took) for i in range(many)]
    found = await asyncio.gather(*every, return_exceptions=True)
    failed = sum(one if isinstance(one, int) else 1 for one in found)
    elapsed = time.perf_counter() - begun
    return {"n": len(took), "wrong": failed, "per second": len(took) / elapsed, "p95": p95(took), "most": max(took)}


def main() -> None:
    what, file, *more = sys.argv[1:]
    answers = {path: text.encode() for path, text in json.loads(Path(file).read_text()).items()}
    if what == "bare":
        bare(answers)
    else:
        url, many, seconds = more
        print(json.dumps(asyncio.run(clients(answers, url, int(many), float(seconds)))), flush=True)


if __name__ == "__main__":
    main()
