"""Samples: search by words, see why each sample matched, name the result, collect samples in the basket."""

import streamlit as st

from backend import api
from backend.model import Answer, Page
from backend.recipe import Recipe
from components import (
    basket,
    cards,
    cohort_naming,
    counts_export,
    inputs,
    sample_list,
    sample_words,
    samples_choice,
    sidebar,
    view,
)

PER_PAGE = 20
Facets = dict[str, dict[str, int]]

source, species = sidebar.in_force()


def _typed() -> tuple[str, bool]:
    """The text searched for, and whether it is a regular expression."""
    regex = False
    if not api.has(source.key, "Pattern search"):
        return _field(regex), regex
    field, beside = st.columns([4, 1], vertical_alignment="bottom")
    with beside:  # first, because it decides about the words of the field
        help_ = sample_words.of(source.key, regex=True).syntax
        regex = inputs.switch("Regular expression", inputs.REGEX, False, help=help_)
    with field:
        return _field(regex), regex


def _field(regex: bool) -> str:
    words = sample_words.of(source.key, regex, species)
    return inputs.text(
        "Search samples",
        inputs.SEARCH,
        words.first,
        placeholder=words.placeholder,
        max_chars=2_000,
        help=words.syntax,
        type="search",
    )


def _narrowed(typed: str, regex: bool) -> tuple[str, Facets]:
    """The text narrowed to the chosen facets, and the facets of the groups chosen from.

    A group chosen from shows the counts of the text alone, so that a second choice in it can widen the first.
    """
    if regex:
        if view.many(inputs.FACET, (), 20):
            view.ignore("A search by regular expression cannot be narrowed by groups; they are left out.")
            view.keep(inputs.FACET, [])
        return typed, {}
    by_field: dict[str, list[str]] = {}
    chosen, facets = _chosen(typed)
    for facet in chosen:
        field, value = sample_list.parted(facet, facets)
        by_field.setdefault(field, []).append(f'{api.field_name(field)}:"{value.replace(chr(34), " ")}"')
    narrowed = [f"({' OR '.join(values)})" for values in by_field.values()]
    query = " AND ".join([f"({typed})", *narrowed]) if narrowed else typed
    return query, {field: facets[field] for field in by_field}


def _chosen(typed: str) -> tuple[list[str], Facets]:
    """The chosen facets, and all facets of the text alone. So an error names the columns as typed."""
    chosen = view.many(inputs.FACET, (), 20, sample_list.LONGEST_FACET)
    if not chosen or not typed.strip():
        return [], {}
    facets = api.search_samples(source.key, typed, species, 0, 1).value.facets
    known = [facet for facet in chosen if _is_facet(facet, facets)]
    for facet in chosen:
        if facet not in known:
            view.ignore(f"The link asks for {inputs.FACET} = “{facet}”, which is not there; it is left out.")
    view.keep(inputs.FACET, known)
    return known, facets


def _is_facet(facet: str, facets: Facets) -> bool:
    field, value = sample_list.parted(facet, facets)
    return field in facets and bool(value.strip()) and value not in sample_list.FOLDED


def _recipe(typed: str, query: str, answer: Answer[Page]) -> Recipe:
    """query: the text with the groups it is narrowed to, which is what these samples match."""
    page = answer.value
    series = f" of {page.total_series:,} series" if page.total_series else ""
    found = "1 sample" if page.total == 1 else f"{page.total:,} samples"
    legend = f"{found}{series} that match{'es' if page.total == 1 else ''} “{query}” ({species})."
    return Recipe("samples", "samples", typed, view.options(), answer.provenance, legend)


def _page_of(query: str, regex: bool) -> Answer[Page]:
    """The page of hits that the address asks for; the first where it asks for one behind the last."""
    number = int(view.one(inputs.PAGE, 1, _positive))
    answer = api.search_samples(source.key, query, species, (number - 1) * PER_PAGE, PER_PAGE, regex)
    if number > 1 and answer.value.rows.empty:
        view.one(inputs.PAGE, 1, _behind_the_last)
        answer = api.search_samples(source.key, query, species, 0, PER_PAGE, regex)
    return answer


def _results(typed: str, query: str, chosen_from: Facets, regex: bool) -> None:
    with cards.waiting("Searching ARCHS4 …"):
        answer = _page_of(query, regex)
    page = answer.value
    recipe = _recipe(typed, query, answer)
    cards.stale(answer.provenance)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        series = f" in **{page.total_series:,} series**" if page.total_series or not page.total else ""
        what = f"{'simulated ' if recipe.simulated else ''}sample{'s' if page.total != 1 else ''}"
        st.markdown(f"**{page.total:,} {what}**{series} match{'es' if page.total == 1 else ''}", width="content")
        _uses(recipe, query, page, regex)
    cohort_naming.ways(query, page.total, page.total_series)
    facets = page.facets | chosen_from
    left, right = st.columns([2.6, 1], gap="large") if facets else (st.container(), None)
    if right is not None:
        with right:
            sample_list.facets(facets, narrowing=not regex)
    with left:
        if not page.total:
            beginning = sample_words.of(source.key, regex, species).beginning
            advice = (
                f"Try {beginning}."
                if regex
                else f"Try fewer words, OR between them, or a beginning such as {beginning}."
            )
            if query != typed:
                advice = "The marked groups narrow the search: click them once more to take them off."
            elif ":" in typed and not regex:
                advice += " A word before a colon is a field only where the help of the search box names it."
            st.info(cards.plain(f"No sample matches. {advice}"), icon=":material/search_off:")
            return
        sample_list.rows(page, real=source.kind != "simulated")
        pages = -(-page.total // PER_PAGE)
        if pages > 1:
            st.pagination(pages, key=inputs.PAGE, on_change=view.changed, args=(inputs.PAGE, 1))
        st.caption(cards.provenance_line(recipe.provenance))
        cards.notes(recipe.provenance.notes)
        key, found_in = source.key, species
        sample_list.files(recipe, lambda: api.all_samples(key, query, found_in, regex=regex), page.total)


def _uses(recipe: Recipe, query: str, page: Page, regex: bool) -> None:
    """What the hits can become: a cohort for the other pages, a file of their counts."""
    can_name = samples_choice.has_samples(source.key)
    can_export = api.has(source.key, "Count export")
    if not page.total or not (can_name or can_export):
        return
    if regex:
        uses = "named or exported" if can_name else "exported"
        st.caption(f"Only a search by words can be {uses} with its counts.")
        return
    if can_name:
        cohort_naming.card(query, page.total, page.total_series)
    if can_export:
        counts_export.offer(source.key, species, query, page.total, recipe)


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ValueError(text)
    return int(text)


def _behind_the_last(text: str) -> int:
    raise ValueError(text)


st.markdown("## In which samples?")
with cards.guard():
    typed, regex = _typed()
    counts_export.progress()
    query, chosen_from = _narrowed(typed, regex)
    if typed.strip():
        with cards.guard():
            _results(typed, query, chosen_from, regex)
    else:
        example = sample_words.of(source.key, regex, species).example
        st.info(cards.plain(f"Type what the samples should be about, for example {example}."), icon=":material/edit:")
with cards.guard():
    sample_list.basket_card(basket.samples(), source.key, species)
