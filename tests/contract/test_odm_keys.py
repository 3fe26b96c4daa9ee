"""Where the token of an ODM server goes: to that server in one header, and into no file, log, message or address."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend import settings
from backend.api import odm as counter
from backend.errors import BadAnswer, ExpronautError, NotFound
from backend.model import OmicsQuery
from tests.contract.odm_online import STUDY, online
from tests.doubles.http_double import Answer, HttpDouble
from tests.doubles.odm_web import Fault, OdmWeb


@pytest.fixture(scope="module")
def web() -> Iterator[OdmWeb]:
    with OdmWeb() as double:
        yield double


def _nowhere_on_disk(folder: Path, token: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes()]


@pytest.mark.parametrize("bearer", [False, True])
def test_a_walk_leaves_no_trace_of_the_token(
    web: OdmWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture, bearer: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    web.reset()
    token = web.token(bearer=bearer)
    with settings.use(online(web, tmp_path, bearer=bearer)):
        answers = [
            counter.odm_studies(),
            counter.odm_study(STUDY),
            counter.omics_samples(OmicsQuery(study=STUDY)),
            counter.open_selection(OmicsQuery(), web.genomes.expressions["samples"]),
        ]
        with pytest.raises(NotFound) as caught:
            counter.odm_study("GSF0")
        told = f"{answers!r} {caught.value} {settings.current()!r} {counter.odm_requests(OmicsQuery(), 'samples')!r}"
    assert token not in told + caplog.text
    _nowhere_on_disk(tmp_path, token)
    assert not any(token in f"{record.path} {record.query}" for record in web.requests)
    name, other = ("Authorization", "Genestack-API-Token")[:: 1 if bearer else -1]
    assert all(token in (record.headers[name] or "") for record in web.requests)
    assert not any(record.headers[other] for record in web.requests)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_a_server_that_repeats_the_token_does_not_make_us_tell_or_keep_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    with HttpDouble() as double, OdmWeb() as web:

        def echo(call: object) -> Answer:
            return Answer.json({"error": {"message": f"key {call.headers['Genestack-API-Token']}"}}, status)

        double.route("/", echo)
        made = online(web, tmp_path)
        assert made.odm is not None
        with settings.use(replace(made, odm=replace(made.odm, base=double.url))):
            for ask in (
                lambda: counter.odm_revision("studies", STUDY),
                lambda: counter.open_selection(OmicsQuery(), "GSF1"),
            ):
                with pytest.raises(ExpronautError) as caught:
                    ask()
                assert web.token() not in f"{caught.value} {caught.value.__cause__}"
    assert web.token() not in caplog.text
    _nowhere_on_disk(tmp_path, web.token())


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_to_another_host_gets_no_token(web: OdmWeb, tmp_path: Path, status: int) -> None:
    web.reset()
    with HttpDouble() as other:
        web.faults.append(Fault("redirect", "/api/", status=status, target=other.url + "{path}"))
        with settings.use(online(web, tmp_path)), pytest.raises((NotFound, BadAnswer)):
            counter.odm_data(STUDY)
        assert other.requests
        assert not any(web.token() in str(record.headers) for record in other.requests)
    web.faults.clear()
