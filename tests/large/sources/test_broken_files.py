"""Files that cannot be read, or not everywhere: what is said, and that the rest is still read."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from fullconv.errors import InputError
from fullconv.large.sources.opening import open_image
from fullconv.large.sources.source import BrokenTile

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (96, 96, 3), dtype=np.uint8)
TILED: dict[str, Any] = {"photometric": "rgb", "tile": (32, 32), "metadata": None}


def tile_of(path: Path, number: int) -> tuple[int, int]:
    with tifffile.TiffFile(path) as file:
        page: Any = file.pages[0]
        return page.dataoffsets[number], page.databytecounts[number]


def one_line(error: InputError, *parts: str) -> None:
    assert "\n" not in str(error)
    assert error.mend
    for part in parts:
        assert part in str(error)


@pytest.mark.parametrize("compression", ["deflate", "lzw", "jpeg", "zstd"])
def test_a_corrupt_tile_is_told_and_the_others_are_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, PIXELS, compression=compression, **TILED)
    offset, count = tile_of(path, 4)
    content = bytearray(path.read_bytes())
    content[offset : offset + count] = bytes(count)
    path.write_bytes(content)
    expected = PIXELS[:32, :96] / np.float32(255)
    with open_image(path) as source:
        with pytest.raises(
            BrokenTile, match=r"x\.tif: the region x=40, y=40, width=8, height=9 cannot be read"
        ) as caught:
            source.read((40, 40, 8, 9))
        one_line(caught.value, "Copy the file again, or go on without")
        np.testing.assert_allclose(source.read((0, 0, 96, 32)), expected, atol=1 if compression == "jpeg" else 0)


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("tile", [None, (32, 32)])
def test_a_file_that_ends_early(
    tmp_path: Path, compression: str | None, tile: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.tif"
    layout: dict[str, Any] = {"tile": tile} if tile else {"rowsperstrip": 32}
    tifffile.imwrite(path, PIXELS, photometric="rgb", compression=compression, metadata=None, **layout)
    content = path.read_bytes()
    offset, count = tile_of(path, -1)
    path.write_bytes(content[: offset + count // 2])
    with open_image(path) as source:
        np.testing.assert_array_equal(source.read((0, 0, 64, 64)), PIXELS[:64, :64] / np.float32(255))
        with pytest.raises(BrokenTile, match="the file ends before its pixels do"):
            source.read((64, 90, 32, 6))
    assert re.search(r"it ends before its pixels do: \d+ of \d+ tiles are missing", caplog.text)


def test_a_file_that_ends_before_all_pixels(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, PIXELS, compression="deflate", **TILED)
    path.write_bytes(path.read_bytes()[: tile_of(path, 0)[0] + 5])
    with pytest.raises(
        InputError, match=r"x\.tif: it ends before its pixels do: all of its tiles are missing"
    ) as caught:
        open_image(path)
    one_line(caught.value, "Copy the file again")


def test_a_tile_of_nan_is_a_broken_one(tmp_path: Path) -> None:
    pixels = RNG.random((96, 96), dtype=np.float32)
    pixels[40, 70] = np.nan
    tifffile.imwrite(tmp_path / "x.tif", pixels, tile=(32, 32))
    with open_image(tmp_path / "x.tif", 1) as source:
        np.testing.assert_array_equal(source.read((0, 0, 64, 96))[..., 0], pixels[:, :64])
        with pytest.raises(BrokenTile, match="pixels that are NaN or infinite"):
            source.read((64, 32, 32, 32))


@pytest.mark.parametrize(("most", "bits"), [(255, 8), (4095, 12)])
def test_real_numbers_beyond_one_are_refused_at_once(tmp_path: Path, most: float, bits: int) -> None:
    pixels = RNG.random((96, 96), dtype=np.float32) * (most - 1)
    pixels[0, 0] = most
    tifffile.imwrite(tmp_path / "x.tif", pixels, tile=(32, 32))
    with pytest.raises(InputError, match=rf"outside 0\.\.1 .*dataset\.bits={bits} divides them") as caught:
        open_image(tmp_path / "x.tif", 1)
    assert not isinstance(caught.value, BrokenTile)


def test_a_number_out_of_range_in_one_tile_is_no_broken_tile(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 60000, (960, 960), dtype=np.uint32)
    pixels[400, 200] = 70000  # where no look is taken at first
    tifffile.imwrite(tmp_path / "x.tif", pixels, tile=(32, 32), compression="deflate")
    with open_image(tmp_path / "x.tif", 1) as source:
        source.read((0, 0, 64, 64))
        with pytest.raises(InputError, match=r"to 70000, where 16 bits hold .*dataset\.bits=24") as caught:
            source.read((192, 384, 32, 32))
    assert not isinstance(caught.value, BrokenTile)


def test_a_compression_without_its_codec_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, PIXELS, compression="jpegxl", **TILED)

    class Lacking(dict[int, Any]):
        def __missing__(self, key: int) -> Any:
            raise KeyError(f"{key} requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TIFF, "DECOMPRESSORS", Lacking({1: None}), raising=False)
    with pytest.raises(InputError, match=r"x\.tif: compressed by JPEGXL.*pip install imagecodecs") as caught:
        open_image(path)
    one_line(caught.value)


def test_a_compression_that_pillow_knows_needs_no_codec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, PIXELS, compression="lzw", **TILED)
    monkeypatch.setattr(tifffile.TIFF, "DECOMPRESSORS", {1: None}, raising=False)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.read((5, 6, 40, 50)), PIXELS[6:56, 5:45] / np.float32(255))


def test_a_codec_that_is_missed_only_in_reading_is_no_broken_tile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fullconv.large.sources import segments

    def lacking(*_: Any) -> Any:
        raise ValueError("JPEG requires the 'imagecodecs' package")

    tifffile.imwrite(tmp_path / "x.tif", PIXELS, compression="deflate", **TILED)
    monkeypatch.setattr(segments, "decoded_segment", lacking)
    with open_image(tmp_path / "x.tif") as source, pytest.raises(InputError, match="pip install imagecodecs") as caught:
        source.read((0, 0, 5, 5))
    assert not isinstance(caught.value, BrokenTile)


@pytest.mark.parametrize("region", [(-1, 0, 5, 5), (0, 0, 97, 5), (92, 92, 5, 4), (0, 0, 0, 5), (0, 0, 5, -1)])
def test_a_region_outside(tmp_path: Path, region: tuple[int, int, int, int]) -> None:
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, **TILED)
    with open_image(tmp_path / "x.tif") as source:
        with pytest.raises(InputError, match=r"x\.tif: the region x=.*is not in level 0.*96 pixels wide and 96 high"):
            source.read(region)
        with pytest.raises(InputError, match=r"x\.tif: no level 1. It has 1"):
            source.read((0, 0, 5, 5), 1)


def test_no_file_no_folder_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tif: no such image file. Give a readable"):
        open_image(tmp_path / "none.tif")
    with pytest.raises(InputError, match="a folder that is no zarr"):
        open_image(tmp_path)
    (tmp_path / "empty.tif").touch()
    with pytest.raises(InputError, match="the file is empty"):
        open_image(tmp_path / "empty.tif")
    with pytest.raises(InputError, match=r"channels: 2\. Images are read with 1 channel"):
        open_image(tmp_path / "empty.tif", 2)


@pytest.mark.parametrize("content", [b"II*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff" + bytes(30), b"II+\0" + bytes(40)])
def test_a_tiff_of_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tif").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.tif: cannot be read as an image"):
        open_image(tmp_path / "x.tif")


def test_a_word_that_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_text("<html></html>")
    with pytest.raises(InputError, match=r"a web page.*Download the picture itself"):
        open_image(tmp_path / "x.jpg")


def test_bands_without_a_meaning(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (40, 40, 5), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="minisblack", planarconfig="contig")
    with pytest.raises(InputError, match=r"5 bands, .*dataset\.bands=\[1,2,3\]"):
        open_image(tmp_path / "x.tif")
    tifffile.imwrite(tmp_path / "y.tif", pixels[..., 0].astype(np.complex64))
    with pytest.raises(InputError, match="samples of type complex64"):
        open_image(tmp_path / "y.tif")


def test_a_picture_over_pillows_limit_says_how_to_convert_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "x.png")
    Image.fromarray(PIXELS).save(tmp_path / "x.jpg")
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, **TILED)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 96 * 96 // 2 - 1)
    for name in ("x.png", "x.jpg"):
        with pytest.raises(InputError, match=rf"{name}: too large .*vips tiffsave IN OUT\.tif --tile") as caught:
            open_image(tmp_path / name)
        one_line(caught.value)
    with open_image(tmp_path / "x.tif") as source:  # read by its tiles: no limit
        assert source.shape == (96, 96, 3)


def test_a_picture_below_twice_the_limit_is_read_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "x.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 96 * 96 - 1)
    with open_image(tmp_path / "x.png") as source:
        np.testing.assert_array_equal(source.read((5, 6, 7, 8)), PIXELS[6:14, 5:12] / np.float32(255))


def test_a_source_that_is_closed_reads_no_more(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, **TILED)
    with open_image(tmp_path / "x.tif") as source:
        source.read((0, 0, 5, 5))
    with pytest.raises(ValueError, match="is closed"):
        source.read((0, 0, 5, 5))
