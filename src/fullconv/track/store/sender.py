"""Calls to a store that may be away: made one after the other on a thread of their own, tried again when they fail."""

import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

_THREAD = "fullconv-sender"
_SHORTEST_PAUSE, _FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 0.5, 10.0  # seconds between two tries
# They report each try of their own; here one warning says it all.
_TALKATIVE = ("mlflow.store.db.utils", "urllib3.connectionpool", "mlflow.utils.rest_utils")


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != _THREAD


_QUIET = _Quiet()


class Sender:
    """Makes calls in the order in which they were given, without ever stopping or failing the one who gives them.

    `what` names in a message what is sent.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._calls: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hurry = self._over = self._warned = False

    def send(self, call: Callable[[], object]) -> None:
        """Have a call made; it returns at once."""
        with self._changed:
            if self._over:
                return
            self._calls.append(call)
            if self._thread is None:
                for name in _TALKATIVE:
                    logging.getLogger(name).addFilter(_QUIET)
                self._thread = threading.Thread(target=self._run, name=_THREAD, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self, seconds: float) -> bool:
        """Wait so long at most, then make no more calls; return whether all were made.

        A pause between two tries is cut short.
        """
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._calls, seconds)
            self._over = True
            self._changed.notify_all()
        if not done:
            self._warn(f"no answer within {seconds:g} s")
        return done

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while (call := self._next()) is not None:
            try:
                call()
            except Exception as error:
                self._warn(str(error))
                self._rest(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
                with self._changed:
                    self._calls.popleft()
                    self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._over)
            return None if self._over else self._calls[0]

    def _rest(self, pause: float) -> None:
        with self._changed:
            # In a hurry, too, a store that refuses at once is not asked without a rest.
            self._changed.wait_for(lambda: self._over, _SHORTEST_PAUSE)
            self._changed.wait_for(lambda: self._over or self._hurry, pause)

    def _warn(self, reason: str) -> None:
        with self._changed:
            if self._warned:
                return
            self._warned = True
        log.warning(
            "%s cannot be sent to the tracking store (%s). The work goes on; what is missing is sent when the store "
            "answers again, or by `publish` (make repro) afterwards.",
            self._what,
            " ".join(reason.split())[:200],
        )
