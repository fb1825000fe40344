"""What tells one file from another without reading it whole."""

import hashlib
from pathlib import Path
from typing import Any

import numpy.typing as npt

END = 1 << 16  # bytes of a file's beginning and end


def of_file(path: Path) -> dict[str, Any]:
    """Return a file's size in bytes, and the SHA-256 of its first and last 64 KiB."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(END)
        stream.seek(max(len(head), size - END))
        return {"bytes": size, "ends": digest(head, stream.read())}


def of_array(pixels: npt.NDArray[Any]) -> dict[str, Any]:
    """Return an array's size in bytes, and the SHA-256 of its first and last samples, 64 KiB each."""
    flat, count = pixels.reshape(-1), max(1, END // pixels.itemsize)
    return {
        "bytes": pixels.nbytes,
        "ends": digest(flat[:count].tobytes(), flat[max(count, flat.size - count) :].tobytes()),
    }


def digest(*parts: bytes) -> str:
    """Return the SHA-256 of parts that follow each other."""
    return hashlib.sha256(b"".join(parts)).hexdigest()
