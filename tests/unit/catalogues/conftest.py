"""Doubles of every service, once for all tests here, and a machine with a study, a file and a section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from backend import settings
from backend.settings import Rnaget, Settings
from tests.contract import odm_online, own_world, rnaget_online
from tests.doubles import section_files
from tests.doubles.odm_web import OdmWeb
from tests.doubles.rnaget_web import RnagetWeb
from tests.doubles.stomics_web import StomicsWeb

GONE = Rnaget("gone", "http://127.0.0.1:9/rnaget")


@dataclass(frozen=True)
class World:
    """The services, and the folder everything is below. study: accession of the own one."""

    stomics: StomicsWeb
    rnaget: RnagetWeb
    odm: OdmWeb
    folder: Path
    study: str
    settings: Settings


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("catalogues")
    with StomicsWeb() as stomics, RnagetWeb() as rnaget, OdmWeb() as odm:
        base = odm_online.online(odm, folder)
        servers = [one for one in rnaget_online.online(rnaget, folder).rnaget if one.name == "spec12"]
        told = settings.read(stomics.environment()).stomics
        chosen = replace(base, rnaget=(*servers, GONE), stomics=told)
        with settings.use(chosen):
            study = own_world.bring(own_world.write_bundle(folder / "bundle"))
            downloads = chosen.home / "stomics" / "STD0001"
            downloads.mkdir(parents=True)
            section_files.h5ad(downloads / "matrix.h5ad", section_files.tiny(), "csr")
            yield World(stomics, rnaget, odm, folder, study, chosen)


@pytest.fixture
def world(everything: World) -> World:
    everything.stomics.reset()
    everything.rnaget.faults.clear()
    everything.rnaget.forget()
    return everything
