"""The storage host of the double: files under pre-signed addresses, and all that may go wrong on the way."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from tests.doubles.http_double import Answer, Call, HttpDouble
from tests.doubles.stomics_web_bytes import Generated
from tests.doubles.stomics_web_switches import Switches
from tests.doubles.stomics_web_world import Stored

BUCKET = "/bucket/"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Storage(HttpDouble):
    """Takes no key at all: a request that has an Authorization header is a 400, as with S3."""

    def __init__(self, switches: Switches, port: int = 0) -> None:
        super().__init__(port)
        self.switches = switches
        self._signed: dict[str, tuple[str, float, Stored]] = {}  # signature -> path, issued at, file
        self._uses: dict[str, int] = {}
        self.route(BUCKET, self._file)

    def sign(self, accession: str, file: Stored) -> str:
        """A fresh address of a file."""
        signature, path = secrets.token_hex(32), f"{BUCKET}{accession}/{file.name}"
        self._signed[signature] = (path, time.monotonic(), file)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": self.switches.lifetime,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": signature,
        }
        return f"{self.url}{BUCKET}{accession}/{quote(file.name, safe='')}?{urlencode(query)}"

    def expire(self) -> None:
        """Every address that was given until now is too old."""
        self._signed = {name: (path, float("-inf"), file) for name, (path, _, file) in self._signed.items()}

    def _file(self, call: Call) -> Answer:
        if "Authorization" in call.headers:
            return _xml(400, "InvalidArgument", "Only one way to authenticate may be used.")
        signature = call.query.get("X-Amz-Signature", "")
        path, issued, file = self._signed.get(signature, ("", 0.0, None))
        if file is None or path != call.path:
            return _xml(403, "SignatureDoesNotMatch", "The signature is not the one that was computed.")
        self._uses[signature] = used = self._uses.get(signature, 0) + 1
        if time.monotonic() - issued > self.switches.lifetime or used > (self.switches.uses or used):
            return _xml(403, "AccessDenied", "Request has expired")
        return self._content(call, file.content())

    def _content(self, call: Call, content: bytes | Generated) -> Answer:
        if self.switches.grown:
            content = content + b"+" if isinstance(content, bytes) else Generated(len(content) + 1, start=1)
        size, switches = len(content), self.switches
        tag = f'"{_tag(content)}"'
        headers = {"Content-Type": "application/octet-stream"}
        headers |= ({"ETag": tag} if switches.etag else {}) | ({"Accept-Ranges": "bytes"} if switches.ranges else {})
        wanted = _RANGE.fullmatch(call.headers.get("Range", ""))
        fresh = call.headers.get("If-Range", tag) == tag
        if not wanted or not switches.ranges or not fresh:
            return Answer(200, content, headers, cut=self._cut(0), told=switches.told_length)
        first, last = int(wanted[1]), min(int(wanted[2] or size), size - 1)
        if first >= size:
            refused = _xml(416, "InvalidRange", "The range is not satisfiable")
            refused.headers["Content-Range"] = f"bytes */{size}"
            return refused
        headers |= self._told_range(first, last, size)
        return Answer(206, content[first : last + 1], headers, cut=self._cut(first), told=switches.told_length)

    def _told_range(self, first: int, last: int, size: int) -> dict[str, str]:
        wrong = self.switches.wrong_range
        if wrong == "none":
            return {}
        told = first + (wrong == "start")
        return {"Content-Range": f"bytes {told}-{last}/{size + (wrong == 'total')}"}

    def _cut(self, first: int) -> int | None:
        """After how many bytes of this answer the connection ends."""
        return max(0, self.switches.cuts.pop(0) - first) if self.switches.cuts else None


def _tag(content: bytes | Generated) -> str:
    return hashlib.md5(content).hexdigest() if isinstance(content, bytes) else f"{content.start:032x}-{len(content)}"


def _xml(status: int, code: str, message: str) -> Answer:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Answer.text(text, "application/xml", status)
