"""What the servers of the RNAget double have in common: who may ask, what a ticket looks like, which part is meant."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

from tests.doubles.http_exchange import Answer, Call
from tests.doubles.rnaget_switches import Switches
from tests.doubles.rnaget_world import World, world

NOT_HERE = "404 Not Found: There is nothing here"


class Profile:
    """One server under its prefix. base: its address; storage: base of its twin on another port."""

    prefix = ""
    free = ("/service-info",)
    accepts_any_token = False

    def __init__(self, switches: Switches) -> None:
        self.switches = switches
        self.base = self.storage = ""

    def __call__(self, call: Call) -> Answer:
        """As the server itself."""
        path = call.path.removeprefix(self.prefix)
        if not self._may(path, call):
            return self.unauthorised()
        return self.answer(path, call)

    def stored(self, call: Call) -> Answer:
        """As the host of the files, which knows no tokens."""
        return self.answer(call.path.removeprefix(self.prefix), call)

    def answer(self, path: str, call: Call) -> Answer:
        raise NotImplementedError

    def unauthorised(self) -> Answer:
        return Answer.json({"message": "No valid token"}, 401)

    def missing(self, call: Call) -> Answer:
        told = f" for {call.headers.get('Authorization', '')}" if self.switches.tell_token else ""
        return Answer.json({"message": NOT_HERE + told}, 404)

    def part(self, query: dict[str, str]) -> World:
        """What is sent for a query."""
        found = world() if self.switches.unasked else world().asked(query, self.switches.whole)
        if self.switches.drop:
            keep = [row for row, name in enumerate(found.names) if name != self.switches.drop]
            found = found.cut(keep, list(range(len(found.samples))))
        return found

    def ticket(self, call: Call, path: str, query: dict[str, str], **members: Any) -> dict[str, Any]:
        """With url, and the token in headers where that is switched on."""
        place = self.storage if self.switches.elsewhere else self.base
        asked = f"?{urlencode(query)}" if query else ""
        found = {"url": f"{place}{path}{asked}", **members}
        if self.switches.echo_token:
            found["headers"] = {"Authorization": call.headers.get("Authorization", "")}
        return found

    def md5(self, body: bytes) -> str:
        return "0" * 32 if self.switches.wrong_md5 else hashlib.md5(body).hexdigest()

    def _may(self, path: str, call: Call) -> bool:
        given = call.headers.get("Authorization", "")
        if self.accepts_any_token:
            return path in self.free or bool(given)
        return not self.switches.token or path in self.free or given == f"Bearer {self.switches.token}"
