"""The frame and Home with the live ARCHS4: its health in words, without asking it, and ways on when it is down."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from backend import settings
from tests.contract.live_world import REST
from tests.doubles.archs4_web import Fault
from tests.pages import live
from tests.pages.conftest import Open, captions, figures, messages, source_row, standing
from tests.pages.live import STALE, badges, press

COLTOP = "/matrixapi/coltop"


def rest() -> None:
    """Until a service that failed is asked again."""
    time.sleep(REST + 0.1)


def health_of(at) -> str:
    """In the table of sources."""
    return source_row(at, "ARCHS4 (live)")[0].rpartition(" · ")[2].strip("]").removeprefix(":orange[")


def link_query(at, label: str) -> dict[str, list[str]]:
    link = next(link.proto for link in at.main.page_link if link.proto.label == label)
    return parse_qs(link.query_string)


def test_home_asks_nothing_and_tells_how_the_live_source_is(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("home", source="archs4", species="mouse"))
        assert web.requests == []
    assert health_of(at) == "ready"
    told = badges(at)
    assert list(told) == ["ready", "live", "non-commercial"]
    assert [line.split(" (")[0] for line in told["ready"].splitlines()] == ["- sigpy", "- legacy", "- legacy", "- v1"]
    assert "CC BY-NC-SA 4.0" in told["non-commercial"]
    assert "needs the network" in captions(at)
    assert "10.1038/s41467-018-03751-6" in captions(at)


@pytest.mark.parametrize(
    "label", ["ALB over human tissues", "Partners of Trp53 in mouse", "Human liver samples, not cancer"]
)
def test_each_live_example_leads_to_a_finished_view(open_page: Open, tmp_path: Path, label: str) -> None:
    with live.archs4(tmp_path):
        home = standing(open_page("home"))
        link = next(link.proto for link in home.main.page_link if link.proto.label == label)
        at = standing(open_page(link.page, **parse_qs(link.query_string)))
    assert messages(at) == ""
    assert "ARCHS4 (live) via " in captions(at)
    assert figures(at) or len(at.main.checkbox) > 0
    assert at.sidebar.selectbox("source").value == "archs4"


def test_a_service_that_fails_in_a_run_shows_in_the_same_run(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, rest=60) as web:
        web.faults = [Fault("status", COLTOP, status=500)]
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        assert len(figures(at)) == 2  # sigpy answered instead
        told = badges(at)
        assert list(told) == ["partly down", "live", "non-commercial"]
        lines = told["partly down"].splitlines()
        assert [("no trouble known" in line) for line in lines] == [True, True, False, True]
        assert "left alone" in lines[2]
        bundled = standing(open_page("home"))
        assert list(badges(bundled)) == ["ready", "real data", "v23"]
        assert health_of(bundled) == "partly down"


def test_killed_and_revived_it_says_both_in_the_run_that_learns_it(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        web.kill()
        at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        assert "not answering" in badges(at)
        assert figures(at) == []
        assert "ARCHS4 cannot be asked for" in messages(at)
        web.revive()
        rest()
        press(at, "Try again")
        assert "ready" in badges(at)
        assert len(figures(at)) == 2
        assert messages(at) == ""


def test_where_it_is_down_the_same_question_is_offered_of_the_bundled_data(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        web.kill()
        at = open_page("coexpression", source="archs4", seed=["PCNA", "CD3E"], hops="2", within="query:liver")
        assert link_query(at, "Use local data instead") == {"seed": ["PCNA", "CD3E"], "hops": ["2"]}
        mouse = open_page("coexpression", source="archs4", species="mouse", seed=["Trp53"])
        assert "Use local data instead" not in [link.proto.label for link in mouse.main.page_link]  # it has no mouse
        assert "Try again" in [button.label for button in mouse.main.button]
        local = standing(open_page("coexpression", seed=["PCNA", "CD3E"], hops="2"))
    assert len(figures(local)) == 2


def test_several_failures_on_a_page_offer_one_way_on(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, **STALE) as web:
        standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        web.faults = [Fault("status", "/sigpy", status=500), Fault("status", "/archs4", status=500)]
        at = standing(
            open_page("coexpression", source="archs4", seed=["PCNA"], pair="MCM2,PCNA", within="query:kidney")
        )
    assert len(at.warning) >= 2
    assert [button.label for button in at.main.button].count("Try again") == 1


def test_the_offline_switch_is_told_and_kept_answers_are_shown(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        before = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
        web.forget()
        with settings.use(replace(settings.current(), offline=True)):
            at = standing(open_page("coexpression", source="archs4", seed=["PCNA"]))
            other = standing(open_page("coexpression", source="archs4", seed=["CD3E"]))
        assert web.requests == []
    told = badges(at)
    assert list(told) == ["offline", "live", "non-commercial"]
    assert "offline switch is on" in told["offline"]
    assert figures(at) == figures(before)
    assert figures(other) == []
    assert messages(other) != ""
