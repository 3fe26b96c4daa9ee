"""An ODM server fails in every way: the right error, or what was kept, marked as old."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from backend import api, settings
from backend.api import odm as counter
from backend.errors import BadAnswer, ExpronautError, Unavailable
from backend.model import OmicsQuery
from tests.contract.live_contract import LiveFaults
from tests.contract.live_world import OLD_AT_ONCE
from tests.contract.odm_online import STUDY, online
from tests.doubles.odm_web import Fault, OdmWeb
from tests.doubles.odm_web_doors import ODM_TOKENS

STREAM = "/api/v1/as-user/omics/expression/streamed-data"


@pytest.fixture(scope="module")
def web() -> Iterator[OdmWeb]:
    with OdmWeb() as double:
        yield double


@pytest.fixture
def double(web: OdmWeb) -> Iterator[OdmWeb]:
    web.reset()
    yield web
    web.reset()
    web.stop()
    web.start()


@pytest.fixture
def services(double: OdmWeb, tmp_path: Path) -> Iterator[None]:
    with settings.use(online(double, tmp_path, read=0.3, keep=OLD_AT_ONCE)):
        yield


class TestFaults(LiveFaults):
    named = "127.0.0.1"
    secrets: ClassVar[tuple[str, ...]] = tuple(ODM_TOKENS)
    questions: ClassVar[Mapping[str, Callable[[], api.Answer]]] = {"data": lambda: counter.odm_data(STUDY)}
    errors: ClassVar[Mapping[str, tuple[type[ExpronautError], ...]]] = {
        "web page": (BadAnswer,),
        "web page of 404": (BadAnswer,),
        "empty": (BadAnswer,),
        "to another host": (BadAnswer,),
    }


STREAMED: Mapping[str, tuple[Fault, tuple[type[ExpronautError], ...]]] = {
    "slow": (Fault("slow", STREAM, seconds=3), (Unavailable,)),
    "cut": (Fault("cut", STREAM), (Unavailable,)),
    "stall": (Fault("stall", STREAM, seconds=3), (Unavailable,)),
    "web page": (Fault("html", STREAM), (BadAnswer,)),
    "gateway": (Fault("html", STREAM, status=504), (Unavailable,)),
    "empty": (Fault("empty", STREAM), (BadAnswer,)),
    "gone": (Fault("gone", STREAM), (Unavailable,)),
}


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_that_fails_leaves_no_matrix(double: OdmWeb, tmp_path: Path, name: str) -> None:
    fault, errors = STREAMED[name]
    double.faults.append(fault)
    with pytest.raises(errors):
        counter.open_selection(OmicsQuery(), double.genomes.expressions["samples"])
    assert not list((tmp_path / "cache").glob("odm*/*"))
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".csv", ".part", ".h5")]
    assert counter.opened_selections() == ()
