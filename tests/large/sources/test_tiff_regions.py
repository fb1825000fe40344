"""A region of any TIFF equals that part of the whole picture as small pictures are read."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.pictures.images import decoded
from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources import segments
from fullconv.large.sources.opening import open_image

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (150, 130, 4), dtype=np.uint8)


@pytest.fixture
def decoding(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the segments that are decoded from now on."""
    numbers: list[int] = []
    whole = segments.decoded_segment

    def spied(page: Any, content: bytes, number: int) -> Any:
        numbers.append(number)
        return whole(page, content, number)

    monkeypatch.setattr(segments, "decoded_segment", spied)
    return numbers


def of_kind(pixels: Any, kind: str) -> Any:
    return {"u1": pixels, "u2": pixels.astype("u2") * 257, "f4": (pixels / 255).astype("f4"), "bool": pixels > 99}[kind]


@st.composite
def tiffs(draw: st.DrawFn) -> dict[str, Any]:
    """A size, a kind of samples and colours that fit together, and a layout of the file."""
    photometric, bands = draw(
        st.sampled_from(
            [("minisblack", 1), ("miniswhite", 1), ("minisblack", 3), ("rgb", 3), ("rgb", 4), ("palette", 1)]
        )
    )
    byteorder = draw(st.sampled_from(["<", ">"]))
    kinds = ["u1"] if photometric == "palette" else ["u1", "u2", "f4"] + ["bool"] * (bands == 1)
    return {
        "size": (draw(st.integers(1, 150)), draw(st.integers(1, 130))),
        "kind": draw(st.sampled_from(kinds)),
        "photometric": photometric,
        "bands": bands,
        "planarconfig": draw(st.sampled_from(["contig", "separate"])) if bands > 1 else None,
        "tile": draw(st.sampled_from([None, (16, 32), (64, 48)])),
        "rowsperstrip": draw(st.integers(1, 60)),
        "compression": draw(st.sampled_from([None, "deflate", "lzw"])),
        "byteorder": byteorder,
        "bigtiff": draw(st.booleans()) and byteorder == "<",  # Pillow reads no other BigTIFF of 8 bits
        "orientation": draw(st.integers(1, 8)),
        "corner": (draw(st.floats(0, 1)), draw(st.floats(0, 1))),
        "share": (draw(st.floats(0, 1)), draw(st.floats(0, 1))),
    }


def written(path: Path, spec: dict[str, Any]) -> Path:
    height, width = spec["size"]
    pixels = of_kind(BYTES[:height, :width, : spec["bands"]], spec["kind"])
    pixels = pixels[..., 0] if spec["bands"] == 1 else pixels
    options: dict[str, Any] = {"photometric": spec["photometric"], "compression": spec["compression"], "metadata": None}
    options |= {"extratags": [(274, "H", 1, spec["orientation"], True)]}
    options |= {"tile": spec["tile"]} if spec["tile"] else {"rowsperstrip": spec["rowsperstrip"]}
    if spec["planarconfig"]:
        options["planarconfig"] = spec["planarconfig"]
        pixels = pixels.transpose(2, 0, 1) if spec["planarconfig"] == "separate" else pixels
    if spec["bands"] == 4:
        options["extrasamples"] = ["unassalpha"]
    if spec["photometric"] == "palette":
        options["colormap"] = np.random.default_rng(1).integers(0, 65536, (3, 256), dtype=np.uint16)
    with tifffile.TiffWriter(path, byteorder=spec["byteorder"], bigtiff=spec["bigtiff"]) as writer:
        writer.write(pixels, **options)
    return path


def region_in(height: int, width: int, spec: dict[str, Any]) -> tuple[int, int, int, int]:
    x, y = int(spec["corner"][0] * (width - 1)), int(spec["corner"][1] * (height - 1))
    return x, y, 1 + int(spec["share"][0] * (width - x - 1)), 1 + int(spec["share"][1] * (height - y - 1))


@given(tiffs(), st.sampled_from([1, 3]))
def test_a_region_is_the_whole_pictures_crop(spec: dict[str, Any], channels: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "x.tif", spec)
        expected = decoded(path, channels, "white")
        with open_image(path, channels) as source:
            assert source.shape == expected.shape
            assert source.levels == (expected.shape[:2],)
            x, y, w, h = region_in(*expected.shape[:2], spec)
            part = source.read((x, y, w, h))
    assert part.dtype == np.float32
    unnamed = (spec["photometric"], spec["bands"]) == ("minisblack", 3)
    if spec["kind"] in ("u1", "bool") and not unnamed:
        np.testing.assert_array_equal(part, expected[y : y + h, x : x + w])
    else:  # the sum of three colours may differ in its last bit
        np.testing.assert_allclose(part, expected[y : y + h, x : x + w], atol=1e-6)


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_a_bigtiff_of_the_other_byte_order(tmp_path: Path, kind: str) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif", byteorder=">", bigtiff=True) as writer:
        writer.write(of_kind(BYTES[..., :3], kind), photometric="rgb", tile=(32, 32))
    with open_image(tmp_path / "x.tif") as source:
        np.testing.assert_allclose(source.read((30, 40, 9, 8)), BYTES[40:48, 30:39, :3] / 255, atol=1e-6)


