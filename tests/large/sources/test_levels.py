"""Pyramids: which resolutions a file holds, and their regions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from fullconv.large.sources.opening import open_image

RNG = np.random.default_rng(0)
FULL = RNG.integers(0, 256, (203, 161, 3), dtype=np.uint8)
HALF, QUARTER = FULL[:202:2, :160:2], FULL[:200:4, :160:4]
TILED: dict[str, Any] = {"photometric": "rgb", "tile": (32, 32), "compression": "deflate", "metadata": None}


def pages(path: Path, *levels: tuple[Any, int]) -> Path:
    with tifffile.TiffWriter(path) as writer:
        for pixels, kind in levels:
            writer.write(pixels, subfiletype=kind, **TILED)
    return path


def sub_ifds(path: Path) -> Path:
    with tifffile.TiffWriter(path) as writer:
        writer.write(FULL, subifds=2, **TILED)
        writer.write(HALF, subfiletype=1, **TILED)
        writer.write(QUARTER, subfiletype=1, **TILED)
    return path


def ome(path: Path) -> Path:
    options = TILED | {"metadata": {"axes": "YXS", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"}}
    options["metadata"] |= {"PhysicalSizeY": 250, "PhysicalSizeYUnit": "nm"}
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(FULL, subifds=2, **options)
        writer.write(HALF, subfiletype=1, **TILED)
        writer.write(QUARTER, subfiletype=1, **TILED)
    return path


def svs(path: Path) -> Path:
    """As Aperio has it: the picture, a thumbnail in strips, its reductions, a label."""
    said = "Aperio Image Library v11\r\n203x161 (32x32) JPEG/RGB|AppMag = 20|MPP = 0.4990"
    options = TILED | {"compression": "jpeg", "compressionargs": {"level": 100}}
    with tifffile.TiffWriter(path) as writer:
        writer.write(FULL, description=said, **options)
        writer.write(FULL[::5, ::5], photometric="rgb", rowsperstrip=8, description=said, metadata=None)
        writer.write(HALF, description=said, **options)
        writer.write(QUARTER, description=said, **options)
        writer.write(FULL[:40, :60], photometric="rgb", description="Aperio\nlabel", subfiletype=1, metadata=None)
    return path


@pytest.mark.parametrize("write", [lambda path: pages(path, (FULL, 0), (HALF, 1), (QUARTER, 1)), sub_ifds, ome])
def test_each_level_is_read(tmp_path: Path, write: Any, caplog: pytest.LogCaptureFixture) -> None:
    with open_image(write(tmp_path / "x.tif")) as source:
        assert source.levels == ((203, 161), (101, 80), (50, 40))
        assert source.chunk == (32, 32)
        for level, pixels in enumerate((FULL, HALF, QUARTER)):
            expected = pixels[20:50, 7:40] / np.float32(255)
            np.testing.assert_array_equal(source.read((7, 20, 33, 30), level), expected)
    assert not caplog.text


def test_pages_that_nothing_calls_reduced_are_levels_by_their_size(tmp_path: Path) -> None:
    with open_image(pages(tmp_path / "x.tif", (FULL, 0), (HALF, 0), (FULL[:60, :40], 0))) as source:
        assert source.levels == ((203, 161), (101, 80))


def test_a_slide_of_aperio(tmp_path: Path) -> None:
    with open_image(svs(tmp_path / "x.svs")) as source:
        assert source.levels == ((203, 161), (101, 80), (50, 40))
        assert source.microns == (0.499, 0.499)
        with tifffile.TiffFile(tmp_path / "x.svs") as file:
            assert file.is_svs
            for level, number in enumerate((0, 2, 3)):
                expected = file.pages[number].asarray()[20:50, 7:40] / np.float32(255)
                np.testing.assert_array_equal(source.read((7, 20, 33, 30), level), expected)


def test_a_level_of_other_proportions_is_left_out_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_image(pages(tmp_path / "x.tif", (FULL, 0), (FULL[:100, :100], 1), (QUARTER, 1))) as source:
        assert source.levels == ((203, 161), (50, 40))
        np.testing.assert_array_equal(source.read((0, 0, 40, 50), 1), QUARTER / np.float32(255))
    assert "its level of 100x100 pixels is no reduction of the first and is left out" in caplog.text


def test_a_mask_is_no_level(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif") as writer:
        writer.write(FULL, **TILED)
        for mask, kind in ((FULL, 4), (FULL[:60, :40], 5)):
            writer.write(mask[..., 0] > 99, photometric="mask", subfiletype=kind, tile=(32, 32), metadata=None)
    with open_image(tmp_path / "x.tif") as source:
        assert source.levels == ((203, 161),)
    assert not caplog.text


def test_a_pyramid_that_lies_on_its_side_stands_at_every_level(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif") as writer:
        writer.write(FULL, extratags=[(274, "H", 1, 6, True)], **TILED)
        writer.write(HALF, subfiletype=1, **TILED)
    with open_image(tmp_path / "x.tif") as source:
        assert source.levels == ((161, 203), (80, 101))
        np.testing.assert_array_equal(source.read((3, 5, 60, 70), 1), np.rot90(HALF, -1)[5:75, 3:63] / np.float32(255))


def test_bands_in_pages_have_levels(tmp_path: Path) -> None:
    full = np.ascontiguousarray(FULL.transpose(2, 0, 1)).astype(np.uint16) * 257
    options = TILED | {"photometric": "minisblack", "metadata": {"axes": "CYX"}}
    with tifffile.TiffWriter(tmp_path / "x.ome.tif", ome=True) as writer:
        writer.write(full, subifds=1, **options)
        writer.write(full[:, :202:2, :160:2], subfiletype=1, **(options | {"metadata": None}))
    with open_image(tmp_path / "x.ome.tif") as source:
        assert source.levels == ((203, 161), (101, 80))
        np.testing.assert_allclose(source.read((7, 20, 33, 30), 1), HALF[20:50, 7:40] / 255, atol=1e-6)
