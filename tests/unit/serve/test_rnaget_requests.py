"""Requests to RNAget that are wrong, odd or hostile get the documented answer, never a failure of the server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as depth
from hypothesis import strategies as st

from backend.serve.rnaget_openapi import OPENAPI
from backend.serve.rnaget_query import KNOWN
from tests.unit.serve import rnaget_world
from tests.unit.serve.rnaget_world import V12, Client

MOST = 2_000_000  # cells
PATHS = [path.replace("{id}", own) for path in OPENAPI["paths"] for own in ("hpa", "nope")]
CONTINUOUS = [path.replace("{id}", "hpa") for path in OPENAPI["paths"] if path.startswith("/continuous")]
JSON = "application/vnd.ga4gh.rnaget.v{}+json"
OLD = "application/vnd.ga4gh.rnaget.v1.0.0+json, application/json;"
SUITE_BYTES = "application/octet-stream, application/vnd.loom, text/tab-separated-values;"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with rnaget_world.served(tmp_path_factory.mktemp("data"), "hpa", most_cells=MOST) as found:
        yield found


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", V12),
        ("", V12),
        (";, ,", V12),
        ("application/octet-stream", V12),
        (f"{JSON.format('1.1.0')}; charset=us-ascii;q=0.1", f"{JSON.format('1.1.0')}; charset=us-ascii"),
        (OLD, f"{JSON.format('1.0.0')}; charset=us-ascii"),
        ("application/json", "application/json; charset=us-ascii"),
        (f"application/json, {JSON.format('1.2.0').upper()}", V12),
    ],
)
def test_json_is_called_as_the_client_calls_it(client: Client, accept: str, given: str) -> None:
    for path in ("/projects", "/projects/nope"):
        assert client.get(path, accept=accept).headers["Content-Type"] == given


@pytest.mark.parametrize("accept", ["text/html", "image/png, text/plain", "application/xml"])
def test_a_client_that_takes_nothing_of_ours_is_told(client: Client, accept: str) -> None:
    for path in ("/projects", "/expressions/hpa/ticket", "/expressions/hpa/bytes"):
        reply = client.get(path, accept=accept)
        assert (reply.status_code, reply.headers["Content-Type"]) == (406, V12)


@pytest.mark.parametrize(
    ("accept", "wanted", "given"),
    [
        (SUITE_BYTES, "", "application/vnd.loom"),
        (SUITE_BYTES, "tsv", "text/tab-separated-values; charset=utf-8"),
        ("text/tab-separated-values", "", "text/tab-separated-values; charset=utf-8"),
        ("application/octet-stream", "tsv", "application/octet-stream"),
        ("application/vnd.loom;q=0.5", "", "application/vnd.loom"),
    ],
)
def test_files_are_called_as_the_client_calls_them(client: Client, accept: str, wanted: str, given: str) -> None:
    reply = client.get("/expressions/hpa/bytes", accept=accept, featureNameList="TP53", format=wanted)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, given)
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="hpa.')


def test_a_form_that_was_asked_for_is_not_changed_for_a_client_that_does_not_take_it(client: Client) -> None:
    reply = client.get("/expressions/hpa/bytes", accept="application/vnd.loom", format="tsv")
    assert reply.status_code == 406


@pytest.mark.parametrize("path", CONTINUOUS)
def test_continuous_routes_say_that_there_is_nothing(client: Client, path: str) -> None:
    assert "continuous" in client.refused(501, path)


@pytest.mark.parametrize(
    ("query", "number", "said"),
    [
        ({"format": "xlsx"}, 400, "format"),
        ({"units": "TPM"}, 400, "TPM"),
        ({"featureNameList": "NOSUCHGENE,ANOTHER"}, 404, "featureNameList"),
        ({"featureIDList": "ENSG00000141510", "featureNameList": "ALB"}, 404, "all of the lists"),
        ({"sampleIDList": "HPA:liver", "tissue": "Kidney"}, 404, "all of the lists"),
        ({"sampleIDList": "nobody"}, 404, "sampleIDList"),
        ({"tissue": "Left wing"}, 404, "tissue"),
        ({"feature_min_value": "-1"}, 400, "feature_min_value"),
        ({"feature_max_value": "nan"}, 400, "feature_max_value"),
        ({"feature_max_value": "1e999"}, 400, "feature_max_value"),
        ({"feature_min_value": "1_0"}, 400, "feature_min_value"),
        ({"feature_min_value": "2", "feature_max_value": "1"}, 400, "above"),
        ({"genes": "TP53", "page": "2"}, 400, "genes, page"),
    ],
)
def test_each_wrong_parameter_is_named(client: Client, query: dict[str, str], number: int, said: str) -> None:
    for kind in ("ticket", "bytes"):
        assert said in client.refused(number, f"/expressions/hpa/{kind}", **query)
        assert said in client.refused(number, f"/expressions/{kind}", **{"format": "tsv", **query})


def test_a_search_needs_a_format_and_a_match(client: Client) -> None:
    for kind in ("ticket", "bytes"):
        assert "format" in client.refused(400, f"/expressions/{kind}")
        assert "matches" in client.refused(404, f"/expressions/{kind}", format="tsv", studyID="nope")


def test_one_name_with_two_values_is_told(client: Client) -> None:
    reply = client.session.get(f"{client.base}/expressions/ticket?format=tsv&format=loom")
    assert reply.status_code == 400
    again = client.session.get(f"{client.base}/expressions/ticket?format=tsv&format=tsv")
    assert again.status_code == 200


def test_known_parameters_that_a_route_does_not_use_are_left_aside(client: Client) -> None:
    assert client.get("/projects", format="tsv", chr="chr1", studyID="x").status_code == 200


def test_ten_thousand_items_work_and_more_than_the_cap_are_told(client: Client) -> None:
    many = ",".join(f"G{number}" for number in range(9_999))
    assert client.tsv(featureNameList=f"{many},TP53").names == ["TP53"]
    too_many = ",".join(f"G{number}" for number in range(20_001))
    assert "20,000" in client.refused(400, "/expressions/hpa/bytes", featureNameList=too_many)


def test_over_the_cap_the_numbers_are_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with rnaget_world.served(tmp_path_factory.mktemp("data"), "hpa", most_cells=100) as small:
        assert "989,200 values; the cap is 100" in small.refused(400, "/expressions/hpa/bytes", format="tsv")
        assert "the cap is 100" in small.refused(400, "/expressions/hpa/ticket")
        assert small.tsv(featureNameList="TP53,ALB").values.shape == (2, 50)
        assert small.refused(400, "/expressions/hpa/bytes", featureNameList="TP53,ALB,INS")


@pytest.mark.parametrize(
    "own",
    [
        "../../../etc/passwd",
        "..",
        "%2e%2e%2fhpa",
        "hpa/../hpa",
        "hpa\0",
        "hpa%00",
        "C:\\x",
        "héß",
        "a" * 5_000,
        "%ff%fe",
    ],
)
def test_ids_reach_no_file(client: Client, own: str) -> None:
    for path in ("/projects/{}", "/studies/{}", "/expressions/{}/bytes", "/expressions/{}/ticket"):
        for spelled in (quote(own, safe="%"), quote(own, safe="")):
            reply = client.session.get(client.base + path.format(spelled))
            assert reply.status_code == 404, (path, spelled)
            assert list(reply.json()) == ["message"]
            assert "root:" not in reply.text


@pytest.mark.parametrize("path", ["", "/", "/projects/", "/nope", "/expressions", "/expressions/hpa", "/a/b/c/d"])
def test_an_unknown_path_is_told_as_all_else(client: Client, path: str) -> None:
    assert client.refused(404, path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_told_which_there_are(client: Client, method: str) -> None:
    for path in ("/projects", "/expressions/hpa/bytes", "/continuous/formats"):
        reply = client.session.request(method, client.base + path)
        assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert list(reply.json()) == ["message"]


def test_head_and_options_answer_without_a_body(client: Client) -> None:
    for path in ("/projects", "/expressions/hpa/ticket", "/expressions/hpa/bytes"):
        got, head = (client.session.request(method, client.base + path) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert head.headers.get("Content-Length") in (None, str(len(got.content)))
        options = client.session.options(client.base + path)
        assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.session.head(f"{client.base}/expressions/nope/bytes").status_code == 404


def test_links_never_come_from_the_host_header(client: Client, tmp_path_factory: pytest.TempPathFactory) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for path in ("/expressions/hpa/ticket", "/service-info"):
        reply = client.session.get(client.base + path, headers=evil)
        assert client.base in reply.text
        assert "evil" not in reply.text
    folder = tmp_path_factory.mktemp("data")
    with rnaget_world.served(folder, "hpa", base="http://bound:8000") as bound:
        assert bound.get("/expressions/hpa/ticket").json()["url"].startswith("http://bound:8000/rnaget/expressions/")
    with rnaget_world.served(folder, "hpa", base="http://bound:8000", public_url="https://lab.example/x") as public:
        assert public.get("/expressions/hpa/ticket").json()["url"].startswith("https://lab.example/x/rnaget/")


VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["tsv", "loom", "TP53", "TP53,ALB", "HPA:liver", "hpa-v23", "v23", "0", "1", "1e400", "-0", "chr1"]
    ),
    st.sampled_from(["nTPM", "log2(nTPM 1)", "Liver", "feature", ",", ",,a", "%2C", "\0", "\ud7ff", "٣"]),
)
NAMES = st.one_of(st.sampled_from(sorted(KNOWN)), st.text(min_size=1, max_size=8))
ACCEPTS = st.one_of(
    st.sampled_from([OLD, SUITE_BYTES, "*/*", "text/html", "text/*", "application/*"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip),
)


@depth(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), st.lists(st.tuples(NAMES, VALUES), max_size=4), ACCEPTS)
def test_any_request_gets_a_documented_answer(
    client: Client, path: str, query: list[tuple[str, str]], accept: str
) -> None:
    small = [*query, ("featureNameList", "TP53")] if "/bytes" in path else query
    reply = client.session.get(client.base + path, params=small, headers={"Accept": accept}, timeout=60)
    assert reply.status_code in (200, 400, 404, 406, 501), reply.text[:300]
    if reply.status_code != 200:
        assert list(reply.json()) == ["message"]
        assert reply.json()["message"]
        assert "Traceback" not in reply.text


@depth(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), st.binary(max_size=60))
def test_any_bytes_as_query_get_a_documented_answer(client: Client, path: str, raw: bytes) -> None:
    reply = client.session.get(f"{client.base}{path}?{quote(raw)}&featureNameList=TP53", timeout=60)
    assert reply.status_code in (200, 400, 404, 501), reply.text[:300]
