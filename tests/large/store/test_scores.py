"""A score map on disk: what is written is read, viewers place it, kills and full disks leave it whole."""

import errno
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import zarr

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.large.store.scores import ScoreStore

GEOMETRY = Geometry((28, 20), (4, 2), (-3, 5))
CHUNK = 256
SHAPE = (3, 600, 530)


def values(shape: tuple[int, int, int] = SHAPE) -> npt.NDArray[np.float32]:
    """Scores (h, w, K)."""
    channels, rows, cols = shape
    return np.random.default_rng(5).random((rows, cols, channels), np.float32)


def new(path: Path, **changed: Any) -> ScoreStore:
    given: dict[str, Any] = {
        "shape": SHAPE, "chunk": CHUNK, "names": ["cat", "dog", "background"], "geometry": GEOMETRY, "background": 2,
        "image_size": (2421, 1083), "colours": ["#332288", "#88CCEE", "#BBBBBB"], "attributes": {"finder": "pets"},
    }  # fmt: skip
    return ScoreStore.create(path, **{**given, **changed})


def tiles(shape: tuple[int, int, int] = SHAPE, chunk: int = CHUNK) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    rows, cols = ([(a, min(a + chunk, size)) for a in range(0, size, chunk)] for size in shape[1:])
    return list(product(rows, cols))


def filled(path: Path, reverse: bool = False, **changed: Any) -> ScoreStore:
    store, scores = new(path, **changed), values()
    for rows, cols in sorted(tiles(), reverse=reverse):
        store.write(rows=rows, cols=cols, scores=scores[slice(*rows), slice(*cols)])
    return store


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_written_is_read_wherever_a_span_lies(tmp_path: Path) -> None:
    filled(tmp_path / "scores.ome.zarr")
    store = ScoreStore.open(tmp_path / "scores.ome.zarr")
    for rows, cols in [((0, 600), (0, 530)), ((255, 257), (250, 530)), ((599, 600), (0, 1))]:
        read = store.read(rows, cols)
        assert read.dtype == np.float32
        assert np.array_equal(read, values()[slice(*rows), slice(*cols)])
    assert store.meaning == new(tmp_path / "scores.ome.zarr").meaning
    assert store.meaning.geometry == GEOMETRY
    assert store.meaning.as_dict()["finder"] == "pets"


def test_half_precision_is_near(tmp_path: Path) -> None:
    store = filled(tmp_path / "s", dtype="float16")
    assert np.abs(store.read((0, 600), (0, 530)) - values()).max() <= 2**-12
    assert zarr.open_group(tmp_path / "s", mode="r")["0"].dtype == np.float16


def test_a_tile_is_one_file_and_what_was_not_written_is_told_from_zero(tmp_path: Path) -> None:
    store = new(tmp_path / "s")
    store.write(rows=(256, 512), cols=(0, 256), scores=np.zeros((256, 256, 3), np.float32))
    assert [name for name in contents(tmp_path / "s") if "/c/" in name] == ["0/c/0/1/0"]
    assert not store.read((256, 512), (0, 256)).any()
    assert np.isnan(store.read((0, 256), (0, 256))).all()


