"""Who computes the blocks: threads of this machine, or a dask cluster through its own futures executor.

Results come back in the order of the tasks, few are under way at once, and the numbers are the same bit for bit:
a task depends on nothing but its arguments. On a cluster every worker must see the file and the index folder
under the same paths.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from backend.errors import BadInput, Unavailable

T = TypeVar("T")
CONNECT_SECONDS = 20


@contextmanager
def threads(most: int) -> Iterator[tuple[Executor, int]]:
    """Threads of this machine, at most `most`; with how many tasks to keep under way."""
    workers = max(1, min(most, os.cpu_count() or 1))
    with ThreadPoolExecutor(workers, thread_name_prefix="index") as pool:
        yield pool, workers + 1  # the next one waits, so that nobody does


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a dask scheduler.

    Raises BadInput for another kind of address, Unavailable when none answers or the workers are lost on the way.
    """
    host, port = _checked(address)
    try:
        import distributed
        from distributed.comm.core import CommClosedError
    except ImportError as error:
        raise Unavailable("dask.distributed is not installed.", "Run `pip install distributed`.") from error
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            pass  # the client would go on trying where nobody listens
        client: Any = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError) as error:
        raise Unavailable(
            f"No dask scheduler answers at {address[:60]}.", "Start one, or leave --scheduler out."
        ) from error
    lost = (distributed.KilledWorker, CommClosedError, CancelledError)
    try:
        with client:
            running = sum(client.nthreads().values())
            if not running:
                raise Unavailable("The dask scheduler has no workers.", "Start workers, then try again.")
            with client.get_executor(pure=False) as pool:
                yield pool, 2 * running
    except lost as error:
        raise Unavailable(
            "The dask cluster lost a worker or its scheduler; what is finished is kept.", "Look at its logs, try again."
        ) from error


def _checked(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not address.startswith(("tcp://", "tls://")) or not host or not port:
        raise BadInput(f"{address[:60]} is not the address of a dask scheduler.", "Write tcp://HOST:8786.")
    return host, port


def in_order(pool: Executor, ahead: int, task: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Results of `task` for each tuple of arguments, in their order; on an error or a stop the rest is not begun."""
    waiting: deque[Future[T]] = deque()
    todo = iter(arguments)
    try:
        for one in todo:
            waiting.append(pool.submit(task, *one))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
