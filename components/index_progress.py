"""How far the making of an index is, in words and as a share. Pure."""

from __future__ import annotations

from backend.model import IndexProgress

# The parts in order, each with its rough share of the demo cohort's making.
PARTS = {
    "Simulating": 0.35,
    "Samples": 0.03,
    "Places of the counts": 0.02,
    "Counts": 0.25,
    "Statistics": 0.15,
    "Partners": 0.2,
}


def is_under_way(progress: IndexProgress | None) -> bool:
    """Whether something runs or waits for its turn."""
    return progress is not None and progress.state in ("waiting", "running")


def share(progress: IndexProgress) -> float:
    """Of the part under way, 0 to 1."""
    return min(1.0, max(0.0, progress.done / progress.of)) if progress.of else 0.0


def whole(progress: IndexProgress) -> float:
    """Of the whole making of the demo cohort, roughly, 0 to 1; grows from part to part."""
    if progress.state == "done":
        return 1.0
    parts = list(PARTS)
    if progress.part not in PARTS:
        return 0.0
    before = sum(PARTS[part] for part in parts[: parts.index(progress.part)])
    return before + PARTS[progress.part] * share(progress)


def words(progress: IndexProgress) -> str:
    """ "Counts: 12,288 of 50,000 samples, 2,900 samples/s, 13 s left" """
    if progress.state == "waiting":
        return "Waiting for its turn"
    if not progress.of:
        return progress.part or "Starting"
    pieces = [f"{progress.part}: {progress.done:,} of {progress.of:,} {progress.unit}"]
    if progress.speed:
        pieces.append(f"{progress.speed:,.0f} {progress.unit}/s")
    if progress.left is not None and progress.done < progress.of:
        pieces.append(f"{duration(progress.left)} left")
    return ", ".join(pieces)


def duration(seconds: float) -> str:
    """ "40 s", "12 min", "1 h 50 min"; rounded, for what is only roughly known."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """Bytes with a sensible unit: "24 MB", "3.1 GB"."""
    for unit in ("kB", "MB"):
        count /= 1_000
        if count < 999.5:
            return f"{max(1, count):,.0f} {unit}"
    return f"{count / 1_000:,.1f} GB"
