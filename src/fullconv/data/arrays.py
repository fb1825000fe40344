"""A data set in memory: labelled images for training and for testing."""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fullconv.archives import Members, array_file
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.storage import add_crops, crops_in
from fullconv.errors import InputError
from fullconv.nearest import missing_file

KEYS = ("train_images", "train_labels", "test_images", "test_labels")
_ORIGIN = "origin"
_KERAS_KEYS = ("x_train", "y_train", "x_test", "y_test")  # the same four in a mnist.npz as keras ships it


@dataclass(frozen=True, eq=False)
class Arrays:
    """Images uint8 0..255 `(N, H, W, C)` and their class indices int32 `(N,)`.

    `crops` is there for images that were cut from pictures. `origin` says which data set they are, "" if nothing does.
    """

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int32]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int32]
    crops: Crops | None = None
    origin: str = ""


def arrays_from(raw: Mapping[str, npt.NDArray[Any]], where: str) -> Arrays:
    """Bring four raw arrays into the form of `Arrays`: a channel axis, labels int32.

    `raw` holds the four `KEYS`; images `(N, H, W)` or `(N, H, W, C)`, labels of any integer type.

    Raises:
        InputError: wrong rank or type, unequal lengths, no images.
    """
    prepared: dict[str, Any] = {}
    for key in KEYS:
        value = raw[key]
        if key.endswith("_labels"):
            prepared[key] = _labels(value, f"{where}: {key}")
        else:
            prepared[key] = value[..., np.newaxis] if value.ndim == 3 else value
    arrays = Arrays(**prepared)
    _check_form(arrays, where)
    return arrays


def _labels(value: npt.NDArray[Any], where: str) -> npt.NDArray[np.int32]:
    if value.dtype.kind not in "iu":
        raise InputError(where, f"labels of type {value.dtype}", "Give class indices as integers from 0.")
    if value.size and (value.min() < 0 or value.max() > np.iinfo(np.int32).max):
        raise InputError(where, f"labels {value.min()}..{value.max()}", "Give class indices as integers from 0.")
    return value.astype(np.int32)


def check_arrays(arrays: Arrays, classes: Sequence[str] | int, where: str) -> None:
    """Refuse arrays that no classifier of these classes could be trained on.

    `classes` are the class names or their number.

    Raises:
        InputError: wrong rank or type (floats and NaN pixels among them), unequal lengths or sizes, no images,
            a label outside `0..classes - 1`.
    """
    _check_form(arrays, where)
    count = classes if isinstance(classes, int) else len(classes)
    for key in ("train_labels", "test_labels"):
        labels = getattr(arrays, key)
        if labels.min() < 0 or labels.max() >= count:
            raise InputError(
                f"{where}: {key}",
                f"labels {labels.min()}..{labels.max()} for {count} classes",
                f"Labels must lie in 0..{count - 1}; mend them or name every class in data.classes.",
            )


def _check_form(arrays: Arrays, where: str) -> None:
    for part in ("train", "test"):
        images, labels = getattr(arrays, f"{part}_images"), getattr(arrays, f"{part}_labels")
        _check_images(images, f"{where}: {part}_images")
        if labels.ndim != 1 or labels.dtype != np.int32:
            raise InputError(
                f"{where}: {part}_labels",
                f"{labels.dtype} of shape {labels.shape}",
                "Give one int32 class index per image, shape (N,).",
            )
        if len(images) != len(labels):
            raise InputError(
                f"{where}: {part}_labels",
                f"{len(labels)} labels for {len(images)} images",
                "Give exactly one label per image.",
            )
    train, test = arrays.train_images.shape[1:], arrays.test_images.shape[1:]
    if train != test:
        raise InputError(f"{where}: test_images", f"{test} beside training images {train}", "Use one image size.")


def _check_images(images: npt.NDArray[Any], where: str) -> None:
    if images.dtype != np.uint8:
        nan = images.dtype.kind == "f" and bool(np.isnan(images).any())
        received = f"pixels of type {images.dtype}" + (", NaN among them" if nan else "")
        raise InputError(where, received, "Give pixels as uint8 in 0..255 (scale and round floats first).")
    if images.ndim != 4:
        raise InputError(where, f"shape {images.shape}", "Give images of shape (N, H, W, C).")
    if images.size == 0:
        raise InputError(where, f"no pixels (shape {images.shape})", "Give at least one image.")


