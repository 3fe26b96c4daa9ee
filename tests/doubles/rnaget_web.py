"""RNAget servers on one loopback port, each under its prefix, and the host of their files on another port.

Everything is invented; the oddities are those seen in recorded answers of real servers. For manual trials:

    python -m tests.doubles.rnaget_web --port 8800
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading

from tests.doubles.http_double import Fault, HttpDouble
from tests.doubles.rnaget_candig import Candig093, Candig095
from tests.doubles.rnaget_encode import Encode
from tests.doubles.rnaget_profile import Profile
from tests.doubles.rnaget_seed import Seed010
from tests.doubles.rnaget_standard import Caltech, Crg, Gtex, Spec12
from tests.doubles.rnaget_switches import Switches

__all__ = ["Fault", "RnagetWeb", "Switches"]
PROFILES: tuple[type[Profile], ...] = (Spec12, Gtex, Encode, Candig095, Candig093, Crg, Caltech, Seed010)


class RnagetWeb(HttpDouble):
    """web.switches: see Switches. web.faults: see http_faults. web.files: the host of files, with faults of its own."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.switches = Switches()
        self.files = HttpDouble(port + 1 if port else 0)
        self.profiles = {kind.prefix.strip("/"): kind(self.switches) for kind in PROFILES}
        for profile in self.profiles.values():
            self.route(profile.prefix + "/", profile)
            self.files.route(profile.prefix + "/", profile.stored)

    def __enter__(self) -> RnagetWeb:
        self.files.__enter__()
        super().__enter__()
        for profile in self.profiles.values():
            profile.base, profile.storage = self.url + profile.prefix, self.files.url + profile.prefix
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        try:
            super().__exit__(kind, *rest)
        finally:
            self.files.__exit__(kind, *rest)

    def environment(self) -> dict[str, str]:
        """The settings that make the app ask these servers; one of them wants a key, whichever."""
        servers = ", ".join(f"{name}={profile.base}" for name, profile in self.profiles.items())
        return {"EXPRONAUT_RNAGET": servers, "EXPRONAUT_RNAGET_TOKENS": "candig093=any"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8800)
    arguments = parser.parse_args()
    with RnagetWeb(arguments.port) as web, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write("".join(f"export {name}='{value}'\n" for name, value in web.environment().items()))
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
