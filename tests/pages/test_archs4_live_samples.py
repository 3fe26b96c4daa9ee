"""Samples of the live ARCHS4: what words find, what is shown of hits, and the counts ARCHS4 packs."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from components import export_jobs, inputs
from tests.doubles.archs4_web import Archs4Web, Fault
from tests.pages import live
from tests.pages.conftest import Open, captions, link_of, messages, standing
from tests.pages.live import press

SHOWN = 20


def accessions(at) -> list[str]:
    """Of the hits of this page, in order."""
    return [re.findall(r"\bGSM\d+", box.label)[0] for box in at.main.checkbox]


def counted(at) -> list[int]:
    """Samples, and series where told, that match."""
    line = next(text.value for text in at.main.markdown if text.value.endswith(" match"))
    return [int(number.replace(",", "")) for number in re.findall(r"\*\*([\d,]+) ", line)]


def has(web: Archs4Web, species: str, words: str) -> set[str]:
    return set(web.samples_matching(words, species))


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_words_phrases_and_operators_find_what_the_descriptions_hold(
    open_page: Open, tmp_path: Path, species: str
) -> None:
    with live.archs4(tmp_path) as web:

        def found(words: str) -> set[str]:
            return has(web, species, words)

        wanted = {
            "liver": found("liver"),
            "liver -rep1": found("liver") - found("rep1"),
            "liver NOT (rep1 OR rep2)": found("liver") - found("rep1") - found("rep2"),
            "hepat*": found("hepat"),
            '"cell type"': found(r"cell[\W_]+type"),
        }
        for query, samples in wanted.items():
            at = standing(open_page("samples", source="archs4", species=species, q=query))
            assert counted(at)[0] == len(samples) > 0, query
            assert set(accessions(at)) <= samples, query


def test_pages_hold_every_hit_once_and_the_series_are_those_of_the_hits(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("samples", source="archs4", q="liver"))
        wanted = has(web, "human", "liver")
        series = {one for name in wanted for one in re.findall(r"GSE\d+", web.metadata(name)["series"])}
        assert counted(at) == [len(wanted), len(series)]
        first = accessions(at)
        at.pagination[0].select(2)
        standing(at.run())
        assert at.query_params["page"] == "2"
        assert len(first) == SHOWN
        assert sorted(first + accessions(at)) == sorted(wanted)
        again = standing(open_page("samples", **dict(link_of(at)[1])))
        assert accessions(again) == accessions(at)


def test_why_a_hit_matched_is_lit_and_no_column_is_kept_for_facets(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path):
        at = standing(open_page("samples", source="archs4", q="liver", only=["tissue:Liver"]))
    assert "only = “tissue:Liver”, which is not there" in messages(at)
    why = [text.value for text in at.main.caption if "matched" in text.value]
    assert len(why) == SHOWN
    assert all(re.search(r":primary-background\[(?i:liver)\]", text) for text in why)
    assert len(at.main.columns) == 2  # the field and the switch beside it; the hits have the whole width
    assert "ARCHS4 finds a word inside of longer words too." in captions(at)


def test_the_help_says_what_the_live_search_understands(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path):
        at = standing(open_page("samples", source="archs4", q="liver"))
        for words in ("AND, OR, NOT", "lymph*", "GSM", "inside of longer words", "title:liver, cannot"):
            assert words in at.text_input("q").help
        pattern = standing(open_page("samples", source="archs4", q="liver|kidney", regex="1"))
    assert "ARCHS4 applies it" in pattern.text_input("q").help
    assert "system:brain" in standing(open_page("samples", q="liver")).text_input("q").help  # as before


def test_a_regular_expression_goes_to_archs4(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("samples", source="archs4", q="hepatocyte_rep[12]|liver_rep3", regex="1"))
        wanted = has(web, "human", "hepatocyte_rep[12]|liver_rep3")
    assert counted(at)[0] == len(wanted) > 0
    assert set(accessions(at)) <= wanted
    assert "Only a search by words can be exported with its counts." in captions(at)


def test_samples_without_a_description_are_shown_with_the_reason(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, {"drop_metadata": 4}) as web:
        at = standing(open_page("samples", source="archs4", q="liver"))
        lone = [text.value for text in at.main.caption if "no description came" in text.value]
        assert len(lone) == SHOWN // 4
        assert f"gave no description of {SHOWN // 4} of these samples" in captions(at)
        assert set(accessions(at)) <= has(web, "human", "liver")  # still named, and still links
    assert "nan" not in " ".join(box.label for box in at.main.checkbox).lower()


def test_when_no_description_can_be_had_the_hits_are_still_there(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        web.faults = [Fault("status", "/sigpy/meta/samplemeta", status=500)]
        at = standing(open_page("samples", source="archs4", q="GSM1001086, GSM1001093"))
    assert accessions(at) == ["GSM1001086", "GSM1001093"]
    assert counted(at) == [2]  # their series are not known, which is not none
    assert "their descriptions could not be had" in captions(at)


def test_a_stale_search_says_so_and_an_unseen_one_what_happened(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, **live.STALE) as web:
        before = standing(open_page("samples", source="archs4", q="liver"))
        assert messages(before) == ""
        web.kill()
        at = standing(open_page("samples", source="archs4", q="liver"))
        assert accessions(at) == accessions(before)
        assert re.search(r"does not answer now; these are its numbers of \d+ min ago", messages(at))
        assert "stale, fetched" in captions(at)
        other = standing(open_page("samples", source="archs4", q="kidney"))
        assert accessions(other) == []
        assert "ARCHS4 cannot be asked for samples now." in messages(other)
        assert "Try again" in [button.label for button in other.main.button]


def ended(at) -> Any:
    """Wait for the file in the making."""
    _, job = at.session_state[inputs.EXPORT]
    assert job.wait(30)
    standing(at.run())
    return job


def table(job) -> tuple[list[str], dict[str, list[int]]]:
    """Accessions and counts by gene of a TSV."""
    lines = [line.split("\t") for line in job.file.read_text().splitlines() if not line.startswith("#")]
    head = next(line for line in lines if any(cell.startswith("GSM") for cell in line))
    skipped = next(i for i, cell in enumerate(head) if cell.startswith("GSM"))
    return head[skipped:], {line[0]: [int(cell) for cell in line[skipped:]] for line in lines[lines.index(head) + 1 :]}


def test_counts_of_a_search_are_those_archs4_packs(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("samples", source="archs4", q="liver"))
        wanted = has(web, "human", "liver")
        assert f"All genes × {len(wanted)} samples. ARCHS4 packs them when asked, up to 5,000 samples" in captions(at)
        press(at, "Make the file")
        names, counts = table(ended(at))
        assert set(names) == wanted
        assert counts["ALB"] == [web.counts("ALB", name) for name in names]
        assert any("Download counts" in one.proto.label for one in at.main.get("link_button"))


def test_counts_of_the_basket_are_of_its_samples_from_any_search(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path) as web:
        at = standing(open_page("samples", source="archs4", q="GSM1001086, GSM1001093"))
        press(at, "Add this page to the basket")
        at.text_input("q").set_value("GSE20014")
        standing(at.run())
        press(at, "Add this page to the basket")
        basket = list(at.session_state[inputs.BASKET])
        assert len(basket) > 2
        at.button("counts-make-basket").click()
        standing(at.run())
        names, counts = table(ended(at))
        assert names == basket
        assert counts["INS"] == [web.counts("INS", name) for name in names]


def test_the_service_says_how_far_it_is_and_cancel_leaves_nothing(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, {"endless_task": True}):
        at = standing(open_page("samples", source="archs4", q="liver"))
        press(at, "Make the file")
        _, job = at.session_state[inputs.EXPORT]
        while not job.done:
            time.sleep(0.01)
        standing(at.run())
        (bar,) = at.main.get("progress")
        assert re.fullmatch(r"ARCHS4 packs the counts: \d+ %", bar.proto.text)
        press(at, "Cancel")
        assert job.wait(10)
        assert (job.file, job.problem) == (None, None)
        assert not (export_jobs._root() / job.token).exists()
        assert inputs.EXPORT not in at.session_state


def test_a_task_that_fails_is_told_and_can_be_begun_again(open_page: Open, tmp_path: Path) -> None:
    with live.archs4(tmp_path, {"failing_task": True}) as web:
        at = standing(open_page("samples", source="archs4", q="liver"))
        press(at, "Make the file")
        assert ended(at).problem is not None
        assert len(at.warning) == 1
        web.switches.failing_task = False
        press(at, "Make it again")
        assert ended(at).problem is None
        assert messages(at) == ""
