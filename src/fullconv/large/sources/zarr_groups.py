"""What a zarr holds: an array, or an image at several sizes with named axes (OME-NGFF 0.4 and 0.5, multiscales)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from fullconv.data.pictures.photo_files import is_zarr_folder
from fullconv.data.pictures.samples import warn
from fullconv.errors import InputError
from fullconv.large.sources.identity import digest
from fullconv.large.sources.microns import UNITS, Microns, known

_CODEC = "Install the package of that codec, or write the array anew with another (zstd, blosc, gzip)."
_AXES = "tczyx"
_MARKS = ("zarr.json", ".zarray", ".zgroup")  # what a folder that is a zarr has, of Zarr 3 and 2


class Opened(NamedTuple):
    """Arrays of one image, the largest first; their axes, a letter each, where they are named."""

    arrays: list[Any]
    axes: str | None
    image: bool  # whether it is an OME-Zarr
    microns: Microns | None
    mark: Path  # a file that is there as long as the zarr is
    digest: str
    close: Callable[[], None]


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr, or a file is one in a ZIP."""
    return is_zarr_folder(path) or (path.is_file() and path.suffix in (".zip", ".ozx"))


def opened(path: Path) -> Opened:
    """Open a zarr's arrays.

    Raises:
        InputError: it is broken, lacks a codec, or holds no array, or several of which none is named.
    """
    import zarr

    try:
        store: Any = zarr.storage.ZipStore(path) if path.is_file() else zarr.storage.LocalStore(path, read_only=True)
        node: Any = zarr.open(store, mode="r")
        found = _array(node) if isinstance(node, zarr.Array) else _group(node, path)
    except InputError:
        raise
    except Exception as error:  # whatever broken metadata lead to
        reason = str(error).splitlines()[0][:150] if str(error) else type(error).__name__
        if type(error).__name__ == "UnknownCodecError":
            raise InputError(str(path), f"compressed in a way that is not known ({reason})", _CODEC) from error
        raise InputError(str(path), f"cannot be read as a zarr ({reason})", "Copy it again, or mend it.") from error
    for array in found.arrays:
        if array.dtype.kind not in "biuf":
            raise InputError(str(path), f"samples of type {array.dtype}", "Give integers or real numbers.")
        if 0 in array.shape:
            raise InputError(str(path), f"an array of shape {array.shape}", "Give one that holds pixels.")
    told = [node.metadata.to_dict(), *(array.metadata.to_dict() for array in found.arrays)]
    content = json.dumps(told, sort_keys=True, default=str).encode()
    mark = next((path / name for name in _MARKS if (path / name).exists()), path)
    return found._replace(mark=mark, digest=digest(content), close=store.close)


def _found(arrays: list[Any], axes: str | None, image: bool, microns: Microns | None = None) -> Opened:
    return Opened(arrays, axes, image, microns, Path(), "", lambda: None)


def _array(array: Any) -> Opened:
    names = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS") or ()
    axes = "".join(str(name).lower() for name in names)
    return _found([array], axes if axes and set(axes) <= set(_AXES) and len(axes) == array.ndim else None, False)


def _group(group: Any, path: Path) -> Opened:
    said = group.attrs.get("ome", group.attrs)
    scales = said.get("multiscales") if hasattr(said, "get") else None
    if scales:
        return _scales(group, scales[0])
    names = sorted(group.array_keys())
    if len(names) == 1:
        return _array(group[names[0]])
    if names:
        received = f"{len(names)} arrays, and nothing says which is the image"
        raise InputError(str(path), received, f"Name one: {path / names[0]}.")
    groups = sorted(group.group_keys())
    if "0" in groups and group["0"].attrs:  # as bioformats2raw writes its series
        if len([name for name in groups if name.isdigit()]) > 1:
            warn(path, f"of several images the first is read; {path / '1'} is the next")
        return _group(group["0"], path / "0")
    mend = f"Name one of its groups: {path / groups[0]}." if groups else "Give one that holds an array."
    raise InputError(str(path), "a zarr group without an array", mend)


def _scales(group: Any, scales: Any) -> Opened:
    arrays = [group[one["path"]] for one in scales["datasets"]]
    axes = scales.get("axes")
    if not axes:  # before 0.3 they were these
        return _found(arrays, _AXES if arrays[0].ndim == len(_AXES) else None, True)
    named = [axis if isinstance(axis, dict) else {"name": axis} for axis in axes]
    letters = "".join(str(axis["name"]).lower() for axis in named)
    return _found(arrays, letters, True, _microns(named, scales))


def _microns(axes: list[dict[str, Any]], scales: Any) -> Microns | None:
    factors = [1.0] * len(axes)
    for one in (
        *scales["datasets"][0].get("coordinateTransformations", ()),
        *scales.get("coordinateTransformations", ()),
    ):
        if one.get("type") == "scale":
            factors = [factor * float(value) for factor, value in zip(factors, one["scale"], strict=True)]
    units = {axis["name"]: UNITS.get(axis.get("unit", "")) for axis in axes}
    sizes = {axis["name"]: factor for axis, factor in zip(axes, factors, strict=True)}
    y, x = units.get("y"), units.get("x")
    return known((sizes["y"] * y, sizes["x"] * x)) if y and x else None
