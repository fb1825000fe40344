"""What a file says of a pixel's size and of its place on a map."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from fullconv.large.sources.opening import open_image
from fullconv.large.sources.source import Georeference

PIXELS = np.zeros((40, 50), np.uint8)
SCALE = (33550, "d", 3, (0.5, 0.25, 0.0), True)
TIEPOINT = (33922, "d", 6, (0.0, 0.0, 0.0, 1000.0, 2000.0, 0.0), True)


def keys(*pairs: tuple[int, int]) -> Any:
    content = [1, 1, 0, len(pairs)]
    for key, value in pairs:
        content += [key, 0, 1, value]
    return (34735, "H", len(content), tuple(content), True)


def opened(tmp_path: Path, *tags: Any, **options: Any) -> Any:
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, metadata=None, extratags=list(tags), **options)
    with open_image(tmp_path / "x.tif", 1) as source:
        return source


def test_a_place_by_scale_and_tiepoint(tmp_path: Path) -> None:
    place = opened(tmp_path, SCALE, TIEPOINT, keys((1024, 1), (1025, 1), (3072, 32633))).georeference
    assert place == Georeference((0.5, 0.0, 1000.0, 0.0, -0.25, 2000.0), "EPSG:32633")
    assert place.place(50, 40) == (1025.0, 1990.0)


def test_coordinates_of_a_pixels_middle_are_moved_to_its_corner(tmp_path: Path) -> None:
    place = opened(tmp_path, SCALE, TIEPOINT, keys((1025, 2), (2048, 4326))).georeference
    assert place == Georeference((0.5, 0.0, 999.75, 0.0, -0.25, 2000.125), "EPSG:4326")


def test_a_place_by_a_matrix_and_a_system_of_its_own(tmp_path: Path) -> None:
    matrix = (0.0, -2.0, 0.0, 7.0, 3.0, 0.0, 0.0, 9.0, *([0.0] * 7), 1.0)
    place = opened(tmp_path, (34264, "d", 16, matrix, True), keys((3072, 32767))).georeference
    assert place == Georeference((0.0, -2.0, 7.0, 3.0, 0.0, 9.0), "")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_place_of_a_picture_that_is_turned(tmp_path: Path, orientation: int) -> None:
    """The stored pixel that is read at a place of the upright picture has the coordinates of that place."""
    numbers = np.arange(2000, dtype=np.uint16).reshape(40, 50)
    tags = [SCALE, TIEPOINT, keys((3072, 32633)), (274, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "x.tif", numbers, metadata=None, extratags=tags)
    with open_image(tmp_path / "x.tif", 1) as source:
        value = round(float(source.read((13, 7, 1, 1))[0, 0, 0]) * 65535)
        assert source.georeference is not None
        x, y = source.georeference.place(13.5, 7.5)
    row, column = divmod(value, 50)
    assert (x, y) == pytest.approx((1000 + 0.5 * (column + 0.5), 2000 - 0.25 * (row + 0.5)))


@pytest.mark.parametrize("tags", [[], [SCALE], [TIEPOINT], [SCALE, (33922, "d", 12, (0.0,) * 12, True)]])
def test_no_place(tmp_path: Path, tags: list[Any]) -> None:
    assert opened(tmp_path, *tags).georeference is None


@pytest.mark.parametrize(
    ("resolution", "unit", "microns"),
    [
        ((20000, 40000), "centimeter", (0.25, 0.5)),
        ((50800, 50800), "inch", (0.5, 0.5)),
        ((72, 72), "inch", None),
        ((600, 600), "inch", None),
        ((118, 118), "centimeter", None),
        ((20000, 20000), "none", None),
        ((0, 20000), "centimeter", None),
    ],
)
def test_a_resolution_that_is_no_printers_tells_microns(
    tmp_path: Path, resolution: tuple[int, int], unit: str, microns: Any
) -> None:
    found = opened(tmp_path, resolution=resolution, resolutionunit=unit).microns
    assert found == (None if microns is None else pytest.approx(microns))


def test_microns_of_imagej_and_of_a_picture_on_its_side(tmp_path: Path) -> None:
    options: dict[str, Any] = {"imagej": True, "resolution": (4, 2), "metadata": {"unit": "um"}}
    tifffile.imwrite(tmp_path / "x.tif", PIXELS, **options)
    with open_image(tmp_path / "x.tif") as source:
        assert source.microns == (0.5, 0.25)
    side = opened(tmp_path, (274, "H", 1, 6, True), resolution=(40000, 20000), resolutionunit="centimeter")
    assert side.microns == pytest.approx((0.25, 0.5))


@pytest.mark.parametrize(
    ("size", "unit", "microns"),
    [(250, "nm", (0.25, 0.25)), (0.25, "µm", (0.25, 0.25)), (1, "pixel", None), (0, "µm", None)],
)
def test_microns_of_ome(tmp_path: Path, size: float, unit: str, microns: Any) -> None:
    said = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeXUnit": unit}
    said |= {"PhysicalSizeY": size, "PhysicalSizeYUnit": unit}
    tifffile.imwrite(tmp_path / "x.ome.tif", PIXELS, metadata=said)
    with open_image(tmp_path / "x.ome.tif") as source:
        assert source.microns == (None if microns is None else pytest.approx(microns))