@pytest.mark.parametrize("compression", ["jpeg", "webp", "zstd", "packbits"])
@pytest.mark.parametrize("tile", [None, (64, 48)])
def test_kinds_of_compression(tmp_path: Path, compression: str, tile: Any) -> None:
    options = {"tile": tile} if tile else {"rowsperstrip": 24}
    tifffile.imwrite(tmp_path / "x.tif", BYTES[..., :3], photometric="rgb", compression=compression, **options)
    expected = tifffile.imread(tmp_path / "x.tif") / np.float32(255)
    with open_image(tmp_path / "x.tif") as source:
        np.testing.assert_allclose(source.read((30, 40, 90, 77)), expected[40:117, 30:120], atol=1e-7)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 2)])
def test_jpeg_tiles_of_luma_and_chroma_are_rgb(tmp_path: Path, subsampling: tuple[int, int]) -> None:
    smooth = np.add.outer(np.arange(150), np.arange(130))[..., np.newaxis] // np.array([2, 3, 4])
    options: dict[str, Any] = {"compressionargs": {"level": 95}, "subsampling": subsampling}
    tifffile.imwrite(
        tmp_path / "x.tif", smooth.astype("u1"), photometric="rgb", compression="jpeg", tile=(64, 48), **options
    )
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        page: Any = file.pages[0]
        assert page.photometric.name == "YCBCR"
    with open_image(tmp_path / "x.tif") as source:
        part = source.read((30, 40, 90, 77))
    np.testing.assert_allclose(part, smooth[40:117, 30:120] / 255, atol=0.03)
    np.testing.assert_allclose(part, decoded(tmp_path / "x.tif", 3, "white")[40:117, 30:120], atol=2 / 255)


