"""What a request carries: its body up to a limit, and the picture in it."""

import asyncio
import io
from pathlib import PurePosixPath
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from fullconv.errors import InputError
from fullconv.serve.gate import RefusedError

_MEND = "Send a picture: curl --data-binary @FILE, or curl -F image=@FILE."
_LONGEST = 100  # signs of a picture's name


class Upload(NamedTuple):
    """A picture as it came."""

    content: bytes
    name: str


async def body_of(request: Request, most: int, seconds: float) -> bytes:
    """Return a request's body.

    Raises:
        RefusedError: it has more than `most` bytes, does not arrive in `seconds`, or was broken off.
    """
    refusal = RefusedError(413, f"More than serve.bytes={most}. Make it smaller first.")
    if int(request.headers.get("content-length", "0")) > most:
        raise refusal
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise refusal
    except TimeoutError as error:
        raise RefusedError(408, f"It did not arrive within serve.seconds={seconds:g}.") from error
    except ClientDisconnect as error:
        raise RefusedError(499, "The connection was closed.") from error
    return bytes(body)


def upload_of(body: bytes, content_type: str, name: str | None) -> Upload:
    """Return the picture in a body: of a form its first file, else all of it.

    Raises:
        InputError: there is none.
    """
    kind, options = parse_options_header(content_type)
    if kind == "multipart/form-data":
        return _first_file(body, options.get("boundary", ""))
    if kind in ("application/json", "text/csv"):
        raise InputError("Content-Type", kind, f"{_MEND} Numbers go to /invocations.")
    if not body:
        raise InputError("image", "an empty body", _MEND)
    return Upload(body, plain_name(name))


def _first_file(body: bytes, boundary: str) -> Upload:
    parser = MultiPartParser(max_form_memory_size=1_000_000, max_form_parts=20, stream_factory=_in_memory)
    try:
        _, files = parser.parse(io.BytesIO(body), boundary.encode("ascii"), len(body))
    except (ValueError, HTTPException) as error:
        raise InputError("image", f"a form that cannot be read ({error})", _MEND) from error
    for _, file in files.items(multi=True):
        content = file.read()
        if content:
            return Upload(content, plain_name(file.filename))
    raise InputError("image", "a form without a file", _MEND)


def _in_memory(
    total_content_length: int | None, content_type: str | None, filename: str | None, content_length: int | None = None
) -> io.BytesIO:
    return io.BytesIO()


def plain_name(given: str | None) -> str:
    """Return a picture's name without folders and signs that cannot be shown."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable())[-_LONGEST:].strip()
    return shown or "picture"
