"""Timeouts, sizes, and answers that break."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backend import settings
from backend.errors import BadAnswer, Stopped, TooLarge, Unavailable, Unreachable
from backend.web import Reply, Stop, as_json, ask, question, stopping, stream
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import chosen, n

MB = 1_000_000


@contextmanager
def saying(*pieces: bytes) -> Iterator[str]:
    """A server that answers each connection with these bytes, whatever they are, and closes it; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    try:
                        for piece in pieces:
                            connection.sendall(piece)
                    except OSError:
                        pass  # the client has had enough

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def body(reply: Reply) -> bytes:
    return reply.body


def test_a_service_that_takes_no_connection(tmp_path: Path) -> None:
    """A full queue of connections: nothing is refused, nothing answered."""
    with socket.socket() as full, settings.use(chosen(tmp_path, connect=0.2, attempts=1)):
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        name = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(name)
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+ took no connection within 0\.2 s"):
            ask(question(f"http://127.0.0.1:{name[1]}/"), as_json)
        for one in waiting:
            one.close()


@pytest.mark.parametrize("fault", ["slow", "stall"])
def test_a_service_that_falls_silent(double: HttpDouble, tmp_path: Path, fault: str) -> None:
    double.faults.append(Fault(fault))
    with (
        settings.use(chosen(tmp_path, read=0.2, attempts=1)),
        pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+ sent nothing for 0\.2 s"),
    ):
        n(double)
    double.release()


def test_a_service_that_drips(double: HttpDouble, tmp_path: Path) -> None:
    """Each byte is in time, all of them never would be."""
    double.route("/long", lambda _call: Answer.text("x" * 100_000))
    double.faults.append(Fault("drip", seconds=0.05))
    with (
        settings.use(chosen(tmp_path, whole=0.4, attempts=1)),
        pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+ took over 0\.4 s"),
    ):
        n(double, "/long")


def test_a_drip_is_left_by_a_user_who_stops(double: HttpDouble, tmp_path: Path) -> None:
    double.route("/long", lambda _call: Answer.text("x" * 100_000))
    double.faults.append(Fault("drip", seconds=0.05))
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    with settings.use(chosen(tmp_path, whole=600)), stopping(stop), pytest.raises(Stopped):
        n(double, "/long")
    timer.join()


@pytest.mark.parametrize("told", [True, False])
def test_a_silent_line_is_left_by_a_user_who_stops(double: HttpDouble, tmp_path: Path, told: bool) -> None:
    """At once; and what came of an answer without a length is not taken for all of it."""
    double.route("/long", lambda _call: Answer(200, b"x" * 100_000, told=told))
    double.faults.append(Fault("stall"))
    stop = Stop()
    timer = threading.Timer(0.2, stop.set)
    with settings.use(chosen(tmp_path, read=600, whole=600)), stopping(stop), pytest.raises(Stopped):
        timer.start()
        ask(question(f"{double.url}/long"), body)
    timer.join()
    double.release()


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_over_the_cap_is_not_read_to_its_end(double: HttpDouble, announced: bool) -> None:
    double.faults.append(Fault("huge", size=200 * MB, announced=announced))
    with pytest.raises(TooLarge, match=r"127\.0\.0\.1:\d+ is over 2 MB") as caught:
        n(double, most_bytes=2 * MB)
    assert double.count() == 1
    assert caught.value.hint


def test_an_answer_at_the_cap_is_given(double: HttpDouble) -> None:
    double.faults.append(Fault("huge", size=2 * MB))
    assert len(ask(question(f"{double.url}/n", most_bytes=2 * MB), body).value) == 2 * MB


def test_an_answer_in_chunks_is_read_and_capped() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = [b"%x\r\n" % len(part) + part + b"\r\n" for part in (b"[1,", b" " * 70_000, b"2]")]
    with saying(head, *chunks, b"0\r\n\r\n") as url:
        assert ask(question(url), as_json).value == [1, 2]
    with saying(head, *chunks * 30, b"0\r\n\r\n") as url, pytest.raises(TooLarge):
        ask(question(url, most_bytes=MB), as_json)


def test_unpacked_bytes_count() -> None:
    """A bomb of 50 MB in 50 kB."""
    packed = gzip.compress(b" " * 50 * MB)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert len(packed) < MB / 10
    with saying(head, packed) as url, pytest.raises(TooLarge, match="over 1 MB"):
        ask(question(url, most_bytes=MB), body)


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b'{"n": "' + b"x" * 300_000 + b'"}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with saying(head, packed) as url:
        assert len(ask(question(url), as_json).value["n"]) == 300_000


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n[1]\r\n",
        b"not HTTP at all",
        b"",
    ],
)
def test_a_broken_answer_is_tried_again_then_told(said: bytes, tmp_path: Path) -> None:
    with (
        settings.use(chosen(tmp_path, attempts=2)),
        saying(said) as url,
        pytest.raises(Unavailable, match=r"127\.0\.0\.1") as caught,
    ):
        ask(question(url), as_json)
    assert caught.value.hint


def test_what_cannot_be_unpacked_is_a_bad_answer() -> None:
    with (
        saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip!!") as url,
        pytest.raises(BadAnswer, match=r"127\.0\.0\.1"),
    ):
        ask(question(url), as_json)


def test_https_without_a_certificate_we_trust_is_told(double: HttpDouble, tmp_path: Path) -> None:
    with settings.use(chosen(tmp_path, attempts=1)), pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        ask(question(double.url.replace("http:", "https:")), as_json)


class _Counting(ThreadingHTTPServer):
    """Counts the connections it takes."""

    taken = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.taken += 1
        return super().get_request()


class _Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = b'"hello"'
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            said = b"7\r\n" + said + b"\r\n0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.mark.parametrize("path", ["plain", "chunked"])
def test_a_connection_is_used_again(path: str) -> None:
    """A handshake for each gene of a panel would double its time."""
    with _Counting(("127.0.0.1", 0), _Hello) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        for _ in range(5):
            asked = question(f"http://127.0.0.1:{server.server_port}/{path}", lifetime=0.0)
            assert ask(asked, as_json).value == "hello"
        assert server.taken == 1
        server.shutdown()
        server.daemon_threads = True
        server.block_on_close = False


def test_a_stream_is_given_whatever_its_status(double: HttpDouble) -> None:
    with stream(question(f"{double.url}/elsewhere")) as streamed:
        assert streamed.status == 404
        assert b"404" in b"".join(streamed.pieces())
    with stream(question(f"{double.url}/n", method="HEAD")) as streamed:
        assert streamed.status == 200
        assert int(streamed.headers["content-length"]) > 0
        assert list(streamed.pieces()) == []


def test_a_stream_may_have_its_own_patience_and_says_so(double: HttpDouble) -> None:
    double.faults.append(Fault("stall"))
    with stream(question(f"{double.url}/n"), read_seconds=0.2) as streamed, pytest.raises(Unavailable, match=r"0\.2 s"):
        list(streamed.pieces())
    double.release()


def test_offline_asks_nothing(double: HttpDouble, tmp_path: Path) -> None:
    with settings.use(chosen(tmp_path, offline=True)):
        with pytest.raises(Unavailable, match="offline") as caught:
            n(double)
        with pytest.raises(Unavailable, match="offline"), stream(question(double.url)):
            pass
    assert "EXPRONAUT_OFFLINE" in caught.value.hint
    assert double.count() == 0
