"""Keys that a service repeats stay out of messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from backend.errors import ExpronautError


def hidden(text: str, *keys: str) -> str:
    """A text of a server without the keys, which some repeat."""
    for key in keys:
        text = text.replace(key, "…") if key else text
    return text


@contextmanager
def hiding(*keys: str) -> Iterator[None]:
    """Inside, no error tells a key."""
    try:
        yield
    except ExpronautError as error:
        if hidden(str(error), *keys) == str(error):
            raise
        raise type(error)(hidden(error.message, *keys), hidden(error.hint, *keys)) from None
