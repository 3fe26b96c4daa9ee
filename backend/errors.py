"""Every failure a user can meet, as one tree.

    ExpronautError(message, hint)
      NotFound            gene, sample or dataset unknown; carries the nearest suggestions
      NotConfigured       no file, no token, no URL
      Refused             401, 403
      Unavailable         timeout, connection refused, 5xx
        RateLimited       429, with retry_after
        Unreachable       no connection to the host at all
      BadAnswer           schema drift, or HTTP 200 carrying an error
        UnknownExpressionShape  of STOmics, with the keys seen
      BadInput            a file or text the user gave breaks a rule
      TooLarge            over a stated cap
      Stopped             the user stopped it

`message` says what happened in one sentence; `hint` says the next step in one sentence.
A failure is never zero, an empty table or None.
"""

from __future__ import annotations

import copy
from typing import Self


class ExpronautError(Exception):
    """Base of the tree. `message`: what happened. `hint`: what to do next (may be empty)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def alone(self) -> Self:
        """The same without what led to it, which holds whole answers; with some libraries a copy has that too."""
        found = copy.copy(self).with_traceback(None)
        found.__cause__ = found.__context__ = None
        return found


class NotFound(ExpronautError):
    """A gene, sample or dataset is unknown. `suggestions`: the nearest known names, best first."""

    def __init__(self, message: str, hint: str = "", suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.suggestions = suggestions


class NotConfigured(ExpronautError):
    """A source lacks the file, token or URL it needs."""


class Refused(ExpronautError):
    """The other side knows us and says no (401, 403)."""


class Unavailable(ExpronautError):
    """The other side did not answer (timeout, connection, 5xx). Trying again may work."""


class RateLimited(Unavailable):
    """Too many requests. `retry_after`: seconds to wait, when the other side said so."""

    def __init__(self, message: str, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class Unreachable(Unavailable):
    """No connection to the host at all, so nothing else there will answer either."""


class BadAnswer(ExpronautError):
    """An answer or a bundled file does not have the promised form."""


class UnknownExpressionShape(BadAnswer):
    """The expression of a gene came in a form that is not known. `keys`: its top-level keys, () for no object."""

    def __init__(self, message: str, hint: str = "", keys: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.keys = keys


class BadInput(ExpronautError):
    """A file or text the user gave breaks a rule. `line` and `column` count from 1 when known."""

    def __init__(self, message: str, hint: str = "", line: int | None = None, column: str | None = None) -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column


class TooLarge(ExpronautError):
    """A request is over a stated cap; the hint says what to narrow."""


class Stopped(ExpronautError):
    """The user stopped it."""

    def __init__(self, message: str = "Stopped.", hint: str = "What is finished is kept; it goes on there.") -> None:
        super().__init__(message, hint)
