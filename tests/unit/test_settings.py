"""What an installation may change."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from backend import settings
from backend.errors import BadInput
from backend.settings import ROOT, Archs4, Odm, Serve, Settings, Stomics, read


def test_public_url_is_http_only() -> None:
    assert read({}).public_url == ""
    assert read({"EXPRONAUT_PUBLIC_URL": "https://lab.example/x/"}).public_url == "https://lab.example/x"
    for url in ("javascript:alert(1)", "file:///etc/passwd", "lab.example"):
        with pytest.raises(BadInput, match="EXPRONAUT_PUBLIC_URL"):
            read({"EXPRONAUT_PUBLIC_URL": url})


@pytest.mark.parametrize("name", ["V1", "SIGPY", "LEGACY", "MATRIXAPI", "SITE", "FILES"])
def test_each_service_of_archs4_may_be_elsewhere(name: str) -> None:
    usual = read({}).archs4
    assert usual == Archs4()
    moved = read({f"EXPRONAUT_ARCHS4_{name}": "http://127.0.0.1:8000/there/"}).archs4
    assert moved == replace(usual, **{name.lower(): "http://127.0.0.1:8000/there"})


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://lab.example",
            "http://",
            "http://me:pw@lab.example",
            "http://@lab.example",
            "http://[",
            "//lab.example",
        ),
        *("http://lab.example:port", "http://lab.example/?a=b", "http://lab.example/#x", "http://lab .example"),
        *("http://lab.example\\@evil.example", "http://lab\u200b.example"),
    ],
)
def test_an_address_that_cannot_be_asked_is_told_at_the_start(url: str) -> None:
    with pytest.raises(BadInput, match="EXPRONAUT_ARCHS4_SIGPY") as caught:
        read({"EXPRONAUT_ARCHS4_SIGPY": url})
    assert "pw" not in str(caught.value).replace("password", "")


def test_dialects_are_taken_in_the_order_given() -> None:
    for text in ("", "auto", " AUTO "):
        assert read({"EXPRONAUT_ARCHS4": text}).archs4.dialects == ()
    assert read({"EXPRONAUT_ARCHS4": "v1, Sigpy,v1,"}).archs4.dialects == ("v1", "sigpy")


def test_how_long_answers_are_fresh_is_given_in_days() -> None:
    assert read({}).keep == ()
    given = read({"EXPRONAUT_KEEP": "maayanlab.cloud=7, ARCHS4.org = 0.5, 127.0.0.1:8000=0,"}).keep
    assert dict(given) == {"maayanlab.cloud": 7 * 86_400, "archs4.org": 43_200, "127.0.0.1:8000": 0}


def test_how_long_a_failed_service_is_left_alone_is_given_in_seconds() -> None:
    assert [read({"EXPRONAUT_ARCHS4_REST": text}).archs4.rest for text in ("", "5", " 0.5 ")] == [30, 5, 0.5]


def test_offline_is_a_switch() -> None:
    assert [read({"EXPRONAUT_OFFLINE": text}).offline for text in ("", "0", "1")] == [False, False, True]


def test_what_rnaget_serves_is_a_folder_and_names_of_sources(tmp_path: Path) -> None:
    assert (read({}).rnaget_store, read({}).rnaget_only) == (None, ())
    given = read({"EXPRONAUT_RNAGET_STORE": str(tmp_path), "EXPRONAUT_RNAGET_ONLY": "hpa, store,,hpa"})
    assert (given.rnaget_store, given.rnaget_only) == (tmp_path, ("hpa", "store"))


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
        ("EXPRONAUT_OFFLINE", "yes"),
        ("EXPRONAUT_ARCHS4", "sigpy, v2"),
        ("EXPRONAUT_ARCHS4_REST", "-1"),
        ("EXPRONAUT_ARCHS4_REST", "a while"),
        ("EXPRONAUT_KEEP", "maayanlab.cloud"),
        ("EXPRONAUT_KEEP", "maayanlab.cloud=week"),
        ("EXPRONAUT_KEEP", "=7"),
        ("EXPRONAUT_KEEP", "maayanlab.cloud=-1"),
        ("EXPRONAUT_KEEP", "maayanlab.cloud=."),
        ("EXPRONAUT_TISSUE_RULES", "/nowhere/rules.csv"),
        ("EXPRONAUT_DATA", "~nosuchuser/x"),
        ("EXPRONAUT_RNAGET_STORE", "~nosuchuser/x"),
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


def test_the_http_api_is_on_limited_and_for_this_site_only_unless_told_otherwise() -> None:
    assert read({}).serve == Serve(mounted=True, rate=10.0, token="", cors=(), source="")
    told = {
        "EXPRONAUT_SERVE": "0",
        "EXPRONAUT_SERVE_RATE": "0.5",
        "EXPRONAUT_SERVE_TOKEN": "s3cret",
        "EXPRONAUT_SERVE_CORS": "https://Lab.example, http://localhost:3000/,https://lab.example",
        "EXPRONAUT_SERVE_SOURCE": "hpa",
    }
    found = read(told).serve
    assert found == Serve(False, 0.5, "s3cret", ("https://lab.example", "http://localhost:3000"), "hpa")
    assert "s3cret" not in repr(read(told))
    assert read({"EXPRONAUT_SERVE_CORS": "*"}).serve.cors == ("*",)
    assert read({"EXPRONAUT_SERVE_RATE": "0"}).serve.rate == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPRONAUT_SERVE", "on"),
        ("EXPRONAUT_SERVE_RATE", "fast"),
        ("EXPRONAUT_SERVE_RATE", "-1"),
        ("EXPRONAUT_SERVE_RATE", "nan"),
        ("EXPRONAUT_SERVE_TOKEN", "two words"),
        ("EXPRONAUT_SERVE_TOKEN", "schlüssel"),
        ("EXPRONAUT_SERVE_CORS", "lab.example"),
        ("EXPRONAUT_SERVE_CORS", "https://lab.example/page"),
        ("EXPRONAUT_SERVE_CORS", "*, https://lab.example"),
    ],
)
def test_a_bad_setting_of_the_http_api_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name) as caught:
        read({name: value})
    assert "TOKEN" not in name or value not in str(caught.value)


def test_an_odm_server_has_its_form_its_role_and_one_token() -> None:
    assert read({}).odm is None
    base = {"EXPRONAUT_ODM": "https://odm.lab.example/"}
    assert read(base).odm == Odm("https://odm.lab.example", "modern", "user", "", "")
    told = {**base, "EXPRONAUT_ODM_DIALECT": "Legacy", "EXPRONAUT_ODM_ROLE": "curator", "EXPRONAUT_ODM_TOKEN": "s3cret"}
    assert read(told).odm == Odm("https://odm.lab.example", "legacy", "curator", "s3cret", "")
    assert "s3cret" not in repr(read(told))
    bearer = "eyJhbGciOi.eyJzdWIiOi.c2ln"
    assert read({**base, "EXPRONAUT_ODM_BEARER": bearer}).odm == Odm("https://odm.lab.example", bearer=bearer)


JWT = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"EXPRONAUT_ODM": "odm.lab.example"}, "EXPRONAUT_ODM "),
        ({"EXPRONAUT_ODM_DIALECT": "old"}, "EXPRONAUT_ODM_DIALECT"),
        ({"EXPRONAUT_ODM_ROLE": "admin"}, "EXPRONAUT_ODM_ROLE"),
        ({"EXPRONAUT_ODM_TOKEN": "two words"}, "EXPRONAUT_ODM_TOKEN"),
        ({"EXPRONAUT_ODM_TOKEN": "s3cret-a", "EXPRONAUT_ODM_BEARER": "s3cret-b"}, "both"),
        ({"EXPRONAUT_ODM": "", "EXPRONAUT_ODM_TOKEN": "s3cret"}, "no server"),
        ({"EXPRONAUT_ODM_TOKEN": JWT}, "identity provider"),
        ({"EXPRONAUT_ODM_BEARER": "abcdef0123456789"}, "Genestack API token"),
    ],
)
def test_an_odm_setting_that_cannot_work_is_told_without_its_token(given: dict[str, str], named: str) -> None:
    with pytest.raises(BadInput, match=named) as caught:
        read({"EXPRONAUT_ODM": "https://odm.lab.example", **given})
    keys = [value for name, value in given.items() if name.endswith(("TOKEN", "BEARER"))]
    assert not any(key in str(caught.value) for key in keys)


def test_own_studies_lie_beside_the_data_unless_given(tmp_path: Path) -> None:
    assert read({}).studies == read({}).home / "studies"
    assert read({"EXPRONAUT_DATA": str(tmp_path)}).studies == tmp_path / "studies"
    assert read({"EXPRONAUT_STUDIES": str(tmp_path / "lab")}).studies == tmp_path / "lab"


def test_stomics_is_the_public_service_unless_given_and_its_key_is_not_shown() -> None:
    assert read({}).stomics == Stomics("https://stomics.io", "", ("stomics.io", "www.stomics.io"))
    given = {
        "EXPRONAUT_STOMICS": "https://mirror.lab.example/",
        "EXPRONAUT_STOMICS_KEY": "sk-s3cret",
        "EXPRONAUT_STOMICS_HOSTS": "Mirror.lab.example, localhost,,localhost",
    }
    hosts = ("mirror.lab.example", "localhost")
    for base in ("https://mirror.lab.example/", "https://mirror.lab.example/api/v1/"):
        given["EXPRONAUT_STOMICS"] = base
        assert read(given).stomics == Stomics("https://mirror.lab.example", "sk-s3cret", hosts)
    assert "s3cret" not in repr(read(given))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"EXPRONAUT_STOMICS": "stomics.io"}, "EXPRONAUT_STOMICS "),
        ({"EXPRONAUT_STOMICS": "http://stomics.io"}, "not https"),
        ({"EXPRONAUT_STOMICS_KEY": "sk-s3cret two"}, "EXPRONAUT_STOMICS_KEY"),
        ({"EXPRONAUT_STOMICS_HOSTS": "https://stomics.io"}, "EXPRONAUT_STOMICS_HOSTS"),
        ({"EXPRONAUT_STOMICS_HOSTS": "stomics.io:443"}, "EXPRONAUT_STOMICS_HOSTS"),
        ({"EXPRONAUT_STOMICS_HOSTS": "*"}, "EXPRONAUT_STOMICS_HOSTS"),
    ],
)
def test_a_stomics_setting_that_cannot_work_is_told_without_its_key(given: dict[str, str], named: str) -> None:
    with pytest.raises(BadInput, match=named) as caught:
        read({"EXPRONAUT_STOMICS_KEY": "sk-s3cret", **given})
    assert "s3cret" not in str(caught.value)


def test_the_key_of_stomics_may_go_unencrypted_within_this_machine_only() -> None:
    for base in ("http://127.0.0.1:8950", "http://localhost:8950"):
        assert read({"EXPRONAUT_STOMICS": base, "EXPRONAUT_STOMICS_KEY": "sk-x"}).stomics.base == base
