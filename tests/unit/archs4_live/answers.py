"""Replies as the services might give them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from backend.web import Reply


def reply(body: bytes | str, status: int = 200) -> Reply:
    """A reply that came just now."""
    return Reply(
        status, "maayanlab.cloud", "text/html", body.encode() if isinstance(body, str) else body, datetime.now(UTC)
    )


def of(value: Any, status: int = 200) -> Reply:
    """The same of JSON."""
    return reply(json.dumps(value), status)
