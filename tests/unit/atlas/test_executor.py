"""Who computes the blocks: threads or a dask cluster, with the same result to the last bit."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import dask
import distributed
import pytest

from backend.atlas import build, executor, place
from backend.errors import BadAnswer, BadInput, Unavailable
from tests.doubles import archs4_files
from tests.unit.atlas import cohort, contents

WIDTH = cohort.WIDTH


def _index(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")


# threads


def test_the_number_of_threads_changes_nothing(fresh, truth):
    build.build(fresh, width=WIDTH, workers=1)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_results_come_in_the_order_of_the_tasks_and_few_are_under_way():
    running, most, lock = 0, 0, threading.Lock()

    def task(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002 * (number % 3))
        with lock:
            running -= 1
        return number

    with executor.threads(2) as (pool, ahead):
        assert list(executor.in_order(pool, ahead, task, [(i,) for i in range(40)])) == list(range(40))
    assert most <= 2


def test_after_an_error_the_rest_is_not_begun():
    begun = []

    def task(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise BadAnswer("The third is damaged.")

    with executor.threads(1) as (pool, ahead), pytest.raises(BadAnswer, match="third"):
        list(executor.in_order(pool, ahead, task, [(i,) for i in range(100)]))
    assert len(begun) < 10


# a cluster


@pytest.fixture(scope="module")
def cluster():
    """Two processes on this machine, and their scheduler."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as made,
    ):
        yield made


def test_a_cluster_builds_the_same_index_bit_for_bit(fresh, truth, cluster):
    steps: list[build.Step] = []
    build.build(fresh, width=WIDTH, scheduler=cluster.scheduler_address, on_progress=steps.append)
    contents.assert_equal(_index(fresh), _index(truth.path))
    assert [step.done for step in steps if step.part == "Counts"] == [0, 64, 128, 192, 256, 260]


def test_what_was_begun_by_threads_is_finished_by_a_cluster(fresh, truth, cluster):
    def stop(now: build.Step) -> None:
        if now.part == "Counts" and now.done >= WIDTH:
            raise build.Cancelled

    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, on_progress=stop)
    build.build(fresh, width=WIDTH, scheduler=cluster.scheduler_address)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_cancelling_a_cluster_keeps_what_is_finished(fresh, truth, cluster):
    def stop(now: build.Step) -> None:
        if now.part == "Counts" and now.done >= WIDTH:
            raise build.Cancelled

    with pytest.raises(build.Cancelled):
        build.build(fresh, width=WIDTH, scheduler=cluster.scheduler_address, on_progress=stop)
    assert place.state(fresh).kind == "partial"
    build.build(fresh, width=WIDTH)
    contents.assert_equal(_index(fresh), _index(truth.path))


def test_a_damaged_file_is_told_through_the_cluster_in_the_same_words(fresh, cluster):
    archs4_files.spoil_counts(fresh, gene=150, sample=130)
    with pytest.raises(BadAnswer, match=r"in samples 128 to 191") as failure:
        build.build(fresh, width=WIDTH, scheduler=cluster.scheduler_address)
    assert failure.value.hint


def _die(_: int) -> None:
    os._exit(1)


def test_workers_that_die_are_told(cluster):
    with pytest.raises(Unavailable, match="worker"), executor.cluster(cluster.scheduler_address) as (pool, ahead):
        list(executor.in_order(pool, ahead, _die, [(1,)]))


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8786",
        "http://localhost:8786",
        "8786",
        "inproc://x",
        "tcp://",
        "tcp://h",
        "tcp://h:99999",
        "tcp://h:p",
    ],
)
def test_another_kind_of_address_is_refused(fresh, address):
    with pytest.raises(BadInput, match="not the address of a dask scheduler"):
        build.build(fresh, width=WIDTH, scheduler=address)


def test_where_nobody_listens_it_is_told(fresh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unavailable, match="No dask scheduler answers"):
            build.build(fresh, width=WIDTH, scheduler=address)
    assert place.state(fresh).kind == "partial"
