"""What an installation may change."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from backend import settings
from backend.errors import BadInput
from backend.settings import ROOT, Settings, read


def test_public_url_is_http_only() -> None:
    assert read({}).public_url == ""
    assert read({"EXPRONAUT_PUBLIC_URL": "https://lab.example/x/"}).public_url == "https://lab.example/x"
    for url in ("javascript:alert(1)", "file:///etc/passwd", "lab.example"):
        with pytest.raises(BadInput, match="EXPRONAUT_PUBLIC_URL"):
            read({"EXPRONAUT_PUBLIC_URL": url})


def test_every_key_is_in_the_secrets_example_and_empty_ones_change_nothing() -> None:
    example = tomllib.loads((ROOT / ".streamlit/secrets.toml.example").read_text())
    named = {word for word in (settings.__doc__ or "").split() if word.startswith("EXPRONAUT_")}
    assert set(example) == named
    assert set(example.values()) == {""}
    assert read(example) == read({})


def test_folders_are_those_of_the_user_and_of_xdg(tmp_path: Path) -> None:
    plain = read({})
    assert plain.data == (Path.home() / ".local/share/expronaut",) == (plain.home,)
    assert plain.cache == Path.home() / ".cache/expronaut"
    xdg = read({"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_CACHE_HOME": str(tmp_path / "c")})
    assert (xdg.home, xdg.cache) == (tmp_path / "d/expronaut", tmp_path / "c/expronaut")
    assert read({"XDG_DATA_HOME": "relative"}).home == plain.home


def test_data_may_be_several_files_and_folders(tmp_path: Path) -> None:
    file, folder = tmp_path / "human.h5", tmp_path / "more"
    both = read({"EXPRONAUT_DATA": f"{file}{os.pathsep}{folder}"})
    assert both.data == (file, folder)
    assert both.home == folder  # what is remembered goes into a folder, never beside a file
    assert read({"EXPRONAUT_DATA": str(file)}).home == read({}).home
    assert read({"EXPRONAUT_DATA": "~/x"}).data == (Path.home() / "x",)


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("", 0.5)])
def test_single_cell_threshold(text: str, value: float) -> None:
    assert read({"EXPRONAUT_SINGLE_CELL": text}).single_cell == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPRONAUT_SINGLE_CELL", "1.5"),
        ("EXPRONAUT_SINGLE_CELL", "half"),
        ("EXPRONAUT_SINGLE_CELL", "nan"),
        ("EXPRONAUT_DEMO", "maybe"),
        ("EXPRONAUT_TISSUE_RULES", "/nowhere/rules.csv"),
        ("EXPRONAUT_DATA", "~nosuchuser/x"),
    ],
)
def test_a_bad_value_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        read({name: value})


def test_rules_are_the_bundled_ones_unless_given(tmp_path: Path) -> None:
    own = tmp_path / "rules.csv"
    own.write_text("")
    assert read({}).rules == ROOT / "data/tissues/rules.csv"
    assert read({"EXPRONAUT_TISSUE_RULES": str(own)}).rules == own


def test_settings_in_use_end_with_their_block(tmp_path: Path) -> None:
    before = settings.current()
    with settings.use(Settings(data=(tmp_path,))) as inner:
        assert settings.current() is inner
    assert settings.current() is before


def test_the_server_binds_to_this_machine_only_and_hides_error_details() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["server"]["address"] == "localhost"
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
