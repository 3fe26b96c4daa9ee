"""What was measured, beside what was aimed at, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from measure import p95

HEAD = ("question", "Expronaut", "p95", "peer", "peer takes", "ratio", "aim")


@dataclass(frozen=True)
class Result:
    """One line. ours, theirs: seconds of each repeat. aim: "≥ 6 x faster" or "≤ 0.9 of the time", as (sign, number)."""

    question: str
    ours: list[float]
    peer: str = ""
    theirs: list[float] = field(default_factory=list)
    aim: tuple[str, float] | None = None

    @property
    def ratio(self) -> float:
        """Peer by ours for ≥, ours by peer for ≤."""
        ratio = median(self.theirs) / median(self.ours)
        return 1 / ratio if self.aim and self.aim[0] == "≤" else ratio

    def cells(self) -> tuple[str, ...]:
        """For the table."""
        ours = (self.question, span(median(self.ours)), span(p95(self.ours)))
        if not self.theirs:
            return (*ours, "", "", "", "")
        return (*ours, self.peer, span(median(self.theirs)), f"{self.ratio:,.3g}", told(self.aim, self.ratio))


def told(aim: tuple[str, float] | None, value: float) -> str:
    """An aim and whether the value reaches it."""
    if aim is None:
        return ""
    sign, number = aim
    return f"{sign} {number:g} {'met' if (value >= number if sign == '≥' else value <= number) else 'MISSED'}"


def span(seconds: float) -> str:
    """A time with three digits."""
    for unit, length in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= length:
            return f"{seconds / length:,.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Lines of Markdown with columns of even width."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
