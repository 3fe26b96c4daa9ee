"""The HTTP API on loopback, over the bundled atlas and whatever files a folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from starlette.applications import Starlette

from backend import settings
from backend import sources as registry
from backend.serve import app
from backend.settings import Serve, Settings
from tests.serving import running

V1 = "/archs4/api/v1"


@dataclass(frozen=True)
class Api:
    """A running server."""

    url: str

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:
        return requests.request(method, f"{self.url}{path}", timeout=30, **more)

    def record(self, path: str, **parameters: Any) -> dict[str, Any]:
        """A good answer; JSON has no NaN."""
        reply = self.ask(path, params=parameters)
        assert reply.status_code == 200, reply.text
        return json.loads(reply.content, parse_constant=_no_constant)

    def error(self, path: str, status: int, member: str = "error", **more: Any) -> str:
        """The sentence of a failure."""
        reply = self.ask(path, **more)
        assert reply.status_code == status, reply.text
        assert reply.headers["Content-Type"].startswith("application/")
        said = reply.json()
        assert list(said) == [member]
        assert "Traceback" not in said[member]
        return said[member]


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} in JSON")


@contextmanager
def serving(folder: Path, beside: bool = False, public_url: str = "", **serve: Any) -> Iterator[Api]:
    """Without a rate limit unless given. folder: of local files. beside: as the dashboard mounts it."""
    given = Serve(**{"rate": 0.0, "source": "hpa", **serve})
    chosen = Settings(
        data=(folder,), home=folder, cache=folder / "cache", demo=False, serve=given, public_url=public_url
    )
    with settings.use(chosen):
        registry.files(now=True)
        with running(Starlette(routes=app.routes()) if beside else app.asgi()) as url:
            yield Api(url)
