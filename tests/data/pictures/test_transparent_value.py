"""PNG files whose transparency is one value (tRNS), in every depth: as the twin with an alpha channel."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.data.pictures.images import decoded, load_image
from fullconv.data.pictures.samples import Samples

_PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]  # Adam7


def png(pixels: np.ndarray, depth: int, more: dict[bytes, bytes], interlaced: bool = False) -> bytes:
    """A PNG of samples (H, W, C), C being 1 or 3, unfiltered."""
    parts = [pixels[top::down, left::right] for top, left, down, right in _PASSES] if interlaced else [pixels]
    lines = b"".join(b"\0" + _packed(row, depth) for part in parts if part.size for row in part)
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, depth, 0 if channels == 1 else 2, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header), *more.items(), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _packed(row: np.ndarray, depth: int) -> bytes:
    if depth >= 8:
        return row.astype(f">u{depth // 8}").tobytes()
    bits = (row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("depth", "channels"), [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (8, 3), (16, 3)])
@settings(max_examples=10)
@given(data=st.data())
def test_what_has_the_value_shows_its_ground(depth: int, channels: int, interlaced: bool, data: st.DataObject) -> None:
    import tempfile

    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    # Few values, some of them a single bit apart.
    values = rng.choice([0, 1, (1 << depth) - 1, (1 << depth) // 2], (height, width, channels))
    key = values[rng.integers(height), rng.integers(width)]
    units, clear = values / ((1 << depth) - 1), (values == key).all(axis=2, keepdims=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.png"
        path.write_bytes(png(values, depth, {b"tRNS": struct.pack(f">{channels}H", *key)}, interlaced))
        for ground, shade in (("white", 1), ("black", 0)):
            expected = np.broadcast_to(np.where(clear, shade, units), (height, width, 3))
            np.testing.assert_allclose(decoded(path, 3, ground, Samples((), max(depth, 8))), expected, atol=1e-6)


def test_the_reported_case(tmp_path: Path) -> None:
    stored = np.array([[[1000], [60000]]])
    (tmp_path / "x.png").write_bytes(png(stored, 16, {b"tRNS": struct.pack(">H", 1000)}))
    np.testing.assert_allclose(decoded(tmp_path / "x.png", 1, "white").ravel(), [1, 60000 / 65535], atol=1e-6)
    np.testing.assert_allclose(load_image(tmp_path / "x.png", 1, "dark").ravel(), [0, 1 - 60000 / 65535], atol=1e-6)
    np.testing.assert_allclose(load_image(tmp_path / "x.png", 1).ravel(), [0, 60000 / 65535], atol=1e-6)


def test_significant_bits_at_the_lower_end(tmp_path: Path) -> None:
    stored = np.array([[[0], [100], [4095]]])
    (tmp_path / "low.png").write_bytes(png(stored, 16, {b"sBIT": b"\x0c"}))
    np.testing.assert_allclose(load_image(tmp_path / "low.png", 1).ravel(), [0, 100 / 4095, 1], atol=1e-6)
    stretched = (stored << 4) | (stored >> 8)  # as the standard asks for it
    (tmp_path / "high.png").write_bytes(png(stretched, 16, {b"sBIT": b"\x0c"}))
    np.testing.assert_allclose(load_image(tmp_path / "high.png", 1).ravel(), stretched.ravel() / 65535, atol=1e-6)
    dark = stretched[:, :2]
    (tmp_path / "dark.png").write_bytes(png(dark, 16, {b"sBIT": b"\x0c"}))
    np.testing.assert_allclose(load_image(tmp_path / "dark.png", 1).ravel(), dark.ravel() / 65535, atol=1e-6)
