"""A test that takes long by itself fails; one that waits for other work does not."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

SECONDS = 0.001  # the limit here: what fails takes hundreds of times as long, so that no machine is too slow to tell


@pytest.fixture
def limited(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Run work as a test of a suite whose limit is `SECONDS`."""
    limit = type(request.config.pluginmanager.get_plugin("call-limit"))(SECONDS)

    def run(work: Callable[[], object], *markers: str) -> None:
        item: Any = SimpleNamespace(get_closest_marker=lambda name: name in markers or None)
        call = limit.pytest_runtest_call(item)
        next(call)
        work()
        with pytest.raises(StopIteration):
            call.send(None)

    return run


def compute() -> None:
    end = time.process_time() + 0.4
    while time.process_time() < end:
        sum(range(1000))


def test_what_computes_or_sleeps_too_long_fails(limited: Callable[..., None]) -> None:
    for work in (compute, lambda: time.sleep(0.4)):
        with pytest.raises(pytest.fail.Exception, match=r"by itself; on this machine .* See CONTRIBUTING"):
            limited(work)


def test_what_is_marked_slow_or_waits_for_others_does_not(limited: Callable[..., None]) -> None:
    limited(compute, "slow")
    # A wait by the clock that is no sleep of the test's own.
    limited(lambda: threading.Event().wait(0.4))


def test_the_suite_has_the_limit(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.get_plugin("call-limit").seconds == 30
