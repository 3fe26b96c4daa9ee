"""The bundled files as the tests of the data read them: h5py and pandas, not the app."""

from __future__ import annotations

from pathlib import Path

import h5py
import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
EXPRESSION = DATA / "hpa" / "hpa_v23.h5"
HUMAN = DATA / "genes" / "human.parquet"
MOUSE = DATA / "genes" / "mouse.parquet"


def text_of(dataset: h5py.Dataset) -> list[str]:
    return [value.decode("ascii") for value in dataset[:]]


@pytest.fixture(scope="module")
def hpa():
    with h5py.File(EXPRESSION) as file:
        yield file


@pytest.fixture(scope="module")
def ensembl(hpa):
    return text_of(hpa["genes/ensembl"])


@pytest.fixture(scope="module")
def symbols(hpa):
    return text_of(hpa["genes/symbol"])


@pytest.fixture(scope="module")
def tissues(hpa, ensembl):
    return pd.DataFrame(hpa["tissue/expression"][:], ensembl, text_of(hpa["tissue/key"])).astype(float)


@pytest.fixture(scope="module")
def cohorts(hpa, ensembl):
    return pd.DataFrame(hpa["cohort/expression"][:], ensembl, text_of(hpa["cohort/key"])).astype(float)


@pytest.fixture(scope="module")
def human():
    return pd.read_parquet(HUMAN)


@pytest.fixture(scope="module")
def mouse():
    return pd.read_parquet(MOUSE)
