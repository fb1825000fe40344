"""Calls to a store that may be away."""

import logging
import threading
from collections.abc import Callable

import pytest

from fullconv.track.store.sender import Sender


class Away:
    """A store that fails so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.heard: list[int] = []

    def hear(self, number: int) -> Callable[[], None]:
        def call() -> None:
            if self.times > 0:
                self.times -= 1
                raise ConnectionError("nobody there")
            self.heard.append(number)

        return call


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_calls_are_made_in_order() -> None:
    store, sender = Away(0), Sender("curves")
    for number in range(50):
        sender.send(store.hear(number))
    assert sender.close(600)
    assert store.heard == list(range(50))


def test_what_failed_is_made_later_in_order_and_one_warning_says_so(caplog: pytest.LogCaptureFixture) -> None:
    store, sender = Away(3), Sender("curves")
    for number in range(5):
        sender.send(store.hear(number))
    assert sender.close(600)
    assert store.heard == [0, 1, 2, 3, 4]
    (warning,) = warnings_of(caplog)
    assert "curves cannot be sent" in warning
    assert "nobody there" in warning
    assert "publish" in warning


def test_a_store_that_stays_away_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    store, sender = Away(10**9), Sender("curves")
    sender.send(store.hear(0))
    assert not sender.close(0.3)
    sender.send(store.hear(1))  # heard by nobody, and no error
    assert store.heard == []
    assert len(warnings_of(caplog)) == 1


def test_a_store_that_answers_nothing_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    release, sender = threading.Event(), Sender("curves")
    sender.send(release.wait)
    assert not sender.close(0.2)
    release.set()
    (warning,) = warnings_of(caplog)
    assert "no answer within 0.2 s" in warning


def test_what_libraries_say_of_each_try_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender("curves")
    talkative = logging.getLogger("urllib3.connectionpool")
    sender.send(lambda: talkative.warning("retrying"))
    assert sender.close(600)
    talkative.warning("of another thread")
    assert warnings_of(caplog) == ["of another thread"]
