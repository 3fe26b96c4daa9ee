"""Studies, Genestack ODM: how to name a server, the catalogue, a study, queries as on the slides, what is opened."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from backend import api, settings
from tests.contract.odm_online import online
from tests.doubles.odm_web import OdmWeb
from tests.doubles.odm_web_atlas import GENES, N_COUNTED, TITLE, numbers, sample, source
from tests.pages.conftest import Open, captions, figures, messages, same_from_its_address, standing, unescaped
from tests.pages.conftest import numbers as drawn

SAMPLES = [sample(place) for place in range(60)]
GENE = "TRAF3IP2-AS1"
MONOCYTES = [place for place, one in enumerate(SAMPLES) if one["Cell Type"] == "CD14-positive monocyte"]


@pytest.fixture(scope="module")
def running() -> Iterator[OdmWeb]:
    with OdmWeb() as web:
        yield web


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers are kept here from test to test; nothing is changed on the server."""
    return tmp_path_factory.mktemp("odm")


@pytest.fixture
def web(running: OdmWeb, folder: Path) -> Iterator[OdmWeb]:
    with settings.use(online(running, folder)):
        yield running


def words(at: Any) -> str:
    return unescaped(" ".join(text.value for text in at.main.markdown))


def option(at: Any, key: str) -> str:
    """A single option of the address."""
    found = at.query_params[key]
    return found if isinstance(found, str) else found[0]


def study(open_page: Open, web: OdmWeb, tab: str, **more: str) -> Any:
    return standing(open_page("studies", part="odm", study=web.atlas.study, tab=tab, **more))


def pressed(at: Any, key: str) -> Any:
    at.button(key).click()
    return standing(at.run())


