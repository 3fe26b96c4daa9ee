"""Timing, a cold page cache, memory and disk reads of one process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def seconds(run: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def p95(values: list[float]) -> float:
    """The 95th percentile, the slowest of fewer than twenty."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def files(path: Path) -> list[Path]:
    """A file, or all files of a folder."""
    return [found for found in path.rglob("*") if found.is_file()] if path.is_dir() else [path]


def size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return sum(found.stat().st_size for found in files(path))


def evict(*paths: Path) -> None:
    """Take these files, and no others, out of the page cache."""
    for path in paths:
        for found in files(path):
            descriptor = os.open(found, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # what is not written yet cannot be evicted
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def disk_bytes() -> int:
    """Bytes this process made the disk read so far; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("read_bytes"))


def peak_bytes() -> int:
    """The most memory this process had so far, mapped files included."""
    return _status("VmHWM")


def _status(name: str) -> int:
    """Bytes of a line of this process's status. Its resource usage would begin with that of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


@contextmanager
def anonymous_peak() -> Iterator[list[int]]:
    """A list whose only item grows to the most memory in use without mapped files, looked at every 20 ms."""
    most, ended = [_status("RssAnon")], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            most[0] = max(most[0], _status("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()
