"""The one way out: every request to a service goes through here.

    question   what is asked, and what came back; upload: files that are sent
    transport  one exchange: rate limit, timeouts, size cap, redirects, errors of our tree
    patience   how often, and how long to wait in between
    store      answers kept on disk, fresh or old
    flights    equal questions at the same time are one request
    asking     all of it together: kept answer, else the service, else the stale answer
    hiding     keys that a service repeats stay out of messages
    panel      many questions, a few at a time, with progress and cancel

Tokens are given as `secret` and travel in headers only: they are in no address, log line, kept answer or error.
"""

from __future__ import annotations

from backend.web.asking import Got, Mode, ask, is_html
from backend.web.hiding import hidden, hiding
from backend.web.panel import each
from backend.web.patience import Stop, pause, resting, stopping
from backend.web.question import Question, Reply, as_json, question, read_json
from backend.web.transport import Streamed, stream
from backend.web.upload import Upload, multipart

__all__ = [
    "Got",
    "Mode",
    "Question",
    "Reply",
    "Stop",
    "Streamed",
    "Upload",
    "as_json",
    "ask",
    "each",
    "hidden",
    "hiding",
    "is_html",
    "multipart",
    "pause",
    "question",
    "read_json",
    "resting",
    "stopping",
    "stream",
]
