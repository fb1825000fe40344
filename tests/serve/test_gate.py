"""One search at a time: who waits, who is refused, and how a search ends before its time."""

import asyncio
import threading
import time

import pytest

from fullconv.locate.pause import may_go_on
from fullconv.serve.gate import Gate, RefusedError


def endless() -> None:
    """Search until somebody ends it; a minute at most."""
    for _ in range(6000):
        may_go_on()
        time.sleep(0.01)


def refused(gate: Gate, **options: object) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        asyncio.run(gate(endless, **options))  # type: ignore[arg-type]
    return caught.value


def test_one_at_a_time_some_wait_and_the_next_is_refused() -> None:
    running: list[int] = []
    most: list[int] = []

    def work() -> str:
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()
        return "done"

    async def several() -> list[object]:
        gate = Gate(waiting=2, seconds=60)
        first = await asyncio.gather(*(gate(work) for _ in range(5)), return_exceptions=True)
        return [*first, await gate(work)]

    answers = asyncio.run(several())
    assert [answer for answer in answers if answer == "done"] == ["done"] * 4
    others = [answer for answer in answers if isinstance(answer, RefusedError)]
    assert [one.status for one in others] == [503, 503]
    assert max(most) == 1


def test_a_search_that_takes_too_long_ends() -> None:
    error = refused(Gate(waiting=0, seconds=1e-9))
    assert error.status == 504
    assert "serve.seconds=1e-09" in error.says


def test_nothing_begins_once_the_server_ends() -> None:
    gate = Gate(waiting=0, seconds=60)
    gate.close()
    assert refused(gate).status == 503


def test_a_search_that_runs_ends_with_the_server() -> None:
    gate = Gate(waiting=0, seconds=60)
    threading.Timer(0.05, gate.close).start()
    assert refused(gate).says == "The server is being stopped."


def test_a_search_that_nothing_can_end_holds_up_nobody_who_ends_the_server() -> None:
    gate, lasts, begun = Gate(waiting=0, seconds=60), threading.Event(), threading.Event()

    def forward_pass() -> None:
        begun.set()
        lasts.wait(60)

    async def ended() -> None:
        search = asyncio.ensure_future(gate(forward_pass))
        await asyncio.to_thread(begun.wait, 60)
        gate.close()
        with pytest.raises(RefusedError, match="being stopped"):
            await search

    assert gate.settled(0)
    asyncio.run(ended())
    assert not gate.settled(0)
    lasts.set()
    assert gate.settled(60)


def test_a_search_ends_when_nobody_waits() -> None:
    async def leaves() -> None:
        await asyncio.sleep(0.02)

    assert refused(Gate(waiting=0, seconds=60), left=leaves).status == 499


def test_an_error_leaves_the_gate_open() -> None:
    def fails() -> None:
        raise ValueError("broken")

    async def twice() -> str:
        gate = Gate(waiting=0, seconds=60)
        for _ in range(3):
            with pytest.raises(ValueError, match="broken"):
                await gate(fails)
        return await gate(lambda: "done")

    assert asyncio.run(twice()) == "done"
