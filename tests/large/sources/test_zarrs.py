"""Zarr arrays and OME-Zarr images: axes, levels, chunks, and what is refused."""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources.axes import layout_of
from fullconv.large.sources.opening import open_image
from fullconv.large.sources.source import BrokenTile

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (90, 70, 4), dtype=np.uint8)


def written(path: Path, pixels: Any, chunks: Any = "auto", version: Any = 3, **options: Any) -> Path:
    zarr.create_array(path, data=np.ascontiguousarray(pixels), chunks=chunks, zarr_format=version, **options)
    return path


def ome(path: Path, levels: list[Any], axes: str, version: str = "0.5", units: str = "micrometer") -> Path:
    group = zarr.open_group(path, mode="w", zarr_format=3 if version == "0.5" else 2)
    kinds = {"t": "time", "c": "channel"}
    said: dict[str, Any] = {"version": version, "axes": [], "datasets": []}
    for axis in axes:
        space = {"unit": units} if axis in "zyx" else {}
        said["axes"].append({"name": axis, "type": kinds.get(axis, "space"), **space})
    for number, pixels in enumerate(levels):
        chunks = tuple(min(16, size) for size in pixels.shape)
        group.create_array(str(number), data=np.ascontiguousarray(pixels), chunks=chunks)
        scale = [0.25 * 2**number if axis == "y" else 0.5 * 2**number if axis == "x" else 1.0 for axis in axes]
        steps = [{"type": "scale", "scale": scale}]
        said["datasets"].append({"path": str(number), "coordinateTransformations": steps})
    if version == "0.5":
        group.attrs["ome"] = {"version": version, "multiscales": [said]}
    else:
        group.attrs["multiscales"] = [said]
    return path


@given(
    st.integers(1, 90),
    st.integers(1, 70),
    st.sampled_from([0, 1, 3]),
    st.sampled_from(["u1", "u2", "f4"]),
    st.sampled_from([2, 3]),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    st.sampled_from(["yxc", "cyx"]),
)
def test_a_region_of_an_array(
    height: int, width: int, bands: int, kind: str, version: int, at: tuple[float, ...], order: str
) -> None:
    stored = PIXELS[:height, :width, :bands] if bands else PIXELS[:height, :width, 0]
    whole = stored / np.float32(255)
    stored = {"u1": stored, "u2": stored.astype("u2") * 257, "f4": whole}[kind]
    stored = stored.transpose(2, 0, 1) if bands and order == "cyx" else stored
    x, y = int(at[0] * (width - 1)), int(at[1] * (height - 1))
    w, h = 1 + int(at[2] * (width - x - 1)), 1 + int(at[3] * (height - y - 1))
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "x.zarr", stored, tuple(min(size, 16) for size in stored.shape), version)
        with open_image(path, bands or 1, axes=order if bands else None) as source:
            assert source.shape == (height, width, bands or 1)
            part = source.read((x, y, w, h))
    np.testing.assert_allclose(part, whole.reshape(height, width, -1)[y : y + h, x : x + w], atol=1e-6)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("axes", ["cyx", "tczyx", "yx"])
def test_an_image_at_several_sizes(tmp_path: Path, version: str, axes: str) -> None:
    bands = 3 if "c" in axes else 1
    full = PIXELS[..., :bands].transpose(2, 0, 1)
    levels = [full, full[:, ::2, ::2]]
    shaped = {"cyx": levels, "tczyx": [one[None, :, None] for one in levels], "yx": [one[0] for one in levels]}[axes]
    with open_image(ome(tmp_path / "x.zarr", shaped, axes, version)) as source:
        assert source.shape == (90, 70, 3)
        assert source.levels == ((90, 70), (45, 35))
        assert source.microns == (0.25, 0.5)
        assert source.chunk == (16, 16)
        for level, pixels in enumerate(levels):
            expected = np.broadcast_to(pixels.transpose(1, 2, 0)[10:30, 5:25], (20, 20, 3)) / np.float32(255)
            np.testing.assert_allclose(source.read((5, 10, 20, 20), level), expected, atol=1e-6)


def test_units_that_are_no_length_are_no_microns(tmp_path: Path) -> None:
    with open_image(ome(tmp_path / "x.zarr", [PIXELS[..., 0]], "yx", units="furlong")) as source:
        assert source.microns is None


def test_one_of_several_planes_is_chosen_or_all_are_refused(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (2, 3, 4, 40, 50), dtype=np.uint8)
    path = ome(tmp_path / "x.zarr", [pixels], "tczyx")
    with pytest.raises(InputError, match=r'dataset\.axes: 2 places along t .*dataset\.axes="tczyx t=0" up to t=1'):
        open_image(path)
    for said in ("tczyx t=1 z=3", "t=1, z=3"):
        with open_image(path, axes=said) as source:
            part = source.read((3, 2, 9, 8))
        np.testing.assert_allclose(part, pixels[1, :, 3, 2:10, 3:12].transpose(1, 2, 0) / 255, atol=1e-6)
    with pytest.raises(InputError, match=r"4 places along z .*no z=4"):
        open_image(path, axes="t=0 z=4")


