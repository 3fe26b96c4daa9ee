"""Samples of an indexed file: hits, facets and exports are those of the file as h5py reads it."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from starlette.requests import Request

from backend import api
from components import counts_export, export_jobs, inputs, sample_words
from tests.contract import archs4_cohort
from tests.pages.conftest import AtlasSource, Open, captions, messages, standing, unescaped

FIELDS = ("geo_accession", "title", "source_name_ch1", "characteristics_ch1", "series_id")


@pytest.fixture(scope="module")
def meta(atlas_file: AtlasSource) -> pd.DataFrame:
    """The metadata of the file as it stands."""
    with h5py.File(atlas_file.path) as file:
        texts = {name: [text.decode("utf-8", "replace") for text in file[f"meta/samples/{name}"][:]] for name in FIELDS}
        single = file["meta/samples/singlecellprobability"][:] > 0.5
    return pd.DataFrame(texts).assign(single=single)


def counted(at) -> tuple[int, int]:
    line = next(text.value for text in at.main.markdown if "** in **" in text.value)
    samples, series = re.findall(r"\*\*([\d,]+) ", line)
    return int(samples.replace(",", "")), int(series.replace(",", ""))


def accessions(at) -> list[str]:
    """Of the hits of this page; simulated ones are plain text."""
    return [unescaped(box.label).split()[-1] for box in at.checkbox]


def facet_labels(at) -> dict[str, int]:
    found = [re.fullmatch(r"(.*) \(([\d,]+)\)", unescaped(button.label)) for button in at.main.button]
    return {match[1]: int(match[2].replace(",", "")) for match in found if match}


def has_word(meta: pd.DataFrame, word: str) -> pd.Series:
    """Rows with the word in any field, as the index compares."""
    joined = meta[list(FIELDS)].agg(" | ".join, axis=1).str.lower()
    return joined.str.contains(rf"(?<![a-z0-9]){word}(?![a-z0-9])", regex=True)


def test_words_find_what_the_file_holds_and_facets_count_it(
    open_page: Open, atlas_source: AtlasSource, meta: pd.DataFrame
) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="title:liver"))
    hits = meta[meta["title"].str.lower().str.contains(r"(?<![a-z0-9])liver(?![a-z0-9])", regex=True)]
    series = {one.strip() for joined in hits["series_id"] for one in re.split(r"[,\s]+", joined) if one.strip()}
    assert counted(at) == (len(hits), len(series))
    assert accessions(at) == list(hits["geo_accession"][:20])
    headings = {unescaped(text.value).strip("*") for text in at.main.markdown}
    assert headings >= {"Series", "Tissue", "Instrument", "Bulk or single-cell", "Year"}
    labels = facet_labels(at)
    assert labels.get("bulk", 0) == int((~hits["single"]).sum())
    assert labels.get("single-cell", 0) == int(hits["single"].sum())
    pool = "bulk" if labels.get("bulk") else "single-cell"
    at.button(f"facet-pool:{pool}").click()
    standing(at.run())
    assert counted(at)[0] == labels[pool]
    assert at.query_params["only"] == f"pool:{pool}"


def test_a_pattern_finds_what_python_finds(open_page: Open, atlas_source: AtlasSource, meta: pd.DataFrame) -> None:
    pattern = r"liver|hepato(cyte|ma)"
    at = open_page("samples", source=atlas_source.key, q=pattern)
    at.toggle("regex").set_value(True)
    standing(at.run())
    assert at.query_params["regex"] == "1"
    found = re.compile(pattern, re.IGNORECASE)
    wanted = meta[list(FIELDS)].map(lambda text: bool(found.search(text))).any(axis=1)
    assert counted(at)[0] == int(wanted.sum()) > 0
    assert accessions(at) == list(meta["geo_accession"][wanted][:20])
    lit = [text.value for text in at.main.caption if "matched" in text.value]
    assert all(":primary-background[" in text for text in lit)
    again = standing(open_page("samples", **at.query_params))
    assert accessions(again) == accessions(at)
    assert not facet_labels(at), "groups are only counted"
    assert not [button for button in at.button if button.key in ("cohort-keep", "counts-make")]
    assert "Only a search by words can be named" in captions(at)


def test_groups_in_the_address_of_a_pattern_are_told_and_left_out(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver", regex="1", only=["pool:bulk"]))
    assert "cannot be narrowed by groups" in messages(at)
    assert counted(at)[0] == api.search_samples(atlas_source.key, "liver", regex=True).value.total


def test_a_pattern_that_is_none_is_told(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver(", regex="1"))
    assert len(at.info) == 1
    assert at.text_input("q").value == "liver("


def test_accessions_of_simulated_samples_lead_nowhere(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver"))
    everything = "".join(text.value for text in (*at.main.markdown, *at.main.caption)) + "".join(
        box.label for box in at.checkbox
    )
    assert "GSM" in everything
    assert "ncbi.nlm.nih.gov" not in everything
    assert "SIMULATED DATA" in captions(at)


def test_what_the_page_proposes_to_type_finds_something(atlas_source: AtlasSource) -> None:
    for source in (atlas_source.key, api.DEFAULT_SOURCE):
        words = sample_words.of(source, regex=False)
        quoted = re.sub(r"^e\.g\. ", "", words.placeholder).split(", ")
        for query in (words.example, words.beginning, *quoted):
            assert api.search_samples(source, query).value.total, (source, query)
    for query in (sample_words.PATTERN.example, sample_words.PATTERN.beginning):
        assert api.search_samples(atlas_source.key, query, regex=True).value.total, query


def test_all_hits_come_in_one_table(atlas_source: AtlasSource, meta: pd.DataFrame) -> None:
    hits = meta[has_word(meta, "liver")]
    assert len(hits) > 20
    table = api.all_samples(atlas_source.key, "liver").value
    assert list(table["sample"]) == list(hits["geo_accession"])
    assert list(table["title"]) == list(hits["title"])
    cut = api.all_samples(atlas_source.key, "liver", limit=5)
    assert list(cut.value["sample"]) == list(hits["geo_accession"][:5])
    assert f"The first 5 of {len(hits)} samples." in cut.provenance.notes
    tissues = api.all_samples(api.DEFAULT_SOURCE, "median")
    assert len(tissues.value) == api.search_samples(api.DEFAULT_SOURCE, "median").value.total


def made(at) -> export_jobs.Job:
    """The job of this session, when it has ended."""
    _, job = at.session_state[inputs.EXPORT]
    assert job.wait(60)
    return job


def handed_out(address: str) -> tuple[int, bytes]:
    """What the route of the server gives for an address."""
    _, token, name = address.strip("/").split("/")
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": address, "headers": [], "query_string": b""}
        scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}
        scope["path_params"] = {"token": token, "name": name}
        response = await export_jobs.hand_out(Request(scope))
        await response(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("form", ["tsv", "hdf5"])
def test_the_counts_of_the_hits_are_those_of_the_file(
    open_page: Open, atlas_source: AtlasSource, meta: pd.DataFrame, tmp_path: Path, form: str
) -> None:
    at = standing(open_page("samples", source=atlas_source.key, q="liver"))
    at.segmented_control("form").set_value(form)
    standing(at.run())
    places = np.flatnonzero(has_word(meta, "liver"))
    genes = len(atlas_source.raw.symbols)
    assert f"{genes:,} genes × {len(places)} samples, about" in captions(at)
    at.button("counts-make").click()
    job = made(standing(at.run()))
    standing(at.run())
    (link,) = at.get("link_button")
    assert link.proto.url.endswith(export_jobs.address(job))
    status, content = handed_out(export_jobs.address(job))
    assert status == 200
    assert "SIMULATED" in job.name
    if form == "tsv":
        lines = content.decode().splitlines()
        head = [line for line in lines if line.startswith("#")]
        assert head[0] == "# SIMULATED DATA"
        table = [line.split("\t") for line in lines[len(head) :]]
        assert table[0][2:] == list(meta["geo_accession"].iloc[places])
        counts = np.array([line[2:] for line in table[1:]], dtype=np.int64)
    else:
        file = tmp_path / "got.h5"
        file.write_bytes(content)
        with h5py.File(file) as got:
            counts = got["data/expression"][:]
            assert [text.decode() for text in got["meta/samples/geo_accession"][:]] == list(
                meta["geo_accession"].iloc[places]
            )
    np.testing.assert_array_equal(counts, atlas_source.raw.counts[:, places])
    at.button("counts-delete").click()
    standing(at.run())
    assert not at.get("link_button")
    assert handed_out(export_jobs.address(job))[0] == 404


def test_a_cancelled_file_leaves_nothing_behind() -> None:
    told: list[Path] = []
    cancelled = threading.Event()

    def work(path: Path, tell: export_jobs.Tell) -> None:
        told.append(path)
        path.write_bytes(b"half")
        assert cancelled.wait(10)
        tell(1, 2)
        raise AssertionError("it went on")

    job = export_jobs.Job("x.tsv", work)
    job.cancel()
    cancelled.set()
    assert job.wait(10)
    assert job.file is None
    assert job.problem is None
    assert not any(path.parent.exists() for path in told)
    assert handed_out(export_jobs.address(job))[0] == 404


def test_a_file_is_only_handed_out_under_its_own_name() -> None:
    job = export_jobs.Job("mine.tsv", lambda path, _: path.write_bytes(b"all"))
    assert job.wait(10)
    assert handed_out(export_jobs.address(job)) == (200, b"all")
    assert handed_out(f"/exports/{job.token}/other.tsv")[0] == 404
    assert handed_out("/exports/guess/mine.tsv")[0] == 404
    export_jobs.forget(job.token)
    assert handed_out(export_jobs.address(job))[0] == 404


@pytest.mark.parametrize(
    ("samples", "form", "words"),
    [(49, "tsv", "6 MB"), (5_000, "tsv", "600 MB"), (20_000, "hdf5", "640 MB"), (1, "hdf5", "32 kB")],
)
def test_the_size_is_said_in_words(samples: int, form: str, words: str) -> None:
    assert counts_export.size(40_000, samples, form) == words


@pytest.fixture
def unindexed(atlas_file: AtlasSource, tmp_path: Path):
    """The same file without an index, as a source."""
    path = tmp_path / "plain.h5"
    path.symlink_to(atlas_file.path)
    with archs4_cohort.found(tmp_path):
        yield "archs4-plain"


def test_without_an_index_words_work_and_the_rest_leads_to_the_datasets(open_page: Open, unindexed: str) -> None:
    at = standing(open_page("samples", source=unindexed, q="liver"))
    assert counted(at)[0] > 0
    assert "Searched without an index" in captions(at)
    at.toggle("regex").set_value(True)
    standing(at.run())
    assert "index" in messages(at)
    assert "Files and indexes" in [link.proto.label for link in at.main.get("page_link")]


def test_without_an_index_co_expression_says_what_to_do(open_page: Open, unindexed: str) -> None:
    at = standing(open_page("coexpression", source=unindexed))
    assert "has no index yet" in messages(at)
    assert len(at.info) == 1, "it is said once"
    assert "Files and indexes" in [link.proto.label for link in at.main.get("page_link")]
