"""What every test stands on: nothing leaves this machine, and no answer is left over from another test."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator

import hypothesis
import pytest
import streamlit as st

from tests import workers

_connect = socket.socket.connect
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of `make test &`: programs that tests start would keep it
    signal.signal(signal.SIGINT, signal.default_int_handler)
hypothesis.settings.register_profile("no clock", deadline=None)
hypothesis.settings.load_profile("no clock")


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):  # a Unix socket
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No file of whoever runs the tests is found, and nothing is written among theirs."""
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setenv("EXPRONAUT_DATA", str(folder / "data"))
        patch.setenv("EXPRONAUT_CACHE", str(folder / "cache"))
        patch.setenv("EXPRONAUT_DEMO", "0")
        patch.setenv("EXPRONAUT_OFFLINE", "1")  # a test that has a server says so
        yield


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse any connection that leaves loopback, unless the test is marked live."""
    if request.node.get_closest_marker("live"):
        return

    def connect(self: socket.socket, address: object) -> None:
        if not _is_loopback(address):
            raise AssertionError(f"a test tried to reach {address}")
        return _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def main_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest leaves its script as the main module, which every process that a later test starts would run first."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """AppTest and the counter share one cache in a process."""
    st.cache_data.clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Live tests run only when they are asked for by their marker; long ones begin early."""
    items[:] = workers.spread(items)
    if "live" in (config.option.markexpr or ""):
        return
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason="asks real services; run with -m live"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are not part of a test's name: what was packed holds its time, and workers must find the same names."""
    return argname if isinstance(val, bytes) else None
