"""Links on ODM: complete, partial, none; said and not made; made though no answer came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backend import settings
from backend.errors import BadAnswer, Unavailable
from backend.model import OdmPart
from tests.contract.odm_curating import ONE_EACH, accessions, begun, file, genomes, groups, more, online, posts, run
from tests.doubles.http_double import Answer, Call
from tests.doubles.odm_web import BUNDLE, Fault, OdmWeb

LINK = "/api/v1/as-curator/integration/link"


@pytest.fixture
def web(curated: OdmWeb) -> OdmWeb:
    return curated


def test_columns_that_match_nothing_are_told(web: OdmWeb) -> None:
    found = run(genomes(web, file=file("partial.gct"), metadata_file=None))
    link = next(step.link for step in found.steps if step.link)
    assert (link.state, link.n_matched, link.unmatched, link.without_data) == ("partial", 3, ("HG00999",), ("HG00176",))
    assert begun(genomes(web, file=file("partial.gct"), metadata_file=None)).seen() == found, "it stands in the journal"


def test_columns_over_two_files_of_samples(web: OdmWeb) -> None:
    lines = BUNDLE["samples.tsv"].splitlines(keepends=True)
    first, second = b"".join(lines[:3]), lines[0] + b"".join(lines[3:])
    study, _, data = genomes(web).parts
    samples = [OdmPart("samples", file=file(name, part)) for name, part in (("s1.tsv", first), ("s2.tsv", second))]
    wish = replace(genomes(web), parts=(study, *samples, data))
    link = next(step.link for step in run(wish).steps if step.link)
    assert (link.state, link.n_matched) == ("complete", 4)


def test_another_linking_attribute_needs_no_new_import(web: OdmWeb) -> None:
    before = groups(web)
    wish = genomes(web, linking_attribute="Population")
    with pytest.raises(BadAnswer, match=r"linked nothing of a\.gct") as failed:
        run(wish)
    assert "Population" in failed.value.hint
    assert run(genomes(web)).finished
    assert more(web, before) == ONE_EACH


def test_a_link_that_is_done_is_made_anew_by_another_attribute(web: OdmWeb) -> None:
    columns = BUNDLE["samples.tsv"].decode().splitlines()
    named = "".join(f"{line}\t{line.split(chr(9))[1] if n else 'Sample Name'}\n" for n, line in enumerate(columns))
    study, _, data = genomes(web).parts
    wish = replace(genomes(web), parts=(study, OdmPart("samples", file=file("samples.tsv", named.encode())), data))
    run(wish)
    changed = replace(wish, parts=(*wish.parts[:2], replace(data, linking_attribute="Sample Name")))
    sent = len(posts(web))
    found = run(changed)
    assert [one for one in posts(web)[sent:] if "/import/" in one] == []
    link = next(step.link for step in found.steps if step.link)
    assert (link.attribute, link.state) == ("Sample Name", "complete")
    assert len(posts(web)) == sent + 1


def test_libraries_that_are_said_to_be_linked_and_are_not(web: OdmWeb) -> None:
    web.switches.link_lost = True
    wish = genomes(web, OdmPart("libraries", file=file("libraries.tsv")))
    with pytest.raises(BadAnswer, match="said that the libraries are linked, but they are not"):
        run(wish)
    web.switches.link_lost = False
    assert run(wish).finished


def given_up(web: OdmWeb, kind: str) -> list[str]:
    """From now on a gateway gives up before the server answers to a link of this kind. The methods that came."""
    seen: list[str] = []

    def gateway(call: Call) -> Answer:
        seen.append(call.method)
        made = web._served(call)
        return Answer.html(504) if call.method == "POST" else made

    web.route(f"{LINK}/{kind}/group", gateway)
    return seen


@pytest.mark.parametrize("kind", ["sample", "library", "expression"])
def test_a_gateway_gave_up_but_the_link_was_made(tmp_path: Path, kind: str) -> None:
    with OdmWeb() as web, settings.use(online(web, tmp_path)):
        seen = given_up(web, kind)
        found = run(genomes(web, OdmPart("libraries", link=web.link("libraries.tsv")), by_link=True))
        assert found.finished
        assert seen.count("POST") == 1
        link = next(step.link for step in found.steps if step.link)
        assert (link.state, link.n_matched) == ("complete", 4)


def test_a_gateway_gave_up_and_nothing_was_linked(web: OdmWeb) -> None:
    web.faults.append(Fault("html", f"{LINK}/sample", status=504, times=1, method="POST"))
    wish = genomes(web, by_link=True)
    with pytest.raises(Unavailable, match="504"):
        run(wish)
    assert run(wish).finished


def test_versions_follow_each_other(web: OdmWeb) -> None:
    second = OdmPart("expression", file=file("a2.gct"), previous_version="expression-1")
    made = accessions(run(genomes(web, second)))
    first, last = (web.truth.metadata(made[key]) for key in ("expression-1", "expression-2"))
    assert first["genestack:chain"] == last["genestack:chain"]
    assert [one["genestack:versionInChain"] for one in (first, last)] == [1, 2]


def test_a_former_version_is_linked_anew(tmp_path: Path) -> None:
    """Lists of a study tell active versions only, unless they are asked for all."""
    with OdmWeb() as web, settings.use(online(web, tmp_path)):
        second = OdmPart("expression", link=web.link("a2.gct"), previous_version="expression-1")
        made = accessions(run(genomes(web, second, by_link=True)))
        given_up(web, "expression")
        known = [OdmPart(kind, accession=made[f"{kind}-1"]) for kind in ("study", "samples", "expression")]
        assert run(replace(genomes(web), parts=tuple(known))).finished
