"""PNG files that Pillow cuts to 8 bits, or whose transparent value it misses."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.orientation import chunks, orientation_of
from fullconv.data.pictures.samples import SEVERAL, Samples, Stored, in_units

_COLOURS = {0: 1, 2: 3, 4: 1, 6: 3}  # of a PNG's kind of colour, beside opacity; 3 is a palette


def read_png(path: Path, samples: Samples) -> Stored | None:
    """Return the pixels of a PNG of 16 bits, or of fewer than 8 with a transparent grey; None: one for Pillow."""
    with path.open("rb") as stream:
        head = stream.read(26)
    depth, colour = head[24], head[25]
    key = _content(path, b"tRNS")
    if colour not in _COLOURS or (depth != 16 and (colour != 0 or depth >= 8 or key is None)):
        return None
    with Image.open(path) as image:  # checks the size
        if colour == 0:
            image.load()
            raw = np.asarray(image if depth == 16 else image.convert("L"))[..., np.newaxis]
        else:
            raw = _deep(path, 3 if colour == 2 else 0)
        orientation = orientation_of(image, path)
    colours = _COLOURS[colour]
    places, _ = chosen(Bands(colours, colours), samples.bands, path)
    stated = _significant(path, raw[..., :colours]) if depth == 16 else None
    pixels = in_units(raw[..., list(places)], path, samples.bits, stated)
    alpha = in_units(raw[..., colours:], path, 16, None) if colour in (4, 6) else _opacity(raw, key, depth)
    several = SEVERAL if getattr(image, "is_animated", False) else ""
    return Stored(pixels, alpha, orientation=orientation, several=several)


def _deep(path: Path, channels: int) -> npt.NDArray[Any]:
    """16-bit samples `(H, W, C)` of so many channels, 0: of those in the file."""
    from fullconv.config.quiet import load_tensorflow

    load_tensorflow()
    import tensorflow as tf

    raw: npt.NDArray[Any] = tf.io.decode_png(path.read_bytes(), channels=channels, dtype=tf.uint16).numpy()
    return raw


def _opacity(raw: npt.NDArray[Any], key: bytes | None, depth: int) -> npt.NDArray[np.float32] | None:
    """0 where a pixel has the file's transparent value, compared in full depth, as the PNG standard has it; else 1."""
    if key is None or len(key) < 2 * raw.shape[2]:
        return None
    values = np.frombuffer(key, ">u2", raw.shape[2]).astype(np.int64) & ((1 << depth) - 1)
    if depth < 8:
        values = values * 255 // ((1 << depth) - 1)  # as Pillow stretches the pixels
    clear: npt.NDArray[np.bool_] = (raw == values).all(axis=2, keepdims=True)
    return (~clear).astype(np.float32)


def _significant(path: Path, raw: npt.NDArray[Any]) -> int | None:
    """The bits that the file says its source had, where they lie at the lower end; a right encoder stretches them."""
    content = _content(path, b"sBIT") or b""
    bits = max(content[: raw.shape[2]], default=16)
    if not 0 < bits < 16 or not raw.size or raw.max() >= 1 << bits:
        return None
    return bits if bool((raw % (1 << (16 - bits))).any()) else None


def _content(path: Path, kind: bytes) -> bytes | None:
    for name, place, size in chunks(path):
        if name == b"IDAT":
            return None
        if name == kind:
            with path.open("rb") as stream:
                stream.seek(place)
                return stream.read(min(size, 1024))
    return None
