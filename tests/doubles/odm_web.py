"""A loopback ODM server: both dialects of its paths, what it holds in memory, and its recorded oddities.

Everything it holds is invented or stands in the vendor's examples. For manual trials:

    python -m tests.doubles.odm_web --port 8900

A test that changes what the server holds, or its switches, begins with web.reset() or has a server of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from dataclasses import replace
from typing import Any

from tests.doubles.http_double import Answer, Call, Fault, HttpDouble
from tests.doubles.odm_web_atlas import atlas
from tests.doubles.odm_web_bundle import BUNDLE
from tests.doubles.odm_web_doors import BEARERS, CURATOR, ODM_TOKENS, RESEARCHER, check_role, error, user_of
from tests.doubles.odm_web_facets import Facets
from tests.doubles.odm_web_groups import Groups
from tests.doubles.odm_web_jobs import Jobs
from tests.doubles.odm_web_linked import Linked
from tests.doubles.odm_web_links import Links
from tests.doubles.odm_web_lists import Lists
from tests.doubles.odm_web_omics import Omics
from tests.doubles.odm_web_paths import LEGACY, MODERN, Routes, Wrong, modern_path
from tests.doubles.odm_web_seed import genomes
from tests.doubles.odm_web_stream import Stream
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_tasks import Tasks
from tests.doubles.odm_web_truth import Truth
from tests.doubles.odm_web_validation import Validation
from tests.doubles.odm_web_world import World

__all__ = ["BUNDLE", "Fault", "OdmWeb", "Switches"]
FILES = "/files/"


class OdmWeb(HttpDouble):
    """web.switches: see Switches. web.faults: see http_faults (`Fault("html", path, status=504)` is a gateway's page).

    web.genomes, web.atlas: accessions of what it holds from the start. web.truth: its numbers, to compare with.
    """

    def __init__(self, port: int = 0, **switches: Any) -> None:
        super().__init__(port)
        self._given = switches
        self._working = threading.RLock()
        self.hosted: dict[str, bytes] = {}
        self.reset()
        self.route(MODERN, self._served)
        self.route(LEGACY, self._served)
        self.route(FILES, self._file)

    def reset(self) -> None:
        """As it was at the start: what it holds, its switches, its faults, its requests."""
        with self._working:
            self.switches = replace(Switches(), **self._given)
            self.world = World()
            self.genomes, self.atlas = genomes(self.world), atlas(self.world)
            self.truth = Truth(self.world)
            self.hosted = dict(BUNDLE)
            self.faults.clear()
            self.forget()
            self._routes_made()

    def _routes_made(self) -> None:
        self.api = Routes()
        parts = (self.world, self.switches, self.api)
        self.jobs = Jobs(*parts)
        Groups(*parts)  # before Lists, whose single objects would take its paths
        self.lists = Lists(*parts)
        Links(*parts)
        Linked(*parts)
        Stream(Omics(*parts), self.api)
        Facets(*parts)
        Validation(*parts)
        Tasks(*parts)

    def token(self, role: str = "user", bearer: bool = False) -> str:
        """role: user or curator. bearer: of the identity provider."""
        wanted = CURATOR if role == "curator" else RESEARCHER
        return next(token for token, user in (BEARERS if bearer else ODM_TOKENS).items() if user is wanted)

    def headers(self, role: str = "user") -> dict[str, str]:
        return {"Genestack-API-Token": self.token(role)}

    def environment(self, role: str = "user", dialect: str = "modern", bearer: bool = False) -> dict[str, str]:
        """The settings that make the app ask this server."""
        return {
            "EXPRONAUT_ODM": self.url,
            "EXPRONAUT_ODM_DIALECT": dialect,
            "EXPRONAUT_ODM_ROLE": role,
            "EXPRONAUT_ODM_TOKEN": "" if bearer else self.token(role),
            "EXPRONAUT_ODM_BEARER": self.token(role, bearer=True) if bearer else "",
        }

    def link(self, name: str, data: bytes | None = None) -> str:
        """Where a file of the bundle, or one that is given now, can be fetched for an import by link."""
        if data is not None:
            self.hosted[name] = data
        return f"{self.url}{FILES}{name}"

    def _served(self, call: Call) -> Answer:
        path = modern_path(call.path, self.switches.dialects)
        if not path:
            return Answer.html(404)
        with self._working:
            try:
                user = user_of(call)
                check_role(user, call.method, path)
                return self.api.answer(call, path, user)
            except Wrong as fault:
                return error(fault, self.switches.error_form)

    def _file(self, call: Call) -> Answer:
        data = self.hosted.get(call.path.removeprefix(FILES))
        return Answer.html(404) if data is None else Answer(200, data, {"Content-Type": "application/octet-stream"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--role", choices=("user", "curator"), default="user")
    parser.add_argument("--dialect", choices=("modern", "legacy"), default="modern")
    arguments = parser.parse_args()
    with OdmWeb(arguments.port) as web, contextlib.suppress(KeyboardInterrupt):
        told = web.environment(arguments.role, arguments.dialect)
        sys.stdout.write("".join(f"export {name}='{value}'\n" for name, value in told.items() if value))
        sys.stdout.write(f"# files for imports by link: {', '.join(web.link(name) for name in BUNDLE)}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
