"""What Pillow reads: decoded once, at the first region, and held small."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.data.pictures.images import decoded
from fullconv.errors import InputError
from fullconv.large.sources import whole
from fullconv.large.sources.opening import open_image

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (40, 50, 4), dtype=np.uint8)


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.bmp", "x.webp", "x.gif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_region_of_a_picture(tmp_path: Path, name: str, channels: int) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / name)
    expected = decoded(tmp_path / name, channels, "white")
    with open_image(tmp_path / name, channels) as source:
        assert source.shape == (40, 50, channels)
        np.testing.assert_array_equal(source.read((7, 5, 20, 30)), expected[5:35, 7:27])
        assert isinstance(source, whole.WholeSource)
        assert source.load().dtype == np.uint8


@pytest.mark.parametrize("pixels", [BYTES, BYTES[..., 0].astype(np.uint16) * 256 + 3])
def test_opacity_and_sixteen_bits(tmp_path: Path, pixels: Any) -> None:
    Image.fromarray(pixels).save(tmp_path / "x.png")
    expected = decoded(tmp_path / "x.png", 3, "white")
    with open_image(tmp_path / "x.png") as source:
        np.testing.assert_array_equal(source.read((7, 5, 20, 30)), expected[5:35, 7:27])
        assert isinstance(source, whole.WholeSource)
        assert source.load().dtype == (np.uint8 if pixels.ndim == 3 else np.uint16)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright(tmp_path: Path, orientation: int) -> None:
    image = Image.fromarray(BYTES[..., :3])
    exif = image.getexif()
    exif[274] = orientation
    image.save(tmp_path / "x.jpg", exif=exif)
    expected = decoded(tmp_path / "x.jpg", 3, "white")
    with open_image(tmp_path / "x.jpg") as source:
        assert source.shape == expected.shape
        np.testing.assert_array_equal(source.read((7, 5, 20, 30)), expected[5:35, 7:27])


def test_it_is_decoded_once_by_however_many_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / "x.png")
    calls = []

    def spied(*args: Any) -> Any:
        calls.append(args)
        return decoded(*args)

    monkeypatch.setattr(whole, "decoded", spied)
    with open_image(tmp_path / "x.png") as source, ThreadPoolExecutor(4) as pool:
        assert calls == []
        parts = list(pool.map(source.read, [(x, 0, 5, 5) for x in range(40)]))
    assert len(calls) == 1
    np.testing.assert_array_equal(parts[3], BYTES[:5, 3:8, :3] / np.float32(255))


def test_what_is_no_multiple_of_a_byte_is_held_as_it_is() -> None:
    pixels = RNG.random((5, 6, 1), dtype=np.float32)
    assert whole.small(pixels) is pixels
    assert whole.small(np.float32([[[0.0], [1.0]]])).dtype == np.uint8


def test_a_photo_that_is_cut_off(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / "x.jpg")
    content = (tmp_path / "x.jpg").read_bytes()
    (tmp_path / "x.jpg").write_bytes(content[: len(content) // 2])
    with (
        open_image(tmp_path / "x.jpg") as source,
        pytest.raises(InputError, match=r"x\.jpg: cannot be read as an image"),
    ):
        source.read((0, 0, 5, 5))


def test_an_identity_of_a_file_is_its_content(tmp_path: Path) -> None:
    told = []
    for name, pixels in (("a", BYTES), ("b", BYTES), ("c", 255 - BYTES)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        with open_image(tmp_path / f"{name}.png") as source:
            told.append(source.identity())
    assert told[0] == told[1] != told[2]
    assert set(told[0]) == {"bytes", "ends", "shape"}
    assert str(tmp_path) not in json.dumps(told)


def test_tensorflow_stays_where_it_is(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / "x.tif", compression="tiff_lzw")
    code = (
        f"import fullconv, sys; fullconv.open_image({str(tmp_path / 'x.tif')!r}).read((0, 0, 5, 5));"
        "print(sorted({'tensorflow', 'keras', 'zarr', 'rasterio', 'openslide'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
