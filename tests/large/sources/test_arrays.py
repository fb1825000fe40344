"""Arrays, in memory and in .npy files, as sources."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fullconv
from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources.arrays import ArraySource
from fullconv.large.sources.source import BrokenTile

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (40, 50, 4), dtype=np.uint8)
UNITS = BYTES / np.float32(255)


@pytest.mark.parametrize("pixels", [BYTES[..., :3], UNITS[..., :3], BYTES[..., :3].astype("u2") * 257])
def test_a_region_of_an_array_in_memory(pixels: Any) -> None:
    with ArraySource(pixels) as source:
        assert source.shape == (40, 50, 3)
        assert source.levels == ((40, 50),)
        assert (source.microns, source.georeference, source.chunk) == (None, None, (40, 50))
        part = source.read((7, 5, 20, 30))
    assert part.dtype == np.float32
    np.testing.assert_allclose(part, UNITS[5:35, 7:27, :3], atol=1e-6)


def test_what_is_read_is_the_callers_own(tmp_path: Path) -> None:
    pixels = UNITS[..., :3].copy()
    np.save(tmp_path / "x.npy", pixels)
    for source in (ArraySource(pixels), fullconv.open_image(tmp_path / "x.npy")):
        part = source.read((0, 0, 50, 40))
        part[:] = 0
        np.testing.assert_array_equal(source.read((0, 0, 50, 40)), UNITS[..., :3])


def test_grey_becomes_three_and_three_become_grey() -> None:
    np.testing.assert_array_equal(
        ArraySource(UNITS[..., 0], 3).read((0, 0, 9, 9)), np.repeat(UNITS[:9, :9, :1], 3, axis=2)
    )
    luma = UNITS[:9, :9, :3] @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(ArraySource(BYTES[..., :3], 1).read((0, 0, 9, 9))[..., 0], luma, atol=1e-6)


def test_opacity_of_an_array_lies_over_white() -> None:
    source = ArraySource(BYTES)
    assert source.shape == (40, 50, 3)
    expected = UNITS[..., 3:] * UNITS[..., :3] + 1 - UNITS[..., 3:]
    np.testing.assert_allclose(source.read((0, 0, 50, 40)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((2, 3, 4, 3)), r"a shape|shape \(2, 3, 4, 3\)\. Give \(H, W\)"),
        (np.zeros((0, 3)), "an array of shape"),
        (np.zeros((4, 4), complex), "samples of type complex128"),
        (np.full((4, 4), 7.5), r"outside 0\.\.1 .*dataset\.bits=8"),
        (np.zeros((4, 4, 5), np.uint8), r"5 bands, .*dataset\.bands"),
    ],
)
def test_arrays_that_are_no_picture(pixels: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ArraySource(pixels)


def test_nan_in_a_part_of_an_array() -> None:
    pixels = UNITS[..., :3].copy()
    pixels[3, 3] = np.nan
    source = ArraySource(pixels, name="mine")
    np.testing.assert_array_equal(source.read((10, 10, 5, 5)), pixels[10:15, 10:15])
    with pytest.raises(BrokenTile, match="mine: the region x=0, y=0, width=9, height=9 cannot be read"):
        source.read((0, 0, 9, 9))


def test_an_identity_of_an_array() -> None:
    told = [ArraySource(pixels).identity() for pixels in (BYTES, BYTES.copy(), 255 - BYTES, BYTES[:20], UNITS)]
    texts = [json.dumps(one, sort_keys=True) for one in told]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 4


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["u1", "<u2", ">u2", "f4", "f8"])
def test_a_numpy_file(tmp_path: Path, kind: str, order: Any) -> None:
    pixels = UNITS[..., :3] if kind[0] == "f" else BYTES[..., :3].astype(kind) * (1 if kind == "u1" else 257)
    np.save(tmp_path / "x.npy", np.asarray(pixels.astype(kind), order=order))
    with fullconv.open_image(tmp_path / "x.npy") as source:
        assert source.shape == (40, 50, 3)
        np.testing.assert_allclose(source.read((7, 5, 20, 30)), UNITS[5:35, 7:27, :3], atol=1e-6)


def test_bands_of_a_numpy_file_come_first_or_are_chosen(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", BYTES[..., :3].transpose(2, 0, 1))
    with fullconv.open_image(tmp_path / "x.npy") as source:
        np.testing.assert_array_equal(source.read((7, 5, 20, 30)), UNITS[5:35, 7:27, :3])
    with fullconv.open_image(str(tmp_path / "x.npy"), 3, Samples((3, 1, 2))) as source:
        np.testing.assert_array_equal(source.read((7, 5, 20, 30)), UNITS[5:35, 7:27, [2, 0, 1]])


def test_numpy_files_that_are_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"x\.npy: cannot be read as an array .*numpy\.save") as caught:
        fullconv.open_image(path)
    assert "\n" not in str(caught.value)
    for shape in ((9,), (2, 3, 4, 5)):
        np.save(path, np.zeros(shape, np.uint8))
        with pytest.raises(InputError, match=r"dataset\.axes: nothing says which axes the shape"):
            fullconv.open_image(path)
    np.save(path, np.zeros((9, 9), np.uint8))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"x\.npy: cannot be read as an array"):
        fullconv.open_image(path)
    np.save(path, np.zeros((9, 0), np.uint8))
    with pytest.raises(InputError, match=r"x\.npy: "):
        fullconv.open_image(path)
    np.save(path, np.array([["a"]]))
    with pytest.raises(InputError, match=r"samples of type <U1"):
        fullconv.open_image(path)
