"""Keys that a service repeats stay out of messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backend.errors import ExpronautError


def hidden(text: str, *keys: str) -> str:
    """A text of a server without the keys, which some repeat."""
    for key in keys:
        text = text.replace(key, "…") if key else text
    return text


@contextmanager
def hiding(*keys: str) -> Iterator[None]:
    """Inside, no error tells a key; whatever else it carries stays."""
    try:
        yield
    except ExpronautError as error:
        clean = {name: _without(value, keys) for name, value in vars(error).items()}
        if clean == vars(error):
            raise
        told = error.alone()
        vars(told).update(clean)
        told.args = (told.message,)
        raise told from None


def _without(value: Any, keys: tuple[str, ...]) -> Any:
    """Texts, alone or in a tuple, without the keys."""
    if isinstance(value, tuple):
        return tuple(_without(one, keys) for one in value)
    return hidden(value, *keys) if isinstance(value, str) else value
