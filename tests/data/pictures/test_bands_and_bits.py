"""TIFF files of many bands, signed or wide samples, and fewer bits than the type holds: chosen, right, or refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from fullconv.data.pictures.images import decoded, load_image
from fullconv.data.pictures.photo_files import load_photo
from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError

RNG = np.random.default_rng(0)
SIX = RNG.integers(20000, 65536, (6, 9, 6), dtype=np.uint16)
BYTES = (SIX >> 8).astype(np.uint8)
CHOSEN = Samples(bands=(4, 2, 1))


def tiff(path: Path, pixels: Any, **options: Any) -> Path:
    tifffile.imwrite(path / "x.tif", pixels, **options)
    return path / "x.tif"


LAYOUTS = [
    (SIX, {"photometric": "minisblack", "planarconfig": "contig"}),
    (SIX, {"photometric": "rgb", "planarconfig": "contig"}),
    (SIX.transpose(2, 0, 1), {"photometric": "minisblack", "planarconfig": "separate"}),
    (SIX.transpose(2, 0, 1), {"photometric": "minisblack", "metadata": {"axes": "CYX"}, "ome": True}),
    (SIX.transpose(2, 0, 1), {"photometric": "minisblack", "metadata": {"axes": "CYX"}, "imagej": True}),
]


@pytest.mark.parametrize(("stored", "options"), LAYOUTS)
def test_six_bands_are_chosen_from_or_refused(tmp_path: Path, stored: Any, options: dict[str, Any]) -> None:
    path = tiff(tmp_path, stored, **options)
    with pytest.raises(InputError, match=r"x\.tif: 6 bands, .*dataset\.bands=\[1,2,3\]") as caught:
        load_photo(path)
    assert len(str(caught.value)) - len(str(path)) <= 200
    expected = SIX[..., [3, 1, 0]] / 65535
    np.testing.assert_allclose(load_photo(path, CHOSEN), expected, atol=1e-6)
    grey = load_image(path, 1, samples=Samples(bands=(5,)))
    np.testing.assert_allclose(grey[..., 0], SIX[..., 4] / 65535, atol=1e-6)
    with pytest.raises(InputError, match=r"dataset\.bands: no band 7 in .*It has 6"):
        load_photo(path, Samples(bands=(7, 1, 1)))


def test_pages_are_bands_where_a_person_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tiff(tmp_path, SIX.transpose(2, 0, 1), photometric="minisblack")
    np.testing.assert_allclose(load_image(path, 1)[..., 0], SIX[..., 0] / 65535, atol=1e-6)
    assert "of several pages the first is read; dataset.bands=[1,2,3] takes pages as bands" in caplog.text
    np.testing.assert_allclose(load_photo(path, CHOSEN), SIX[..., [3, 1, 0]] / 65535, atol=1e-6)


@pytest.mark.parametrize("stored", [BYTES, SIX])
def test_a_fourth_band_without_a_meaning_is_no_opacity(tmp_path: Path, stored: Any) -> None:
    four = stored[..., :4]
    path = tiff(tmp_path, four, photometric="rgb", extrasamples=["unspecified"])
    with pytest.raises(InputError, match=r"4 bands, .*dataset\.bands=\[1,2,3\]"):
        load_photo(path)
    white = np.iinfo(stored.dtype).max
    np.testing.assert_allclose(load_photo(path, Samples((1, 2, 3))), four[..., :3] / white, atol=1e-6)
    share = four[..., 3:] / white
    path = tiff(tmp_path, four, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_allclose(load_photo(path), share * four[..., :3] / white + 1 - share, atol=1 / 255)


def test_premultiplied_colours_are_not_multiplied_again(tmp_path: Path) -> None:
    alpha = RNG.integers(0, 65536, (6, 9, 1), dtype=np.uint16)
    colours = (SIX[..., :3] * (alpha / 65535)).astype(np.uint16)
    path = tiff(tmp_path, np.concatenate([colours, alpha], axis=2), photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_allclose(load_photo(path), np.minimum(1, (colours + 65535.0 - alpha) / 65535), atol=1e-5)


@pytest.mark.parametrize("stored", [BYTES, SIX])
def test_three_bands_of_no_name_are_read_as_colours_and_that_is_said(
    tmp_path: Path, stored: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = tiff(tmp_path, stored[..., :3], photometric="minisblack", planarconfig="contig")
    expected = stored[..., :3] / np.iinfo(stored.dtype).max
    np.testing.assert_allclose(load_photo(path), expected, atol=1e-6)
    assert "three bands are read as red, green, blue; dataset.bands=[1,2,3]" in caplog.text
    np.testing.assert_allclose(load_photo(path, Samples((3, 2, 1))), expected[..., ::-1], atol=1e-6)


def test_two_bands_are_refused(tmp_path: Path) -> None:
    path = tiff(tmp_path, SIX[..., :2], photometric="minisblack", planarconfig="contig")
    with pytest.raises(InputError, match=r"2 bands, .*dataset\.bands=\[1\] or \[2\]"):
        load_photo(path)
    np.testing.assert_allclose(load_photo(path, Samples((2,)))[..., 0], SIX[..., 1] / 65535, atol=1e-6)


def test_bands_of_other_files_are_their_colours(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / "x.png")
    chosen = load_photo(tmp_path / "x.png", Samples((3, 2, 1)))
    np.testing.assert_allclose(chosen, BYTES[..., 2::-1] / 255, atol=1e-6)
    for pixels in (BYTES[..., 0], SIX[..., 0]):
        Image.fromarray(pixels).save(tmp_path / "x.png")
        with pytest.raises(InputError, match=r"dataset\.bands: no band 3 in .*It has 1"):
            load_photo(tmp_path / "x.png", Samples((3, 2, 1)))


@pytest.mark.parametrize("kind", ["i1", "i2"])
def test_signed_samples_have_the_range_of_their_type(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    info = np.iinfo(kind)
    path = tiff(tmp_path, np.array([[info.min, -1, 0, info.max]], kind))
    span = float(info.max) - info.min
    expected = [0, (info.max) / span, (info.max + 1) / span, 1]
    np.testing.assert_allclose(load_image(path, 1)[0, :, 0], expected, atol=1e-6)
    assert f"signed samples: {info.min} to {info.max} are read as 0..1; dataset.bits={info.bits} says so" in caplog.text
    caplog.clear()
    np.testing.assert_allclose(load_image(path, 1, samples=Samples((), info.bits))[0, :, 0], expected, atol=1e-6)
    assert not caplog.text


def test_counts_in_a_signed_type(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tiff(tmp_path, np.array([[0, 1000, 4095]], np.int16))
    load_image(path, 1)
    assert "dataset.bits=12 reads 0 to 4095" in caplog.text
    np.testing.assert_allclose(load_image(path, 1, samples=Samples((), 12))[0, :, 0], [0, 1000 / 4095, 1], atol=1e-6)


@pytest.mark.parametrize("kind", ["i4", "u4", "i8", "u8"])
def test_wide_integers_hold_sixteen_bits_or_what_is_said(tmp_path: Path, kind: str) -> None:
    path = tiff(tmp_path, np.array([[0, 30000, 65535]], kind))
    np.testing.assert_allclose(load_image(path, 1)[0, :, 0], [0, 30000 / 65535, 1], atol=1e-6)
    info = np.iinfo(kind)
    path = tiff(tmp_path, np.array([[info.min, info.max]], kind))
    with pytest.raises(InputError, match=rf"values from {info.min} to .*dataset\.bits={info.bits} reads them"):
        load_image(path, 1)
    np.testing.assert_allclose(load_image(path, 1, samples=Samples((), info.bits))[0, :, 0], [0, 1], atol=1e-6)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_real_numbers_are_divided_if_that_is_said(tmp_path: Path, kind: str) -> None:
    values = np.array([[0, 100.5, 255]], kind)
    path = tiff(tmp_path, values)
    with pytest.raises(InputError, match=r"outside 0\.\.1 \(0 to 255\)\. dataset\.bits=8 divides them by 255"):
        load_image(path, 1)
    np.testing.assert_allclose(load_image(path, 1, samples=Samples((), 8))[0, :, 0], [0, 100.5 / 255, 1], atol=1e-3)


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="samples of type complex64"):
        load_photo(tiff(tmp_path, SIX[..., 0].astype(np.complex64)))


@pytest.mark.parametrize(("most", "bits"), [(255, 8), (1023, 10), (4095, 12), (2048, 12), (16383, 14)])
@pytest.mark.parametrize("name", ["x.tif", "x.png"])
def test_few_bits_in_sixteen_are_said_and_can_be_told(
    tmp_path: Path, most: int, bits: int, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    stored = np.array([[0, most // 2, most]], np.uint16)
    if name == "x.tif":
        tifffile.imwrite(tmp_path / name, stored)
    else:
        Image.fromarray(stored).save(tmp_path / name)
    np.testing.assert_allclose(load_image(tmp_path / name, 1)[0, -1, 0], most / 65535, atol=1e-6)
    assert f"largest value {most}: looks like {bits} bits in 16; dataset.bits={bits}" in caplog.text
    caplog.clear()
    told = load_image(tmp_path / name, 1, samples=Samples((), bits))
    np.testing.assert_allclose(told[0, :, 0], stored[0] / (2**bits - 1), atol=1e-6)
    assert not caplog.text


def test_sixteen_bits_are_not_doubted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load_photo(tiff(tmp_path, SIX[..., :3], photometric="rgb"))
    assert not caplog.text
    with pytest.raises(InputError, match=r"values from \d+ to \d+, where 12 bits hold 0 to 4095\. dataset\.bits=16"):
        load_photo(tmp_path / "x.tif", Samples((), 12))


def test_bits_leave_eight_bits_alone(tmp_path: Path) -> None:
    Image.fromarray(BYTES[..., :3]).save(tmp_path / "x.png")
    plain = load_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(load_photo(tmp_path / "x.png", Samples((), 12)), plain)
    path = tiff(tmp_path, BYTES, photometric="minisblack", planarconfig="contig")
    np.testing.assert_allclose(load_photo(path, Samples((1, 2, 3), 12)), plain, atol=1e-6)


@pytest.mark.parametrize("tag", [281, 341])
def test_a_tag_that_says_what_is_white(tmp_path: Path, tag: int, caplog: pytest.LogCaptureFixture) -> None:
    stored = np.array([[0, 2000, 4000]], np.uint16)
    path = tiff(tmp_path, stored, extratags=[(tag, "H", 1, 4095, True)])
    np.testing.assert_allclose(load_image(path, 1)[0, :, 0], stored[0] / 4095, atol=1e-6)
    assert f"white is 4095, as its tag {tag} says; dataset.bits=16" in caplog.text
    np.testing.assert_allclose(load_image(path, 1, samples=Samples((), 16))[0, :, 0], stored[0] / 65535, atol=1e-6)
    path = tiff(tmp_path, stored, extratags=[(tag, "H", 1, 4000, True)])
    np.testing.assert_allclose(load_image(path, 1)[0, :, 0], stored[0] / 65535, atol=1e-6)


def test_smaller_copies_are_no_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif") as writer:
        writer.write(SIX[..., :3], photometric="rgb")
        writer.write(SIX[::2, ::2, :3], photometric="rgb", subfiletype=1)
    np.testing.assert_allclose(load_photo(tmp_path / "x.tif"), SIX[..., :3] / 65535, atol=1e-6)
    assert not caplog.text


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_compression_that_pillow_alone_knows(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    grey = SIX[..., 0]
    Image.fromarray(grey).save(tmp_path / "lzw.tif", compression="tiff_lzw", exif=exif)
    tifffile.imwrite(tmp_path / "plain.tif", grey, extratags=[(274, "H", 1, orientation, True)])
    np.testing.assert_array_equal(load_photo(tmp_path / "lzw.tif"), load_photo(tmp_path / "plain.tif"))


@pytest.mark.parametrize(("photometric", "channels"), [("cielab", 3), ("ycbcr", 3)])
def test_colours_that_cannot_be_read_are_named(tmp_path: Path, photometric: str, channels: int) -> None:
    path = tiff(tmp_path, SIX[..., :channels], photometric=photometric)
    with pytest.raises(InputError, match=rf"a TIFF of {photometric.upper()}, axes YXS, type uint16\. Save it as"):
        decoded(path, 3, "white")


@pytest.mark.parametrize("most", [4095, 65535])
def test_opacity_has_the_bits_of_the_colours_or_its_types(tmp_path: Path, most: int) -> None:
    stored = np.array([[[4095, 0, 0, most], [4095, 0, 0, 0]]], np.uint16)
    path = tiff(tmp_path, stored, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_allclose(load_photo(path, Samples((), 12)), [[[1, 0, 0], [1, 1, 1]]], atol=1e-6)


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("stored", [BYTES, SIX])
@pytest.mark.parametrize("alpha", [False, True])
def test_colours_in_planes(tmp_path: Path, planarconfig: str, stored: Any, alpha: bool) -> None:
    pixels = stored[..., : 3 + alpha]
    laid = pixels if planarconfig == "contig" else pixels.transpose(2, 0, 1)
    extra = {"extrasamples": ["unassalpha"]} if alpha else {}
    path = tiff(tmp_path, laid, photometric="rgb", planarconfig=planarconfig, **extra)
    white = np.iinfo(stored.dtype).max
    share = pixels[..., 3:] / white if alpha else 1.0
    np.testing.assert_allclose(load_photo(path), share * pixels[..., :3] / white + 1 - share, atol=1.5 / 255)
