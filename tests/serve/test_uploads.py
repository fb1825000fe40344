"""What a request carries: names without folders, bodies that do not come, a server that is busy."""

import asyncio
from typing import Any

import pytest
from asked import Served, png
from starlette.requests import Request

from fullconv.serve.gate import RefusedError
from fullconv.serve.uploads import body_of, plain_name


def request(*messages: dict[str, Any]) -> Request:
    """Return a request whose client sends these messages and then nothing."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return Request({"type": "http", "method": "POST", "path": "/locate", "headers": []}, receive)


def part(content: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def test_parts_become_one_body() -> None:
    assert asyncio.run(body_of(request(part(b"ab"), part(b"c", more=False)), 3, 60)) == b"abc"


@pytest.mark.parametrize(
    ("messages", "most", "seconds", "status"),
    [
        pytest.param([part(b"a")], 10, 0.01, 408, id="never ends"),
        pytest.param([part(b"a"), {"type": "http.disconnect"}], 10, 60, 499, id="broken off"),
        pytest.param([part(b"ab"), part(b"cd")], 3, 60, 413, id="too long"),
    ],
)
def test_a_body_that_does_not_come_is_refused(
    messages: list[dict[str, Any]], most: int, seconds: float, status: int
) -> None:
    with pytest.raises(RefusedError) as caught:
        asyncio.run(body_of(request(*messages), most, seconds))
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("dog.jpg", "dog.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\größe 猫.png", "größe 猫.png"),
        ("a\x00\r\nb.png", "ab.png"),
        ("", "picture"),
        (None, "picture"),
        ("/", "picture"),
        ("x" * 500 + ".png", "x" * 96 + ".png"),
    ],
)
def test_a_name_has_no_folder_and_can_be_shown(given: str | None, shown: str) -> None:
    assert plain_name(given) == shown


@pytest.mark.parametrize("path", ["/locate", "/invocations"])
def test_a_server_that_is_busy_says_so_and_still_answers_the_rest(path: str, busy: Served) -> None:
    reply = busy("POST", path, png(), Content_Type="image/png")
    assert reply.status == 503
    assert reply.headers["retry-after"]
    assert "wait already" in reply.error
    assert busy("GET", "/ping").status == 200
