"""What an installation may change."""

from __future__ import annotations

import tomllib

import pytest

from backend.errors import BadInput
from backend.settings import ROOT, read


def test_public_url_is_http_only() -> None:
    assert read({}).public_url == ""
    assert read({"EXPRONAUT_PUBLIC_URL": "https://lab.example/x/"}).public_url == "https://lab.example/x"
    for url in ("javascript:alert(1)", "file:///etc/passwd", "lab.example"):
        with pytest.raises(BadInput, match="EXPRONAUT_PUBLIC_URL"):
            read({"EXPRONAUT_PUBLIC_URL": url})


def test_every_key_is_in_the_secrets_example_and_empty() -> None:
    example = tomllib.loads((ROOT / ".streamlit/secrets.toml.example").read_text())
    assert example == {"EXPRONAUT_PUBLIC_URL": ""}


def test_the_server_binds_to_this_machine_only_and_hides_error_details() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["server"]["address"] == "localhost"
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