@pytest.mark.parametrize(
    ("rows", "cols", "shape"),
    [
        ((10, 256), (0, 256), (246, 256, 3)),  # starts within a chunk
        ((0, 200), (0, 256), (200, 256, 3)),  # ends within one
        ((512, 768), (0, 256), (256, 256, 3)),  # ends beyond the border
        ((0, 256), (0, 256), (256, 256, 2)),  # a channel less
    ],
)
def test_a_span_that_would_share_a_chunk_is_refused(rows: Any, cols: Any, shape: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cells|scores"):
        new(tmp_path / "s").write(rows=rows, cols=cols, scores=np.zeros(shape, np.float32))


def test_levels_are_means_of_four_and_of_what_is_known(tmp_path: Path) -> None:
    store = filled(tmp_path / "s")
    assert store.levels == 1
    store.build_levels()
    assert (store.levels, store.shape(1)) == (2, (3, 300, 265))
    expected = values().reshape(300, 2, 265, 2, 3).mean(axis=(1, 3), dtype=np.float64)
    assert np.abs(store.read((0, 300), (0, 265), 1) - expected).max() < 1e-6


def test_odd_borders_and_cells_never_written(tmp_path: Path) -> None:
    store = new(tmp_path / "s", shape=(1, 513, 3), chunk=512, names=["cat"], background=None, colours=())
    scores = np.arange(512 * 3, dtype=np.float32).reshape(512, 3, 1)
    store.write((0, 512), (0, 3), scores)
    store.build_levels()
    coarse = store.read((0, 257), (0, 2), 1)[..., 0]
    assert coarse[0].tolist() == [(0 + 1 + 3 + 4) / 4, (2 + 5) / 2]
    assert np.isnan(coarse[256]).all()


def test_the_same_bytes_in_any_order_and_after_levels_twice(tmp_path: Path) -> None:
    first, second = filled(tmp_path / "a" / "s"), filled(tmp_path / "b" / "s", reverse=True)
    first.build_levels()
    second.build_levels()
    second.build_levels()
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("microns", [None, (0.5, 0.25)])
def test_a_cells_centre_lies_where_its_windows_does(microns: tuple[float, float] | None, tmp_path: Path) -> None:
    store = filled(tmp_path / "s", microns=microns)
    store.build_levels()
    ome = json.loads((tmp_path / "s" / "zarr.json").read_text())["attributes"]["ome"]
    size = microns or (1.0, 1.0)
    for level, data in enumerate(ome["multiscales"][0]["datasets"]):
        scale, move = (one[one["type"]] for one in data["coordinateTransformations"])
        row, col, many = 7, 11, 2**level
        # The middle of the cells of level 0 that this one stands for; pixel 0 has its centre at 0.
        inside = [GEOMETRY.center(row * many + a, col * many + a) for a in (0, many - 1)]
        middle = [(inside[0][axis] + inside[1][axis]) / 2 - 0.5 for axis in (0, 1)]
        assert [scale[1] * row + move[1], scale[2] * col + move[2]] == [middle[a] * size[a] for a in (0, 1)]
        assert (scale[0], move[0]) == (1, 0)
    units = [axis.get("unit") for axis in ome["multiscales"][0]["axes"]]
    assert units == ([None, None, None] if microns is None else [None, "micrometer", "micrometer"])


def test_ome_zarrs_own_reader_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("ome_zarr")
    pytest.importorskip(
        "dask", minversion="2025.1"
    )  # older ones cannot read Zarr 3, and are what Ray's launcher allows
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    filled(tmp_path / "s").build_levels()
    (node,) = list(Reader(parse_url(tmp_path / "s"))())
    assert [level.shape for level in node.data] == [(3, 600, 530), (3, 300, 265)]
    assert np.array_equal(np.asarray(node.data[0]), np.moveaxis(values(), -1, 0))
    assert node.metadata["channel_names"] == ["cat", "dog", "background"]
    assert node.metadata["visible"] == [True, True, False]
    assert [axis["name"] for axis in node.metadata["axes"]] == ["c", "y", "x"]


@pytest.mark.parametrize("microns", [None, (0.5, 0.25)])
def test_its_metadata_is_valid_before_and_after_levels(microns: tuple[float, float] | None, tmp_path: Path) -> None:
    image = pytest.importorskip("ome_zarr_models.v05").Image
    omero_of = pytest.importorskip("ome_zarr_models.common.omero").Omero
    store = filled(tmp_path / "s", microns=microns)
    for levels in (1, 2):
        valid = image.from_zarr(zarr.open_group(tmp_path / "s", mode="r"))
        assert len(valid.ome_attributes.multiscales[0].datasets) == levels
        omero = omero_of.model_validate(valid.ome_attributes.omero)
        assert [one.color for one in omero.channels] == ["332288", "88CCEE", "BBBBBB"]
        store.build_levels()


def test_a_store_goes_on_and_clears_what_a_kill_left(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    before = contents(tmp_path / "s")
    (tmp_path / "s" / "0" / "c" / "0" / "0" / "0.abc.partial").write_bytes(b"half")
    store = new(tmp_path / "s")
    assert contents(tmp_path / "s") == before
    assert np.array_equal(store.read((0, 9), (0, 9)), values()[:9, :9])


def test_a_store_of_another_meaning_is_not_written_over(tmp_path: Path) -> None:
    new(tmp_path / "s")
    with pytest.raises(InputError, match=r"in background \(2 there, null here\), finder \(.*\)\. Give another `out`"):
        new(tmp_path / "s", background=None, attributes={"finder": "wild"})


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no score map in Zarr"):
        ScoreStore.open(tmp_path / "nowhere")
    new(tmp_path / "s")
    head = tmp_path / "s" / "zarr.json"
    whole = head.read_text()
    head.write_text(whole[:50])
    with pytest.raises(InputError, match="no score map in Zarr"):
        ScoreStore.open(tmp_path / "s")
    for said in ('"format": 1', '"stride"'):
        head.write_text(whole.replace(said, '"other": 1' if "format" in said else '"strides"'))
        with pytest.raises(InputError, match=r"format|geometry\.stride"):
            ScoreStore.open(tmp_path / "s")
    zarr.open_group(tmp_path / "plain", mode="w").create_array("0", shape=(1,), dtype="f4")
    with pytest.raises(InputError, match="no meaning of scores under 'fullconv'"):
        ScoreStore.open(tmp_path / "plain")
    with pytest.raises(InputError, match=r"dtype: received 'int8'\. Choose float32 or float16"):
        new(tmp_path / "other", dtype="int8")


@pytest.mark.parametrize(("code", "mend"), [(errno.ENOSPC, "Make room there"), (errno.EROFS, "Make it writable")])
def test_a_disk_that_refuses_is_told_and_nothing_half_written_stays(
    code: int, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new(tmp_path / "s")
    before = contents(tmp_path / "s")

    def refuse(temporary: Path, *_: Any) -> None:
        raise OSError(code, "refused", str(temporary))

    with monkeypatch.context() as patched, pytest.raises(InputError, match=rf"/s: the system refuses it.*{mend}"):
        patched.setattr(Path, "replace", refuse)
        store.write((0, 256), (0, 256), values()[:256, :256])
    assert contents(tmp_path / "s") == before
