"""What tests of any folder need, and the limit to what one of them may take."""

import gc
import importlib
import importlib.util
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# An example takes as long as the machine needs: no test fails by the clock alone.
settings.register_profile("fullconv", deadline=None)
settings.load_profile("fullconv")

ROOT = Path(__file__).resolve().parents[1]


class CallLimit:
    """Fails a test that takes too long by itself, whatever the machine and whatever else it has to do.

    Time by the clock counts as far as the test answers for it: by computing, here and in processes that it saw end, or
    by sleeping. What it waits for otherwise is other work, or a busy machine. A slow machine is measured, and forgiven.
    """

    LOOP = 0.05  # seconds of a million additions where the limit was chosen

    def __init__(self, seconds: float) -> None:
        self.seconds, self.slept = seconds, 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        began, computed = time.perf_counter(), computing()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "sleep", self.noting(time.sleep))
            result = yield
        own = min(time.perf_counter() - began, computing() - computed + self.slept)
        if own > self.seconds and not item.get_closest_marker("slow"):
            allowed = self.seconds * max(1.0, loop_seconds() / self.LOOP)
            if own > allowed:
                pytest.fail(
                    f"It took {own:.1f} s by itself; on this machine {allowed:.1f} s are allowed. See CONTRIBUTING."
                )
        return result

    def noting(self, sleep: Callable[[float], None]) -> Callable[[float], None]:
        """Return a sleep that adds up what the test's own thread asks for."""
        test, self.slept = threading.get_ident(), 0.0

        def noted(seconds: float) -> None:
            if threading.get_ident() == test:
                self.slept += seconds
            sleep(seconds)

        return noted


def computing() -> float:
    """Return the processor's time of this process and of those that it started and saw end."""
    return sum(os.times()[:4])


def loop_seconds() -> float:
    """Return how long this machine adds a million numbers, at the usual of five moments."""
    took = []
    for _ in range(5):
        before, total = time.thread_time(), 0
        for number in range(10**6):
            total += number
        took.append(time.thread_time() - before)
    return sorted(took)[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("call_limit", "seconds that a test may take by itself, its fixtures apart, unless it is marked slow")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CallLimit(float(config.getini("call_limit"))), "call-limit")
    gc.disable()


def pytest_collection_finish() -> None:
    # What was imported stays; Python's collector need not look through a million objects again and again.
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def benchmark_module() -> Iterator[Callable[[str], ModuleType]]:
    """Yield what imports a module of benchmarks/ by its name there, as `python -m` does from the root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        yield lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Return what puts an mlflow.db with MLflow's tables and nothing else into a folder; making one takes seconds."""
    from mlflow.tracking import MlflowClient

    made = tmp_path_factory.mktemp("tables")
    MlflowClient(f"sqlite:///{made}/mlflow.db").search_experiments()

    def copy(folder: Path) -> None:
        for file in made.glob("mlflow.db*"):
            shutil.copyfile(file, folder / file.name)

    return copy


@pytest.fixture(scope="session")
def harness() -> Iterator[ModuleType]:
    """Yield tools/kills.py, which kills stages of a clone."""
    spec = importlib.util.spec_from_file_location("kills", ROOT / "tools" / "kills.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "kills", module)  # its dataclasses look for their module there
        spec.loader.exec_module(module)
        yield module
