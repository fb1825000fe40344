"""IDX files: the format, and every way in which one can be damaged."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from hypothesis.extra.numpy import arrays as random_arrays

from fullconv.data.arrays import Arrays, digests
from fullconv.data.sources.idx import read_idx, read_idx_folder
from fullconv.errors import InputError


def _idx(values: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return header + values.tobytes()


@settings(max_examples=50)
@given(values=random_arrays(np.uint8, array_shapes(max_dims=4, max_side=5)), zipped=st.booleans())
def test_reads_what_was_written(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, zipped: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "values-idx"
    path.write_bytes(gzip.compress(_idx(values)) if zipped else _idx(values))
    np.testing.assert_array_equal(read_idx(path), values)


@settings(max_examples=50)
@given(data=st.data(), zipped=st.booleans())
def test_every_cut_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, zipped: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "cut-idx"
    whole = _idx(np.arange(60, dtype=np.uint8).reshape(5, 4, 3))
    whole = gzip.compress(whole) if zipped else whole
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(InputError, match="cut-idx"):
        read_idx(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (_idx(np.zeros(3, np.uint8)) + b"x", "4 values where its header says 3"),
        (b"\0\0\x0d\x01" + b"\0\0\0\x01" + b"\0\0\0\0", "00 00 0d 01"),
        (b"<html>", "3c 68 74 6d"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + b"\0", "1 values where its header says 79228162458924105385300197375"),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_idx(tmp_path / "x")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_idx(tmp_path / "absent")


@pytest.mark.parametrize("gzipped", [False, True])
def test_folder(arrays: Arrays, tmp_path: Path, write_idx_folder: Callable[..., Path], gzipped: bool) -> None:
    read = read_idx_folder(write_idx_folder(tmp_path / "idx", arrays, gzipped))
    assert digests(read) == digests(arrays)
    assert read.train_images.shape == (30, 6, 5, 1)
    assert read.train_labels.dtype == np.int32


def test_folder_with_dotted_names(arrays: Arrays, tmp_path: Path, write_idx_folder: Callable[..., Path]) -> None:
    folder = write_idx_folder(tmp_path / "idx", arrays)
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("-idx", ".idx"))
    assert digests(read_idx_folder(folder)) == digests(arrays)


def test_missing_member_is_named(arrays: Arrays, tmp_path: Path, write_idx_folder: Callable[..., Path]) -> None:
    folder = write_idx_folder(tmp_path / "idx", arrays)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match="no t10k-labels-idx1-ubyte or"):
        read_idx_folder(folder)
