"""When the answers of a server were given, of which one thing that is shown was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Heard:
    """When an answer was given. kept: it comes from the disk. why: it is stale, because of this."""

    at: datetime
    kept: bool
    why: str = ""