def test_four_inks_are_read_as_pillow_reads_them(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", BYTES, photometric="separated", tile=(32, 32))
    expected = decoded(tmp_path / "x.tif", 3, "white")
    with open_image(tmp_path / "x.tif") as source:
        assert source.chunk == (32, 32)
        np.testing.assert_array_equal(source.read((3, 5, 80, 70)), expected[5:75, 3:83])


@pytest.mark.parametrize("extra", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_opacity_lies_over_white(tmp_path: Path, extra: str, kind: str) -> None:
    pixels = of_kind(BYTES, kind)
    if extra == "assocalpha":
        pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="rgb", extrasamples=[extra], tile=(32, 32))
    expected = decoded(tmp_path / "x.tif", 3, "white")
    with open_image(tmp_path / "x.tif") as source:
        part = source.read((3, 5, 80, 70))
    np.testing.assert_allclose(part, expected[5:75, 3:83], atol=1e-6)
    clear = BYTES[5:75, 3:83, 3] == 0
    assert clear.any()
    assert (part[clear] == 1).all()


def test_segments_that_a_region_does_not_touch_are_not_decoded(tmp_path: Path, decoding: list[int]) -> None:
    options = {"photometric": "rgb", "compression": "deflate"}
    tifffile.imwrite(tmp_path / "tiles.tif", BYTES[..., :3], tile=(32, 32), **options)
    tifffile.imwrite(tmp_path / "strips.tif", BYTES[..., :3], rowsperstrip=20, **options)
    with open_image(tmp_path / "tiles.tif") as source:
        assert decoding == []
        source.read((32, 64, 32, 32))
        assert decoding == [2 * 5 + 1]
        decoding.clear()
        source.read((31, 63, 2, 2))
        assert decoding == [5, 6, 10, 11]
    decoding.clear()
    with open_image(tmp_path / "strips.tif") as source:
        assert source.chunk == (20, 130)
        source.read((0, 39, 130, 2))
        assert decoding == [1, 2]


def test_bands_that_are_not_wanted_are_not_decoded(tmp_path: Path, decoding: list[int]) -> None:
    pixels = RNG.integers(0, 65536, (6, 64, 64), dtype=np.uint16)
    options = {"photometric": "minisblack", "planarconfig": "separate", "compression": "deflate"}
    tifffile.imwrite(tmp_path / "x.tif", pixels, tile=(32, 32), metadata=None, **options)
    with open_image(tmp_path / "x.tif", 1, Samples((5,))) as source:
        decoding.clear()
        part = source.read((0, 0, 32, 32))
    assert decoding == [4 * 4]
    np.testing.assert_allclose(part[..., 0], pixels[4, :32, :32] / 65535, atol=1e-6)


def test_a_dear_strip_is_decoded_once(tmp_path: Path, decoding: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_DEAR", 1000)
    tifffile.imwrite(tmp_path / "x.tif", BYTES[..., :3], photometric="rgb", compression="deflate", rowsperstrip=150)
    with open_image(tmp_path / "x.tif") as source:
        parts = [source.read((0, y, 130, 10)) for y in range(0, 150, 10)]
    assert decoding == [0]
    np.testing.assert_array_equal(np.concatenate(parts), BYTES[..., :3] / np.float32(255))


def test_rows_of_an_uncompressed_file_are_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(tmp_path / "x.tif", BYTES[..., :3], photometric="rgb")
    counts: list[int] = []
    whole = segments.Bytes.read

    def spied(self: segments.Bytes, offset: int, count: int) -> bytes:
        counts.append(count)
        return whole(self, offset, count)

    monkeypatch.setattr(segments.Bytes, "read", spied)
    with open_image(tmp_path / "x.tif") as source:
        np.testing.assert_array_equal(source.read((7, 20, 10, 3)), BYTES[20:23, 7:17, :3] / np.float32(255))
    assert counts == [30, 30, 30]


def test_bands_in_pages_of_their_own(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 65536, (3, 40, 50), dtype=np.uint16)
    layouts: Iterator[dict[str, Any]] = iter(
        [
            {"ome": True, "metadata": {"axes": "CYX"}, "tile": (16, 16), "compression": "deflate"},
            {"imagej": True, "metadata": {"axes": "CYX"}},
            {"ome": True, "metadata": {"axes": "CYX"}},
        ]
    )
    for number, options in enumerate(layouts):
        path = tmp_path / f"{number}.tif"
        tifffile.imwrite(path, pixels, photometric="minisblack", **options)
        for samples in (Samples((3, 1, 2)), Samples((2,))):
            with open_image(path, 3, samples) as source:
                part = source.read((9, 5, 30, 20))
            np.testing.assert_allclose(part, decoded(path, 3, "white", samples)[5:25, 9:39], atol=1e-6)


def test_pages_are_bands_where_a_person_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pixels = RNG.integers(0, 65536, (5, 40, 50), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="minisblack")
    with open_image(tmp_path / "x.tif", 1, Samples((4,))) as source:
        np.testing.assert_allclose(source.read((0, 0, 50, 40))[..., 0], pixels[3] / 65535, atol=1e-6)
    assert not caplog.text
    with open_image(tmp_path / "x.tif", 1) as source:
        np.testing.assert_allclose(source.read((0, 0, 50, 40))[..., 0], pixels[0] / 65535, atol=1e-6)
    assert "of several pages the first is read" in caplog.text


def test_a_dark_region_means_what_the_whole_picture_means(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pixels = np.full((600, 600), 65535, np.uint16)
    pixels[:50, 300:350] = 1000
    tifffile.imwrite(tmp_path / "x.tif", pixels, tile=(64, 64))
    with open_image(tmp_path / "x.tif", 1) as source:
        dark = source.read((300, 0, 50, 50))
    np.testing.assert_allclose(dark, 1000 / 65535, atol=1e-6)
    assert not caplog.text


def test_few_bits_are_said_once_and_can_be_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pixels = RNG.integers(0, 4096, (60, 70), dtype=np.uint16)
    pixels[0, 0] = 4095
    tifffile.imwrite(tmp_path / "few.tif", pixels)
    with open_image(tmp_path / "few.tif", 1) as source:
        source.read((0, 0, 9, 9))
        source.read((9, 9, 9, 9))
    assert caplog.text.count("looks like 12 bits in 16; dataset.bits=12") == 1
    with open_image(tmp_path / "few.tif", 1, Samples((), 12)) as source:
        np.testing.assert_allclose(source.read((9, 0, 20, 9))[..., 0], pixels[:9, 9:29] / 4095, atol=1e-6)


def test_a_tag_that_says_what_is_white_holds_for_every_region(tmp_path: Path) -> None:
    pixels = np.array([[0, 2000, 4000, 60000]], np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", pixels[:, :3], extratags=[(281, "H", 1, 4095, True)])
    with open_image(tmp_path / "x.tif", 1) as source:
        np.testing.assert_allclose(source.read((1, 0, 2, 1))[0, :, 0], [2000 / 4095, 4000 / 4095], atol=1e-6)
    tifffile.imwrite(tmp_path / "y.tif", pixels, extratags=[(281, "H", 1, 4095, True)])
    with pytest.raises(InputError, match=r"values from 0 to 60000, where 12 bits hold 0 to 4095"):
        open_image(tmp_path / "y.tif", 1)


def test_several_threads_read_the_same_file(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", BYTES[..., :3], photometric="rgb", tile=(16, 16), compression="deflate")
    expected = BYTES[..., :3] / np.float32(255)
    regions = [(x, y, 25, 20) for y in range(0, 130, 10) for x in range(0, 100, 10)]
    with open_image(tmp_path / "x.tif") as source, ThreadPoolExecutor(8) as pool:
        for (x, y, w, h), part in zip(regions, pool.map(source.read, regions), strict=True):
            np.testing.assert_array_equal(part, expected[y : y + h, x : x + w])
