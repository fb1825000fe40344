"""Jobs side by side share the cores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.config.cores import cores, usable_threads
from fullconv.sweeps.side_by_side import (
    jobs_side_by_side,
    process_environment,
    thread_environment,
    threads_of_a_job,
)

GIB = 2**30


@pytest.mark.parametrize(
    ("launcher", "threads"),
    [
        ({}, 8),  # basic: one after the other
        ({"n_jobs": 2}, 4),
        ({"n_jobs": 3}, 2),
        ({"n_jobs": 20}, 1),
        ({"n_jobs": None}, 8),
        ({"n_jobs": -1}, 1),
        ({"n_jobs": -7}, 4),  # two jobs: all cores but six
        ({"cpus_per_task": 3}, 3),
        ({"cpus_per_task": None}, 8),
        ({"ray": {"init": {}, "remote": {"num_cpus": 5}}}, 5),
        ({"ray": {"init": {}, "remote": {}}}, 1),
        ({"ray": {"remote": {"num_cpus": 0.5}}}, 1),
    ],
)
def test_threads_come_from_the_launcher(launcher: dict[str, object], threads: int) -> None:
    assert threads_of_a_job(launcher, None, 8) == threads
    assert threads_of_a_job(launcher, 7, 8) == 7


@given(st.integers(1, 128), st.integers(1, 128))
def test_jobs_of_joblib_never_keep_more_threads_busy_than_there_are_cores(processors: int, jobs: int) -> None:
    threads = threads_of_a_job({"n_jobs": jobs}, None, processors)
    assert threads >= 1
    assert threads * jobs <= max(processors, jobs)


@pytest.mark.parametrize(("memory", "jobs"), [(100 * GIB, 8), (7 * GIB, 3), (GIB, 1), (0, 8)])
def test_memory_bounds_the_jobs(memory: int, jobs: int) -> None:
    assert jobs_side_by_side(8, memory) == jobs


def test_this_machine_carries_a_job() -> None:
    assert 1 <= jobs_side_by_side() <= cores()


def test_a_process_reads_its_threads_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.delenv("FULLCONV_THREADS", raising=False)
    assert usable_threads() == cores()
    environment = process_environment(3)
    assert environment["OMP_NUM_THREADS"] == environment["FULLCONV_THREADS"] == "3"
    assert environment["PATH"]
    for name, value in thread_environment(3).items():
        monkeypatch.setenv(name, value)
    assert usable_threads() == 3
    monkeypatch.setenv("FULLCONV_THREADS", "many")
    assert usable_threads() == cores()
