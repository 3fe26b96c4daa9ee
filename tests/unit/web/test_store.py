"""Kept answers on disks that are full, broken, shared or forbidden: answers come all the same."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend import settings
from backend.web import Reply, question, store
from tests.doubles.http_double import Answer, Fault, HttpDouble
from tests.unit.web.loopback import chosen, n, together

ROOT = Path(__file__).resolve().parents[3]
DAY = 86_400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of kept answers, not there yet."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / "answers.sqlite"


@contextmanager
def looking_into(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def rows(file: Path) -> int:
    with looking_into(file) as connection:
        return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])


def old_file(file: Path) -> bytes:
    """The bytes of a file that holds 200 answers."""
    with looking_into(file) as connection:
        connection.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, value BLOB, expires INTEGER)")
        for i in range(200):
            connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (f"{i:064}", b"x" * 2000, 9_999_999_999))
    return file.read_bytes()


@pytest.mark.parametrize("damage", ["text", "cut", "middle", "other table"])
def test_a_file_that_cannot_be_read_is_put_aside(double: HttpDouble, file: Path, damage: str) -> None:
    whole = old_file(file)
    broken = {
        "text": b"no database at all, " * 500,
        "cut": whole[: len(whole) // 3],
        "middle": whole[:4096] + b"\xa5" * (len(whole) - 4096),
        "other table": whole,
    }[damage]
    file.write_bytes(broken)
    if damage == "other table":
        with looking_into(file) as connection:
            connection.execute("ALTER TABLE answers RENAME COLUMN value TO content")
    assert [n(double).value["n"] for _ in range(4)][-1] == n(double).value["n"]
    assert n(double).reply.kept
    assert file.with_name("answers.sqlite.damaged").stat().st_size == len(broken)
    assert rows(file) == 1


def test_a_file_damaged_while_it_is_open_is_put_aside(double: HttpDouble, file: Path) -> None:
    for i in range(200):
        n(double, f"/n/{i}")
    with looking_into(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as raw:
        raw.seek(0)
        raw.write(b"\xa5" * file.stat().st_size)
    assert all("n" in n(double, f"/n/{i}").value for i in range(200))
    again = n(double, "/n/0")
    assert again.reply.kept


@pytest.mark.parametrize("obstacle", ["file for folder", "folder for file"])
def test_where_nothing_can_be_written_memory_keeps_it(double: HttpDouble, tmp_path: Path, obstacle: str) -> None:
    if obstacle == "file for folder":
        (tmp_path / "no").write_text("")
    else:
        (tmp_path / "no" / "answers.sqlite").mkdir(parents=True)
    with settings.use(chosen(tmp_path / "no")):
        found = together(*[lambda i=i: n(double, f"/n/{i}").value for i in range(8)])
        assert sorted(value["n"] for value in found) == list(range(1, 9))
        assert n(double, "/n/3").reply.kept
    with settings.use(chosen(tmp_path / "no" / "other")):
        assert not n(double, "/n/3").reply.kept  # another memory


def test_a_file_that_is_taken_away_does_no_harm(double: HttpDouble, file: Path) -> None:
    n(double, "/n/1")
    shutil.rmtree(file.parent)
    assert [n(double, f"/n/{i}").value["n"] for i in (2, 3)] == [2, 3]


def test_a_file_that_another_process_holds_does_no_harm(double: HttpDouble, file: Path) -> None:
    n(double, "/n/1")
    with looking_into(file) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert n(double, "/n/1").reply.kept
        assert n(double, "/n/2").value == {"n": 2}  # cannot be kept now
    assert n(double, "/n/2").value == {"n": 3}
    assert n(double, "/n/2").reply.kept


def test_a_file_that_is_held_at_the_start_is_not_taken_for_a_damaged_one(double: HttpDouble, file: Path) -> None:
    old_file(file)
    with looking_into(file) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert n(double).value == {"n": 1}
    assert not file.with_name("answers.sqlite.damaged").exists()
    assert rows(file) == 200


def test_nobody_else_may_read_it(double: HttpDouble, file: Path) -> None:
    n(double)
    for path in file.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_what_is_too_old_goes(double: HttpDouble, file: Path) -> None:
    old_file(file)
    now = int(time.time())
    with looking_into(file) as connection:
        connection.execute("UPDATE answers SET expires = ? WHERE key < ?", (now - 10, f"{150:064}"))
    n(double)
    assert rows(file) == 51
    with looking_into(file) as connection:
        (last,) = connection.execute("SELECT min(expires) FROM answers").fetchone()
    assert last >= now + 30 * DAY  # a stale answer is worth something for a month at least


def test_what_is_too_much_goes_the_oldest_first(double: HttpDouble, file: Path) -> None:
    double.route("/n", lambda _call: Answer.json("x" * 9_900))
    most = 500_000
    with settings.use(replace(settings.current(), most_kept=most)):
        for i in range(120):
            n(double, f"/n/{i}")
            if i == 0:
                with looking_into(file) as connection:  # the first is the oldest by a day
                    connection.execute("UPDATE answers SET expires = expires - 86400")
        assert n(double, "/n/119").reply.kept
        kept = rows(file)
        assert 20 <= kept <= 50
        assert not n(double, "/n/0").reply.kept
    with settings.use(replace(settings.current(), most_kept=most + 1)):  # opened anew: not halved again
        assert n(double, "/n/119").reply.kept
    assert rows(file) >= kept
    with looking_into(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert file.stat().st_size < 1.2 * most


_ASKING = """
import sys
from pathlib import Path
from backend import settings
from tests.unit.web.loopback import chosen, n
class Server: url = sys.argv[1]
if len(sys.argv) > 4:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
with settings.use(chosen(Path(sys.argv[2]))):
    print(len([n(Server, f"/n/{sys.argv[3]}/{i}").value for i in range(40)]))
