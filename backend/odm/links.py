"""Links that an ODM server fetches by itself: http(s) and S3. The key in a signed link is never kept or shown."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit, urlunsplit

from backend.errors import BadInput
from backend.web.question import checked

MOST = 4_000  # characters
HIDDEN = "…"
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s?#\\]+")
_SECRET = re.compile(r"(?i)signature|credential|token|secret|passw|accesskey|api[-_]?key|^key$|^sig$|^sv$|^se$|^sp$")
_GCT = re.compile(r"(?i)\.gct(\.gz|\.zip)?$")


def checked_link(link: str) -> str:
    """A link as it is. Raises BadInput unless it is http(s) or s3 and holds no password."""
    text = link.strip()
    if len(text) > MOST:
        raise BadInput("A link is too long.", f"The cap is {MOST:,} characters.")
    if text.startswith("s3://"):
        if not _S3.fullmatch(text) or not text.isprintable():
            raise BadInput(f"“{text[:80]}” is not a link to S3.", "Write s3://bucket/path/file.tsv.")
        return text
    if "://" not in text:
        hint = "Give a link that the server reaches (http, https or s3), or upload the file."
        raise BadInput(f"“{text[:80]}” is a path of this machine, which the ODM server cannot see.", hint)
    return checked(text)


def name(link: str) -> str:
    """The name of the file behind a link, as people know it."""
    parts = urlsplit(link)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.netloc


def is_gct(file_name: str) -> bool:
    """Whether a name says GCT, packed or not."""
    return bool(_GCT.search(file_name))


def shown(link: str) -> str:
    """A link without the values of signatures and keys in its query, and without what follows #."""
    parts = urlsplit(link)
    pieces = [_shown(piece) for piece in parts.query.split("&")] if parts.query else []
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(pieces), ""))


def _shown(piece: str) -> str:
    field, equals, _ = piece.partition("=")
    return f"{field}={HIDDEN}" if equals and _SECRET.search(unquote(field)) else piece


def has_secret(link: str) -> bool:
    """Whether its query holds a signature or a key."""
    return HIDDEN in shown(link)
