"""Weights out of a file that PyTorch wrote in its legacy format, without PyTorch and without running anything in it.

Such a file is five pickles (a magic number, the format's version, facts about the system, the object, the keys of
its storages) and then each storage's numbers. A pickle is a program: each one is read by an unpickler that knows an
ordered dictionary, a tensor and the kinds of storage, after a look at its operations alone.
"""

import io
import math
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
_KINDS = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}
_AXES = 8  # more than any tensor of a network has
_MEND = "Give the .pth of a state dictionary in PyTorch's legacy format, whole and from a source you trust."


class _RefusalError(Exception):
    """What the file holds and we do not read; the message becomes an InputError's."""


class _Storage(NamedTuple):
    """Numbers in the file: their NumPy type and how many they are."""

    key: str
    dtype: str
    length: int


class _Tensor(NamedTuple):
    """A view of a storage, as the pickle claims it: nothing is checked yet."""

    storage: Any
    offset: Any
    size: Any
    stride: Any


class _Unpickler(pickle.Unpickler):
    """Knows an ordered dictionary, a tensor and the kinds of storage; anything else is refused by its name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            # Made anew, because a pickle may hang attributes on what it is given.
            return lambda *parts: _Tensor(*parts[:4])
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise _RefusalError(f"it asks for {module}.{name}, which no file of weights needs")

    def persistent_load(self, pid: Any) -> _Storage:
        match pid:
            case ("storage", str(dtype), str(key), str(), int(length), None) if dtype in _KINDS.values():
                return _Storage(key, dtype, length)
        raise _RefusalError("a storage is described in an unknown way")


class _Header(_Unpickler):
    """Knows plain values only."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise _RefusalError(f"its header asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise _RefusalError("its header asks for a storage")


def _unpickled(stream: io.BytesIO, unpickler: type[_Unpickler]) -> Any:
    start = stream.tell()
    for operation, argument, _ in pickletools.genops(stream):
        # The unpickler makes room for as many memories as the highest number says.
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > stream.tell() - start:
            raise _RefusalError("a pickle in it is out of order")
    end = stream.tell()
    return unpickler(io.BytesIO(stream.getvalue()[start:end])).load()


def _storages(stream: io.BytesIO, keys: Any, lengths: dict[str, _Storage]) -> dict[str, npt.NDArray[Any]]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
        raise _RefusalError("its list of storages is none")
    if set(keys) != set(lengths):
        raise _RefusalError("its tensors and its storages do not belong together")
    found = {}
    for key in keys:
        claimed, prefix = lengths[key], stream.read(8)
        length = int.from_bytes(prefix, "little", signed=True) if len(prefix) == 8 else -1
        left = len(stream.getbuffer()) - stream.tell()
        size = length * np.dtype(claimed.dtype).itemsize
        if length != claimed.length or length < 0 or size > left:
            raise _RefusalError(f"storage {key!r} is cut or has another length than its tensors say")
        found[key] = np.frombuffer(stream.read(size), claimed.dtype)
    if stream.read(1):
        raise _RefusalError("there is more in it than its storages")
    return found


def _checked_view(name: str, tensor: _Tensor, storage: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the tensor as an array of its own, or refuse one that reaches outside its storage."""
    size, stride, offset = tensor.size, tensor.stride, tensor.offset
    for axes in (size, stride, (offset,)):
        if not isinstance(axes, tuple) or not all(type(number) is int and number >= 0 for number in axes):
            raise _RefusalError(f"tensor {name!r} has a size, stride or offset that is no count")
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=False))
    # The second bound keeps strides of 0 from blowing up a small storage.
    inside = len(size) == len(stride) <= _AXES and last < len(storage) and math.prod(size) <= len(storage)
    if not inside or 0 in size:
        raise _RefusalError(f"tensor {name!r} of size {size} does not lie inside its storage of {len(storage)} numbers")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps, writeable=False).copy()


def _tensors(stream: io.BytesIO) -> dict[str, npt.NDArray[Any]]:
    if _unpickled(stream, _Header) != MAGIC or _unpickled(stream, _Header) != VERSION:
        raise _RefusalError("not PyTorch's legacy format")
    system = _unpickled(stream, _Header)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise _RefusalError("written on a system of another byte order")
    tensors = _unpickled(stream, _Unpickler)
    if not isinstance(tensors, dict) or not tensors:
        raise _RefusalError("no dictionary of tensors")
    lengths: dict[str, _Storage] = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor) or not isinstance(tensor.storage, _Storage):
            raise _RefusalError(f"entry {str(name)[:60]!r} is no tensor")
        if lengths.setdefault(tensor.storage.key, tensor.storage) != tensor.storage:
            raise _RefusalError(f"storage {tensor.storage.key!r} is described in two ways")
    storages = _storages(stream, _unpickled(stream, _Header), lengths)
    return {name: _checked_view(name, tensor, storages[tensor.storage.key]) for name, tensor in tensors.items()}


def read_torch_file(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a legacy PyTorch file by name, as arrays of their own.

    Nothing in the file is run, whoever wrote it.

    Raises:
        InputError: the file is missing, is cut, is not of this format, asks for anything but tensors, or describes
            a tensor outside its storage.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "Check the path.") from error
    if content[:2] == b"PK":
        raise InputError(
            str(path),
            "PyTorch's newer format, a zip",
            "Write it anew with torch.save(…, _use_new_zipfile_serialization=False).",
        )
    try:
        return _tensors(io.BytesIO(content))
    except _RefusalError as error:
        raise InputError(str(path), f"not read: {error}", _MEND) from error
    except Exception as error:  # a damaged pickle raises whatever its operations meet
        raise InputError(str(path), f"damaged ({type(error).__name__}: {str(error)[:80]})", _MEND) from error
