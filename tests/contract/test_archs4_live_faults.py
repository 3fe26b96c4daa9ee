"""The services of ARCHS4 fail in every way, alone and together: nothing is lost, and it is always said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import streamlit as st

from backend import api, settings
from backend.archs4_live import spelling
from backend.errors import BadAnswer, NotFound, RateLimited, Unavailable
from backend.web import store
from tests.contract.live_contract import LiveFaults
from tests.contract.live_world import OLD_AT_ONCE, online
from tests.doubles.archs4_web import Archs4Web, Fault

ATLAS, LEGACY, SEARCH = "/sigpy/atlas", "/archs4/search", "/sigpy/meta/quicksearch"


@pytest.fixture
def web() -> Iterator[Archs4Web]:
    with Archs4Web() as double:
        yield double


class TestArchs4Faults(LiveFaults):
    named = "ARCHS4"
    questions: ClassVar[Mapping[str, Callable[[], api.Answer]]] = {
        "tissues": lambda: api.tissue_profile("archs4", "TP53"),
        "partners": lambda: api.coexpressed("archs4", "PCNA", limit=20),
        "samples": lambda: api.search_samples("archs4", "liver", limit=5),
    }

    @pytest.fixture
    def double(self, web: Archs4Web) -> Archs4Web:
        return web

    @pytest.fixture
    def services(self, web: Archs4Web, tmp_path: Path) -> Iterator[None]:
        with settings.use(online(web, tmp_path, keep=OLD_AT_ONCE, rest=0.05)):
            yield


@pytest.fixture
def usual(web: Archs4Web, tmp_path: Path) -> Iterator[None]:
    """Kept answers stay fresh, a service that failed is left alone for long."""
    with settings.use(online(web, tmp_path, rest=60)):
        yield


def _notes(answer: api.Answer) -> str:
    return "\n".join(answer.provenance.notes)


@pytest.mark.usefixtures("usual")
class TestOneServiceFails:
    def test_another_answers_and_it_is_said(self, web: Archs4Web) -> None:
        web.faults.append(Fault("status", "/sigpy", status=500))
        answer = api.tissue_profile("archs4", "TP53")
        assert answer.provenance.version == "via legacy"
        assert "sigpy did not answer" in _notes(answer)
        assert "HTTP 500" in _notes(answer)
        assert "n_samples" not in answer.value
        assert not answer.provenance.stale
        by_name = answer.value.set_index("tissue")["median"]
        assert by_name["Liver"] == pytest.approx(web.box("TP53", "LIVER")["median"])

    def test_it_is_left_alone_for_a_while_and_shown(self, web: Archs4Web) -> None:
        web.faults.append(Fault("status", "/sigpy", status=500))
        api.tissue_profile("archs4", "TP53")
        asked = web.count("/sigpy")
        api.tissue_profile("archs4", "ALB")
        assert web.count("/sigpy") == asked
        shown = next(info.health for info in api.sources().value if info.key == "archs4")
        assert "left alone" in shown[0]
        assert "HTTP 500" in shown[0]
        assert "no trouble" in shown[1]

    def test_updating_is_told_in_its_own_words(self, web: Archs4Web) -> None:
        web.switches.updating = True
        answer = api.tissue_profile("archs4", "TP53")
        assert answer.provenance.version == "via legacy"
        assert "updating" in _notes(answer)
        with pytest.raises(Unavailable, match="updating"):
            api.expression("archs4", ["ALB"], ["GSM1000981"])

    def test_a_service_that_answers_nonsense_is_asked_again_next_time(self, web: Archs4Web) -> None:
        web.faults.append(Fault("garbage", ATLAS))
        assert api.tissue_profile("archs4", "TP53").provenance.version == "via legacy"
        web.faults.clear()
        assert api.tissue_profile("archs4", "TP53").provenance.version == "via sigpy"

    def test_all_fail_and_each_is_named(self, web: Archs4Web) -> None:
        web.faults += [Fault("status", "/sigpy", status=500), Fault("html", LEGACY), Fault("garbage", "/archs4/api")]
        with pytest.raises(Unavailable) as caught:
            api.tissue_profile("archs4", "TP53")
        for told in ("sigpy: ", "legacy: ", "v1: "):
            assert told in caught.value.message

    def test_nobody_is_asked_while_all_are_left_alone(self, web: Archs4Web) -> None:
        web.faults.append(Fault("status", status=500))
        with pytest.raises(Unavailable):
            api.tissue_profile("archs4", "TP53")
        asked = web.count()
        with pytest.raises(Unavailable) as caught:
            api.tissue_profile("archs4", "TP53")
        assert web.count() == asked
        assert "asked again in" in caught.value.hint

    def test_one_that_does_not_know_the_gene_is_not_the_end(self, web: Archs4Web) -> None:
        web.faults.append(Fault("status", ATLAS, status=500))
        with pytest.raises(NotFound):
            api.tissue_profile("archs4", "BRCA2")


def test_the_old_paths_at_the_new_host_are_told_as_such(web: Archs4Web, tmp_path: Path) -> None:
    """What clients get that call the old paths at archs4.org."""
    web.switches.legacy_405 = True
    with settings.use(online(web, tmp_path, ("legacy",))), pytest.raises(BadAnswer, match="HTTP 405"):
        api.tissue_profile("archs4", "TP53")


def test_v1_that_is_not_there_is_not_an_unknown_gene(web: Archs4Web, tmp_path: Path) -> None:
    web.switches.v1_missing = True
    with settings.use(online(web, tmp_path, ("v1",))), pytest.raises(Unavailable, match="does not offer v1"):
        api.tissue_profile("archs4", "TP53")


@pytest.mark.parametrize("header", ["99999999", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_host_cannot_send_us_away_for_days(web: Archs4Web, tmp_path: Path, header: str) -> None:
    web.faults.append(Fault("status", status=429, headers={"Retry-After": header}))
    with settings.use(online(web, tmp_path, ("sigpy",))):
        with pytest.raises(RateLimited):
            api.tissue_profile("archs4", "TP53")
        with pytest.raises(RateLimited) as caught:
            api.tissue_profile("archs4", "TP53")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after <= 3_600


def test_a_broken_gene_list_is_not_asked_for_with_every_gene(web: Archs4Web, tmp_path: Path) -> None:
    web.faults += [Fault("garbage", "/sigpy/meta/genes"), Fault("garbage", "/matrixapi/colid")]
    genes = web.genes()[:12]
    api.gene("hpa", "p53")  # reads the name tables, which takes longer than the rest below
    with settings.use(online(web, tmp_path, rest=1)):
        answer = api.tissue_profiles("archs4", genes)
        assert answer.value["gene"].nunique() == len(genes)
        assert web.count("/sigpy/meta/genes") == 1
        web.faults.clear()
        end = time.monotonic() + 10
        while "could not be had" in _notes(api.gene("archs4", "p53")) and time.monotonic() < end:
            time.sleep(0.05)
        assert "could not be had" not in _notes(api.gene("archs4", "p53"))


def test_descriptions_that_fail_leave_the_samples_and_no_wrong_number(web: Archs4Web, tmp_path: Path) -> None:
    web.faults.append(Fault("garbage", "/sigpy/meta/samplemeta"))
    with settings.use(online(web, tmp_path)):
        page = api.search_samples("archs4", "liver", limit=5)
        both = api.search_samples("archs4", "liver OR kidney", limit=5)
    assert page.value.total == len(web.samples_matching("liver"))
    assert (page.value.rows["title"] == "").all()
    assert "descriptions could not be had" in _notes(page)
    assert "How many series these samples are of is not known" in _notes(both)
    assert both.value.total == len(web.samples_matching("liver|kidney"))


def test_kept_samples_without_their_descriptions_are_not_called_fresh(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path, keep=OLD_AT_ONCE)):
        first = api.search_samples("archs4", "liver", limit=5)
        web.faults.append(Fault("status", "/sigpy/meta/samplemeta", status=500))
        second = api.search_samples("archs4", "liver", limit=5)
    assert second.provenance.stale
    assert list(second.value.rows["title"]) == list(first.value.rows["title"])


def test_offline_shows_what_was_kept_and_says_why(web: Archs4Web, tmp_path: Path) -> None:
    with settings.use(online(web, tmp_path)):
        first = api.tissue_profile("archs4", "TP53")
    spelling.forget()
    web.forget()
    with settings.use(online(web, tmp_path, offline=True)):
        again = api.tissue_profile("archs4", "TP53")
        assert again.provenance.kind == "cached"
        assert again.value.equals(first.value)
        with pytest.raises(Unavailable, match="offline switch"):
            api.tissue_profile("archs4", "EGFR")
        assert "offline" in next(info.health for info in api.sources().value if info.key == "archs4")[0]
    assert web.count() == 0


def test_a_folder_that_cannot_be_written_costs_no_answer(web: Archs4Web, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with settings.use(online(web, tmp_path)):
        assert len(api.tissue_profile("archs4", "TP53").value) == 72


def test_a_damaged_file_of_answers_is_put_aside(web: Archs4Web, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / store.FILE).write_bytes(b"no database" * 1000)
    with settings.use(online(web, tmp_path)):
        assert len(api.tissue_profile("archs4", "TP53").value) == 72
        st.cache_data.clear()
        web.forget()
        api.tissue_profile("archs4", "TP53")
    assert web.count() == 0
