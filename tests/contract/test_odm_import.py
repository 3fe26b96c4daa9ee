"""Imports into ODM: what a curator wishes is there afterwards, once, linked, whatever is cut in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backend import api, settings
from backend.errors import BadAnswer, BadInput, ExpronautError, NotFound, Refused, Stopped, Unavailable, Unreachable
from backend.model import OdmPart
from backend.odm import importing, journal
from backend.odm.server import Server
from tests.contract.odm_curating import ONE_EACH, accessions, begun, file, genomes, groups, more, online, posts, run
from tests.doubles.odm_web import BUNDLE, Fault, OdmWeb

LINK = "/api/v1/as-curator/integration/link"


@pytest.fixture
def web(curated: OdmWeb) -> OdmWeb:
    return curated


def test_everything_arrives_and_is_linked(web: OdmWeb) -> None:
    libraries = OdmPart("libraries", file=file("libraries.tsv"))
    preparations = OdmPart("preparations", link=web.link("preparations.tsv"))
    of_libraries = OdmPart("expression", file=file("libraries.gct"), target="libraries")
    before = groups(web)

    found = run(genomes(web, of_libraries, preparations, libraries))

    assert found.finished
    assert more(web, before) == {"study": 1, "sample": 1, "library": 1, "preparation": 1, "expression": 2}
    made = accessions(found)
    assert web.truth.samples(made["study-1"]) == web.truth.members(made["samples-1"])
    features, columns, values = web.truth.matrix(made["expression-1"])
    assert (features, columns[3], values[1].tolist()) == (
        ["ENSG00000077044", "ENSG00000085982"], "HG00176", [4.2, 7.1, 5.5, 6.8],
    )  # fmt: skip
    assert sorted(web.truth.values(made["expression-1"], features[0]).values()) == [14.7, 16.8, 17.2, 19.5]
    assert sorted(web.truth.values(made["expression-2"], features[0]).values()) == [19.9, 21.9, 21.9]
    assert web.truth.metadata(made["expression-1"])["Genome Version"] == "GRCh38.91"
    links = [step.link for step in found.steps if step.link]
    assert [(one.target, one.state, one.n_matched) for one in links] == [
        ("samples", "complete", 4), ("libraries", "complete", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", ["modern", "legacy"])
def test_the_dry_run_is_what_is_sent(web: OdmWeb, tmp_path: Path, dialect: str) -> None:
    with settings.use(online(web, tmp_path, dialect=dialect)):
        wish = genomes(web, by_link=True)
        plan = api.odm_plan(wish)
        assert not web.requests

        made = accessions(run(wish))

        planned = [f"{call.method} {call.path}" for call in plan.calls if call.method == "POST"]
        for part, accession in made.items():
            planned = [one.replace(f"{{{part}}}", accession) for one in planned]
        assert posts(web) == planned
        sent = [record.body for record in web.requests if record.method == "POST" and "/import/" in record.path]
        assert [body.decode() for body in sent] == [call.body for call in plan.calls if call.body]
        assert web.token("curator") not in repr(plan)
        assert api.odm_plan(wish).notes[0].startswith("This was imported already")


STEPS = (
    "jobs/import/study",
    "jobs/316/info",
    "jobs/import/samples",
    "jobs/317/output",
    "link/sample",
    "jobs/import/expr",
)


@pytest.mark.parametrize("where", STEPS)
def test_cut_anywhere_it_goes_on(web: OdmWeb, where: str) -> None:
    """The server is gone at one request; after that the same wish is imported once all the same."""
    wish, before = genomes(web, by_link=True), groups(web)
    cut = Fault("gone", f"{LINK}/sample" if "link" in where else f"/api/v1/{where}")
    web.faults.append(cut)
    with pytest.raises(Unavailable):
        run(wish)
    web.faults.clear()

    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_an_answer_that_was_lost_is_asked_for_again_and_known(web: OdmWeb) -> None:
    wish, before = genomes(web, by_link=True), groups(web)
    web.faults.append(Fault("cut", "/api/v1/jobs/import/samples", times=1))
    with pytest.raises(Unavailable):
        run(wish)
    assert begun(wish).facts("samples-1")["state"] == "sent"

    found = run(wish)

    assert posts(web).count("POST /api/v1/jobs/import/samples") == 2  # the second one was answered 409
    assert more(web, before) == ONE_EACH
    assert begun(wish).facts("samples-1")["known"] is True
    assert found.finished


@pytest.mark.parametrize("arrived", [True, False])
def test_nobody_knows_whether_an_upload_arrived(web: OdmWeb, arrived: bool) -> None:
    wish, before = genomes(web), groups(web)
    path = "/api/v1/jobs/import/samples/multipart"
    web.faults.append(Fault("cut" if arrived else "gone", path, times=1))
    with pytest.raises(Unavailable):
        run(wish)
    with pytest.raises(Unavailable, match=r"not known whether samples\.tsv arrived") as asked:
        run(wish)
    assert "accession" in asked.value.hint
    assert posts(web).count(f"POST {path}") == 1, "an upload is never sent twice by itself"

    key = begun(wish).key
    if arrived:
        job = max(web.jobs.jobs.values(), key=lambda job: job.id)
        web.jobs._finish(job)
        told = api.odm_decide(key, "samples-1", job.made)
        assert [step.state for step in told.steps if step.key == "samples-1"] == ["done"]
    else:
        api.odm_decide(key, "samples-1")
    with pytest.raises(BadInput):
        api.odm_decide(key, "samples-1")

    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_a_known_import_is_not_made_twice(web: OdmWeb) -> None:
    wish, before = genomes(web, by_link=True), groups(web)
    first = run(wish)
    assert run(wish) == first
    api.odm_forget_import(first.key)

    again = run(wish)

    assert accessions(again) == accessions(first)
    assert more(web, before) == ONE_EACH
    assert accessions(run(replace(wish, allow_dups=True))) != accessions(first)


def test_a_failed_job_says_why_and_the_corrected_file_joins_what_is_there(web: OdmWeb) -> None:
    before = groups(web)
    broken = BUNDLE["a.gct"].replace(b"2\t4", b"2\t5")
    wish = genomes(web, file=file("a.gct", broken))
    with pytest.raises(BadAnswer, match=r"a\.gct was not imported") as failed:
        run(wish)
    assert len(str(failed.value)) < 1_000
    step = next(one for one in begun(wish).seen().steps if one.key == "expression-1")
    assert step.state == "failed"
    assert step.message == failed.value.message

    assert "study-1, samples-1" in api.odm_plan(genomes(web)).notes[0]
    found = run(genomes(web))

    assert found.finished
    assert more(web, before) == ONE_EACH


def test_messages_of_errors_are_told(web: OdmWeb) -> None:
    web.switches.job_fails = "Disk of the server is full"
    with pytest.raises(BadAnswer, match="Disk of the server is full"):
        run(genomes(web, by_link=True))


@pytest.mark.parametrize("end", ["STOPPED", "ABANDONED"])
def test_a_job_that_ended_otherwise_is_no_success(web: OdmWeb, end: str) -> None:
    before = groups(web)
    web.switches.job_end = end
    wish = genomes(web, by_link=True)
    with pytest.raises(BadAnswer, match=end.lower()):
        run(wish)
    web.switches.job_end = ""
    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_a_job_that_never_ends_is_waited_for_and_found_again(web: OdmWeb, tmp_path: Path) -> None:
    web.switches.job_end = "UNKNOWN"
    wish = genomes(web, by_link=True)
    with settings.use(online(web, tmp_path, longest=0.02)), pytest.raises(Unavailable, match="has not ended") as late:
        run(wish)
    assert "start the import again" in late.value.hint
    web.switches.job_end = ""
    assert run(wish).finished
    assert posts(web).count("POST /api/v1/jobs/import/study") == 1


def test_a_gateway_that_coughs_between_two_looks_is_no_failure(web: OdmWeb) -> None:
    web.faults.append(Fault("html", "/api/v1/jobs/317/info", status=504, times=3))
    assert run(genomes(web, by_link=True)).finished


@pytest.mark.parametrize("form", ["dmy", "ymd", "iso"])
def test_odd_forms_of_jobs_are_read(web: OdmWeb, form: str) -> None:
    web.switches.time_form, web.switches.study_result = form, "groupAccession"
    web.switches.output_status, web.switches.job_steps = False, ("STARTED", "UNKNOWN", "RUNNING")
    assert run(genomes(web, by_link=True)).finished


def test_a_web_page_instead_of_a_job(web: OdmWeb) -> None:
    web.faults.append(Fault("html", "/api/v1/jobs/import/study", status=504, times=1))
    wish, before = genomes(web, by_link=True), groups(web)
    with pytest.raises(Unavailable):
        run(wish)
    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_an_import_without_connection_is_not_in_doubt(web: OdmWeb) -> None:
    web.kill()
    try:
        with pytest.raises(Unreachable):
            run(genomes(web))
    finally:
        web.revive()
    assert run(genomes(web)).finished


def test_the_server_goes_down_in_the_middle(web: OdmWeb) -> None:
    wish, before = genomes(web), groups(web)

    def tell(part: str, *_: object) -> None:
        if "job 317" in part:
            web.kill()

    with pytest.raises(Unavailable):
        run(wish, tell)
    web.revive()
    assert run(wish).finished
    assert more(web, before) == ONE_EACH


def test_stopping_stops_the_job_too_and_it_goes_on(web: OdmWeb) -> None:
    before, looks = groups(web), []

    def tell(part: str, *_: object) -> None:
        looks.append(part)
        if "job 317" in part:
            raise Stopped

    wish = genomes(web, by_link=True)
    with pytest.raises(Stopped):
        run(wish, tell)
    assert "PUT /api/v1/jobs/317/stop" in posts(web)
    assert begun(wish).facts("samples-1")["job"] == 317

    assert run(wish).finished
    assert "PUT /api/v1/jobs/317/restart" in posts(web)
    assert more(web, before) == ONE_EACH


def test_an_old_server_takes_no_uploads(web: OdmWeb) -> None:
    web.faults.append(Fault("html", "/api/v1/jobs/import/samples/multipart", status=404))
    with pytest.raises(BadAnswer, match=r"refuses samples\.tsv") as refused:
        run(genomes(web))
    assert "give a link" in refused.value.hint


def test_an_upload_that_is_stopped_half_way_is_not_in_doubt(web: OdmWeb) -> None:
    big = BUNDLE["samples.tsv"] + b"".join(b"Lab\tS%d\tHomo sapiens\tM\tBritish\n" % n for n in range(20_000))
    parts = genomes(web).parts
    wish = replace(genomes(web), parts=(parts[0], OdmPart("samples", file=file("samples.tsv", big)), parts[2]))

    def tell(part: str, done: int, of: int, *_: object) -> None:
        if part == "Sending samples.tsv" and done < of:
            raise Stopped

    with pytest.raises(Stopped):
        run(wish, tell)
    assert begun(wish).facts("samples-1")["state"] == "waiting"


def test_an_import_goes_on_at_its_own_server_only(web: OdmWeb, tmp_path: Path) -> None:
    web.faults.append(Fault("gone", "/api/v1/jobs/import/samples"))
    with pytest.raises(Unavailable):
        run(genomes(web, by_link=True))
    opened = journal.read(journal.every()[0])
    with OdmWeb() as other, settings.use(online(other, tmp_path)):
        with pytest.raises(BadInput, match="another server"):
            importing.run(Server(settings.current().odm), opened, lambda *_: None)
        assert not other.requests


def test_researchers_import_nothing(web: OdmWeb, tmp_path: Path) -> None:
    wish = genomes(web, by_link=True)
    with settings.use(online(web, tmp_path, role="user")), pytest.raises(Refused, match="Only curators"):
        api.odm_import(wish)
    assert not web.requests
    with settings.use(online(web, tmp_path, token=web.token("user"))), pytest.raises(Refused) as refused:
        run(wish)
    assert "Curators group" in refused.value.hint
    assert run(wish).finished


def test_a_study_of_the_server_is_described_and_filled(web: OdmWeb) -> None:
    study = OdmPart("study", accession=web.atlas.study, attributes=(("Contributor", "Lab One"), ("Study Type", None)))
    wish = replace(genomes(web), parts=(study, *genomes(web).parts[1:]))
    found = run(wish)
    assert found.study == web.atlas.study
    assert web.truth.metadata(found.study)["Contributor"] == "Lab One"
    assert set(web.truth.members(accessions(found)["samples-1"])) <= set(web.truth.samples(found.study))


def test_no_token_is_written_anywhere(web: OdmWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    token = web.token("curator")
    caplog.set_level("DEBUG")
    web.switches.job_fails = f"refused for {token}"
    with pytest.raises(ExpronautError) as failed:
        run(genomes(web, by_link=True))
    web.switches.job_fails = ""
    signed = replace(genomes(web).parts[0], link=f"{web.link('study.tsv')}?X-Amz-Signature=abcdef123456")
    wish = replace(genomes(web), parts=(signed, *genomes(web).parts[1:]))
    run(wish)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    told = f"{caplog.text}{failed.value}{api.odm_plan(wish)!r}{api.odm_imports_known()!r}"
    for secret in (token, "abcdef123456"):
        assert secret.encode() not in written
        assert secret not in told
    assert all(path.stat().st_mode & 0o077 == 0 for path in journal.folder().glob("*.json"))


def test_a_signed_link_is_given_anew(web: OdmWeb) -> None:
    link = f"{web.link('study.tsv')}?X-Amz-Signature="
    parts = genomes(web).parts[1:]
    web.faults.append(Fault("gone", "/api/v1/jobs/import/study"))
    with pytest.raises(Unavailable):
        run(replace(genomes(web), parts=(OdmPart("study", link=f"{link}old"), *parts)))
    web.faults.clear()
    read = journal.read(journal.every()[0])
    assert "…" in read.wish.parts[0].link

    assert run(replace(genomes(web), parts=(OdmPart("study", link=f"{link}new"), *parts))).finished
    assert len(journal.every()) == 1


def test_files_are_checked_before(web: OdmWeb) -> None:
    assert [one for one in api.odm_check_files(genomes(web)) if one.level == "error"] == []
    broken = file("a.gct", BUNDLE["a.gct"].replace(b"2\t4", b"2\t5"))
    told = [
        (one.code, one.file, one.line) for one in api.odm_check_files(genomes(web, file=broken)) if one.level == "error"
    ]
    assert told == [("GCT_DIMS", "a.gct", 2)]
    partly = api.odm_check_files(genomes(web, file=file("partial.gct"), metadata_file=None))
    assert [one.code for one in partly if one.code.startswith("LINK")] == ["LINK_PARTIAL"]
    assert api.odm_check_files(genomes(web, by_link=True)) == ()
    assert not web.requests


def test_what_cannot_be_sent_is_said_before(web: OdmWeb, tmp_path: Path) -> None:
    parts = genomes(web).parts
    with pytest.raises(BadInput, match="takes no upload of a study") as told:
        api.odm_plan(replace(genomes(web), parts=(OdmPart("study", file=file("study.tsv")), *parts[1:])))
    assert "link" in told.value.hint
    with settings.use(online(web, tmp_path, dialect="legacy")), pytest.raises(BadInput, match="legacy"):
        api.odm_plan(genomes(web))
    with pytest.raises(NotFound):
        api.odm_resume("0" * 16)
    assert not web.requests