"""


def asking(double: HttpDouble, file: Path, *rest: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _ASKING, double.url, str(file.parent), *rest]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_write_one_file(double: HttpDouble, file: Path) -> None:
    both = [asking(double, file, name) for name in ("a", "b")]
    for process in both:
        out, err = process.communicate(timeout=60)
        assert (out, err) == ("40\n", "")
    assert rows(file) == 80
    assert n(double, "/n/a/7").reply.kept
    assert double.count() == 80


@pytest.mark.parametrize("limit", ["0", "20000", "60000"])
def test_a_full_disk_does_no_harm(double: HttpDouble, file: Path, limit: str) -> None:
    double.route("/n", lambda _call: Answer.json("x" * 3_000))
    out, err = asking(double, file, "a", limit).communicate(timeout=60)
    assert out == "40\n", err
    assert "Traceback" not in err
    assert n(double, "/n/b").value == "x" * 3_000


def test_an_answer_kept_by_another_version_is_asked_for_again(double: HttpDouble, file: Path) -> None:
    n(double)
    for value in (b"", b"\n", b"{}\n{}", b'{"status": "x"}\n', b"\x80\x04pickle", b'{"at": 1e400}\n1'):
        with looking_into(file) as connection:
            connection.execute("UPDATE answers SET value = ?", (value,))
        found = n(double)
        assert not found.reply.kept
    assert double.count() == 7


def test_a_stale_answer_survives_a_restart(double: HttpDouble, file: Path) -> None:
    process = asking(double, file, "a")
    process.communicate(timeout=60)
    double.faults.append(Fault("status"))
    assert n(double, "/n/a/0").reply.kept


def test_many_who_look_at_once_all_find_what_is_kept(tmp_path: Path) -> None:
    """Since Python 3.12 threads that share a statement of SQLite can take the row of one another."""
    kept = store.Store(tmp_path / "answers.sqlite", 10**8)
    asked = [question(f"https://service.example/{number}") for number in range(3)]
    for number, one in enumerate(asked):
        kept.keep(one, Reply(200, "service.example", "text/plain", b"%d" % number * 500, datetime.now(UTC)))

    def look() -> list[bytes]:
        found = [kept.find(one) for _ in range(100) for one in asked]
        return [reply.body[:1] if reply else b"missed" for reply in found]

    assert all(found == [b"0", b"1", b"2"] * 100 for found in together(*[look] * 8))
