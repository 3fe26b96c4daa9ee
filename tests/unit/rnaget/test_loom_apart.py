"""HDF5 of a server is read in a process apart first: a damaged one is told, and keeps nobody waiting."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from backend.apart import Waiting
from backend.errors import BadAnswer, Unavailable
from backend.rnaget import loom_apart, payload, tracks
from tests.doubles import rnaget_forms as forms
from tests.doubles.rnaget_world import world


def endless(body: bytes) -> bytes:
    """Damaged so that HDF5 2.0 goes round in it without end: its last heap of texts is said to be larger than it is."""
    raw = bytearray(body)
    raw[raw.rindex(b"GCOL") + 9] = 32
    return bytes(raw)


def test_a_file_that_keeps_its_reader_busy_is_given_up_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = forms.loom(world())
    monkeypatch.setattr(loom_apart, "CHECK", Waiting(patience=1.0))
    for read in (lambda body: payload.read(body, ""), tracks._loom):
        with pytest.raises(BadAnswer, match="cannot be read to its end") as refused:
            read(endless(whole))
        assert refused.value.hint == "Ask again, or ask for TSV."
    np.testing.assert_array_equal(payload.read(whole, "").values, world().values)


def test_errors_of_the_reader_arrive_as_they_are() -> None:
    with pytest.raises(BadAnswer, match="damaged or cut"):
        payload.read(forms.loom(world())[:9_000], "")


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    payload.read(forms.loom(world()), "")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(Unavailable, match="could not be put aside: No such file or directory"):
        payload.read(forms.loom(world()), "")
