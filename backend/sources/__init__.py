"""The registry of sources: name -> "module:Class", imported on first use, in alphabetical order.

To add a source, write its module beside this file and add one line here (CONTRIBUTING.md).
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from backend.errors import NotFound
from backend.sources.base import Source

REGISTRY: dict[str, str] = {
    "hpa": "backend.sources.hpa:HumanProteinAtlas",
}
DEFAULT = "hpa"


@lru_cache(maxsize=32)
def get(name: str) -> Source:
    """The source of this name, made once. Raises NotFound for an unknown name."""
    if name not in REGISTRY:
        known = tuple(REGISTRY)
        raise NotFound(f"There is no source called “{name[:40]}”.", f"Known: {', '.join(known)}.", known)
    module, _, class_name = REGISTRY[name].partition(":")
    source: Source = getattr(import_module(module), class_name)()
    return source
