"""Bytes from the host into the pieces that are here (RFC 9110, 14: range requests).

A request asks for what is missing, on condition that the file is still the same. What comes back is one of
    206   the rest
    200   all of it: the file changed, or the host cannot resume
    416   nothing: all of it is here, or the file changed
    403   nothing: a signed address is too old, and a new one is asked for
A line that breaks is tried again by itself, each time from where it broke.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import RawIOBase

from backend import settings, web
from backend.downloading.checking import Doubtful, Pace
from backend.downloading.partial import Origin, Partial, check_room, gigabytes
from backend.downloading.wanted import Fixed, Wanted
from backend.errors import (
    BadAnswer,
    ExpronautError,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from backend.jobs import Tell
from backend.web import Streamed
from backend.web.patience import backoff, retry_after

WORTH = 1_000_000  # bytes; a try that brought as many counts as none in vain
MOST_UNTOLD = 20 * 10**9  # bytes of a file whose size nobody told
STALL = 30.0  # seconds without a byte
FULL = (errno.ENOSPC, errno.EDQUOT)
AGAIN, DOWNLOADING = "Trying again", "Downloading"
GOES_ON = "The same download goes on where it stopped."
_BY_BROWSER = "Get it with a browser, which unpacks it, and add the file here."
_ASK = "Look on its website whether you may have this file, then try again."
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_WHOLE = re.compile(r"bytes \*/(\d{1,18})", re.ASCII)


@dataclass
class Transfer:
    """One file on its way. say: sentences on what happens; keep: take it though its size is not as published."""

    wanted: Wanted
    partial: Partial
    tell: Tell
    say: Callable[[str], None]
    keep: bool = False
    _overs: int = 0

    def run(self) -> None:
        """Until the file is whole. Raises Unavailable, RateLimited, Refused, NotFound, BadAnswer, TooLarge."""
        self._check_begun()
        patience, vain = settings.current().patience, 0
        while not self._is_whole():
            before = self.partial.here()
            try:
                self._once()
            except OSError as error:
                raise self._unwritten(error) from error
            except Unavailable as error:
                gained = self.partial.here() - before
                vain = 0 if gained >= WORTH else vain + 1
                wait = _wait(error, vain, patience)
                if settings.current().offline or vain >= 2 * patience.attempts or wait > patience.longest_wait:
                    raise self._given_up(error) from error
                self.say(f"{error.message} {AGAIN}; {gigabytes(self.partial.here())} are here.")
                web.pause(wait)

    def _is_whole(self) -> bool:
        origin = self.partial.origin()
        return origin is not None and origin.size is not None and self.partial.here() == origin.size

    def _check_begun(self) -> None:
        """Start over when the pieces are not of the file that is wanted."""
        origin, here = self.partial.origin(), self.partial.here()
        if not here:
            return
        if origin is None:
            self._over("It is not known which file the pieces here are of")
        elif origin.of and origin.of != self.wanted.of:
            self._over("The pieces here are of another file")
        elif not self.keep and None not in (origin.size, self.wanted.size) and origin.size != self.wanted.size:
            self._over("The published file changed since this download began")
        elif self._is_whole():
            self.say("All of it is here already.")
        else:
            self.say(f"{gigabytes(here)} are here already; the download goes on there.")

    def _over(self, why: str) -> None:
        """Throw away what is here. Raises Unavailable when that was of no use before."""
        if self._overs == settings.current().patience.attempts:
            raise Unavailable(f"{why}, again and again.", "Try again later.")
        self._overs += 1
        self.say(f"{why}: the download starts over.")
        self.partial.drop()

    def _once(self) -> None:
        """One request, and as much of its body as comes."""
        here, origin = self.partial.here(), self.partial.origin()
        headers = {"Accept-Encoding": "identity"}
        if here and origin is not None and origin.validator:
            headers |= {"Range": f"bytes={here}-", "If-Range": origin.validator}
        elif here:
            headers |= {"Range": f"bytes={here}-"}
        asked = web.question(self.wanted.address.now(), headers=headers, lifetime=0.0)  # without any key
        with web.stream(asked, min(STALL, settings.current().patience.read)) as streamed:
            if streamed.status == 403 and self.wanted.address.refused():
                self.say(f"{streamed.host} takes the address no more: a new one is asked for.")
                return
            self.wanted.address.taken()
            if streamed.status == 206 and here and origin is not None:
                self._rest(streamed, origin, here)
            elif streamed.status == 200:
                self._all(streamed, origin if here else None)
            elif streamed.status == 416 and here and origin is not None:
                self._none(streamed, origin, here)
            else:
                raise _refusal(self.wanted, streamed)

    def _rest(self, streamed: Streamed, before: Origin, here: int) -> None:
        """Add what comes, if it is what was asked for, of the same file."""
        fits = _RANGE.fullmatch(streamed.headers.get("Content-Range", "").strip())
        now = self._origin(streamed, int(fits[3]) if fits and fits[3] != "*" else before.size)
        if not _is_same(before, now):
            self._over("The file changed at the host")
        elif fits is None or int(fits[1]) != here or (before.size is not None and int(fits[2]) >= before.size):
            self._over(f"{streamed.host} cannot resume: it sent another piece than was asked for")
        else:
            told = replace(before, size=now.size)  # the first answer may have told no size
            if told != before:
                self.partial.note(told)
            self._take(streamed, told, here)

    def _all(self, streamed: Streamed, before: Origin | None) -> None:
        """Take the file from its beginning."""
        now = self._origin(streamed, _length(streamed))
        self._check_form(streamed)
        if before is not None:
            same = _is_same(before, now)
            self._over(f"{streamed.host} cannot resume" if same else "The file changed at the host")
        if not self.keep and None not in (now.size, self.wanted.size) and now.size != self.wanted.size:
            raise Doubtful(
                f"{streamed.host} sends {now.size:,} bytes for {self.wanted.name}, and {self.wanted.size:,} are "
                "published.",
                "The list may be old: try again later, or take it as it is (--keep-unverified, or the button).",
            )
        if now.size is not None:
            check_room(self.partial.target.parent, now.size, 0)
        self.partial.note(now)
        self._take(streamed, now, 0)

    def _none(self, streamed: Streamed, before: Origin, here: int) -> None:
        """The host says that nothing is missing, or that the file is shorter now."""
        fits = _WHOLE.fullmatch(streamed.headers.get("Content-Range", "").strip())
        if fits and int(fits[1]) == here and _is_same(before, self._origin(streamed, here)):
            self.partial.note(replace(before, size=here))
        else:
            self._over("The file changed at the host")

    def _take(self, streamed: Streamed, origin: Origin, here: int) -> None:
        """Write the body behind what is here. What arrived stays, however this ends."""
        most = origin.size or (None if self.keep else self.wanted.size) or MOST_UNTOLD
        pace = Pace(DOWNLOADING, origin.size or self.wanted.size or 0, self.tell, here)
        with self.partial.open(anew=not here) as file:
            for piece in streamed.pieces():
                if here + len(piece) > most:
                    raise BadAnswer(
                        f"{streamed.host} sends more than the {most:,} bytes that {self.wanted.name} can have.",
                        "Try again later; if it stays so, start over (--start-over).",
                    )
                _write(file, piece)
                here += len(piece)
                pace.at(here)
        if origin.size is None:  # the host told no length, and ended it properly
            self.partial.note(replace(origin, size=here))
        elif here < origin.size:
            raise Unavailable(f"The answer of {streamed.host} was cut off.", GOES_ON)

    def _unwritten(self, error: OSError) -> ExpronautError:
        here, folder = gigabytes(self.partial.here()), self.partial.target.parent
        if error.errno in FULL:
            return TooLarge(f"The disk is full; {here} of the file are here.", f"Free some space. {GOES_ON}")
        if error.errno == errno.EFBIG:
            return TooLarge(f"The disk takes no file larger than {here}.", "Choose a folder on another disk with --to.")
        return NotConfigured(
            f"{folder.name} cannot be written: {error.strerror}.", "Check the disk and its permissions."
        )

    def _origin(self, streamed: Streamed, size: int | None) -> Origin:
        headers = streamed.headers
        etag, modified = headers.get("ETag", "").strip(), headers.get("Last-Modified", "").strip()
        return Origin(self.wanted.of, etag, modified, size, self.wanted.checksum or "")

    def _check_form(self, streamed: Streamed) -> None:
        """Raises BadAnswer when it is no file that comes."""
        if _length(streamed) == 0:
            raise BadAnswer(f"{streamed.host} sent nothing for {self.wanted.name}.", "Try again later.")
        kind = streamed.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml") and not self.wanted.is_page:
            raise BadAnswer(f"{streamed.host} sent a web page instead of {self.wanted.name}.", "Try again later.")
        packed = streamed.headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in ("", "identity"):
            raise BadAnswer(f"{streamed.host} sent {self.wanted.name} packed ({packed[:20]}).", _BY_BROWSER)

    def _given_up(self, error: Unavailable) -> Unavailable:
        here = self.partial.here()
        if not here:
            return error
        message = f"{error.message} {gigabytes(here)} of {self.wanted.name} are kept."
        if isinstance(error, RateLimited):  # its hint tells when it may go on
            return RateLimited(message, error.hint, error.retry_after)
        return Unavailable(message, GOES_ON)


def _write(file: RawIOBase, piece: bytes) -> None:
    """All of it: a write to a disk that is nearly full takes less than it was given."""
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _is_same(before: Origin, now: Origin) -> bool:
    """Whether ETag, Last-Modified and size, as far as both are told, are those of the same file."""
    told = (
        (before.etag, now.etag),
        (before.last_modified, now.last_modified),
        (before.size, now.size),
    )
    return all(one == other for one, other in told if one not in ("", None) and other not in ("", None))


def _length(streamed: Streamed) -> int | None:
    text = streamed.headers.get("Content-Length", "").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def _wait(error: Unavailable, vain: int, patience: settings.Patience) -> float:
    """Seconds before the next try."""
    told = error.retry_after if isinstance(error, RateLimited) else None
    return backoff(max(1, vain), patience) if told is None else told


def _refusal(wanted: Wanted, streamed: Streamed) -> ExpronautError:
    """The error of a status that brings nothing."""
    status, host = streamed.status, streamed.host
    told = retry_after(streamed.headers.get("Retry-After", ""))
    if status == 429 or (status == 503 and told is not None):
        return RateLimited(f"{host} gets too many requests.", "Wait a little, then try again.", told)
    if status in (404, 410) or (status == 403 and isinstance(wanted.address, Fixed)):
        # the store of ARCHS4 says 403 for a name that it does not have
        return NotFound(f"{host} has no {wanted.name} (HTTP {status}).", wanted.missing)
    if status in (401, 403):
        return Refused(f"{host} refuses this request (HTTP {status}).", _ASK)
    if status >= 500:
        return Unavailable(f"{host} has a problem (HTTP {status}).", "Try again later.")
    return BadAnswer(f"{host} does not understand this request (HTTP {status}).", "Try again later.")
