"""STOmics from the search to the drawn gene, through the counter only: what its parts show when they are together."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend import api, settings
from backend.errors import BadAnswer, ExpronautError, NotFound, Unavailable, UnknownExpressionShape
from backend.model import Spots, StomicsDownload
from components import spatial_drawn
from components.spatial_drawn import EVERY, Look
from tests.contract.stomics_online import online
from tests.doubles.stomics_web import KEY, Fault, StomicsWeb
from tests.doubles.stomics_web_world import LARGE, SECTION, TINY

ROOT = Path(__file__).parents[2]
MEGABYTES = 200_000_000
FILES = f"/api/v1/datasets/{TINY}/files"
FAULTS = {
    "slow": (Fault("slow", FILES, seconds=3), Unavailable),
    "cut": (Fault("cut", FILES), Unavailable),
    "stall": (Fault("stall", FILES, seconds=3), Unavailable),
    "web page of 404": (Fault("html", FILES, status=404), BadAnswer),
    "loop": (Fault("redirect", FILES, target="{path}"), BadAnswer),
    "gone": (Fault("gone", FILES), Unavailable),
    "not allowed": (Fault("status", FILES, status=405), BadAnswer),
}


@pytest.fixture(scope="module")
def served() -> Iterator[StomicsWeb]:
    with StomicsWeb(large=MEGABYTES) as made:
        yield made


@pytest.fixture
def web(served: StomicsWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[StomicsWeb]:
    """After each test: no key at storage, and no key or signature in the log or in any small file that was written."""
    served.reset()
    caplog.set_level(logging.DEBUG)
    with settings.use(online(served, tmp_path)):
        yield served
    assert served.leaks() == []
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 10_000_000]
    for told in (caplog.text.encode(), *(path.read_bytes() for path in written)):
        assert KEY.encode() not in told
        assert b"X-Amz-" not in told


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def drawn(path: str, scale: str = "stored", bin: int = 0) -> tuple[Spots, str]:
    """Sox2 over the spots of a file that was downloaded, once its copy sorted by gene is there; and its key."""
    key = api.open_section(path, bin)
    until(lambda: api.section_progress(key) is None or api.section_progress(key).state not in ("waiting", "running"))
    assert api.section_progress(key) is None
    return api.spots(key, ["Sox2"], "mouse", scale=scale).value, key


def placed(found: Spots) -> dict[tuple[float, float], float]:
    """(x, y) -> value."""
    table = found.table
    return dict(zip(zip(table["x"], table["y"], strict=True), found.values[0], strict=True))


def fetched(accession: str, file_id: str) -> StomicsDownload:
    """The download as the page shows it, once it ended."""
    api.start_stomics_download(accession, file_id)

    def one() -> StomicsDownload:
        return next(one for one in api.stomics_downloads(accession) if one.file_id == file_id)

    until(lambda: one().progress.state not in ("waiting", "running"))
    return one()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_an_error_that_says_what_to_do(web: StomicsWeb, fault: str) -> None:
    made, kind = FAULTS[fault]
    web.faults.append(made)
    quick = replace(settings.current().patience, read=0.2, attempts=2)
    with settings.use(replace(settings.current(), patience=quick)), pytest.raises(ExpronautError) as caught:
        api.stomics_files(TINY)
    assert isinstance(caught.value, kind)
    assert caught.value.hint
    assert "<" not in str(caught.value)
    assert KEY not in f"{caught.value!r}"
    web.release()


def test_a_file_of_200_mb_that_is_cut_in_the_middle_arrives_byte_for_byte(web: StomicsWeb) -> None:
    listed = next(one for one in api.stomics_files(SECTION).value if one.id == str(LARGE))
    assert listed.size == MEGABYTES
    web.switches.cuts = [MEGABYTES // 2]
    web.switches.uses = 1  # the address is too old after it, too
    done = fetched(SECTION, listed.id)
    assert (done.progress.state, done.done, done.here) == ("done", True, MEGABYTES)
    with Path(done.path).open("rb") as file:
        assert f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == listed.checksum
    answered = [(one.headers.get("Range"), one.status) for one in web.storage.requests]
    middle = f"bytes={MEGABYTES // 2}-"
    assert answered == [(None, 200), (middle, 403), (middle, 206)]
    assert [path.name for path in Path(done.folder).glob("[!.]*")] == ["registered.tif"]
    Path(done.path).unlink()


def test_the_tiny_file_is_found_fetched_opened_and_drawn(web: StomicsWeb) -> None:
    page = api.stomics_datasets("brain", [1], "download_count", "asc").value
    accession = page.datasets[0].accession
    assert accession == TINY
    chosen = next(one for one in api.stomics_files(accession).value if one.name.endswith(".h5ad"))
    done = fetched(accession, chosen.id)
    assert done.form == "h5ad"
    found, key = drawn(done.path)
    assert found.values.tolist() == [[0.0, 1.4, 2.2, 0.0]]
    assert found.table["spot"].tolist() == ["s1", "s2", "s3", "s4"]
    assert found.table["group"].tolist() == ["Neuron", "Neuron", "Glia", "Glia"]
    (section,) = [one for one in api.sections() if one.key == key]
    assert (section.of, section.n_spots, section.n_genes) == (TINY, 4, 3)
    profile = api.tissue_profile(key, "Sox2", "mouse").value.set_index("tissue")
    assert profile["n_samples"].to_dict() == {"Neuron": 2, "Glia": 2}
    assert profile["mean"].to_dict() == pytest.approx({"Neuron": 0.7, "Glia": 1.1})


@pytest.mark.parametrize("number", [201, 202, 203, 204, 205])
def test_the_same_gene_is_drawn_from_every_type_of_file(web: StomicsWeb, number: int) -> None:
    done = fetched(SECTION, str(number))
    found, _ = drawn(done.path, bin=0 if done.form == "h5ad" else 50)
    truth = web.datasets[SECTION].truth
    if done.form == "h5ad":
        expected = truth
        assert found.table["spot"].tolist() == truth.spots
    else:
        expected = truth.binned(50)
    places = [tuple(place) for place in expected.xy.astype(float).tolist()]
    assert placed(found) == dict(zip(places, expected.of("Sox2"), strict=True))


@pytest.mark.parametrize("shape", ["records", "bare records", "columns", "no positions", "mapping", "genes", "gene"])
def test_the_same_four_spots_are_drawn_from_every_shape(web: StomicsWeb, shape: str) -> None:
    web.switches.shape = shape
    found = api.spots(api.open_stomics(TINY), ["Sox2"], "mouse").value
    assert found.values.tolist() == [[0.0, 1.4, 2.2, 0.0]]
    if shape in ("no positions", "mapping"):
        assert found.table[["x", "y"]].isna().all(axis=None)
    else:
        assert list(placed(found)) == [(1, 1), (2, 1), (1, 2), (2, 2)]


def test_a_missing_value_stays_missing_and_0_stays_0_down_to_the_csv(web: StomicsWeb) -> None:
    web.switches.shape = "nulls"
    found = api.spots(api.open_stomics(TINY), ["Sox2"], "mouse").value
    np.testing.assert_array_equal(found.values, [[0.0, np.nan, 2.2, 0.0]])
    drawing = spatial_drawn.of(found, Look(how=EVERY))
    assert drawing.missing() == 1
    rows = drawing.numbers().to_csv(index=False).splitlines()[1:]
    assert [row.rsplit(",", 1)[1] for row in rows] == ["0.0", "", "2.2", "0.0"]


@pytest.mark.parametrize(
    ("accession", "shape", "kind", "words"),  # an answer that cannot be read is not asked for again at once
    [
        ("STD0005", "unknown", UnknownExpressionShape, "gene, matrix_url, blocks"),
        ("STD0006", "strings", UnknownExpressionShape, "SPOT000000-1, SPOT000001-1"),
        ("STD0007", "unequal", BadAnswer, "values 35, cell_ids 36"),
        ("STD0009", "empty", NotFound, "Sox2"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_file_is_offered(
    web: StomicsWeb, accession: str, shape: str, kind: type[ExpronautError], words: str
) -> None:
    web.switches.shape = shape
    key = api.open_stomics(accession)
    with pytest.raises(kind, match=words) as caught:
        api.spots(key, ["Sox2"], "mouse")
    assert ("h5ad file" if kind is not NotFound else "SOX2") in caught.value.hint


def test_the_service_is_never_called_by_the_name_of_another() -> None:
    other = re.compile(r"stomicsdb|stomics cloud|stomics\.tech", re.IGNORECASE)
    rooms = [ROOT / room for room in ("backend", "components", "pages")]
    found = [path for room in rooms for path in room.rglob("*.py") if other.search(path.read_text(encoding="utf-8"))]
    assert [path.name for path in found] == ["accessions.py"]  # which says that an accession is of another service