def test_five_axes_that_nothing_names(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zarr", np.zeros((1, 3, 1, 20, 30), np.uint8))
    with pytest.raises(InputError, match=r"dataset\.axes: nothing says which axes the shape \(1, 3, 1, 20, 30\)"):
        open_image(path)
    with open_image(path, axes="tczyx") as source:
        assert source.shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("shape", "said", "words"),
    [
        ((3, 20, 3), None, "nothing says which axes"),
        ((20, 30, 7), None, "nothing says which axes"),
        ((9,), None, "nothing says which axes"),
        ((3, 20, 30), "yx", r"It has 3 axes: a letter each"),
        ((3, 20, 30), "qyx", r"'qyx'. Say dataset.axes=yx"),
        ((3, 20, 30), "cyy", "'cyy'"),
        ((3, 20, 30), "c y x", "'c y x'"),
        ((3, 20, 30), "cyx!", "'cyx!'"),
    ],
)
def test_axes_that_cannot_be(shape: tuple[int, ...], said: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        layout_of(shape, said, None, "x")
    assert caught.value.where == "dataset.axes"


def test_names_of_dimensions_are_believed(tmp_path: Path) -> None:
    pixels = PIXELS[:3, :, :3]
    with open_image(written(tmp_path / "a.zarr", pixels, dimension_names=("y", "x", "c"))) as source:
        assert source.shape == (3, 70, 3)
    with open_image(written(tmp_path / "b.zarr", pixels, dimension_names=("c", "y", "x")), 1) as source:
        assert source.shape == (70, 3, 1)


def test_channels_of_an_image_that_are_no_colours_are_chosen_from(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 65536, (5, 40, 50), dtype=np.uint16)
    path = ome(tmp_path / "x.zarr", [pixels], "cyx")
    with pytest.raises(InputError, match=r"5 bands, .*dataset\.bands="):
        open_image(path)
    with open_image(path, 3, Samples((5, 1, 2))) as source:
        np.testing.assert_allclose(source.read((4, 3, 8, 7)), pixels[[4, 0, 1], 3:10, 4:12].transpose(1, 2, 0) / 65535)


def test_four_bands_of_a_plain_array_end_in_opacity(tmp_path: Path) -> None:
    share = PIXELS[..., 3:] / 255
    with open_image(written(tmp_path / "x.zarr", PIXELS)) as source:
        part = source.read((0, 0, 70, 90))
    np.testing.assert_allclose(part, share * (PIXELS[..., :3] / 255) + 1 - share, atol=1e-6)


def test_a_level_that_is_no_reduction_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    levels = [PIXELS[..., 0], PIXELS[:40, :60, 0], PIXELS[::2, ::2, 0]]
    with open_image(ome(tmp_path / "x.zarr", levels, "yx")) as source:
        assert source.levels == ((90, 70), (45, 35))
        np.testing.assert_allclose(source.read((0, 0, 35, 45), 1)[..., 0], levels[2] / 255, atol=1e-6)
    assert "its level of shape (40, 60) is no reduction of the first and is left out" in caplog.text


def test_chunks_that_a_region_does_not_touch_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "x.zarr", PIXELS[..., :3], (16, 16, 3), 2)
    with open_image(path) as source:
        for file in path.iterdir():
            if file.name[0].isdigit() and file.name not in ("2.1.0", "2.2.0"):
                file.write_bytes(b"broken")
        np.testing.assert_array_equal(source.read((30, 33, 10, 12)), PIXELS[33:45, 30:40, :3] / np.float32(255))
        with pytest.raises(BrokenTile, match=r"x\.zarr: the region x=0, y=0, width=17, height=9 cannot be read"):
            source.read((0, 0, 17, 9))


@pytest.mark.parametrize("version", [2, 3])
def test_a_zarr_that_goes_is_not_black(tmp_path: Path, version: int) -> None:
    path = written(tmp_path / "x.zarr", PIXELS[..., 0], (16, 16), version)
    with open_image(path, 1) as source:
        source.read((0, 0, 20, 20))
        path.rename(tmp_path / "away.zarr")
        with pytest.raises(InputError, match=r"x\.zarr: is gone .*run the same command again") as caught:
            source.read((0, 0, 20, 20))
        assert not isinstance(caught.value, BrokenTile)  # or all the rest would be searched as grey
        (tmp_path / "away.zarr").rename(path)
        np.testing.assert_allclose(source.read((0, 0, 9, 9))[..., 0], PIXELS[:9, :9, 0] / 255, atol=1e-6)


