"""The workers that a word means: started with their share of the threads, found, or told to be missing."""

import multiprocessing
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from fullconv.config.clusters import ADDRESS, LOCAL, Place, place_of
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.large.cluster import connection
from fullconv.large.cluster.versions import check_versions, versions
from fullconv.sweeps.side_by_side import thread_environment

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_words() -> None:
    assert place_of("none").kind == "none"
    assert place_of("local") == Place(LOCAL)
    assert place_of("local:12") == Place(LOCAL, 12)
    assert place_of("tcp://node-3:8786") == Place(ADDRESS, address="tcp://node-3:8786")
    assert place_of("slurm").kind == "slurm"


@pytest.mark.parametrize("word", ["", "lokal", "local:0", "local:two", "node-3:8786", "tcp://node-3", "slurm:4"])
def test_an_unknown_word_is_an_error_before_work(word: str, settings_with: Callable[..., ExperimentConfig]) -> None:
    with pytest.raises(InputError, match=r"^(locate|.*\.locate)\.cluster: received .*tcp://host:8786"):
        settings_with(f"locate.cluster='{word}'")


def test_local_workers_share_the_cores_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    before, own = set(multiprocessing.active_children()), dict(os.environ)
    before_log = dask.config.get("distributed.admin.low-level-log-length")
    monkeypatch.setattr(connection, "cores", lambda: 6)
    with connection.connected(place_of("local:2"), {}, thread_environment) as client:
        assert list(client.nthreads().values()) == [1, 1]
        # By value: workers do not import this file.
        assert set(client.run(eval, "__import__('os').environ['TF_NUM_INTRAOP_THREADS']").values()) == {"3"}
        assert set(client.run(eval, "__import__('os').environ['OMP_NUM_THREADS']").values()) == {"3"}
        # Not as Dask would have it.
        assert set(client.run(eval, "__import__('os').environ['MALLOC_TRIM_THRESHOLD_']").values()) == {str(2**26)}
        assert not any(client.run(eval, "'tensorflow' in __import__('sys').modules").values())
        # What a process keeps of each parcel it sends is what a scheduler's memory would grow by.
        kept = "__import__('dask').config.get('distributed.admin.low-level-log-length')"
        assert set(client.run(eval, kept).values()) == {10}
        client.gather(client.map(str, range(40), pure=False))
        streams = [*client.cluster.scheduler.stream_comms.values(), client.scheduler_comm]
        assert len(streams) == 3
        assert all(stream.batch_count > 0 for stream in streams)
        assert {stream.recent_message_log.maxlen for stream in streams} == {10}
    assert dask.config.get("distributed.admin.low-level-log-length") == before_log
    assert set(multiprocessing.active_children()) <= before
    assert os.environ.get("MALLOC_TRIM_THRESHOLD_") == own.get("MALLOC_TRIM_THRESHOLD_")  # this process has its own


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_PATIENCE", 1)
    began = time.monotonic()
    with (
        pytest.raises(InputError, match=r"^locate\.cluster: no Dask scheduler answers at tcp://127\.0\.0\.1:9 within"),
        connection.connected(place_of("tcp://127.0.0.1:9"), {}, thread_environment),
    ):
        pass
    assert time.monotonic() > began


def test_a_scheduler_of_another_version_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**versions(), "distributed": "2023.1.0"}
    monkeypatch.setattr(connection, "versions", lambda: here)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp", host="127.0.0.1"
        ) as cluster,
        pytest.raises(InputError, match=rf"distributed 2023\.1\.0 here and {distributed.__version__} there"),
        connection.connected(place_of(cluster.scheduler_address), {}, thread_environment),
    ):
        pass


def test_packages_and_both_versions_are_named_in_one_line() -> None:
    mine, theirs = {"keras": "3.15.1", "numpy": "2.1", "dask": "1"}, {"keras": "3.1", "numpy": "2.0", "dask": "1"}
    with pytest.raises(
        InputError, match=r"keras 3\.15\.1 here and 3\.1 there, numpy 2\.1 here and 2\.0 there"
    ) as caught:
        check_versions(mine, theirs, "the worker node-3")
    assert "\n" not in str(caught.value)
    assert "dask" not in str(caught.value)


@pytest.mark.parametrize(("word", "package"), [("local", "distributed"), ("slurm", "dask_jobqueue")])
def test_what_is_missing_is_told(word: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str, *more: Any) -> Any:
        return None if name == package else find_spec(name, *more)

    monkeypatch.setattr(connection, "find_spec", found)
    with (
        pytest.raises(InputError, match=rf"{package}, .*is not installed\. .*pip install 'fullconv\[cluster\]'"),
        connection.connected(place_of(word), {}, thread_environment),
    ):
        pass
