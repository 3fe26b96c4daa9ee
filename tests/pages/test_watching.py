"""What stands above the card of a job knows that it ended, also when it ended while the page was drawn."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from backend.errors import Unavailable
from backend.jobs import Queue, Tell

PATIENCE = 30  # seconds


class Made:
    """A real job that makes something, when it is let go."""

    def __init__(self, fails: bool) -> None:
        self.queue, self.there, self.go, self._fails = Queue(), 0, threading.Event(), fails
        self.queue.put("job", self._work)

    def _work(self, _tell: Tell) -> None:
        assert self.go.wait(PATIENCE)
        self.there = 1
        if self._fails:
            raise Unavailable("The second part failed.")

    def let_end(self) -> None:
        self.go.set()
        end = time.monotonic() + PATIENCE
        while self.queue.progress("job").state in ("waiting", "running"):  # type: ignore[union-attr]
            assert time.monotonic() < end
            time.sleep(0.001)


def page(made: object, ends_in_run: int, runs: list[str]) -> None:
    """As the frame and a page: what is there, then the card of the job, then a button."""
    import streamlit as st

    from components import watching

    watching.begin()
    runs.append("begun")
    st.caption(f"{made.there} there")
    if len(runs) == ends_in_run:
        made.let_end()
    st.caption("under way" if watching.under_way(made.queue.progress("job")) else "ended")
    if st.button("Do"):
        runs.append("done")
    watching.end()


@pytest.mark.parametrize("fails", [False, True])
def test_a_job_that_ends_while_the_page_is_drawn_has_it_drawn_once_more(fails: bool) -> None:
    made, runs = Made(fails), []
    at = AppTest.from_function(page, args=(made, 2, runs)).run()
    assert [one.value for one in at.caption] == ["0 there", "under way"]
    at.run()
    assert [one.value for one in at.caption] == ["1 there", "ended"]
    assert len(runs) == 3
    at.run()
    assert len(runs) == 4


def test_a_press_in_that_very_moment_is_not_lost() -> None:
    made, runs = Made(fails=False), []
    at = AppTest.from_function(page, args=(made, 2, runs)).run()
    at.button[0].click().run()
    assert [one.value for one in at.caption] == ["1 there", "ended"]
    assert runs == ["begun", "begun", "done", "begun"]


def test_a_job_that_ended_before_has_no_page_drawn_twice() -> None:
    made, runs = Made(fails=False), []
    made.let_end()
    at = AppTest.from_function(page, args=(made, 0, runs)).run()
    assert [one.value for one in at.caption] == ["1 there", "ended"]
    assert runs == ["begun"]