def test_a_chunk_of_nan_is_a_broken_one(tmp_path: Path) -> None:
    pixels = PIXELS[..., 0].astype(np.float32) / 255
    pixels[40, 50] = np.nan
    with open_image(written(tmp_path / "x.zarr", pixels, (16, 16)), 1) as source:
        np.testing.assert_array_equal(source.read((0, 0, 48, 60))[..., 0], pixels[:60, :48])
        with pytest.raises(BrokenTile, match="pixels that are NaN or infinite"):
            source.read((48, 32, 8, 16))


def test_shards_are_read_by_their_chunks(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zarr", PIXELS[..., 0], (16, 16), shards=(64, 64))
    with open_image(path, 1) as source:
        assert source.chunk == (16, 16)
        np.testing.assert_allclose(source.read((60, 60, 10, 10))[..., 0], PIXELS[60:70, 60:70, 0] / 255, atol=1e-6)


def test_a_zarr_in_a_zip(tmp_path: Path) -> None:
    store = zarr.storage.ZipStore(tmp_path / "x.zarr.zip", mode="w")
    zarr.create_array(store, data=PIXELS[..., 0])
    store.close()
    with open_image(tmp_path / "x.zarr.zip", 1) as source:
        np.testing.assert_allclose(source.read((6, 7, 10, 11))[..., 0], PIXELS[7:18, 6:16, 0] / 255, atol=1e-6)


def test_a_codec_that_is_not_known(tmp_path: Path) -> None:
    third = written(tmp_path / "three.zarr", PIXELS[..., 0]) / "zarr.json"
    content = json.loads(third.read_text())
    content["codecs"][1]["name"] = "wonder"
    third.write_text(json.dumps(content))
    second = written(tmp_path / "two.zarr", PIXELS[..., 0], version=2) / ".zarray"
    second.write_text(json.dumps(json.loads(second.read_text()) | {"compressor": {"id": "wonder"}}))
    for path in (third.parent, second.parent):
        with pytest.raises(InputError, match=r"\.zarr: compressed in a way that is not known .*Install the package"):
            open_image(path)


def test_groups_without_an_image(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w")
    with pytest.raises(InputError, match=r"x\.zarr: a zarr group without an array\. Give one"):
        open_image(tmp_path / "x.zarr")
    inner = group.create_group("cells")
    with pytest.raises(InputError, match=r"without an array\. Name one of its groups: .*cells"):
        open_image(tmp_path / "x.zarr")
    inner.create_array("a", data=PIXELS[..., 0])
    with open_image(tmp_path / "x.zarr" / "cells", 1) as source:
        assert source.shape == (90, 70, 1)
    inner.create_array("b", data=PIXELS[..., 0])
    with pytest.raises(InputError, match=r"2 arrays, and nothing says which is the image\. Name one: .*a\."):
        open_image(tmp_path / "x.zarr" / "cells")


def test_the_first_of_a_series_of_images(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    for number in ("0", "1"):
        ome(tmp_path / "x.zarr" / number, [PIXELS[..., 0]], "yx", "0.4")
    with open_image(tmp_path / "x.zarr", 1) as source:
        assert source.shape == (90, 70, 1)
    assert "of several images the first is read" in caplog.text


def test_metadata_that_are_broken(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zarr", PIXELS[..., 0])
    (path / "zarr.json").write_text("{")
    with pytest.raises(InputError, match=r"x\.zarr: cannot be read as a zarr .*Copy it again"):
        open_image(path)
    path = ome(tmp_path / "y.zarr", [PIXELS[..., 0]], "yx")
    (path / "0" / "zarr.json").unlink()
    with pytest.raises(InputError, match=r"y\.zarr: cannot be read as a zarr"):
        open_image(path)


def test_text_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="samples of type"):
        open_image(written(tmp_path / "x.zarr", np.zeros((9, 8), np.complex64)))


def test_an_identity_knows_the_pixels_and_not_the_place(tmp_path: Path) -> None:
    told = []
    for name, pixels in (("a", PIXELS), ("b", PIXELS), ("c", 255 - PIXELS), ("d", PIXELS[:80])):
        with open_image(written(tmp_path / f"{name}.zarr", pixels)) as source:
            told.append(json.dumps(source.identity(), sort_keys=True))
    assert told[0] == told[1]
    assert len(set(told)) == 3


def test_several_threads_read_the_same_zarr(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zarr", PIXELS[..., :3], (16, 16, 3))
    regions = [(x, y, 25, 20) for y in range(0, 70, 10) for x in range(0, 45, 10)]
    with open_image(path) as source, ThreadPoolExecutor(8) as pool:
        for (x, y, w, h), part in zip(regions, pool.map(source.read, regions), strict=True):
            np.testing.assert_array_equal(part, PIXELS[y : y + h, x : x + w, :3] / np.float32(255))
