"""Slides through OpenSlide and rasters through GDAL, where they are installed; and what is said where they are not."""

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from fullconv.data.pictures.samples import AS_STORED
from fullconv.errors import InputError
from fullconv.large.sources import rasters, slides
from fullconv.large.sources.opening import open_image

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (200, 168, 3), dtype=np.uint8)
SMOOTH = (np.add.outer(np.arange(200), np.arange(168))[..., np.newaxis] // np.array([2, 3, 4])).astype(np.uint8)


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    """A slide as Aperio has it, with one reduction."""
    said = "Aperio Image Library v11\r\n168x200 (32x32) JPEG/RGB Q=100|AppMag = 20|MPP = 0.4990"
    options: dict[str, Any] = {"photometric": "rgb", "compression": "jpeg", "tile": (32, 32), "metadata": None}
    with tifffile.TiffWriter(tmp_path / "x.svs") as writer:
        writer.write(SMOOTH, description=said, **options)
        writer.write(SMOOTH[::5, ::5], photometric="rgb", rowsperstrip=8, description=said, metadata=None)
        writer.write(SMOOTH[::2, ::2], description=said, **options)
    return tmp_path / "x.svs"


def test_a_slide_is_the_same_through_openslide_and_tifffile(slide: Path) -> None:
    with slides.SlideSource(slide, 3, AS_STORED) as by_openslide, open_image(slide) as by_tifffile:
        assert by_openslide.levels == by_tifffile.levels == ((200, 168), (100, 84))
        assert by_openslide.microns == by_tifffile.microns == (0.499, 0.499)
        assert by_openslide.chunk == (32, 32)
        for level, region in ((0, (20, 30, 90, 80)), (1, (10, 20, 50, 40))):
            one, other = by_openslide.read(region, level), by_tifffile.read(region, level)
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, atol=2 / 255)
        json.dumps(by_openslide.identity())


def test_a_slide_that_is_broken_in_one_place_is_read_in_others(slide: Path) -> None:
    with tifffile.TiffFile(slide) as file:
        page: Any = file.pages[0]
        offset, count = page.dataoffsets[0], page.databytecounts[0]
    content = bytearray(slide.read_bytes())
    content[offset : offset + count] = bytes(count)
    slide.write_bytes(content)
    with slides.SlideSource(slide, 3, AS_STORED) as source:
        with pytest.raises(InputError, match=r"x\.svs: the region x=0, y=0, width=9, height=9 cannot be read"):
            source.read((0, 0, 9, 9))
        np.testing.assert_allclose(source.read((64, 64, 30, 30)), SMOOTH[64:94, 64:94] / 255, atol=0.03)


def test_a_slide_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.mrxs").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x\.mrxs: cannot be read as a slide .*Copy it again with the files"):
        open_image(tmp_path / "x.mrxs")


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither OpenSlide nor rasterio is installed."""
    whole = importlib.import_module

    def lacks(name: str, package: str | None = None) -> Any:
        if name.split(".")[0] in ("openslide", "rasterio"):
            raise ImportError(name)
        return whole(name, package)

    for module in (slides, rasters):
        monkeypatch.setattr(module, "import_module", lacks)


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize("name", ["x.mrxs", "x.scn", "x.vms", "x.bif", "x.ndpi", "x.svslide"])
def test_a_slide_without_openslide_names_the_extra(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(InputError, match=rf"{name}: a slide, .*pip install 'fullconv\[slide\]'"):
        open_image(tmp_path / name)


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize("name", ["x.vrt", "x.img"])
def test_a_raster_without_rasterio_names_the_extra(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(InputError, match=rf"{name}: a raster, .*pip install 'fullconv\[geo\]'"):
        open_image(tmp_path / name)


@pytest.fixture
def cog(tmp_path: Path) -> Path:
    """A cloud-optimised GeoTIFF with an overview."""
    import rasterio

    shape = {"height": 200, "width": 168, "count": 3, "dtype": "uint8"}
    place = rasterio.Affine(0.5, 0, 1000, 0, -0.5, 2000)
    options = {"crs": "EPSG:32633", "transform": place, "tiled": True, "blockxsize": 32, "blockysize": 32}
    with rasterio.open(
        tmp_path / "x.tif", "w", driver="GTiff", photometric="rgb", compress="deflate", **shape, **options
    ) as out:
        out.write(PIXELS.transpose(2, 0, 1))
        out.build_overviews([2], rasterio.enums.Resampling.nearest)
    return tmp_path / "x.tif"


def test_a_geotiff_is_the_same_through_gdal_and_tifffile(cog: Path) -> None:
    with rasters.RasterSource(cog, 3, AS_STORED) as by_gdal, open_image(cog) as by_tifffile:
        assert by_gdal.levels == by_tifffile.levels == ((200, 168), (100, 84))
        assert by_gdal.georeference == by_tifffile.georeference
        assert by_gdal.georeference is not None
        assert by_gdal.georeference.crs == "EPSG:32633"
        assert by_gdal.chunk == by_tifffile.chunk == (32, 32)
        for level in (0, 1):
            one, other = by_gdal.read((20, 30, 50, 60), level), by_tifffile.read((20, 30, 50, 60), level)
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(by_gdal.read((20, 30, 50, 60)), PIXELS[30:90, 20:70] / np.float32(255))


def test_a_virtual_raster(cog: Path, tmp_path: Path) -> None:
    import rasterio

    copies = importlib.import_module("rasterio.shutil")
    copies.copy(cog, tmp_path / "x.vrt", driver="VRT")
    with open_image(tmp_path / "x.vrt") as source:
        assert source.shape == (200, 168, 3)
        np.testing.assert_array_equal(source.read((20, 30, 50, 60)), PIXELS[30:90, 20:70] / np.float32(255))
    shutil.move(cog, tmp_path / "gone.tif")
    with rasterio.Env(), pytest.raises(InputError, match=r"x\.vrt: "), open_image(tmp_path / "x.vrt") as source:
        source.read((0, 0, 9, 9))
    (tmp_path / "y.vrt").write_text("nothing")
    with pytest.raises(InputError, match=r"y\.vrt: cannot be read as a raster"):
        open_image(tmp_path / "y.vrt")
