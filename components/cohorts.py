"""Cohorts: search results that the user named. Kept for the session, and in the URL as "name|query"."""

from __future__ import annotations

from typing import Any

import streamlit as st

from backend.errors import BadInput, TooLarge
from backend.model import Cohort
from components import cards, inputs, view

MOST = 6  # side by side on a page
MOST_KEPT = 30  # in a session
MAX_NAME, MAX_QUERY = 60, 1_990  # characters; with “query:” before it a search is still one that may be asked
SHOWN = 8  # in the sidebar
_BETWEEN = "|"


def text(cohort: Cohort) -> str:
    """The cohort as the URL holds it."""
    return f"{cohort.name}{_BETWEEN}{cohort.query}"


def chosen() -> tuple[Cohort, ...]:
    """The cohorts of the URL, at most MOST; damaged ones are told and left out. They belong to the view from now on."""
    found, problems = _read()
    for problem in problems:
        if problem not in view.ignored():
            view.ignore(problem)
    view.told(inputs.COHORT, [text(cohort) for cohort in found])
    return found


def known() -> tuple[Cohort, ...]:
    """The cohorts of this session, in the order they came; those of the URL are among them."""
    kept = {cohort.name.casefold(): cohort for cohort in st.session_state.get(inputs.KNOWN_COHORTS, ())}
    kept |= {cohort.name.casefold(): cohort for cohort in _read()[0]}
    found = tuple(kept.values())[-MOST_KEPT:]
    st.session_state[inputs.KNOWN_COHORTS] = found
    return found


def add(name: str, query: str) -> Cohort:
    """Keep a search under a name. Raises BadInput for a name or search that will not do, TooLarge over MOST_KEPT."""
    cohort = Cohort(" ".join(name.split()), query.strip())
    if problem := _problem(cohort):
        raise BadInput(problem, "Change the name or the search.")
    others = [one for one in known() if one != cohort]
    if any(one.name.casefold() == cohort.name.casefold() for one in others):
        raise BadInput(f"“{cohort.name}” is the name of another cohort.", "Choose another name, or remove that one.")
    if len(others) == MOST_KEPT:
        raise TooLarge(f"{MOST_KEPT} cohorts are kept already.", "Remove one in the sidebar.")
    st.session_state[inputs.KNOWN_COHORTS] = (*others, cohort)
    return cohort


def remove(name: str) -> None:
    """Forget a cohort: in the session, in the URL, and in the views the sidebar leads back to."""
    gone = [one for one in known() if one.name.casefold() == name.casefold()]
    st.session_state[inputs.KNOWN_COHORTS] = tuple(one for one in known() if one not in gone)
    for cohort in gone:
        view.forget(inputs.COHORT, text(cohort))


def picker(label: str, **extra: Any) -> tuple[Cohort, ...]:
    """Which cohorts the page shows, at most MOST; writes them into the URL. Says how to get one when there is none."""
    found = chosen()
    by_text = {text(cohort): cohort for cohort in known()}
    if not by_text:
        st.caption(f"{label}: name a search result on the Samples page, and it can be chosen here.")
        return ()
    st.session_state[inputs.COHORT] = [text(cohort) for cohort in found]
    st.multiselect(
        label,
        list(by_text),
        format_func=lambda key: by_text[key].name,
        max_selections=MOST,
        key=inputs.COHORT,
        on_change=_write,
        placeholder="Named search results",
        **extra,
    )
    return found


def note(samples_page: Any, params: dict[str, list[str]]) -> None:
    """The cohorts of the session in the sidebar: each leads to its search, and can be removed."""
    cohorts = known()
    if not cohorts:
        return
    st.caption("Cohorts")
    with st.container(gap="xxsmall", key="cohort-list"):
        for cohort in cohorts[-SHOWN:]:
            with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
                st.page_link(
                    samples_page,
                    label=_short(cohort.name),
                    icon=":material/group_work:",
                    help=f"Search: {_short(cohort.query, 200)}",
                    query_params=params | {inputs.SEARCH: [cohort.query]},
                )
                st.button(
                    "",
                    key=f"remove-cohort-{cohort.name}",
                    on_click=remove,
                    args=(cohort.name,),
                    type="tertiary",
                    icon=":material/close:",
                    help=f"Remove {_short(cohort.name)}",
                )
        if len(cohorts) > SHOWN:
            st.caption(f"and {len(cohorts) - SHOWN} more")


def _short(words: str, most: int = 28) -> str:
    return cards.plain(words if len(words) <= most else f"{words[: most - 1].rstrip()}…")


def _write() -> None:
    view.write_all({inputs.COHORT: list(st.session_state[inputs.COHORT])})


def _read() -> tuple[tuple[Cohort, ...], list[str]]:
    """The cohorts of the URL, and a sentence for each part of it that is none."""
    found: dict[str, Cohort] = {}
    problems: list[str] = []
    for raw in dict.fromkeys(view.values(inputs.COHORT)):
        name, between, query = raw.partition(_BETWEEN)
        cohort = Cohort(" ".join(name.split()), query.strip())
        problem = _problem(cohort) if between else "It has no search."
        if not problem and cohort.name.casefold() in found:
            problem = "Another one has the same name."
        if not problem and len(found) == MOST:
            problem = f"At most {MOST} are shown."
        if problem:
            problems.append(f"The cohort “{raw[:40]}” of the link is left out: {problem}")
        else:
            found[cohort.name.casefold()] = cohort
    return tuple(found.values()), problems


def _problem(cohort: Cohort) -> str:
    """Why this cannot be a cohort, else ""."""
    if not cohort.name:
        return "It has no name."
    if _BETWEEN in cohort.name:
        return f"A name cannot hold {_BETWEEN}."
    if len(cohort.name) > MAX_NAME:
        return f"Its name has over {MAX_NAME} characters."
    if not cohort.query:
        return "It has no search."
    if len(cohort.query) > MAX_QUERY:
        return f"Its search has over {MAX_QUERY:,} characters."
    return ""
