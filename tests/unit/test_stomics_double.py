"""The double of STOmics answers as its contract says, seen by a plain client, and serves real files."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from math import ceil

import h5py
import numpy as np
import pytest
import requests

from tests.doubles.stomics_web import KEY, StomicsWeb
from tests.doubles.stomics_web_bytes import BLOCK, Generated
from tests.doubles.stomics_web_openapi import ROOT
from tests.doubles.stomics_web_switches import SHAPES
from tests.doubles.stomics_web_world import EVIL, LARGE, SECTION, TINY

# The accepted examples of the contract: all are the same four spots.
EXAMPLES = {
    "columns": {
        "accession": "STD0001",
        "gene": "Sox2",
        "n_spots": 4,
        "x": [1, 2, 1, 2],
        "y": [1, 1, 2, 2],
        "values": [0.0, 1.4, 2.2, 0.0],
        "cell_ids": ["s1", "s2", "s3", "s4"],
    },
    "mapping": {"s1": 0.0, "s2": 1.4, "s3": 2.2, "s4": 0.0},
    "genes": {"genes": {"Sox2": {"coordinates": [[1, 1], [2, 1], [1, 2], [2, 2]], "values": [0.0, 1.4, 2.2, 0.0]}}},
}


@pytest.fixture(scope="module")
def served() -> Iterator[StomicsWeb]:
    with StomicsWeb(large=3 * BLOCK + 5) as made:
        yield made


@pytest.fixture
def web(served: StomicsWeb) -> StomicsWeb:
    served.reset()
    return served


def get(
    web: StomicsWeb, route: str = "/datasets", key: str = KEY, base: str = "", **params: object
) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return requests.get(f"{base or web.url}{ROOT}{route}", params=params, headers=headers, allow_redirects=False)


def address(web: StomicsWeb, accession: str = TINY, number: int = 42) -> str:
    return get(web, f"/datasets/{accession}/files/{number}/download").json()["url"]


def test_three_pages_hold_all_published_data_sets(web: StomicsWeb) -> None:
    pages = [get(web, page=number, per_page=20).json() for number in range(1, 5)]
    listed = [one["accession"] for page in pages for one in page["items"]]
    assert listed == [f"STD{n:04d}" for n in range(1, 46)]
    assert {page["total"] for page in pages} == {45}
    assert (ceil(45 / 20), pages[3]["items"]) == (3, [])
    web.switches.shift = True
    shifted = [one["accession"] for n in (1, 2, 3) for one in get(web, page=n).json()["items"]]
    assert (len(shifted), len(set(shifted))) == (46, 45)


def test_search_technology_and_sort(web: StomicsWeb) -> None:
    found = get(web, q="BRAIN", technology_ids="1,2", per_page=100).json()
    assert all("brain" in one["title"].lower() and one["technology"]["id"] in (1, 2) for one in found["items"])
    assert found["total"] == len(found["items"]) == 6
    assert get(web, q="std0007").json()["items"][0]["accession"] == "STD0007"
    items = get(web, sort_by="download_count", sort_order="desc", per_page=100).json()["items"]
    counts = [one["download_count"] for one in items]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 44
    assert items[-1]["accession"] == TINY


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"page": 0}, "page"),
        ({"per_page": "x"}, "per_page"),
        ({"per_page": 101}, "per_page"),
        ({"sort_by": "title"}, "sort_by"),
        ({"technology_ids": "a"}, "technology_ids"),
    ],
)
def test_what_it_does_not_take_is_422_with_a_list(web: StomicsWeb, params: dict, where: str) -> None:
    answer = get(web, **params)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", where]


def test_it_wants_the_key_everywhere(web: StomicsWeb) -> None:
    for route in ("/datasets", f"/datasets/{TINY}", f"/datasets/{TINY}/files", "/openapi.json"):
        assert get(web, route, key="").status_code == get(web, route, key="sk-other").status_code == 401
    web.switches.denied = 403
    assert get(web, key="").json() == {"detail": "Not authenticated"}
    assert get(web, key="").status_code == 403
    for route in ("/datasets/STD9999", "/datasets/STD0046", f"/datasets/{TINY}/files/9/download"):
        assert get(web, route).status_code == 404


@pytest.mark.parametrize("form", ["error", "object", "message", "text", "html"])
def test_errors_in_other_words(web: StomicsWeb, form: str) -> None:
    web.switches.error_form = form
    answer = get(web, "/datasets/STD9999")
    assert answer.status_code == 404
    assert "Dataset not found" in answer.text
    assert "detail" not in answer.text


def test_too_many_calls(web: StomicsWeb) -> None:
    web.switches.limit, web.switches.refusals = 2, 1
    statuses = [get(web).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 200]
    get(web)
    web.switches.retry_after = "date"
    assert parsedate_to_datetime(get(web).headers["Retry-After"])
    assert get(web, key="sk-simulated-9876543210-wxyz").status_code == 200  # each key has its own


def test_redirects(web: StomicsWeb) -> None:
    web.switches.sibling = 307
    answer = get(web, base=web.sibling, page=2)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{web.url}{ROOT}/datasets?page=2")
    assert get(web).status_code == 200
    web.switches.foreign = 301
    assert get(web).headers["Location"].startswith(web.storage.url)


def test_the_list_of_files_is_bare(web: StomicsWeb) -> None:
    files = get(web, f"/datasets/{TINY}/files").json()
    assert [one["filename"] for one in files][:4] == ["matrix.h5ad", "tissue.png", "wrong_size.h5ad", EVIL]
    sizes = {one["filename"]: one["size_bytes"] for one in reversed(files)}
    assert sizes["tissue.png"] is None
    data = requests.get(address(web)).content
    assert len(data) == sizes["matrix.h5ad"] == sizes["wrong_size.h5ad"] - 1
    web.switches.id_name = "file_id"
    assert get(web, f"/datasets/{TINY}/files").json()[0]["file_id"] == 42
    with h5py.File(io.BytesIO(data)) as file:
        X = file["X"]
        dense = np.zeros(X.attrs["shape"])
        for row in range(4):
            part = slice(X["indptr"][row], X["indptr"][row + 1])
            dense[row, X["indices"][part]] = X["data"][part]
        assert dense[:, list(file["var/_index"].asstr()).index("Sox2")].tolist() == [0.0, 1.4, 2.2, 0.0]
        assert file["obsm/spatial"][:].tolist() == [[1, 1], [2, 1], [1, 2], [2, 2]]


def test_storage_takes_a_signature_and_no_key(web: StomicsWeb) -> None:
    url = address(web)
    assert requests.get(url).status_code == 200
    assert web.leaks() == []
    assert requests.get(url, headers={"Authorization": f"Bearer {KEY}"}).status_code == 400
    assert len(web.leaks()) == 1
    assert requests.get(url.replace("matrix", "other")).status_code == 403
    web.storage.expire()
    refused = requests.get(url)
    assert (refused.status_code, "expired" in refused.text) == (403, True)
    web.switches.uses = 1
    url = address(web, number=45)
    assert [requests.get(url).status_code for _ in range(2)] == [200, 403]


def test_a_large_file_is_cut_at_a_byte_and_resumed(web: StomicsWeb) -> None:
    size, middle = 3 * BLOCK + 5, BLOCK + 12_345
    web.switches.cuts = [middle]
    url, got = address(web, SECTION, LARGE), b""
    with requests.get(url, stream=True) as answer, pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert answer.headers["Content-Length"] == str(size)
        for piece in answer.iter_content(50_000):
            got += piece
    assert got == b"".join(Generated(size))[: len(got)]
    rest = requests.get(url, headers={"Range": f"bytes={len(got)}-", "If-Range": answer.headers["ETag"]})
    assert (rest.status_code, rest.headers["Content-Range"]) == (206, f"bytes {len(got)}-{size - 1}/{size}")
    told = get(web, f"/datasets/{SECTION}/files").json()[-1]
    assert hashlib.sha256(got + rest.content).hexdigest() == told["sha256"]
    assert middle - 50_000 < len(got) <= middle


def test_ranges_that_are_not_given_as_asked(web: StomicsWeb) -> None:
    url, asked = address(web, SECTION, LARGE), {"Range": "bytes=1000-"}
    size = 3 * BLOCK + 5
    tag = requests.head(url).headers["ETag"]
    for wrong, told in {"start": f"bytes 1001-{size - 1}/{size}", "total": f"bytes 1000-{size - 1}/{size + 1}"}.items():
        web.switches.wrong_range = wrong
        assert requests.get(url, headers=asked).headers["Content-Range"] == told
    web.switches.ranges = web.switches.etag = False
    whole = requests.get(url, headers=asked)
    assert (whole.status_code, len(whole.content), "ETag" in whole.headers) == (200, size, False)
    web.reset()
    web.switches.grown = True
    assert requests.get(url, headers=asked | {"If-Range": tag}).status_code == 200
    assert requests.get(url, headers={"Range": "bytes=9999999-"}).status_code == 416


def test_expression_in_every_shape(web: StomicsWeb) -> None:
    told = {}
    for shape in SHAPES:
        web.switches.shape = shape
        told[shape] = get(web, f"/datasets/{TINY}/expression", gene="Sox2").json()
    for shape, example in EXAMPLES.items():
        assert told[shape] == told[shape] | example
    records = [(one["cell_id"], one["x"], one["y"], one["value"]) for one in told["records"]["items"]]
    assert records == [("s1", 1, 1, 0.0), ("s2", 2, 1, 1.4), ("s3", 1, 2, 2.2), ("s4", 2, 2, 0.0)]
    assert told["summary"] == {
        "gene": "Sox2",
        "mean": pytest.approx(0.9),
        "median": pytest.approx(0.7),
        "std": pytest.approx(0.9433981),
        "pct_expressing": 50.0,
        "n_spots": 4,
    }
    assert len({json.dumps(one) for one in told.values()}) == len(SHAPES)
    assert get(web, f"/datasets/{TINY}/expression").status_code == 422
    assert get(web, f"/datasets/{TINY}/expression", gene="SOX2").status_code == 404
    web.switches.any_case, web.switches.shape = True, "mapping"
    assert get(web, f"/datasets/{TINY}/expression", gene="SOX2").json() == EXAMPLES["mapping"]


def test_the_schema_describes_the_six_routes(web: StomicsWeb) -> None:
    routes = {path.removeprefix(ROOT) for path in get(web, "/openapi.json").json()["paths"]}
    one = "/datasets/{accession}"
    assert routes >= {"/datasets", one, f"{one}/files", f"{one}/files/{{file_id}}/download", f"{one}/expression"}
    web.switches.openapi = "html"
    assert get(web, "/openapi.json").headers["Content-Type"].startswith("text/html")
    web.switches.openapi = "missing"
    assert get(web, "/openapi.json").status_code == 404
