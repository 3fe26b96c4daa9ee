"""The faults of an HttpDouble: what a server, a proxy or a line does to an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.doubles.http_exchange import Answer, Call, Record

KINDS = (
    "slow",  # the answer comes after `seconds`
    "late",  # the same, but what was asked for is done at once
    "status",  # an error page with `status` and `headers`
    "cut",  # all of the length announced, half of the body sent, connection closed
    "stall",  # half of the body, then nothing for `seconds`, or until release()
    "drip",  # one byte every `seconds`
    "garbage",  # half of the body as if it were all
    "html",  # an error page with `status`, 200 unless told
    "empty",  # 200 and no body
    "redirect",  # to `target`, in which {path} stands for path and query asked for
    "gone",  # the connection is reset without an answer
    "huge",  # `size` bytes, their number told only if `announced`
)
USUAL = {"status": 500, "html": 200, "empty": 200, "redirect": 302, "gone": 200, "huge": 200}
_JSON = {"Content-Type": "application/json"}
_BLOCK = b" " * 65_536


@dataclass
class Fault:
    """One of KINDS, for paths that begin with `path`. times: how often, None for ever; status 0: the usual one."""

    kind: str
    path: str = ""
    times: int | None = None
    seconds: float | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    target: str = ""
    size: int = 50_000_000
    announced: bool = False
    method: str = ""
    taken: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}: {KINDS}")

    def take(self, method: str, path: str) -> bool:
        """Count this fault as used if it fits the request."""
        fits = path.startswith(self.path) and self.method in ("", method)
        if not fits or self.taken == self.times:
            return False
        self.taken += 1
        return True


def send_faulty(handler: Any, fault: Fault, call: Call, record: Record) -> None:
    """Answer in the way of the fault."""
    answer = _answer(handler, fault, call)
    record.status = 0 if fault.kind == "gone" else answer.status
    send = {"cut": _cut, "stall": _stall, "drip": _drip, "gone": _gone, "huge": _huge}.get(fault.kind, _whole)
    send(handler, fault, answer)


def _answer(handler: Any, fault: Fault, call: Call) -> Answer:
    made = _made(handler, fault, call)
    made.headers |= fault.headers
    if fault.kind == "redirect":
        made.headers["Location"] = fault.target.replace("{path}", call.target)
    return made


def _made(handler: Any, fault: Fault, call: Call) -> Answer:
    if fault.kind in USUAL:
        status = fault.status or USUAL[fault.kind]
        return Answer.html(status) if fault.kind in ("status", "html") else Answer(status, b"", dict(_JSON))
    if fault.kind == "slow":
        handler.server.double.pause(fault.seconds)
    wake = handler.server.double.until_release()
    made = handler.server.double.answer(call)
    if fault.kind == "late":
        handler.server.double.pause(fault.seconds, wake)
    if fault.kind == "garbage":
        made.body = made.body[: len(made.body) // 2] or b'{"'
    return made


def _whole(handler: Any, fault: Fault, answer: Answer) -> None:
    handler.send(answer)


def _half(handler: Any, answer: Answer) -> bytes:
    """Sends the head and half of the body; the rest."""
    middle = len(answer.body) // 2
    handler.head(answer, len(answer.body) if answer.told else None)
    handler.push(answer.body[:middle])
    return answer.body[middle:]


def _cut(handler: Any, fault: Fault, answer: Answer) -> None:
    _half(handler, answer)
    handler.close_connection = True


def _stall(handler: Any, fault: Fault, answer: Answer) -> None:
    wake = handler.server.double.until_release()
    rest = _half(handler, answer)
    handler.server.double.pause(fault.seconds, wake)
    handler.push(rest)


def _drip(handler: Any, fault: Fault, answer: Answer) -> None:
    handler.head(answer, len(answer.body))
    for place in range(len(answer.body)):
        handler.push(answer.body[place : place + 1])
        handler.server.double.pause(0.05 if fault.seconds is None else fault.seconds)


def _gone(handler: Any, fault: Fault, answer: Answer) -> None:
    handler.close_connection = True


def _huge(handler: Any, fault: Fault, answer: Answer) -> None:
    handler.head(answer, fault.size if fault.announced else None)
    for start in range(0, fault.size, len(_BLOCK)):
        handler.push(_BLOCK[: fault.size - start])
    handler.close_connection = True
