"""Download tokens open one file for a while and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.serve import tokens
from backend.settings import Serve
from tests.unit.serve import rnaget_world
from tests.unit.serve.rnaget_world import Client

SECRET = "s3cret-of-the-server"
TARGET = "/expressions/hpa/bytes?format=loom&units=nTPM"


def test_a_token_opens_its_target_until_it_ends() -> None:
    header = f"Bearer {tokens.made(TARGET, SECRET, now=lambda: 1_000.5)}"
    assert tokens.opens(header, TARGET, SECRET, now=lambda: 1_001)
    assert tokens.opens(header.replace("Bearer", "bearer"), TARGET, SECRET, now=lambda: 1_000 + tokens.LASTS)
    assert not tokens.opens(header, TARGET, SECRET, now=lambda: 1_001 + tokens.LASTS)
    assert SECRET not in header


@pytest.mark.parametrize("other", ["", TARGET + "&x=1", TARGET.replace("hpa", "other"), "/projects"])
def test_it_opens_nothing_else(other: str) -> None:
    assert not tokens.opens(f"Bearer {tokens.made(TARGET, SECRET)}", other, SECRET)


@pytest.mark.parametrize(
    "wrong", ["", "Bearer", "Bearer ", "Bearer .", "Bearer 99999999999.", "Basic {}", "Bearer 9{}", "é"]
)
def test_what_was_not_made_here_opens_nothing(wrong: str) -> None:
    assert not tokens.opens(wrong.format(tokens.made(TARGET, SECRET)), TARGET, SECRET)
    assert not tokens.opens(f"Bearer {tokens.made(TARGET, 'other')}", TARGET, SECRET)
    assert not tokens.opens(f"Bearer {tokens.made(TARGET, '')}", TARGET, "")


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with rnaget_world.served(tmp_path_factory.mktemp("data"), "hpa", serve=Serve(token=SECRET)) as found:
        yield found


def test_a_ticket_carries_a_download_token_and_never_the_token(client: Client) -> None:
    ticket = client.get("/expressions/hpa/ticket", featureNameList="TP53,ALB").json()
    assert SECRET not in str(ticket)
    target = ticket["url"].removeprefix(client.base)
    assert tokens.opens(ticket["headers"]["Authorization"], target, SECRET)
    assert client.session.get(ticket["url"], headers=ticket["headers"]).status_code == 200