def until_done(at: Any, label: str) -> Any:
    """The page once every job of its session has ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        states = [progress.state for job in api.openings() if (progress := api.opening_progress(job))]
        if not {"waiting", "running"} & set(states):
            break
        time.sleep(0.02)
    at.run()
    assert label in unescaped(" ".join(box.value for box in at.success))
    return standing(at)


def test_without_a_server_the_page_names_the_settings_and_asks_for_no_token(open_page: Open) -> None:
    at = standing(open_page("studies", part="odm"))
    (told,) = (code.value for code in at.code)
    assert {"EXPRONAUT_ODM=", "EXPRONAUT_ODM_TOKEN=", "EXPRONAUT_ODM_BEARER=", "EXPRONAUT_ODM_ROLE="} <= {
        part for part in told.replace("=", "= ").replace("# ", "").split() if part.startswith("EXPRONAUT")
    }
    assert not at.main.text_input


def test_a_refused_token_is_told_with_what_to_check_and_without_the_token(
    open_page: Open, running: OdmWeb, tmp_path: Path
) -> None:
    made = running.environment() | {"EXPRONAUT_ODM_TOKEN": "not-the-secret-of-this-one"}
    kept = online(running, tmp_path)
    wrong = settings.read(made).odm
    assert wrong is not None
    with settings.use(replace(kept, odm=wrong)):
        at = open_page("studies", part="odm")
    assert not at.exception
    told = messages(at) + words(at)
    assert "HTTP 401" in told
    assert "EXPRONAUT_ODM_TOKEN" in told
    assert "still listed in your profile" in told
    assert "not-the-secret" not in told
    assert list(at.query_params) == ["part"]


def test_the_catalogue_is_narrowed_by_a_value_and_leads_to_a_study(open_page: Open, web: OdmWeb) -> None:
    at = standing(open_page("studies", part="odm"))
    assert [code.value for code in at.code] == web.truth.studies()
    box = next(box for box in at.checkbox if box.label.startswith("type 2 diabetes"))
    assert box.label.endswith(":gray[1]")  # of the two studies one has such samples
    box.check()
    standing(at.run())
    assert [code.value for code in at.code] == [web.atlas.study]
    assert str(at.query_params["only"]).endswith("Disease: type 2 diabetes mellitus")
    again = standing(open_page("studies", **at.query_params))
    assert [code.value for code in again.code] == [web.atlas.study]
    at = pressed(at, "odm-study-0")
    assert option(at, "study") == web.atlas.study
    assert TITLE in words(at)
    assert "only" in at.query_params  # the way back leads to the same search
    assert at.dataframe[0].value.set_index("Attribute")["Value"]["Study Source ID"] == "SIM-1"


def test_samples_their_attributes_and_a_plot_are_those_of_the_server(open_page: Open, web: OdmWeb) -> None:
    at = study(open_page, web, "samples", attribute="Disease", by_attribute="Tissue")
    table, attributes = at.dataframe[0].value, at.dataframe[1].value.set_index("Attribute")
    assert list(table["Sample Source ID"]) == [one["Sample Source ID"] for one in SAMPLES]
    assert list(table["BMI"]) == [float(one["BMI"]) for one in SAMPLES]  # a text of numbers sorts as numbers
    assert attributes.loc["Organism", "Missing"] == sum("Organism" not in one for one in SAMPLES)
    assert attributes.loc["Compound Treatment / Compound", "Values"] == 4  # each value of a list counts
    (figure,) = figures(at)
    shown = {
        (value, trace["name"]): int(count)
        for trace in figure["data"]
        for value, count in zip(trace["y"], drawn(trace["x"]), strict=True)
    }
    assert shown == dict(Counter((one["Disease"], one["Tissue"]) for one in SAMPLES))
    same_from_its_address(open_page, "studies", at)


def test_a_study_with_less_metadata_shows_less(open_page: Open, web: OdmWeb) -> None:
    at = study(open_page, web, "samples", detail="template")
    assert "BMI" not in at.dataframe[0].value  # no template has it
    assert "Disease" in at.dataframe[0].value


def test_the_four_queries_of_the_slides_find_what_the_server_has(open_page: Open, web: OdmWeb) -> None:
    at = study(open_page, web, "query")
    at = pressed(at, "odm-example-0")
    assert len(at.dataframe[0].value) == 60
    at = pressed(at, "odm-example-1")
    assert list(at.dataframe[0].value["Sample Source ID"]) == [source(place) for place in MONOCYTES]
    at = pressed(at, "odm-example-2")
    found = at.dataframe[0].value
    tpm = found[found["Data group"] == web.atlas.expressions["tpm"]].set_index("Column")["Value"]
    assert dict(tpm) == pytest.approx({source(place): numbers()[GENES.index(GENE), place] for place in MONOCYTES})
    assert "Normalization Method (Counts, RPKM, TPM)" in messages(at)
    at = pressed(at, "odm-example-3")
    least = at.number_input("odm-least").value
    assert least is not None
    over = at.dataframe[0].value
    assert sorted(over["Value"]) == sorted(found["Value"][found["Value"] >= least])
    assert 0 < len(over) < len(found)


def test_the_request_that_is_shown_is_the_one_that_is_sent(open_page: Open, web: OdmWeb) -> None:
    query = '{"what":"expression","rows":[["sample","Sex","=",["M","male"]]],"genes":["ALB"],"versions":"v1","page":10}'
    web.forget()
    at = study(open_page, web, "query", query=query, asked="1")
    url, curl, python = (code.value for code in at.code[-3:])
    (sent,) = [one for one in web.requests if one.path.endswith("omics/expression/data")]
    asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert urlsplit(url).path == sent.path
    assert asked == sent.query
    assert asked["sampleFilter"] == '"Sex"="M" OR "Sex"="male"'
    assert asked["useVersions"] == "v1"
    for form in (curl, python):
        assert "$ODM_TOKEN" in form or '"ODM_TOKEN"' in form
        assert web.token() not in form
    men = [place for place in range(N_COUNTED) if SAMPLES[place]["Sex"] in ("M", "male")]
    assert len(at.dataframe[0].value) == len(men)  # version 1 of the counts, and nothing else has one


def test_further_pages_come_by_the_cursor_until_all_is_there(open_page: Open, web: OdmWeb) -> None:
    at = study(open_page, web, "query", query='{"what":"samples","page":10}', asked="5")
    assert list(at.dataframe[0].value["Sample Source ID"]) == [source(place) for place in range(50)]
    at = pressed(at, "odm-more")
    assert len(at.dataframe[0].value) == 60
    assert "odm-more" not in [button.key for button in at.button]


def test_two_versions_are_opened_compared_and_can_be_deleted(open_page: Open, web: OdmWeb) -> None:
    counts = web.atlas.expressions
    at = study(open_page, web, "data", matrix=counts["counts3"], against=counts["counts2"])
    assert "12 of 12 columns are linked to samples" in words(at)
    at = until_done(pressed(at, "odm-compare"), "10 genes × 12 samples")
    told = {metric.label: metric.value for metric in at.metric}
    features, _, before = web.truth.matrix(counts["counts2"])
    _, _, after = web.truth.matrix(counts["counts3"])
    assert told["Values changed"] == f"{np.sum(before != after):,} of {before.size:,}"
    assert told["Samples added, gone"] == "+0 −0"
    largest = at.dataframe[0].value
    assert set(largest["Feature"]) == set(features[:9])
    keys = {one.key for one in api.opened_selections()}
    assert len(keys) == 2
    links = {tuple(parse_qs(link.proto.query_string)["source"]) for link in at.main.page_link}
    assert {(key,) for key in keys} <= links
    for key in keys:
        at = pressed(at, f"deleted-{key}")
    assert not api.opened_selections()


def test_only_a_curator_is_offered_curation(open_page: Open, running: OdmWeb, web: OdmWeb, tmp_path: Path) -> None:
    offered = study(open_page, web, "study").segmented_control("tab").options
    assert "Curate" not in offered
    with settings.use(online(running, tmp_path, role="curator")):
        assert "Curate" in study(open_page, running, "study").segmented_control("tab").options


def test_what_a_server_sends_is_shown_as_it_is(open_page: Open, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)> [link](javascript:alert) $x$ :red[y]"
    with OdmWeb() as own, settings.use(online(own, tmp_path)):
        own.world.things[own.atlas.study].metadata["Study Title"] = hostile
        at = standing(open_page("studies", part="odm", study=own.atlas.study))
    assert hostile in words(at)
    assert "\\<img" in " ".join(text.value for text in at.main.markdown)
    assert captions(at)
