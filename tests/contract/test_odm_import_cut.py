"""An import that is killed at any moment goes on, and nothing is imported twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import api, settings
from backend.errors import Unavailable
from tests.contract.odm_curating import ONE_EACH, begun, genomes, groups, more, online, posts, run
from tests.contract.odm_killed import killed_at
from tests.doubles.odm_web import OdmWeb


@pytest.fixture
def web(tmp_path: Path) -> Iterator[OdmWeb]:
    with OdmWeb() as double, settings.use(online(double, tmp_path)):
        yield double


def test_killed_again_and_again(web: OdmWeb) -> None:
    """Each process goes on with what the one before left, and comes one change of the journal further."""
    wish, before = genomes(web, by_link=True), groups(web)
    kills = 0
    while killed_at(kills + 1, wish, settings.current()):
        kills += 1
        assert kills < 20
    assert kills > 3
    assert begun(wish).seen().finished
    assert more(web, before) == ONE_EACH


def test_killed_before_the_answer_to_an_upload_is_written(web: OdmWeb) -> None:
    """begin, sent, running, done of the study; sent of the samples; the sixth would say that the upload arrived."""
    wish, before = genomes(web), groups(web)
    assert killed_at(6, wish, settings.current())
    assert posts(web).count("POST /api/v1/jobs/import/samples/multipart") == 1
    with pytest.raises(Unavailable, match="not known whether"):
        run(wish)
    job = web.jobs.jobs[317]
    web.jobs._finish(job)
    api.odm_decide(begun(wish).key, "samples-1", job.made)
    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_killed_while_a_job_runs_it_is_waited_for(web: OdmWeb) -> None:
    wish, before = genomes(web), groups(web)
    assert killed_at(7, wish, settings.current())
    assert begun(wish).facts("samples-1")["job"] == 317
    assert run(wish).finished
    assert posts(web).count("POST /api/v1/jobs/import/samples/multipart") == 1
    assert more(web, before) == ONE_EACH
