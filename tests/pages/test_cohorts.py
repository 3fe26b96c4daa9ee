"""Cohorts: a named search goes to the other pages, stays in the session and the address, and can be removed."""

from __future__ import annotations

import pytest

from backend.api import checks
from components import cohorts
from tests.pages.conftest import AtlasSource, Open, link_of, messages, standing


def sidebar_cohorts(at) -> list[str]:
    """The cohorts of the sidebar with the search each leads to."""
    buttons = [button.key for button in at.sidebar.button if (button.key or "").startswith("remove-cohort-")]
    return [key.removeprefix("remove-cohort-") for key in buttons]


def name_it(at, name: str):
    at.text_input("cohort_name").set_value(name)
    at.button("cohort-keep").click()
    return standing(at.run())


def links(at) -> dict[str, str]:
    """Label -> query of every page link of the page's body."""
    return {link.proto.label: link.proto.query_string for link in at.main.get("page_link")}


def test_a_result_gets_a_name_and_ways_to_the_other_pages(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver"))
    assert sidebar_cohorts(at) == []
    name_it(at, "  My   liver ")
    assert sidebar_cohorts(at) == ["My liver"]
    (line,) = [text.value for text in at.main.markdown if "Open it on" in text.value]
    found = next(text.value for text in at.main.markdown if "** in **" in text.value)
    n, series = (part.split("**")[1].split()[0] for part in (found, found.split(" in ")[1]))
    assert line == f"**My liver**: {n} samples of {series} series. Open it on"
    ways = links(at)
    assert set(ways) >= {"Gene", "Heatmap", "Co-expression"}
    assert "cohort=My+liver%7Cliver" in ways["Gene"]
    assert "cohort=My+liver%7Cliver" in ways["Heatmap"]
    assert "within=query%3Aliver" in ways["Co-expression"]
    assert all(f"source={atlas_source.key}" in query for query in ways.values())


def test_the_narrowed_search_is_what_gets_the_name(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver", only=["pool:bulk"]))
    name_it(at, "bulk liver")
    assert "cohort=bulk+liver%7C%28liver%29+AND+%28pool%3A%22bulk%22%29" in links(at)["Gene"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "It has no name."), ("   ", "It has no name."), ("a|b", "A name cannot hold |.")],
)
def test_a_name_that_will_not_do_is_told(open_page: Open, atlas_source: AtlasSource, name: str, told: str) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver"))
    name_it(at, name)
    assert told in messages(at)
    assert sidebar_cohorts(at) == []


def test_a_taken_name_is_told_and_the_first_stays(open_page: Open, atlas_source: AtlasSource) -> None:
    at = name_it(standing(open_page("samples", source=atlas_source.key, q="liver")), "mine")
    at.text_input("q").set_value("blood")
    name_it(standing(at.run()), "MINE")
    assert "“MINE” is the name of another cohort." in messages(at)
    assert sidebar_cohorts(at) == ["mine"]


def test_cohorts_of_the_address_are_known_and_can_be_removed_for_good(
    open_page: Open, atlas_source: AtlasSource
) -> None:
    at = standing(open_page("gene", source=atlas_source.key, cohort=["A|liver", "B|blood AND pool:bulk"]))
    assert sidebar_cohorts(at) == ["A", "B"]
    assert at.multiselect("cohort").value == ["A|liver", "B|blood AND pool:bulk"]
    assert link_of(at)[1]["cohort"] == ["A|liver", "B|blood AND pool:bulk"]
    at.button("remove-cohort-A").click()
    standing(at.run())
    assert sidebar_cohorts(at) == ["B"]
    assert at.query_params["cohort"] == "B|blood AND pool:bulk"


@pytest.mark.parametrize(
    ("cohort", "told"),
    [
        (["no search"], "It has no search."),
        (["|liver"], "It has no name."),
        (["name|  "], "It has no search."),
        (["x" * 61 + "|liver"], "over 60 characters"),
        (["long|" + "y" * 2_000], "characters"),
        (["A|liver", "a|blood"], "Another one has the same name."),
        ([f"c{i}|liver" for i in range(7)], "At most 6 are shown."),
    ],
)
def test_damaged_cohorts_are_told_once_and_left_out(
    open_page: Open, atlas_source: AtlasSource, cohort: list[str], told: str
) -> None:
    at = standing(open_page("gene", source=atlas_source.key, cohort=cohort))
    assert messages(at).count(told) == 1
    shown = [one for picker in at.multiselect if picker.key == "cohort" for one in picker.value]
    assert shown == cohort[:-1]


def test_a_search_may_hold_the_sign_between_name_and_search(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("gene", source=atlas_source.key, cohort="A|liver|blood"))
    assert at.multiselect("cohort").value == ["A|liver|blood"]


def test_no_cohort_can_be_made_of_the_tissues_of_the_protein_atlas(open_page: Open) -> None:
    at = standing(open_page("samples"))
    assert not [button for button in at.button if button.key == "cohort-keep"]
    assert not [toggle for toggle in at.toggle if toggle.key == "regex"]


def test_the_caps_are_those_of_the_counter() -> None:
    assert cohorts.MOST == checks.MAX_COHORTS
    assert cohorts.MAX_NAME == checks.MAX_COHORT_CHARACTERS
    assert cohorts.MAX_QUERY + len("query:") <= 2_000
