"""The view: every option of a page lives in the URL, and the URL alone restores the page.

On each run an option is read from the URL and put into its widget; when the widget changes, the URL
is written before the page runs. Streamlit's own `bind="query-params"` replaces the current history
entry, so Back would leave the page; writing st.query_params adds an entry, so Back restores the view.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from backend.errors import BadInput

T = TypeVar("T")
_VIEW, _IGNORED, _LAST, _PAGE, _LEFT = "_view", "_ignored", "_last_view", "_page", "_left"
LONG = 1_200  # characters of a gene list above which the link holds it compressed
MAX_PACKED = 130_000  # bytes: 500 names of 64 characters of up to 4 bytes


def begin(page: str) -> None:
    """Start a run of `page`: forget the options read in the run before."""
    st.session_state[_VIEW] = {}
    st.session_state[_IGNORED] = []
    st.session_state[_PAGE] = page
    left = st.session_state.get(_LEFT, {}).get((page, urlencode(_query(), doseq=True)))
    if left is not None:
        st.query_params.from_dict(left)  # in a step Back this replaces the entry


def end() -> None:
    """Remember the view of this page, so that the sidebar leads back to it."""
    remembered = dict(st.session_state.get(_LAST, {}))
    remembered[st.session_state[_PAGE]] = _query()
    st.session_state[_LAST] = remembered


def switch(file: Path, params: dict[str, list[str]]) -> None:
    """Go to another page.

    Streamlit writes the query of the target while the old page is still in the address, so one step
    Back comes to the old page with that query. What was there is kept for begin() to put back.
    """
    left = dict(st.session_state.get(_LEFT, {}))
    left[st.session_state[_PAGE], urlencode(params, doseq=True)] = _query()
    st.session_state[_LEFT] = left
    st.switch_page(file, query_params=params)


def page() -> str:
    """The URL path of the page shown, "" for Home."""
    return str(st.session_state[_PAGE])


def carried(params: dict[str, list[str]], *keys: str) -> dict[str, list[str]]:
    """Options for a link to another page, with those of these keys that the address holds now."""
    return {key: st.query_params.get_all(key) for key in keys if key in st.query_params} | params


def _query() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def without(*keys: str) -> dict[str, list[str]]:
    """The options of the address but for these."""
    return {key: values for key, values in _query().items() if key not in keys}


def last(page: str) -> dict[str, list[str]]:
    """The options of this page when it was last seen in this session; of the page shown, as they are now."""
    if page == st.session_state[_PAGE]:
        return _query()
    return dict(st.session_state.get(_LAST, {}).get(page, {}))


def options() -> tuple[tuple[str, str], ...]:
    """Every option read in this run with its value in force, for the link of a recipe."""
    pairs = st.session_state.get(_VIEW, {}).items()
    return tuple((key, value) for key, values in pairs for value in values)


def ignored() -> tuple[str, ...]:
    """Sentences about options in the URL that could not be used."""
    return tuple(st.session_state.get(_IGNORED, ()))


def ignore(sentence: str) -> None:
    """Tell the user that something in the link could not be used."""
    st.session_state[_IGNORED].append(sentence)


def one(key: str, default: T, parse: Callable[[str], T], text: Callable[[T], str] = str) -> T:
    """The option `key` from the URL (or its default), set as the state of the widget with this key.

    parse raises ValueError for text that is no value of this option: it is told and ignored.
    """
    raw = st.query_params.get(key)
    value = default
    if raw is not None:
        try:
            value = parse(raw)
        except ValueError:
            ignore(f"The link asks for {key} = “{raw[:40]}”, which is not possible here; the default is shown.")
    st.session_state[key] = value
    st.session_state[_VIEW][key] = [text(value)]
    return value


def many(key: str, default: tuple[str, ...], most: int, longest: int = 64) -> tuple[str, ...]:
    """A repeated option, at most `most` values of `longest` signs; more are told and left out. "key=" means none."""
    raw = [value.strip()[:longest] for value in st.query_params.get_all(key)]
    values = tuple(dict.fromkeys(value for value in raw if value)) if raw else default
    if len(values) > most:
        ignore(f"The link holds {len(values)} values of {key}; the first {most} are shown.")
        values = values[:most]
    st.session_state[key] = list(values)
    st.session_state[_VIEW][key] = list(values) or ([""] if default else [])
    return values


def keep(key: str, values: list[str]) -> None:
    """Go on with these values of a repeated option, after others were told and left out."""
    st.session_state[key] = list(values)
    st.session_state[_VIEW][key] = list(values)


def told(key: str, values: list[str]) -> None:
    """Count these values of a repeated option, read elsewhere, among those of the link of a recipe."""
    st.session_state[_VIEW][key] = list(values)


def forget(key: str, value: str) -> None:
    """Take a value of a repeated option out of the URL and out of every view of this session."""
    remembered = st.session_state.get(_LAST, {})
    st.session_state[_LAST] = {page: _without(options, key, value) for page, options in remembered.items()}
    if value in st.query_params.get_all(key):
        st.query_params.from_dict(_without(_query(), key, value))


def _without(options: dict[str, list[str]], key: str, value: str) -> dict[str, list[str]]:
    kept = options | {key: [one for one in options.get(key, []) if one != value]}
    return {name: values for name, values in kept.items() if values}


def changed(
    key: str,
    default: object,
    text: Callable[[object], str] = str,
    dropping: tuple[str, ...] = (),
    among: Sequence[object] | None = None,
) -> None:
    """Callback of a widget: write its new value into the URL, or remove it when it is the default.

    dropping: options that go with the old value, e.g. the page of a search. One write, so that Back is one step.
    among: the values there are, None for any. A browser tells a choice by its words, and where these have just changed
    it tells the old ones, which nobody chose.
    """
    value = st.session_state[key]
    if _only_fragments() or (among is not None and value not in among):
        return
    options = {name: st.query_params.get_all(name) for name in st.query_params if name not in (key, *dropping)}
    if isinstance(value, list) and value != default:
        options[key] = [str(v)[:64] for v in value] or [""]
    elif value is not None and value != default:
        options[key] = [text(value)]
    st.query_params.from_dict(options)


def _only_fragments() -> bool:
    """Whether a timer asked for this run. A browser that is behind sends what the options were before, then."""
    run = get_script_run_ctx(suppress_warning=True)
    return run is not None and bool(run.fragment_ids_this_run)


def write(key: str, value: str | None) -> None:
    """Put an option that has no widget into the URL (None removes it)."""
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = value


def write_all(changes: dict[str, list[str]]) -> None:
    """Put several options into the URL in one write, so that Back is one step; [] removes one."""
    st.query_params.from_dict({key: values for key, values in (_query() | changes).items() if values})


def write_many(key: str, values: list[str]) -> None:
    """Put a repeated option into the URL."""
    st.query_params[key] = values


def hidden(key: str, default: str = "") -> str:
    """An option that has no widget, e.g. a gene list, read from the URL."""
    value = st.query_params.get(key, default)
    st.session_state[_VIEW][key] = [value]
    return value


def packed(names: list[str]) -> str:
    """A gene list as text for the URL: comma-separated, compressed when long."""
    return squeezed(",".join(names))


def unpacked(text: str) -> list[str]:
    """The gene list in the URL. Raises BadInput when a compressed list is cut or too long."""
    return [name for name in unsqueezed(text, "gene list").split(",") if name]


def squeezed(text: str) -> str:
    """A text for the URL, compressed when long."""
    if len(text) <= LONG and not text.startswith("z."):
        return text
    return "z." + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unsqueezed(text: str, what: str) -> str:
    """The text again. what: it is, for the BadInput that is raised when it is cut or too long."""
    if not text.startswith("z."):
        return text
    damaged = BadInput(f"The {what} in this link is damaged or cut.", "Copy the whole link again.")
    try:
        raw = base64.urlsafe_b64decode(text[2:] + "=" * (-len(text[2:]) % 4))
        inflater = zlib.decompressobj()
        found = inflater.decompress(raw, MAX_PACKED).decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise damaged from error
    if not inflater.eof:
        raise damaged
    return found


def values(key: str) -> list[str]:
    """All values of a repeated option as the URL has them now."""
    return st.query_params.get_all(key)


def current(key: str) -> str | None:
    """The option as the URL has it now."""
    return st.query_params.get(key)
