"""A file is complete or not there, whatever happens while it is written."""

import threading
from pathlib import Path

import pytest

from backend.aside import aside, renamed
from backend.errors import Unavailable


class StopHereError(Exception):
    pass


class TestRenamed:
    def test_the_former_file_stays_until_the_new_one_is_whole(self, tmp_path: Path) -> None:
        target = tmp_path / "counts.tsv"
        target.write_text("former")
        with renamed(target) as part:
            part.write_text("half")
            assert target.read_text() == "former"
        assert target.read_text() == "half"
        assert [one.name for one in tmp_path.iterdir()] == ["counts.tsv"]

    @pytest.mark.parametrize("alone", [False, True])
    def test_a_failure_leaves_the_former_file_and_nothing_else(self, tmp_path: Path, alone: bool) -> None:
        target = tmp_path / "counts.tsv"
        target.write_text("former")
        with pytest.raises(StopHereError), renamed(target, alone) as part:
            part.write_text("half")
            raise StopHereError
        assert target.read_text() == "former"
        assert len(list(tmp_path.iterdir())) == 1

    def test_two_writers_at_once_do_not_share_a_name(self, tmp_path: Path) -> None:
        names: list[str] = []

        def write() -> None:
            with renamed(tmp_path / "x") as part:
                part.write_text(str(len(names)))
                names.append(part.name)

        with renamed(tmp_path / "x") as part:
            part.write_text("mine")
            other = threading.Thread(target=write)
            other.start()
            other.join()
            assert part.name not in names
        assert (tmp_path / "x").read_text() == "mine"

    def test_alone_writes_over_what_a_killed_writer_left(self, tmp_path: Path) -> None:
        (tmp_path / "x.part").write_text("left by a killed writer")
        with renamed(tmp_path / "x", alone=True) as part:
            part.write_text("whole")
        assert [one.name for one in tmp_path.iterdir()] == ["x"]


class TestAside:
    def test_a_folder_of_ours_is_made(self, tmp_path: Path) -> None:
        with aside(tmp_path / "cache" / "x") as part:
            part.write_text("whole")
        assert (tmp_path / "cache" / "x").read_text() == "whole"

    def test_a_folder_that_the_user_names_has_to_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable) as refused, aside(tmp_path / "typo" / "x.tsv", folder=False) as part:
            part.write_text("whole")
        assert refused.value.message == "x.tsv could not be written: No such file or directory."
        assert refused.value.hint == "Give a folder that is there."
        assert not list(tmp_path.iterdir())

    def test_a_folder_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "x").mkdir()
        with pytest.raises(Unavailable) as refused, aside(tmp_path / "x", "The copy") as part:
            part.write_text("whole")
        assert refused.value.message == "The copy could not be written: Is a directory."
        assert refused.value.hint == "Give the name of a file."

    def test_other_errors_come_as_they_are(self, tmp_path: Path) -> None:
        with pytest.raises(StopHereError), aside(tmp_path / "x"):
            raise StopHereError
