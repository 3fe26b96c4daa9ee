"""What an installation may change: environment first, then Streamlit secrets, then the default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from backend.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """One frozen set of settings.

    bundled: folder of the data that ships with the app.
    public_url: address to put into links, for a server that others reach under another name
        than the browser shows; empty means the address in the browser.
    """

    bundled: Path = ROOT / "data"
    public_url: str = ""


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from a mapping of environment variables. Raises BadInput for a bad URL."""
    public_url = environment.get("EXPRONAUT_PUBLIC_URL", "").rstrip("/")
    if public_url and urlsplit(public_url).scheme not in ("http", "https"):
        raise BadInput(
            "EXPRONAUT_PUBLIC_URL is not a web address.",
            "Give an address that starts with http:// or https://, or leave it out.",
        )
    return Settings(public_url=public_url)


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return read(os.environ)
