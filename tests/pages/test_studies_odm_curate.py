"""Studies, Genestack ODM, for curators: imports that fail or are cut, publishing an own study, lists, wrong wishes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend import api, settings
from backend.errors import Unavailable
from backend.model import Invalid, OdmPart, OdmWish
from components.odm import curate_mending, curate_values
from tests.contract.odm_curating import genomes, groups, more, online, posts
from tests.contract.own_world import bring
from tests.doubles.odm_web import BUNDLE, Fault, OdmWeb
from tests.pages.conftest import Open, captions, messages, standing, unescaped


@pytest.fixture(scope="module")
def running() -> Iterator[OdmWeb]:
    with OdmWeb(job_steps=()) as web:
        yield web


@pytest.fixture
def web(running: OdmWeb, tmp_path: Path) -> Iterator[OdmWeb]:
    running.reset()
    with settings.use(online(running, tmp_path)):
        yield running


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def idle() -> bool:
    """Whether no import runs any more."""
    states = [api.odm_import_state(one.key)[1] for one in api.odm_imports_known()]
    return not any(state is not None and state.state in ("waiting", "running") for state in states)


def ended(at: Any) -> Any:
    """The page once no import runs any more."""
    until(idle)
    return standing(at.run())


def states(at: Any) -> dict[str, str]:
    """The steps of the first import: step and file, state."""
    frame = next(one.value for one in at.dataframe if "State" in one.value.columns)
    steps = zip(frame["Step"], frame["File"], frame["State"], strict=True)
    return {f"{step} {name}": state for step, name, state in steps}


def press(at: Any, key: str) -> Any:
    next(button for button in at.button if button.key and button.key.startswith(key)).click()
    return at.run()


def with_links(at: Any, *links: str) -> Any:
    next(area for area in at.text_area if area.label == "Links, one a line").set_value("\n".join(links))
    next(button for button in at.button if button.label == "Add the links").click()
    return standing(at.run())


def test_an_upload_whose_answer_is_lost_is_decided_by_the_user(open_page: Open, web: OdmWeb) -> None:
    wish, before = genomes(web), groups(web)
    web.faults.append(Fault("cut", "/api/v1/jobs/import/samples/multipart", times=1))
    key = api.odm_import(wish).key
    at = ended(open_page("studies", part="odm", tab="curate"))
    assert states(at)["Importing samples samples.tsv"] == "sent, no answer yet"
    at = ended(press(at, "curate-go-"))
    assert states(at)["Importing samples samples.tsv"] == "not known"
    assert "it may have arrived or not" in messages(at)
    assert not [button for button in at.button if button.label == "Go on"]
    job = max(web.jobs.jobs)
    web.jobs._finish(web.jobs.jobs[job])
    next(field for field in at.text_input if field.label == "It arrived, as").set_value(web.jobs.jobs[job].made)
    at = press(at.run(), f"curate-arrived-{key}-samples-1-yes")
    at = ended(at)
    assert set(states(at).values()) == {"done"}
    assert more(web, before) == {"study": 1, "sample": 1, "expression": 1}


def test_what_failed_goes_back_to_its_files_and_nothing_is_imported_twice(open_page: Open, web: OdmWeb) -> None:
    """A separator was not told: no column matches. With it the same study goes on."""
    before = groups(web)
    at = open_page("studies", part="odm", tab="curate")
    at = with_links(at, *map(web.link, ("study.tsv", "samples.tsv", "b.tsv")))
    assert "ODM must know its feature columns" in messages(at)
    at.number_input("curate-n_features-3").set_value(4)
    at = ended(press(standing(at.run()), "curate-import"))
    assert "ODM linked nothing of b.tsv" in messages(at)
    assert states(at)["Linking expression to samples b.tsv"] == "failed"
    at = standing(press(at, "curate-back-"))
    at.text_input("curate-separator-3").set_value(".")
    at = ended(press(standing(at.run()), "curate-import"))
    assert set(states(at).values()) == {"done"}
    made = more(web, before)
    assert (made["study"], made["sample"]) == (1, 1)


def test_an_import_that_ends_while_the_page_is_drawn_is_in_the_first_line_of_its_study(
    open_page: Open, web: OdmWeb
) -> None:
    study, samples = web.genomes.study, web.genomes.samples
    data = OdmPart("expression", link=web.link("a.gct"), metadata_link=web.link("a.gct.tsv"))
    wish = OdmWish("More data", (OdmPart("study", accession=study), OdmPart("samples", accession=samples), data))
    late = Fault("late", f"/api/v1/as-curator/integration/link/expression/group/by/study/{study}", times=1)
    web.faults.append(late)

    def meanwhile() -> None:
        until(lambda: late.taken == 1)  # the data of before are on their way to the page
        key = api.odm_import(wish).key
        until(idle)
        assert api.odm_import_state(key)[0].finished
        web.release()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(meanwhile)
        at = standing(open_page("studies", part="odm", study=study, tab="curate", do="add"))
        done.result()
    assert "3 data groups" in captions(at)


def test_an_own_study_is_published_with_its_files_unchanged(open_page: Open, web: OdmWeb, tmp_path: Path) -> None:
    for name in ("study.tsv", "samples.tsv", "a.gct", "a.gct.tsv"):
        (tmp_path / name).write_bytes(BUNDLE[name])
    own = bring(*(tmp_path / name for name in ("study.tsv", "samples.tsv", "a.gct", "a.gct.tsv")))
    at = standing(open_page("studies", part="odm", publish=own))
    assert at.selectbox("publish").value == own
    assert "ODM takes no upload" in unescaped(" ".join(one.value for one in at.caption))
    at.text_input("curate-own-link").set_value(web.link("study.tsv"))
    at = standing(press(standing(at.run()), "curate-prepare"))
    assert posts(web) == []
    assert "POST /api/v1/jobs/import/samples/multipart" in at.code[0].value
    at = ended(press(at, "curate-import"))
    assert set(states(at).values()) == {"done"}
    (study,) = {one.study for one in api.odm_imports_known()}
    (group,) = (one.accession for one in api.odm_study(study).value.data)
    assert web.truth.matrix(group)[2].tolist() == [[14.7, 16.8, 17.2, 19.5], [4.2, 7.1, 5.5, 6.8]]


def test_what_cannot_be_imported_is_told_before_anything_is_sent(open_page: Open, web: OdmWeb) -> None:
    at = standing(open_page("studies", part="odm", tab="curate"))
    at = with_links(at, "C:\\lab\\study.tsv")
    assert "a path of this machine" in messages(at)
    at = with_links(standing(press(at, "curate-anew")), web.link("study.tsv"), web.link("a.gct.tsv"))
    assert "not clear which expression a.gct.tsv is about" in messages(at)
    signed = web.link("samples.tsv") + "?X-Amz-Signature=very-secret-one"
    at = with_links(standing(press(at, "curate-drop-2")), signed)
    shown = " ".join([*(one.value for one in at.code), *(one.value for one in at.caption), messages(at)])
    assert "signed" in shown
    assert "very-secret-one" not in shown
    assert posts(web) == []


def test_many_samples_are_changed_one_after_the_other_and_a_failure_says_how_many(web: OdmWeb, open_page: Open) -> None:
    study = web.genomes.study
    samples = web.truth.samples(study)
    web.faults.append(Fault("status", f"/api/v1/as-curator/samples/{samples[2]}", times=1, method="PATCH", status=400))
    api.odm_patch_each(study, "samples", {one: {"Note": "seen"} for one in samples})
    deadline = time.monotonic() + 30
    while (seen := api.odm_patching(study)) is None or seen.state in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    at = open_page("studies", part="odm", study=study, tab="curate")
    assert "2 of 4 samples are changed." in messages(at)
    assert [web.truth.metadata(one).get("Note") for one in samples] == ["seen", "seen", None, None]


def test_changing_many_is_stopped_before_the_next_one(web: OdmWeb, open_page: Open) -> None:
    study, samples = web.genomes.study, web.truth.samples(web.genomes.study)
    web.faults.append(Fault("slow", f"/api/v1/as-curator/samples/{samples[1]}", seconds=0.5, method="PATCH"))
    api.odm_patch_each(study, "samples", {one: {"Note": "seen"} for one in samples})
    deadline = time.monotonic() + 30
    while not web.truth.metadata(samples[0]).get("Note"):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    at = standing(open_page("studies", part="odm", study=study, tab="curate"))
    with pytest.raises(Unavailable, match="being changed already"):
        api.odm_patch_each(study, "samples", {samples[3]: {"Note": "another"}})
    press(at, "curate-stop")
    while api.odm_patching(study) is not None:
        at.run()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "samples are changed. Stopped." in messages(standing(at))
    assert [web.truth.metadata(one).get("Note") for one in samples[2:]] == [None, None]


def test_in_a_list_only_the_wrong_value_is_exchanged() -> None:
    table = pd.DataFrame({"genestack:accession": ["GSF1", "GSF2"], "groupId": "GSF9", "Sex": ["M", "female | M | x"]})
    wrong = Invalid("GSF9", "Sex", "M", 2, "SYNONYM_ATTRIBUTE", "")
    found = curate_mending.having(table, wrong)
    assert curate_mending.changes(found, wrong, "male") == {
        "GSF1": {"Sex": "male"},
        "GSF2": {"Sex": ("female", "male", "x")},
    }
    assert curate_mending.changes(found, wrong, None) == {"GSF1": {"Sex": None}, "GSF2": {"Sex": ("female", "x")}}


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("38", "number", 38),
        ("38", "text", "38"),
        ("1e3", "number", 1000),
        ("3.0", "number", 3.0),
        ("old", "number", None),
        ("nan", "number", None),
        ("a| b |", "list", ("a", "b")),
        ("", "text", None),
    ],
)
def test_a_value_is_sent_as_what_it_is_said_to_be(text: str, form: str, value: object) -> None:
    assert curate_values.value(text, form) == value


def test_the_draft_of_versions_that_are_published_is_told(open_page: Open, web: OdmWeb) -> None:
    study = web.genomes.study
    at = standing(open_page("studies", part="odm", study=study, tab="curate", do="values"))
    at.text_input("curate-message").set_value("Spring release")
    at = press(at, "curate-publish")
    deadline = time.monotonic() + 30
    while (seen := api.odm_publishing(study)) is None or seen.state in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    at = standing(at.run())
    assert "The drafts of the study are published." in [one.value for one in at.success]
    assert f"POST /api/v1/as-curator/integration/studies/{study}/tasks/publish-versions" in posts(web)
