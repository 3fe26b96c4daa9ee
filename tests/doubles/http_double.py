"""A real HTTP server on loopback, with routes of one's own and faults to order, for tests of clients.

with HttpDouble() as double:
    double.route("/hello", lambda call: Answer.json({"hello": call.query["name"]}))
    double.faults.append(Fault("status", "/hello", times=2, status=503))
    requests.get(f"{double.url}/hello?name=world")
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.http_exchange import Answer, Body, Call, Record
from tests.doubles.http_faults import Fault, send_faulty

__all__ = ["Answer", "Call", "Fault", "HttpDouble", "Record", "http_date"]
_POLL = 0.02  # seconds until a stop is noticed
_PATIENCE = 5.0  # seconds a thread has to end after a stop


Route = Callable[[Call], Answer]


class HttpDouble:
    """Serves its routes on 127.0.0.1 at a port of its own, which it keeps while it is dead."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.faults: list[Fault] = []
        self._routes: dict[str, Route] = {}
        self._requests: list[Record] = []
        self._crashes: list[str] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._loop: threading.Thread | None = None
        self._place: socket.socket | None = None

    def route(self, prefix: str, answer: Route) -> None:
        """Answer the paths that begin with prefix; the longest prefix wins."""
        self._routes[prefix] = answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Record]:
        """The requests since the start or forget(), in order of arrival."""
        with self._lock:
            return list(self._requests)

    def count(self, prefix: str = "") -> int:
        """Number of requests whose path begins with prefix."""
        return sum(record.path.startswith(prefix) for record in self.requests)

    def forget(self) -> None:
        """Start counting anew; faults stay."""
        with self._lock:
            self._requests.clear()

    def release(self) -> None:
        """Let every answer that is held back go on."""
        wake, self._wake = self._wake, threading.Event()
        wake.set()

    def until_release(self) -> threading.Event:
        """What the next release() sets; taken before an answer begins, so that no release is missed."""
        return self._wake

    def pause(self, seconds: float | None, wake: threading.Event | None = None) -> None:
        """Wait as long as told, or until release(); None: no other end. Raises ConnectionAbortedError at a stop."""
        wake = wake or self._wake
        if not self._stopping.is_set():
            wake.wait(seconds)
        if self._stopping.is_set():
            raise ConnectionAbortedError

    def start(self) -> HttpDouble:
        self._stopping.clear()
        self._leave_place()
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        self._loop = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)
        self._loop.start()
        return self

    def kill(self) -> None:
        """Refuse connections until revive(); open ones are cut. The port is not given away meanwhile."""
        self._end()
        # Bound but not listening: refuses connections, and no one else (not even a client's own end) takes the port.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", self.port))

    def revive(self) -> None:
        """Serve again at the same port."""
        self.start()

    def stop(self) -> None:
        """Refuse connections, cut the open ones, end all threads. start() serves again at the same port."""
        self._end()
        self._leave_place()

    def __enter__(self) -> HttpDouble:
        return self.start()

    def __exit__(self, kind: object, *_: object) -> None:
        self.stop()
        if self._crashes and kind is None:
            raise AssertionError("a route of the double failed:\n" + "\n".join(self._crashes))

    def answer(self, call: Call) -> Answer:
        """What the routes say. A route that fails answers 500, and fails the test when the double closes."""
        prefixes = [prefix for prefix in list(self._routes) if call.path.startswith(prefix)]
        if not prefixes:
            return Answer.html(404)
        try:
            return self._routes[max(prefixes, key=len)](call)
        except Exception:  # noqa: BLE001 - whatever it is, the test must hear of it
            self._crashes.append(traceback.format_exc())
            return Answer.html(500)

    def take_fault(self, call: Call) -> Fault | None:
        """The first fault that fits and has times left."""
        with self._lock:
            return next((fault for fault in self.faults if fault.take(call.method, call.path)), None)

    def note(self, record: Record) -> None:
        with self._lock:
            self._requests.append(record)

    def _end(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        self._stopping.set()
        self.release()
        server.shutdown()
        server.server_close()
        server.cut()
        self._loop.join(_PATIENCE)

    def _leave_place(self) -> None:
        if self._place is not None:
            self._place.close()
            self._place = None


_given: set[int] = set()  # ports of the doubles of this process, also of those that are gone


class _Server(ThreadingHTTPServer):
    """Knows its connections and threads, so that a stop ends them."""

    block_on_close = False
    request_queue_size = 128

    def __init__(self, double: HttpDouble) -> None:
        self.double = double
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", double.port), _Handler)

    def server_bind(self) -> None:
        """Without the look-up of the host's name that HTTPServer does; a port is given to one double only.

        What is remembered of a service by its address, as that it is to be left alone, would meet the next one there.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        while not self.server_address[1] and self.socket.getsockname()[1] in _given:
            self.socket.close()
            self.socket = socket.socket(self.address_family, self.socket_type)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        _given.add(self.server_address[1])
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request: socket.socket, client_address: object) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket) -> None:
        super().shutdown_request(request)
        self._open.pop(request, None)

    def cut(self) -> None:
        """End every open connection and wait for its thread."""
        for connection, thread in list(self._open.items()):
            with contextlib.suppress(OSError):  # closed just now by its own thread
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error."""
        if not isinstance(sys.exception(), OSError):
            self.double._crashes.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one piece
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def finish(self) -> None:
        """Also where what was still to be sent has nobody to go to: then the other side of the line stays open."""
        with contextlib.suppress(OSError):
            super().finish()
        self.rfile.close()

    def serve(self) -> None:
        call = self._call()
        record = Record(call.method, call.path, call.query, call.headers, call.body, time.monotonic())
        double = self.server.double
        double.note(record)
        fault = double.take_fault(call)
        with self._closing_on_error():
            if fault is None:
                answer = double.answer(call)
                record.status = answer.status
                self.send(answer)
            else:
                record.fault = fault.kind
                send_faulty(self, fault, call, record)
        record.done = time.monotonic()

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = serve

    def head(self, answer: Answer, length: int | None) -> None:
        """Status and headers. length: None for an answer whose length is not told."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send(self, answer: Answer) -> None:
        self.head(answer, len(answer.body) if answer.told else None)
        self.push(answer.body if answer.cut is None else answer.body[: answer.cut])
        if answer.cut is not None or not answer.told:
            self.close_connection = True

    def push(self, body: bytes | Body) -> None:
        """Send now; nothing when only the head was asked for."""
        if self.command != "HEAD":
            for piece in (body,) if isinstance(body, bytes) else body:
                self.wfile.write(piece)
        self.wfile.flush()

    def _call(self) -> Call:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Call(self.command, unquote(parts.path), query, self.headers, body, self.path)

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError:  # the client has gone, or the double is stopping
            self.close_connection = True


def http_date(seconds: float = 0.0) -> str:
    """The time so many seconds from now, as HTTP headers write it."""
    return formatdate(time.time() + seconds, usegmt=True)
