"""Equal questions at the same time: the first that asks brings the reply for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backend.errors import ExpronautError, Stopped
from backend.web.patience import pause
from backend.web.question import Reply

_LOOK = 0.2  # seconds between two looks at whether the user stops


@dataclass
class Flight:
    """A question that is being asked. reply, error: at most one of them is there when it has landed."""

    landed: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None
    error: ExpronautError | None = None

    def bring(self, reply: Reply) -> Reply:
        """Give the reply to all who wait."""
        self.reply = reply
        self.landed.set()
        return reply

    def awaited(self) -> Reply | None:
        """The reply, when it is there; None when whoever asked was stopped or broke down. Raises what went wrong."""
        while not self.landed.wait(_LOOK):
            pause(0)  # whoever waits may be stopped
        if self.reply is None and self.error is not None and not isinstance(self.error, Stopped):
            raise self.error.alone() from self.error
        return self.reply


class Flights:
    """What is being asked, by the key of the question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Flight] = {}

    def board(self, key: str) -> tuple[Flight, bool]:
        """The flight of a question, and whether it is ours, to be `flown`."""
        with self._lock:
            found = self._under_way.get(key)
            if found is not None:
                return found, False
            flight = self._under_way[key] = Flight()
            return flight, True

    @contextmanager
    def flown(self, key: str, flight: Flight) -> Iterator[None]:
        """Inside, the question is asked and its answer kept; whatever happens, nobody waits for it afterwards."""
        try:
            yield
        except ExpronautError as error:
            if flight.reply is None:
                flight.error = error
            raise
        finally:
            with self._lock:
                del self._under_way[key]
            flight.landed.set()