def digests(arrays: Arrays) -> dict[str, str]:
    """SHA-256 (hex) of each array, by key.

    Hashed are the bytes in C order: images as they are; labels as uint8, as IDX files and keras' archives hold
    them (as little-endian int32 where a label exceeds 255). Shapes are not part of the digest.
    """
    return {key: hashlib.sha256(_digest_bytes(getattr(arrays, key))).hexdigest() for key in KEYS}


def _digest_bytes(value: npt.NDArray[Any]) -> memoryview:
    if value.dtype == np.int32:
        value = value.astype(np.uint8 if value.size == 0 or value.max() <= 255 else "<i4")
    return np.ascontiguousarray(value).reshape(-1).view(np.uint8).data


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write an uncompressed `.npz`, whole or not at all; equal arrays give equal bytes.

    Raises:
        InputError: the folder cannot be written.
    """
    with array_file(path) as add:
        for key in KEYS:
            add(key, getattr(arrays, key))
        if arrays.origin:
            add(_ORIGIN, np.frombuffer(arrays.origin.encode(), np.uint8))
        if arrays.crops is not None:
            add_crops(add, arrays.crops)


def read_arrays(path: Path) -> Arrays:
    """Read a `.npz` with our own keys or with keras' `x_train, y_train, x_test, y_test`.

    Pixels that lie there uncompressed, as `write_arrays` leaves them, stay on disk: read-only, mapped into memory.

    Raises:
        InputError: the file is missing, damaged, holds pickled objects, lacks a key, or its arrays have a wrong
            rank or type.
    """
    if not path.is_file():
        raise missing_file(path)
    try:
        raw, crops, origin = _read_members(path)
    except InputError:
        raise
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        pickled = "pickle" in str(error) or "Object arrays" in str(error)
        received = "pickled objects, or no archive at all" if pickled else f"a damaged archive ({error})"
        raise InputError(str(path), received, "Give a whole .npz of plain arrays.") from error
    return replace(arrays_from(raw, str(path)), crops=crops, origin=origin)


def _read_members(path: Path) -> tuple[dict[str, npt.NDArray[Any]], Crops | None, str]:
    # Opened here, because numpy leaves a damaged file open.
    with path.open("rb") as stream:
        archive = np.load(stream, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("one array, not an archive")
        names = _KERAS_KEYS if "x_train" in archive.files else KEYS
        missing = [name for name in names if name not in archive.files]
        if missing:
            raise InputError(
                str(path),
                f"no {', '.join(missing)} among {', '.join(archive.files) or 'no arrays'}",
                f"It must hold {', '.join(KEYS)} or {', '.join(_KERAS_KEYS)}.",
            )
        members = Members(path, archive)
        origin = archive[_ORIGIN].tobytes().decode(errors="replace") if _ORIGIN in archive.files else ""
        raw = {key: members[name] for key, name in zip(KEYS, names, strict=True)}
        return raw, crops_in(members, str(path)), origin


def test_split(count: int, validation_share: float, split: Literal["validation", "test"]) -> npt.NDArray[np.int64]:
    """Indices of the test images that a split may use, shape `(n,)`: `test` the first part, `validation` the last.

    `count` is the number of test images; `validation_share` the share of them, 0..1, that `validation` gets.
    The two splits have no index in common and together cover all.

    Raises:
        InputError: an unknown split, or a share outside 0..1.
    """
    if not 0 <= validation_share <= 1:
        raise InputError("data.validation_share", f"{validation_share}", "Give a share between 0 and 1.")
    if split not in ("validation", "test"):
        raise InputError("split", f"{split!r}", "Choose validation or test.")
    first = count - round(count * validation_share)
    return np.arange(first) if split == "test" else np.arange(first, count)


# pytest collects what is called test_*; this one is no test.
test_split.__test__ = False  # type: ignore[attr-defined]
