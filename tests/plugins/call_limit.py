"""The limit to what one test may take."""

import os
import threading
import time
from collections.abc import Callable, Generator

import pytest


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
