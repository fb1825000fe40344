"""HDF5 read as data: links within the file alone, arrays within its size, texts of attributes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import numpy.typing as npt

from fullconv.models.files.bounds import CONFIG, DEPTH, require_room
from fullconv.models.files.refused.refusal import RefusalError, short

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_OBJECTS = 200_000
_MEND = "Get the file anew: it was cut or changed on its way."


@contextmanager
def opened(source: Path | IO[bytes], size: int) -> Iterator[h5py.File]:
    """Yield a file of HDF5 of `size` bytes whose every link and array was looked at.

    Raises:
        RefusalError: it is broken, reaches outside itself, or claims more than it holds.
    """
    try:
        file = h5py.File(source, "r")
    except Exception as error:  # HDF5 has no error of its own for a broken file
        raise RefusalError(f"not a whole HDF5 file ({short(error, 60)})", _MEND) from error
    try:
        with file:
            claimed = sum(_claims(file, "", DEPTH * 2, set()))
            require_room(claimed, size)
            yield file
    except RefusalError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, MemoryError, OverflowError) as error:
        raise RefusalError(f"a broken HDF5 file ({type(error).__name__}: {short(error, 60)})", _MEND) from error


def _claims(group: h5py.Group, name: str, depth: int, seen: set[int]) -> Iterator[int]:
    """Yield the bytes of each array, looking at every link on the way."""
    address = h5py.h5o.get_info(group.id).addr
    if depth < 0 or address in seen or len(seen) > _OBJECTS:
        raise RefusalError(f"its group {name!r} is nested without end", _MEND)
    seen.add(address)
    for key in group:
        where = f"{name}/{key}"
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise RefusalError(f"{short(where)!r} is a link to elsewhere, and those are not followed", _MEND)
        held = group[key]
        if isinstance(held, h5py.Group):
            yield from _claims(held, where, depth - 1, seen)
        elif isinstance(held, h5py.Dataset):
            yield _claimed(held, where)


def _claimed(array: h5py.Dataset, name: str) -> int:
    if array.is_virtual or array.id.get_create_plist().get_external_count():
        raise RefusalError(f"the numbers of {short(name)!r} lie in another file, which is not read", _MEND)
    return int(np.prod([int(length) for length in array.shape or ()], dtype=object)) * int(array.dtype.itemsize)


def text_of(value: Any) -> str:
    """Return an attribute's text; a file may hold it as bytes, as text or as an array of one.

    Raises:
        RefusalError: it is something else.
    """
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(()).item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return str(value)
    raise RefusalError(f"an attribute is {type(value).__name__} where a text belongs", _MEND)


def attribute(holder: h5py.Group, name: str) -> str | None:
    """Return the text of an attribute, None where there is none."""
    if name not in holder.attrs:
        return None
    if holder.attrs.get_id(name).get_storage_size() > CONFIG:
        raise RefusalError(f"its attribute {name} is too long", _MEND)
    return text_of(holder.attrs[name])


def names(holder: h5py.Group, name: str) -> list[str]:
    """Return a list of names; Keras divides one that is too long for an attribute into `name0`, `name1` and so on."""
    parts = [name] if name in holder.attrs else []
    while not parts or parts[-1] != name:
        if (part := f"{name}{len(parts)}") not in holder.attrs:
            break
        parts.append(part)
    return [text_of(one) for part in parts for one in np.ravel(holder.attrs[part]).tolist()]


def numbers(array: Any, name: str) -> npt.NDArray[Any]:
    """Return an array of the file.

    Raises:
        RefusalError: it holds no numbers.
    """
    if not isinstance(array, h5py.Dataset) or array.dtype.kind not in "fiub":
        raise RefusalError(f"{short(name)!r} is no array of numbers", _MEND)
    return np.asarray(array[()])
