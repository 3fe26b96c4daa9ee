"""RNAget servers fail in every way: the right error, or what was kept, marked as old."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from backend import api, settings
from backend.api import rnaget as counter
from backend.errors import BadAnswer, ExpronautError, TooLarge, Unavailable
from tests.contract.live_contract import LiveFaults
from tests.contract.live_world import OLD_AT_ONCE
from tests.contract.rnaget_online import KEY, online, stored
from tests.doubles.rnaget_web import Fault, RnagetWeb
from tests.doubles.rnaget_world import EXPRESSION

BYTES = f"/spec12/expressions/{EXPRESSION}/bytes"


@pytest.fixture
def web() -> Iterator[RnagetWeb]:
    with RnagetWeb() as double:
        yield double


class TestCatalogueFaults(LiveFaults):
    named = "127.0.0.1"
    secrets: ClassVar[tuple[str, ...]] = (KEY,)
    questions: ClassVar[Mapping[str, Callable[[], api.Answer]]] = {
        "projects": lambda: counter.rnaget_entries("spec12", "projects"),
    }
    errors: ClassVar[Mapping[str, tuple[type[ExpronautError], ...]]] = {
        "web page": (BadAnswer,),
        "web page of 404": (BadAnswer,),
        "empty": (BadAnswer,),
        "to another host": (BadAnswer,),
    }

    @pytest.fixture
    def double(self, web: RnagetWeb) -> RnagetWeb:
        web.switches.token = KEY
        return web

    @pytest.fixture
    def services(self, web: RnagetWeb, tmp_path: Path) -> Iterator[None]:
        with settings.use(online(web, tmp_path, KEY, read=0.3, keep=OLD_AT_ONCE)):
            yield


@pytest.fixture
def usual(web: RnagetWeb, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(web, tmp_path, read=0.5)):
        yield


FATAL: Mapping[str, tuple[Fault, type[ExpronautError]]] = {
    "slow": (Fault("slow", BYTES, seconds=3), Unavailable),
    "cut": (Fault("cut", BYTES), Unavailable),
    "half": (Fault("garbage", BYTES), BadAnswer),
    "html": (Fault("html", BYTES), BadAnswer),
    "empty": (Fault("empty", BYTES), BadAnswer),
    "broken": (Fault("status", BYTES, status=500), Unavailable),
    "huge": (Fault("huge", BYTES, size=500_000_000, announced=True), TooLarge),
    "ticket of html": (Fault("html", BYTES.replace("bytes", "ticket")), BadAnswer),
    "ticket cut": (Fault("garbage", BYTES.replace("bytes", "ticket")), BadAnswer),
}


@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("name", FATAL)
def test_a_matrix_that_does_not_arrive_whole_is_not_opened(web: RnagetWeb, name: str) -> None:
    fault, kind = FATAL[name]
    web.faults.append(Fault(fault.kind, fault.path, seconds=fault.seconds, status=fault.status, size=fault.size,
                            announced=fault.announced))  # fmt: skip
    with pytest.raises(kind) as caught:
        counter.open_matrix("spec12", EXPRESSION)
    assert caught.value.hint
    assert counter.opened_matrices() == ()
    web.faults.clear()
    web.release()
    assert stored(counter.open_matrix("spec12", EXPRESSION).value).shape == (140, 24)


@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("kind", ["status", "cut", "gone"])
def test_what_passes_at_the_second_try_is_not_noticed(web: RnagetWeb, kind: str) -> None:
    web.faults.append(Fault(kind, BYTES, times=1, status=503 if kind == "status" else 0))
    assert stored(counter.open_matrix("spec12", EXPRESSION).value).shape == (140, 24)


@pytest.mark.usefixtures("usual")
def test_a_collection_that_is_not_served_is_not_asked_for_again(web: RnagetWeb) -> None:
    with pytest.raises(ExpronautError):
        counter.rnaget_signal("encode", "x", "chr1")
    assert not any("continuous" in record.path for record in web.requests)


@pytest.mark.usefixtures("usual")
def test_an_old_matrix_stays_when_the_new_one_fails(web: RnagetWeb) -> None:
    key = counter.open_matrix("spec12", EXPRESSION).value
    web.switches.wrong_md5 = True
    with pytest.raises(BadAnswer):
        counter.open_matrix("spec12", EXPRESSION)
    assert stored(key).shape == (140, 24)
