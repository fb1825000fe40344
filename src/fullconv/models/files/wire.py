"""Fields of a protocol buffer, without its description."""

from collections.abc import Iterator

from fullconv.models.files.refused.refusal import RefusalError

_MEND = "Get the folder anew: a file in it was cut or changed on its way."
_FIXED = {1: 8, 5: 4}  # bytes of what has always as many


def _number(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for step in range(10):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return value, place
    raise RefusalError("a broken protocol buffer", _MEND)


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number of each field and what it holds: a number, or bytes.

    Raises:
        RefusalError: it is cut or no protocol buffer.
    """
    place = 0
    while place < len(data):
        tag, place = _number(data, place)
        kind = tag & 7
        if kind == 0:
            value, place = _number(data, place)
            yield tag >> 3, value
            continue
        length = _FIXED.get(kind)
        if length is None and kind == 2:
            length, place = _number(data, place)
        if length is None or place + length > len(data):
            raise RefusalError("a broken protocol buffer", _MEND)
        yield tag >> 3, data[place : place + length]
        place += length


def text(value: int | bytes | None) -> str:
    """Return what a field holds as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
