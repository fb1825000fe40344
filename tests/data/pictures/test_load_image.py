"""Image files of every kind become float32 in 0..1."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fullconv.data.pictures.images import load_image
from fullconv.errors import InputError

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = RGB[..., 0]


def _saved(tmp_path: Path, image: Image.Image, name: str = "x.png") -> Path:
    image.save(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize("channels", [1, 3])
def test_grey(tmp_path: Path, channels: int) -> None:
    pixels = load_image(_saved(tmp_path, Image.fromarray(GREY)), channels)
    assert pixels.shape == (5, 7, channels)
    assert pixels.dtype == np.float32
    for channel in range(channels):
        np.testing.assert_array_equal(pixels[..., channel], GREY.astype(np.float32) / np.float32(255))


def test_rgb(tmp_path: Path) -> None:
    path = _saved(tmp_path, Image.fromarray(RGB))
    np.testing.assert_array_equal(load_image(path, 3), RGB.astype(np.float32) / np.float32(255))
    luma = RGB @ [0.299, 0.587, 0.114] / 255
    np.testing.assert_allclose(load_image(path, 1)[..., 0], luma, atol=1 / 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_over_black(tmp_path: Path, mode: str) -> None:
    colour = RGB if mode == "RGBA" else GREY[..., np.newaxis]
    alpha = np.random.default_rng(1).integers(0, 256, (5, 7, 1), dtype=np.uint8)
    alpha[0] = 0
    path = _saved(tmp_path, Image.fromarray(np.concatenate([colour, alpha], axis=2), mode=None))
    expected = np.broadcast_to(colour / 255 * (alpha / 255), (5, 7, 3))
    np.testing.assert_allclose(load_image(path, 3), expected, atol=1 / 255)
    assert not load_image(path, 1)[0].any()


def test_sixteen_bits_keep_their_depth(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (5, 7), dtype=np.uint16)
    path = _saved(tmp_path, Image.fromarray(deep))
    np.testing.assert_allclose(load_image(path, 1)[..., 0], deep / 65535, rtol=1e-6)
    assert load_image(path, 3).shape == (5, 7, 3)


def test_palette_and_two_tone(tmp_path: Path) -> None:
    path = _saved(tmp_path, Image.fromarray(GREY).convert("P"))
    np.testing.assert_allclose(load_image(path, 1)[..., 0], GREY / 255, atol=1e-6)
    two = _saved(tmp_path, Image.fromarray(GREY > 127))
    np.testing.assert_array_equal(load_image(two, 1)[..., 0], (GREY > 127).astype(np.float32))


def test_floating_point(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((5, 7)).astype(np.float32)
    path = _saved(tmp_path, Image.fromarray(values), "x.tif")
    np.testing.assert_array_equal(load_image(path, 1)[..., 0], values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 1.5])
def test_bad_pixels_are_refused(tmp_path: Path, value: float) -> None:
    values = np.zeros((5, 7), np.float32)
    values[2, 3] = value
    with pytest.raises(InputError, match=r"x\.tif: pixels that are NaN or outside 0\.\.1"):
        load_image(_saved(tmp_path, Image.fromarray(values), "x.tif"), 1)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.png: no such image file"):
        load_image(tmp_path / "absent.png", 1)
    whole = _saved(tmp_path, Image.fromarray(np.tile(RGB, (20, 20, 1)))).read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[:60] + b"\0\0\0\0" + whole[64:]):
        (tmp_path / "x.png").write_bytes(content)
        with pytest.raises(InputError, match=r"x\.png: cannot be read as an image"):
            load_image(tmp_path / "x.png", 1)


def _lettered(tmp_path: Path, ground: tuple[int, ...], ink: tuple[int, ...], mode: str) -> Path:
    image = Image.new(mode, (40, 30), ground)
    image.paste(ink, (10, 8, 18, 22))
    return _saved(tmp_path, image)


@pytest.mark.parametrize("channels", [1, 3])
def test_dark_objects_become_light(tmp_path: Path, channels: int) -> None:
    path = _lettered(tmp_path, (250, 240, 230), (10, 20, 30), "RGB")
    as_they_are = load_image(path, channels)
    for polarity in ("dark", "auto"):
        pixels = load_image(path, channels, polarity)
        assert pixels.dtype == np.float32
        np.testing.assert_allclose(pixels, 1 - as_they_are, atol=1e-6)
    negative = _lettered(tmp_path, (5, 15, 25), (245, 235, 225), "RGB")
    np.testing.assert_array_equal(load_image(negative, channels, "auto"), load_image(negative, channels, "light"))


@pytest.mark.parametrize(("polarity", "ground", "ink"), [("light", 0, 0), ("dark", 0, 1), ("auto", 0, 1)])
def test_dark_ink_on_transparency(tmp_path: Path, polarity: str, ground: float, ink: float) -> None:
    pixels = load_image(_lettered(tmp_path, (0, 0, 0, 0), (0, 0, 0, 255), "RGBA"), 1, polarity)
    np.testing.assert_allclose(pixels[0, 0, 0], ground)
    np.testing.assert_allclose(pixels[12, 12, 0], ink)


@pytest.mark.parametrize(("polarity", "ground", "ink"), [("light", 0, 1), ("dark", 0, 0), ("auto", 0, 1)])
def test_light_ink_on_transparency(tmp_path: Path, polarity: str, ground: float, ink: float) -> None:
    # Fully transparent pixels may have any colour: it is not seen.
    pixels = load_image(_lettered(tmp_path, (0, 200, 90, 0), (255, 255, 255, 255), "RGBA"), 3, polarity)
    np.testing.assert_allclose(pixels[0, 0], ground)
    np.testing.assert_allclose(pixels[12, 12], ink)


def test_a_transparent_palette_colour(tmp_path: Path) -> None:
    image = Image.fromarray(GREY > 127).convert("P")
    image.info["transparency"] = 0
    image.save(tmp_path / "x.png", transparency=int(np.asarray(image)[0, 0]))
    clear = np.asarray(image) == np.asarray(image)[0, 0]
    assert not load_image(tmp_path / "x.png", 1)[clear].any()
    white = load_image(tmp_path / "x.png", 1, "dark")
    assert not white[clear].any()


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_other_colour_spaces(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(np.tile(RGB, (4, 4, 1))).convert(mode)
    path = _saved(tmp_path, image, "x.tif")
    expected = np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    np.testing.assert_allclose(load_image(path, 3), expected, atol=2 / 255)


def test_sixteen_bits_are_judged_too(tmp_path: Path) -> None:
    deep = np.full((30, 40), 60000, np.uint16)
    deep[5:15, 5:15] = 900
    pixels = load_image(_saved(tmp_path, Image.fromarray(deep)), 1, "auto")
    np.testing.assert_allclose(pixels[..., 0], 1 - deep / 65535, atol=1e-6)


def test_an_unknown_polarity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="polarity: 'bright'"):
        load_image(_saved(tmp_path, Image.fromarray(GREY)), 1, "bright")


@pytest.mark.parametrize("channels", [0, 2, 4])
def test_other_channels_are_refused(tmp_path: Path, channels: int) -> None:
    with pytest.raises(InputError, match=f"channels: {channels}"):
        load_image(_saved(tmp_path, Image.fromarray(GREY)), channels)
