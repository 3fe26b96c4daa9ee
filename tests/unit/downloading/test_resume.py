"""A download goes on where it stopped, only with the same file, and starts over aloud when it cannot."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backend import downloading, settings
from backend.atlas import place
from backend.downloading import Doubtful
from backend.errors import Stopped, Unavailable
from tests.doubles.archs4_web import Answer, Archs4Web, Call, Fault
from tests.unit.downloading.conftest import NAME, QUICK, Host, begun, whole


def test_a_line_that_breaks_is_taken_up_by_itself(host: Host) -> None:
    host.web.faults.append(Fault("cut", "/files", times=3))
    host.get()
    whole(host)
    size = len(host.content)
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked, _ in host.ranges() if asked]
    assert starts[0] == size // 2
    assert starts == sorted(starts)
    assert [status for _, status in host.ranges()] == [200, 206, 206, 206]
    assert sum("Trying again" in sentence for sentence in host.said) == 3


@pytest.mark.parametrize("etag", ['"strong"', 'W/"weak"', ""])
def test_the_rest_is_asked_for_on_condition_that_the_file_is_the_same(host: Host, etag: str) -> None:
    """A weak ETag cannot stand in If-Range (RFC 9110, 13.1.5); the date can."""
    host.web.faults.append(Fault("cut", "/files", times=1, headers={"ETag": etag}))
    host.web.faults.append(Fault("slow", "/files", seconds=0, headers={"ETag": etag}))
    host.get()
    whole(host)
    asked = [record.headers.get("If-Range") for record in host.web.requests if record.path.startswith("/files")]
    assert asked[:2] == [None, etag if etag.startswith('"') else host.web.file(NAME).modified]


def test_a_host_that_sends_nothing_of_the_rest_is_not_asked_for_ever(host: Host) -> None:
    here, size = begun(host), len(host.content)
    headers = {"ETag": host.web.file(NAME).etag, "Content-Range": f"bytes {here}-{here}/{size}"}
    host.web.route("/files/", lambda call: Answer(206, b"", headers))
    with pytest.raises(Unavailable, match="cut off"):
        host.get()
    assert host.part.stat().st_size == here


def test_a_line_that_stalls_is_taken_up_by_itself(host: Host) -> None:
    released = host.release()
    host.web.faults.append(Fault("stall", "/files", times=1))
    with settings.use(replace(settings.current(), patience=replace(QUICK, read=0.3))):
        host.get(released)
    whole(host)
    assert "sent nothing for 0.3 s" in " ".join(host.said)


def test_a_line_that_breaks_for_good_leaves_what_is_there(host: Host) -> None:
    host.web.faults.append(Fault("cut", "/files"))
    with pytest.raises(Unavailable) as caught:
        host.get()
    assert "goes on where it stopped" in caught.value.hint
    kept = host.part.read_bytes()
    assert kept == host.content[: len(kept)]
    assert len(kept) > len(host.content) / 2
    host.web.faults.clear()
    host.web.forget()
    host.get()
    whole(host)
    assert host.ranges() == [(f"bytes={len(kept)}-", 206)]


def test_a_stop_leaves_what_is_there(host: Host) -> None:
    released = host.release()

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        downloading.download(released, host.folder, stop, host.said.append)
    assert host.part.stat().st_size > 0
    assert not place.is_locked(host.whole)
    host.get()
    whole(host)


def test_a_file_that_changed_upstream_starts_over_and_says_so(host: Host) -> None:
    """The list still shows the size and the sha1 of before; the host sends the new file."""
    begun(host)
    before = host.content
    host.web.files.change(NAME)
    assert host.content != before
    with pytest.raises(Doubtful):  # it is not what the list says
        host.get()
    assert "The file changed at the host: the download starts over." in host.said
    assert not host.part.exists() or host.part.read_bytes() == host.content
    host.get(replace(host.release(), size=len(host.content), sha1=host.web.file(NAME).sha1))
    whole(host)


def test_a_changed_size_on_the_list_starts_over_and_says_so(host: Host) -> None:
    begun(host)
    about = json.loads((host.folder / f"{NAME}.part.json").read_text())
    (host.folder / f"{NAME}.part.json").write_text(json.dumps(about | {"size": about["size"] - 5}))
    host.get()
    whole(host)
    assert host.said[0] == "The published file changed since this download began: the download starts over."


def test_a_host_without_ranges_starts_over_and_says_so(host: Host) -> None:
    begun(host)
    host.web.switches.ranges = False
    host.get()
    whole(host)
    assert any("cannot resume: the download starts over" in sentence for sentence in host.said)


@pytest.mark.parametrize(
    "place_of_it", ["bytes 0-9/{size}", "bytes 7-{last}/{size}", "lines 1-2/3", "", "bytes {here}-{size}/{size}"]
)
def test_another_piece_than_asked_for_is_not_written(host: Host, place_of_it: str) -> None:
    here, size = begun(host), len(host.content)
    told = place_of_it.format(size=size, last=size - 1, here=here)

    def wrong(call: Call) -> Answer:
        if call.headers.get("Range"):
            return Answer(206, b"x" * 100, {"ETag": host.web.file(NAME).etag, "Content-Range": told})
        return host.web.files.download(call)

    host.web.route("/files", wrong)
    host.web.route("/files/", wrong)
    host.get()
    whole(host)
    assert any("another piece than was asked for" in sentence for sentence in host.said)


@pytest.mark.parametrize("field", ["ETag", "Last-Modified", "Content-Range"])
def test_a_piece_of_another_file_is_not_written(host: Host, field: str) -> None:
    """A host that ignores If-Range."""
    here, size = begun(host), len(host.content)
    right = {
        "ETag": host.web.file(NAME).etag,
        "Last-Modified": host.web.file(NAME).modified,
        "Content-Range": f"bytes {here}-{size - 1}/{size}",
    }
    other = {
        "ETag": '"other"',
        "Last-Modified": "Mon, 01 Jun 2026 07:00:00 GMT",
        "Content-Range": f"bytes {here}-{size}/{size + 1}",
    }

    def mixed(call: Call) -> Answer:
        if call.headers.get("Range"):
            return Answer(206, b"x" * (size - here), right | {field: other[field]})
        return host.web.files.download(call)

    host.web.route("/files/", mixed)
    host.get()
    whole(host)
    assert "The file changed at the host: the download starts over." in host.said


def test_nothing_is_asked_for_when_all_is_there(host: Host) -> None:
    begun(host, share=1.0)
    host.get()
    whole(host)
    assert host.ranges() == []


def test_416_for_all_there_is_ends_well_and_otherwise_starts_over(host: Host) -> None:
    """Where the size was not told, only the host knows that nothing is missing."""
    for extra in (b"", b"more than the host has"):
        begun(host, share=1.0)
        about = json.loads((host.folder / f"{NAME}.part.json").read_text())
        (host.folder / f"{NAME}.part.json").write_text(json.dumps(about | {"size": None}))
        host.part.write_bytes(host.content + extra)
        host.get()
        whole(host)
        assert host.ranges()[0] == (f"bytes={len(host.content + extra)}-", 416)
        assert bool(extra) == ("The file changed at the host: the download starts over." in host.said)
        host.whole.unlink()


def test_a_host_that_tells_the_size_only_with_the_rest_is_asked_until_all_is_there(host: Host) -> None:
    """It sends less than was asked for, and ends that properly."""
    here, size = begun(host), len(host.content)
    about = json.loads((host.folder / f"{NAME}.part.json").read_text())
    (host.folder / f"{NAME}.part.json").write_text(json.dumps(about | {"size": None}))
    stop = (here + size) // 2

    def some(call: Call) -> Answer:
        if call.headers.get("Range") != f"bytes={here}-":
            return host.web.files.download(call)
        told = {"ETag": host.web.file(NAME).etag, "Content-Range": f"bytes {here}-{stop - 1}/{size}"}
        return Answer(206, host.content[here:stop], told)

    host.web.route("/files/", some)
    host.get()
    whole(host)
    assert (f"bytes={stop}-", 206) in host.ranges()


def test_pieces_of_unknown_origin_are_not_added_to(host: Host) -> None:
    host.part.write_bytes(b"something else")
    host.get()
    whole(host)
    assert host.said[0].startswith("It is not known which file")


def test_a_redirect_to_another_host_is_followed_and_resumed(host: Host) -> None:
    with Archs4Web() as mirror:
        host.web.faults.append(Fault("redirect", "/files", target=f"{mirror.url}{{path}}"))
        mirror.faults.append(Fault("cut", "/files", times=1))
        host.get()
        whole(host)
        asked = [record.headers.get("Range") for record in mirror.requests]
        assert asked == [None, f"bytes={len(host.content) // 2}-"]
