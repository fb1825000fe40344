"""Arrays: their form, their file, their digests, their splits."""

import hashlib
import os
import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.arrays import KEYS, Arrays, check_arrays, digests, read_arrays, test_split, write_arrays
from fullconv.errors import InputError


def test_good_arrays_pass(arrays: Arrays) -> None:
    check_arrays(arrays, ["a", "b", "c"], "prepared")
    check_arrays(arrays, 3, "prepared")


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("train_images", lambda a: a[..., 0], r"train_images: shape \(30, 6, 5\)"),
        ("train_images", lambda a: a / np.float32(255), r"type float32\. Give pixels as uint8"),
        ("test_images", lambda a: np.full(a.shape, np.nan), "float64, NaN among them"),
        ("test_images", lambda a: a[:0], "no pixels"),
        ("test_images", lambda a: a[:, :, :4], r"\(6, 4, 1\) beside training images \(6, 5, 1\)"),
        ("train_labels", lambda a: a[:-1], "29 labels for 30 images"),
        ("train_labels", lambda a: a + 1, r"labels 1\.\.3 for 3 classes"),
        ("test_labels", lambda a: a - 1, r"test_labels: labels -1\.\.1"),
        ("test_labels", lambda a: a.astype(np.float64), "test_labels: float64"),
        ("test_labels", lambda a: np.eye(3, dtype=np.int32)[a], r"int32 of shape \(20, 3\)"),
    ],
)
def test_bad_arrays_are_named(arrays: Arrays, key: str, change: Any, says: str) -> None:
    bad = replace(arrays, **{key: change(getattr(arrays, key))})
    with pytest.raises(InputError, match=f"prepared: .*{says}"):
        check_arrays(bad, 3, "prepared")


def test_file_gives_back_the_arrays(arrays: Arrays, tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz")
    for key in KEYS:
        np.testing.assert_array_equal(getattr(back, key), getattr(arrays, key))
        assert getattr(back, key).dtype == getattr(arrays, key).dtype


def test_equal_arrays_give_equal_bytes(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    write_arrays(tmp_path / "elsewhere" / "b.npz", arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "elsewhere" / "b.npz").read_bytes()


def test_keras_layout_is_read(arrays: Arrays, tmp_path: Path) -> None:
    np.savez(
        tmp_path / "mnist.npz",
        x_train=arrays.train_images[..., 0],
        y_train=arrays.train_labels.astype(np.uint8),
        x_test=arrays.test_images[..., 0],
        y_test=arrays.test_labels.astype(np.int64),
    )
    assert digests(read_arrays(tmp_path / "mnist.npz")) == digests(arrays)
    assert read_arrays(tmp_path / "mnist.npz").train_images.shape == (30, 6, 5, 1)


def test_damaged_files_are_refused(arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, arrays)
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 3] ^= 1  # a pixel of the training images: the archive's own checksum tells
    for content in (whole[: len(whole) // 2], bytes(altered), b"", b"PK\x03\x04 nonsense", b"<html>no</html>"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=re.escape(str(path))):
            read_arrays(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_arrays(tmp_path / "absent.npz")


def test_missing_key_is_named(arrays: Arrays, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", train_images=arrays.train_images, other=arrays.test_images)
    with pytest.raises(InputError, match="no train_labels, test_images, test_labels among train_images, other"):
        read_arrays(tmp_path / "a.npz")


def test_single_array_is_refused(arrays: Arrays, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", arrays.train_images)
    with pytest.raises(InputError, match="one array, not an archive"):
        read_arrays(tmp_path / "a.npy")


class _Trap:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("trapped",)


def test_pickled_objects_are_never_loaded(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trap = np.empty(1, dtype=object)
    trap[0] = _Trap()
    np.savez(tmp_path / "a.npz", **{key: getattr(arrays, key) for key in KEYS[:3]}, test_labels=trap)
    (tmp_path / "b.npz").write_bytes(pickle.dumps(_Trap()))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(InputError, match="pickled objects"):
            read_arrays(tmp_path / name)
    assert not (tmp_path / "trapped").exists()


def test_float_labels_are_refused_on_reading(arrays: Arrays, tmp_path: Path) -> None:
    content = {key: getattr(arrays, key) for key in KEYS} | {"test_labels": arrays.test_labels / 2}
    np.savez(tmp_path / "a.npz", **content)
    with pytest.raises(InputError, match="test_labels: labels of type float64"):
        read_arrays(tmp_path / "a.npz")


def test_failed_write_leaves_nothing(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(stream: Any, *_: Any, **__: Any) -> None:
        stream.write(b"PK")
        raise OSError("disk full")

    monkeypatch.setattr(np.lib.format, "write_array", half)
    with pytest.raises(OSError, match="disk full"):
        write_arrays(tmp_path / "a.npz", arrays)
    assert list(tmp_path.iterdir()) == []


def test_digests_are_of_the_plain_bytes(arrays: Arrays) -> None:
    pixels = b"".join(bytes(row) for image in arrays.test_images[..., 0].tolist() for row in image)
    labels = bytes(arrays.test_labels.tolist())
    assert digests(arrays)["test_images"] == hashlib.sha256(pixels).hexdigest()
    assert digests(arrays)["test_labels"] == hashlib.sha256(labels).hexdigest()
    many = replace(arrays, test_labels=arrays.test_labels + 300)
    wide = b"".join(label.to_bytes(4, "little") for label in many.test_labels.tolist())
    assert digests(many)["test_labels"] == hashlib.sha256(wide).hexdigest()


def test_digests_do_not_depend_on_memory_order(arrays: Arrays) -> None:
    turned = replace(arrays, train_images=np.asfortranarray(arrays.train_images))
    assert digests(turned) == digests(arrays)


@given(count=st.integers(0, 500), share=st.floats(0, 1))
def test_splits_share_nothing_and_cover_all(count: int, share: float) -> None:
    test, validation = test_split(count, share, "test"), test_split(count, share, "validation")
    assert [*test, *validation] == list(range(count))
    assert abs(len(validation) - count * share) <= 0.5


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_bad_share_is_named(share: float) -> None:
    with pytest.raises(InputError, match=r"data\.validation_share"):
        test_split(10, share, "test")


def test_unknown_split_is_named() -> None:
    with pytest.raises(InputError, match="'train'"):
        test_split(10, 0.5, "train")  # type: ignore[arg-type]
