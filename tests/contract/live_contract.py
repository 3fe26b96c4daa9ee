"""What a source on the internet must keep when its services fail, as a class that its own test inherits.

Whatever goes wrong: without a kept answer the right error, with one that answer, marked as old; afterwards it recovers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pandas as pd
import pytest
import streamlit as st

from backend.errors import BadAnswer, ExpronautError, RateLimited, Unavailable
from backend.model import Answer, Page
from tests.doubles.http_double import Fault, HttpDouble

LONG = 3.0  # seconds a slow answer takes, more than the settings of a test wait for one
PATIENCE = 10.0  # seconds in which a service that works again must be asked again
# name: the fault for ever (None: no connection), and the error it is when nothing was kept
STANDING: Mapping[str, tuple[Fault | None, tuple[type[ExpronautError], ...]]] = {
    "slow": (Fault("slow", seconds=LONG), (Unavailable,)),
    "too many requests": (Fault("status", status=429, headers={"Retry-After": "1"}), (RateLimited,)),
    "broken": (Fault("status", status=500), (Unavailable,)),
    "maintenance": (Fault("status", status=503), (Unavailable,)),
    "cut": (Fault("cut"), (Unavailable,)),
    "stall": (Fault("stall", seconds=LONG), (Unavailable,)),
    "wrong JSON": (Fault("garbage"), (BadAnswer,)),
    "web page": (Fault("html"), (Unavailable,)),
    "web page of 404": (Fault("html", status=404), (Unavailable,)),
    "empty": (Fault("empty"), (Unavailable,)),
    "to another host": (Fault("redirect", target="{elsewhere}{path}"), (Unavailable,)),
    "loop": (Fault("redirect", target="{path}"), (BadAnswer,)),
    "gone": (Fault("gone"), (Unavailable,)),
    "refused": (None, (Unavailable,)),
    "not allowed": (Fault("status", status=405), (BadAnswer,)),
}
PASSING: Mapping[str, Fault] = {
    "one 500": Fault("status", status=500, times=1),
    "one 429": Fault("status", status=429, headers={"Retry-After": "0"}, times=1),
    "one cut": Fault("cut", times=1),
    "one reset": Fault("gone", times=1),
    "one slow": Fault("slow", seconds=LONG, times=1),
}


class LiveFaults:
    """questions: name -> what is asked through the counter. named: a word each message holds. secrets: never shown.

    The test that inherits gives `double` (a started server, faithful when nothing is wrong) and `services`: settings
    in use under which everything kept is old at once, a try is short and a rest is a fraction of a second.
    """

    questions: ClassVar[Mapping[str, Callable[[], Answer[Any]]]]
    named: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()
    errors: ClassVar[Mapping[str, tuple[type[ExpronautError], ...]]] = {}  # where they differ from STANDING

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        for name, values in (("question", cls.questions), ("standing", STANDING), ("passing", PASSING)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, list(values))

    @pytest.fixture
    def elsewhere(self) -> Iterator[HttpDouble]:
        """Another host, which knows nothing of all this."""
        with HttpDouble() as other:
            yield other

    @pytest.mark.usefixtures("services")
    def test_without_a_kept_answer_it_is_the_right_error(
        self, double: HttpDouble, elsewhere: HttpDouble, question: str, standing: str
    ) -> None:
        _break(double, elsewhere, standing)
        with pytest.raises(ExpronautError) as caught:
            self.questions[question]()
        error = caught.value
        assert isinstance(error, self.errors.get(standing, STANDING[standing][1])), error
        assert self.named in error.message
        assert str(double.port) in error.message or str(elsewhere.port) in error.message
        assert error.hint
        self._hides(error)
        _mend(double)
        answer = _again(self.questions[question])
        assert not answer.provenance.stale

    @pytest.mark.usefixtures("services")
    def test_a_kept_answer_is_served_marked_as_old_until_it_recovers(
        self, double: HttpDouble, elsewhere: HttpDouble, question: str, standing: str
    ) -> None:
        ask = self.questions[question]
        first = ask()
        assert not first.provenance.stale
        st.cache_data.clear()  # as after a restart
        _break(double, elsewhere, standing)
        old = ask()
        assert _same(old.value, first.value)
        told = old.provenance
        assert (told.stale, told.kind) == (True, "cached")
        note = next(note for note in told.notes if note.startswith("Stale: "))
        assert f"{first.provenance.fetched_at:%d %B %Y, %H:%M} UTC" in note  # its age
        assert str(double.port) in note or str(elsewhere.port) in note  # and the reason
        self._hides(told)
        _mend(double)
        asked = double.count()
        new = _again(ask, first.provenance.version)
        assert double.count() > asked
        assert (new.provenance.stale, new.provenance.kind) == (False, "live")
        assert _same(new.value, first.value)

    @pytest.mark.usefixtures("services")
    def test_what_passes_at_the_second_try_is_not_noticed(
        self, double: HttpDouble, question: str, passing: str
    ) -> None:
        fault = PASSING[passing]
        double.faults.append(_copy(fault))
        answer = self.questions[question]()
        double.faults.clear()
        st.cache_data.clear()
        assert not answer.provenance.stale
        assert not any("did not answer" in note for note in answer.provenance.notes)
        assert _same(answer.value, self.questions[question]().value)

    def _hides(self, shown: object) -> None:
        text = f"{shown!r} {shown}"
        assert not any(secret in text for secret in self.secrets)


def _copy(fault: Fault, elsewhere: str = "") -> Fault:
    target = fault.target.replace("{elsewhere}", elsewhere)
    return Fault(
        fault.kind, times=fault.times, seconds=fault.seconds, status=fault.status, headers=fault.headers, target=target
    )


def _break(double: HttpDouble, elsewhere: HttpDouble, standing: str) -> None:
    fault = STANDING[standing][0]
    if fault is None:
        double.kill()
    else:
        double.faults.append(_copy(fault, elsewhere.url))


def _mend(double: HttpDouble) -> None:
    if double.faults:
        double.faults.clear()
        double.release()
    else:
        double.revive()


def _again(ask: Callable[[], Answer[Any]], version: str = "") -> Answer[Any]:
    """Asked as a user would who comes back every now and then, until the answer is a new one, of the usual service."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
        except ExpronautError:
            if time.monotonic() > end:
                raise
        else:
            new = not answer.provenance.stale and answer.provenance.version.startswith(version)
            if new or time.monotonic() > end:
                return answer
        time.sleep(0.02)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Page):
        return one.total == other.total and one.total_series == other.total_series and _same(one.rows, other.rows)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
        return True
    return bool(one == other)
