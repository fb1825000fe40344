"""The pixels that are to be seen in a photo, whatever its format."""

import contextlib
import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fullconv.data.pictures.images import load_image
from fullconv.data.pictures.orientation import turned
from fullconv.data.pictures.photo_files import load_photo
from fullconv.errors import InputError

RNG = np.random.default_rng(0)
DEEP = RNG.integers(0, 65536, (6, 9, 3), dtype=np.uint16)
# Smooth, so that JPEG keeps it.
ROWS, COLUMNS = np.mgrid[0:32, 0:48]
SMOOTH = np.stack([8 * ROWS, 5 * COLUMNS, 255 - 4 * ROWS - 2 * COLUMNS], axis=-1).astype(np.uint8)


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def png(pixels: np.ndarray) -> bytes:
    import tensorflow as tf

    encoded: bytes = tf.io.encode_png(pixels).numpy()
    return encoded


@pytest.mark.parametrize(("suffix", "options"), [("png", {}), ("bmp", {}), ("tif", {}), ("webp", {"lossless": True})])
def test_lossless_formats_exactly(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    photo = load_photo(saved(tmp_path / f"x.{suffix}", Image.fromarray(SMOOTH), **options))
    assert photo.dtype == np.float32
    np.testing.assert_array_equal(photo, SMOOTH.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_of_any_colours(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(SMOOTH).convert(mode)
    photo = load_photo(saved(tmp_path / "x.jpg", image, quality=95))
    expected = np.asarray(image.convert("RGB"), np.float32) / 255
    assert photo.shape == (32, 48, 3)
    np.testing.assert_allclose(photo, expected, atol=6 / 255)


def test_a_palette_and_grey(tmp_path: Path) -> None:
    paletted = Image.fromarray(SMOOTH).quantize(16)
    photo = load_photo(saved(tmp_path / "p.gif", paletted))
    np.testing.assert_allclose(photo, np.asarray(paletted.convert("RGB"), np.float32) / 255, atol=1e-6)
    grey = load_photo(saved(tmp_path / "g.png", Image.fromarray(SMOOTH[..., 0])))
    np.testing.assert_array_equal(grey, np.repeat(SMOOTH[..., :1], 3, axis=2).astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_keep_their_depth(tmp_path: Path, suffix: str, channels: int) -> None:
    path = tmp_path / f"x.{suffix}"
    pixels = DEEP[..., :channels]
    if suffix == "png":
        path.write_bytes(png(pixels))
    else:
        tifffile.imwrite(path, pixels.squeeze(), photometric="rgb" if channels == 3 else "minisblack")
    expected = np.broadcast_to(pixels / 65535, (6, 9, 3))
    np.testing.assert_allclose(load_photo(path), expected, atol=1e-6)


def test_sixteen_bits_with_transparency_lie_over_white(tmp_path: Path) -> None:
    alpha = RNG.integers(0, 65536, (6, 9, 1), dtype=np.uint16)
    share = alpha / 65535
    stored = np.concatenate([DEEP, alpha], axis=-1)
    (tmp_path / "x.png").write_bytes(png(stored))
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric="rgb", extrasamples=["unassalpha"])
    for name in ("x.png", "x.tif"):
        np.testing.assert_allclose(load_photo(tmp_path / name), share * DEEP / 65535 + 1 - share, atol=1e-6)
    (tmp_path / "la.png").write_bytes(png(stored[..., 2:]))
    np.testing.assert_allclose(
        load_photo(tmp_path / "la.png"), np.repeat(share * DEEP[..., 2:] / 65535 + 1 - share, 3, axis=2), atol=1e-6
    )


@pytest.mark.parametrize(
    ("stored", "options", "expected"),
    [
        (DEEP, {"photometric": "rgb", "compression": "zlib"}, DEEP / 65535),
        (DEEP.transpose(2, 0, 1), {"photometric": "rgb", "planarconfig": "separate"}, DEEP / 65535),
        (DEEP, {"photometric": "rgb", "byteorder": ">"}, DEEP / 65535),
        (DEEP, {"photometric": "rgb", "bigtiff": True}, DEEP / 65535),
        ((DEEP / 65535).astype(np.float32), {"photometric": "rgb"}, DEEP / 65535),
        (DEEP[..., 0] / 65535, {"photometric": "minisblack"}, DEEP[..., :1] / 65535),
        (DEEP[..., 0], {"photometric": "miniswhite"}, 1 - DEEP[..., :1] / 65535),
    ],
)
def test_tiff_in_its_many_forms(tmp_path: Path, stored: Any, options: dict[str, Any], expected: Any) -> None:
    tifffile.imwrite(tmp_path / "x.tif", stored, **options)
    np.testing.assert_allclose(load_photo(tmp_path / "x.tif"), np.broadcast_to(expected, DEEP.shape), atol=1e-6)


def test_the_pipelines_images_have_the_same_depth(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", DEEP, photometric="rgb")
    np.testing.assert_allclose(load_image(tmp_path / "x.tif", 3), DEEP / 65535, atol=1e-6)
    luma = DEEP @ np.array([0.299, 0.587, 0.114]) / 65535
    np.testing.assert_allclose(load_image(tmp_path / "x.tif", 1)[..., 0], luma, atol=1e-6)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(SMOOTH).convert("RGBA")
    image.putalpha(Image.fromarray(np.where(ROWS < 16, 0, 255).astype(np.uint8)))
    options: dict[str, Any] = {}
    if mode == "P":
        image, options = Image.fromarray((COLUMNS % 2).astype(np.uint8)).convert("P"), {"transparency": 0}
    photo = load_photo(saved(tmp_path / "x.png", image.convert(mode), **options))
    clear = photo[:, ::2] if mode == "P" else photo[:16]
    np.testing.assert_array_equal(clear, 1)
    assert not (photo == 1).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "16.png", "16.tif"])
def test_a_photo_stands_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    """Against Pillow's own turning, for each of the eight orientations."""
    path = tmp_path / f"x.{suffix}"
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(SMOOTH)
    deep = SMOOTH.astype(np.uint16) * 257
    if suffix == "16.tif":
        tifffile.imwrite(path, deep, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    elif suffix == "16.png":
        path.write_bytes(_with_exif(png(deep), exif))
    else:
        saved(path, image, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    upright = image.transpose(turns[orientation]) if orientation > 1 else image
    photo = load_photo(path)
    expected = np.asarray(upright, np.float32) / 255
    assert photo.shape == expected.shape
    np.testing.assert_allclose(photo, expected, atol=12 / 255 if suffix == "jpg" else 1e-6)


def _with_exif(encoded: bytes, exif: Image.Exif) -> bytes:
    import zlib

    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = b"eXIf" + content
    whole = len(content).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return encoded[:33] + whole + encoded[33:]  # after the header


def test_broken_exif_data_say_nothing(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(SMOOTH).save(stream, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    (tmp_path / "x.png").write_bytes(stream.getvalue())
    assert load_photo(tmp_path / "x.png").shape == (32, 48, 3)


@settings(max_examples=50)
@given(st.integers(1, 8), st.integers(1, 4), st.integers(1, 4))
def test_turning_four_or_two_times_is_nothing(orientation: int, rows: int, columns: int) -> None:
    pixels = np.arange(rows * columns * 3, dtype=np.float32).reshape(rows, columns, 3)
    again = pixels
    for _ in range(4 if orientation in (6, 8) else 2):
        again = turned(again, orientation)
    np.testing.assert_array_equal(again, pixels)


@pytest.mark.parametrize("suffix", ["gif", "tif", "webp", "16.tif"])
def test_of_several_pages_the_first_is_read_and_that_is_said(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"x.{suffix}"
    first, second = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 200, np.uint8)
    if suffix == "16.tif":
        tifffile.imwrite(path, np.stack([first, second]).astype(np.uint16), photometric="rgb")
    else:
        saved(path, Image.fromarray(first), save_all=True, append_images=[Image.fromarray(second)])
    with caplog.at_level(logging.WARNING, "fullconv"):
        assert not load_photo(path).any()
    assert f"{path}: of several pages the first is read" in caplog.text


def test_one_page_needs_no_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load_photo(saved(tmp_path / "x.tif", Image.fromarray(SMOOTH)))
    assert not caplog.text


# --- What is refused.


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "gif", "bmp"])
def test_broken_files_are_refused_by_name(tmp_path: Path, suffix: str) -> None:
    noise = Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole = saved(tmp_path / f"whole.{suffix}", noise).read_bytes()
    for content in (b"", b"no image at all", whole[: len(whole) // 2], whole[:20]):
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"x\.{suffix}: cannot be read as an image"):
            load_photo(path)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_deep_files_cut_off_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("png"):
        path.write_bytes(png(DEEP))
    else:
        tifffile.imwrite(path, DEEP, photometric="rgb")
    path.write_bytes(path.read_bytes()[:-150])
    with pytest.raises(InputError, match=rf"{name}: cannot be read as an image"):
        load_photo(path)


@settings(max_examples=40)
@given(st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "WEBP"]), st.data())
def test_damage_is_an_error_of_one_kind_or_none(format_: str, data: st.DataObject) -> None:
    """Whatever the damage, what comes out is a photo or an InputError."""
    import tempfile

    stream = io.BytesIO()
    Image.fromarray(SMOOTH).save(stream, format_)
    content = bytearray(stream.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            assert load_photo(path).shape[2] == 3


@pytest.mark.parametrize("name", ["x.png", "x.tif", "deep.tif"])
def test_too_large_an_image_is_refused_in_a_line(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "deep.tif":
        tifffile.imwrite(tmp_path / name, DEEP, photometric="rgb")
    else:
        saved(tmp_path / name, Image.fromarray(SMOOTH))
    limit = 6 * 9 if name == "deep.tif" else 32 * 48
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit / 2)
    load_photo(tmp_path / name)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit / 2 - 1)
    with pytest.raises(InputError, match=r"too large .*Make it smaller first\.$"):
        load_photo(tmp_path / name)


@pytest.mark.parametrize("value", [1.5, -0.1, np.nan, 1e300])
def test_floats_outside_their_range_are_refused(tmp_path: Path, value: float) -> None:
    pixels = np.full((4, 5, 3), 0.5)
    pixels[1, 2, 0] = value
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="rgb")
    with pytest.raises(InputError, match=r"x\.tif: pixels that are NaN or outside 0\.\.1"):
        load_photo(tmp_path / "x.tif")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.jpg: no such image file"):
        load_photo(tmp_path / "absent.jpg")


def test_a_cameras_preview_is_no_second_page(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    preview = Image.fromarray(SMOOTH[::2, ::2])
    path = saved(tmp_path / "x.jpg", Image.fromarray(SMOOTH), format="MPO", save_all=True, append_images=[preview])
    assert load_photo(path).shape == (32, 48, 3)
    assert not caplog.text


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_of_any_kind_stands_upright(tmp_path: Path, mode: str, compression: str | None) -> None:
    """As the same file without an orientation, turned: Pillow mixes up rows of those it maps from the file."""
    image = Image.fromarray(SMOOTH)
    if mode in ("I;16", "F"):
        grey = SMOOTH[..., 0]
        image = Image.fromarray(grey.astype(np.uint16) * 257 if mode == "I;16" else grey.astype(np.float32) / 255)
    elif mode != "RGB":
        image = image.convert(mode)
    options = {"compression": compression} if compression else {}
    stored = load_photo(saved(tmp_path / "1.tif", image, **options))
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[274] = orientation
        path = saved(tmp_path / f"{orientation}.tif", image, exif=exif, **options)
        np.testing.assert_array_equal(load_photo(path), turned(stored, orientation))


def test_files_that_are_not_what_they_are_called(tmp_path: Path) -> None:
    saved(tmp_path / "x.jpg", Image.fromarray(SMOOTH), format="PNG")
    np.testing.assert_array_equal(load_photo(tmp_path / "x.jpg"), SMOOTH.astype(np.float32) / np.float32(255))
    for content, says in (
        (b"", r"the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"\(a pointer of Git LFS\)\. Run git lfs pull"),
        (b"%PDF-1.7\n", r"\(a PDF\)\. Export its pages as PNG"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", r"\(SVG, which has no pixels\)"),
        (b"<!DOCTYPE html><html>", r"\(a web page\)"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", r"\(HEIC\)\. Save it as JPEG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", r"\(a video\)"),
        (b"no picture", r"no kind of picture that is known"),
        (b"II*\0", r"cannot be read as an image"),
        (b"\x89PNG\r\n\x1a\n", r"cannot be read as an image"),
    ):
        (tmp_path / "x.png").write_bytes(content)
        with pytest.raises(InputError, match=says) as caught:
            load_photo(tmp_path / "x.png")
        assert str(caught.value).count(str(tmp_path)) == 1
    whole = saved(tmp_path / "cut.jpg", Image.fromarray(np.tile(SMOOTH, (9, 9, 1)))).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.jpg: cannot be read as an image \(image file is truncated"):
        load_photo(tmp_path / "cut.jpg")


def test_pages_in_a_circle(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif", byteorder="<") as writer:
        for _ in range(2):
            writer.write(DEEP, photometric="rgb", metadata=None)
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        first, second = file.pages[0].offset, file.pages[1].offset
    content = bytearray((tmp_path / "x.tif").read_bytes())
    tags = int.from_bytes(content[second : second + 2], "little")
    content[second + 2 + 12 * tags : second + 6 + 12 * tags] = first.to_bytes(4, "little")
    (tmp_path / "x.tif").write_bytes(content)
    np.testing.assert_allclose(load_photo(tmp_path / "x.tif"), DEEP / 65535, atol=1e-6)
