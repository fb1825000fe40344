"""The reader of PyTorch's legacy files: what it reads, and that nothing in a file reaches beyond it."""

import io
import pickle
import pickletools
import struct
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fullconv.errors import InputError
from fullconv.imagenet.lite0_weights import packaged_file
from fullconv.imagenet.torch_file import MAGIC, VERSION, read_torch_file

SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
Storages = dict[str, npt.NDArray[Any]]


class Tensor:
    """What the pickle says of a tensor."""

    def __init__(self, key: str, offset: Any, size: Any, stride: Any, kind: str = "FloatStorage", length: Any = None):
        self.parts = (key, offset, size, stride)
        self.kind, self.length = kind, length


class StorageMark:
    def __init__(self, key: str, kind: str, length: Any) -> None:
        self.key, self.kind, self.length = key, kind, length


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module named like PyTorch, so that its names can be written; there is nothing in it."""
    module, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild() -> None: ...

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    inner._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    for kind in ("FloatStorage", "DoubleStorage", "HalfStorage", "LongStorage", "QUInt8Storage"):
        setattr(module, kind, type(kind, (), {"__module__": "torch"}))
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    return module


def pickled(thing: Any, lengths: dict[str, int] | None = None) -> bytes:
    """Return what PyTorch writes of a state dictionary."""
    torch, buffer = sys.modules.get("torch"), io.BytesIO()

    class Pickler(pickle.Pickler):
        def persistent_id(self, one: Any) -> Any:
            if isinstance(one, StorageMark):
                return ("storage", getattr(torch, one.kind), one.key, "cpu", one.length, None)
            return None

        def reducer_override(self, one: Any) -> Any:
            if not isinstance(one, Tensor):
                return NotImplemented
            key, offset, size, stride = one.parts
            length = (lengths or {}).get(key, 0) if one.length is None else one.length
            mark = StorageMark(key, one.kind, length)
            rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
            return rebuild, (mark, offset, size, stride, False, OrderedDict())

    Pickler(buffer, protocol=2).dump(thing)
    return buffer.getvalue()


def content(
    tensors: Any,
    storages: Storages,
    magic: bytes = pickle.dumps(MAGIC, 2),
    system: bytes = pickle.dumps(SYSTEM, 2),
    keys: bytes | None = None,
) -> bytes:
    lengths = {key: len(array) for key, array in storages.items()}
    parts = [magic, pickle.dumps(VERSION, 2), system, pickled(tensors, lengths)]
    parts.append(pickle.dumps(list(storages), 2) if keys is None else keys)
    parts += [struct.pack("<q", len(array)) + array.tobytes() for array in storages.values()]
    return b"".join(parts)


def read(tmp_path: Path, data: bytes) -> dict[str, npt.NDArray[Any]]:
    path = tmp_path / "weights.pth"
    path.write_bytes(data)
    return read_torch_file(path)


def refuse(tmp_path: Path, data: bytes, match: str = ".") -> None:
    with pytest.raises(InputError, match=match) as caught:
        read(tmp_path, data)
    assert caught.value.where == str(tmp_path / "weights.pth")
    assert "\n" not in str(caught.value)


NUMBERS = np.arange(24, dtype=np.float32)


@pytest.mark.usefixtures("torch")
def test_tensors_are_views_of_their_storages(tmp_path: Path) -> None:
    storages: Storages = {"7": NUMBERS, "8": np.array([5], np.int64), "9": np.array([0.5, 2], np.float16)}
    tensors = OrderedDict(
        plain=Tensor("7", 0, (2, 3, 4), (12, 4, 1)),
        turned=Tensor("7", 0, (4, 3), (1, 4)),
        later=Tensor("7", 20, (4,), (1,)),
        scalar=Tensor("8", 0, (), (), "LongStorage"),
        half=Tensor("9", 0, (2,), (1,), "HalfStorage"),
    )
    found = read(tmp_path, content(tensors, storages))
    np.testing.assert_array_equal(found["plain"], NUMBERS.reshape(2, 3, 4))
    np.testing.assert_array_equal(found["turned"], NUMBERS[:12].reshape(3, 4).T)
    np.testing.assert_array_equal(found["later"], NUMBERS[20:])
    assert found["scalar"] == 5
    assert found["half"].tolist() == [0.5, 2]
    assert {name: array.dtype.kind for name, array in found.items()}["scalar"] == "i"


def test_the_packaged_file() -> None:
    found = read_torch_file(packaged_file())
    assert found["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert found["_fc.weight"].shape == (1000, 1280)
    assert all(array.flags.owndata and np.isfinite(array).all() for array in found.values())


@pytest.mark.usefixtures("torch")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offset=st.integers(-3, 30),
    size=st.lists(st.integers(-2, 6), max_size=3).map(tuple),
    stride=st.lists(st.integers(-3, 13), max_size=3).map(tuple),
)
def test_a_view_is_inside_its_storage_or_refused(
    tmp_path: Path, offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    data = content({"a": Tensor("0", offset, size, stride)}, {"0": NUMBERS})
    counts = len(size) == len(stride) and min((offset, *stride)) >= 0 and min((1, *size)) > 0
    # Every element's place, one by one.
    places = (
        [offset + sum(i * s for i, s in zip(index, stride, strict=True)) for index in np.ndindex(*size)]
        if counts
        else [-1]
    )
    if counts and all(0 <= place < 24 for place in places) and len(places) <= 24:
        np.testing.assert_array_equal(read(tmp_path, data)["a"].ravel(), NUMBERS[places])
    else:
        refuse(tmp_path, data, "tensor 'a'")


HUGE = 2**62


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (0, (HUGE,), (1,)),
        (HUGE, (1,), (1,)),
        (2**70, (1,), (1,)),
        (0, (2,), (HUGE,)),
        (0, (10**9, 10**9), (0, 0)),
        (0, (1,) * 40, (1,) * 40),
        (0, (True,), (1,)),
        (0, (2.0,), (1,)),
        (0, [2], [1]),
        (None, (1,), (1,)),
        (0, (2,), ()),
        (0, "ab", "cd"),
    ],
)
def test_no_view_reaches_outside(tmp_path: Path, offset: Any, size: Any, stride: Any) -> None:
    refuse(tmp_path, content({"a": Tensor("0", offset, size, stride)}, {"0": NUMBERS}))


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (25,), (1,)), (24, (), ()), (1, (24,), (1,)), (0, (3, 9), (8, 1)), (0, (25,), (0,)), (0, (5, 5), (0, 1))],
)
def test_no_view_reaches_one_further(
    tmp_path: Path, offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    data = content({"a": Tensor("0", offset, size, stride)}, {"0": NUMBERS})
    refuse(tmp_path, data, "does not lie inside its storage of 24 numbers")


class Evil:
    """An object whose pickle calls a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


def _attacks(marker: Path) -> dict[str, Any]:
    import os

    command = f"touch {marker}"
    return {
        "system": Evil(os.system, command),
        "inside a tensor's place": {"a": Evil(os.system, command)},
        "getattr": Evil(getattr, OrderedDict, "fromkeys"),
        "eval": Evil(eval, f"open({str(marker)!r}, 'w')"),
        "deep": {"a": [OrderedDict(b=(Evil(os.system, command),))]},
    }


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("name", ["system", "inside a tensor's place", "getattr", "eval", "deep"])
@pytest.mark.parametrize("place", ["magic", "version", "system", "tensors", "keys"])
def test_nothing_in_a_file_is_run(tmp_path: Path, name: str, place: str) -> None:
    marker = tmp_path / "marker"
    attack = pickle.dumps(_attacks(marker)[name], 2)
    parts = {
        "magic": pickle.dumps(MAGIC, 2),
        "version": pickle.dumps(VERSION, 2),
        "system": pickle.dumps(SYSTEM, 2),
        "tensors": pickled({"a": Tensor("0", 0, (1,), (1,))}),
        "keys": pickle.dumps([], 2),
    }
    parts[place] = attack
    refuse(tmp_path, b"".join(parts.values()), "asks for")
    assert not marker.exists()


@pytest.mark.parametrize(
    "code",
    [
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.",  # STACK_GLOBAL
        b"\x80\x04\x8c\x0bcollections\x94\x8c\x14OrderedDict.__init__\x94\x93\x94.",  # a dotted name
        b"(S'true'\nios\nsystem\n.",  # INST
        b"cbuiltins\ngetattr\n(ccollections\nOrderedDict\nS'fromkeys'\ntR.",
        b"ctorch\nload\n.",
        b"ctorch.FloatStorage\n__init__\n.",
        b"\x82\x01.",  # EXT1
        b"\x80\x02r\xff\xff\xff\xff.",  # a memory so high that room for it would take 64 GiB
        b"K\x01r\xff\xff\xff\xff.",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x0fx.",  # 2^60 bytes that are not there
        b"(" * 1000 + b".",
        b"N(" * 3000 + b"t" * 3000 + b".",
    ],
)
@pytest.mark.parametrize("headed", [False, True])
def test_hand_written_pickles(tmp_path: Path, code: bytes, headed: bool) -> None:
    header = b"".join(pickle.dumps(value, 2) for value in (MAGIC, VERSION, SYSTEM))
    refuse(tmp_path, header + code if headed else code)


@pytest.mark.usefixtures("torch")
def test_attributes_hung_on_the_admitted_names_do_not_last(tmp_path: Path) -> None:
    build = b"ctorch._utils\n_rebuild_tensor_v2\n(NN}S'__defaults__'\n(K\x01tstb."
    header = b"".join(pickle.dumps(value, 2) for value in (MAGIC, VERSION, SYSTEM))
    refuse(tmp_path, header + build)
    good = content({"a": Tensor("0", 0, (24,), (1,))}, {"0": NUMBERS})
    np.testing.assert_array_equal(read(tmp_path, good)["a"], NUMBERS)


@pytest.mark.usefixtures("torch")
def test_every_cut_is_noticed(tmp_path: Path) -> None:
    whole = content({"a": Tensor("0", 0, (2, 3), (3, 1))}, {"0": NUMBERS[:6]})
    for length in range(len(whole)):
        refuse(tmp_path, whole[:length])
    assert read(tmp_path, whole)["a"].shape == (2, 3)
    refuse(tmp_path, whole + b"\0", "more in it")


@pytest.mark.usefixtures("torch")
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_byte_changes_numbers_or_is_refused(tmp_path: Path, place: int, value: int) -> None:
    data = bytearray(content({"a": Tensor("0", 0, (2, 3), (3, 1))}, {"0": NUMBERS[:6]}))
    data[place % len(data)] = value
    path = tmp_path / "weights.pth"
    path.write_bytes(data)
    try:
        found = read_torch_file(path)
    except InputError:
        return
    assert all(isinstance(array, np.ndarray) and array.size <= 6 for array in found.values())


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize(
    ("storages", "tensor", "keys", "match"),
    [
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,), length=23), None, "another length"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,), length=-1), None, "another length"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,), length="24"), None, "unknown way"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,), kind="DoubleStorage"), None, "is cut"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,), kind="QUInt8Storage"), None, "QUInt8Storage"),
        ({"0": NUMBERS}, Tensor("1", 0, (24,), (1,), length=24), None, "belong together"),
        ({"0": NUMBERS, "1": NUMBERS}, Tensor("0", 0, (24,), (1,)), None, "belong together"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,)), pickle.dumps(["0", "0"], 2), "list of storages"),
        ({"0": NUMBERS}, Tensor("0", 0, (24,), (1,)), pickle.dumps({"0": 0}, 2), "list of storages"),
    ],
)
def test_wrong_storages(tmp_path: Path, storages: Storages, tensor: Tensor, keys: bytes | None, match: str) -> None:
    refuse(tmp_path, content({"a": tensor}, storages, keys=keys), match)


@pytest.mark.usefixtures("torch")
def test_one_storage_is_one_length(tmp_path: Path) -> None:
    tensors = {"a": Tensor("0", 0, (4,), (1,)), "b": Tensor("0", 0, (4,), (1,), length=5)}
    refuse(tmp_path, content(tensors, {"0": NUMBERS}), "two ways")


@pytest.mark.parametrize(
    ("tensors", "match"),
    [([1], "no dictionary"), ({}, "no dictionary"), ({"a": 1}, "'a' is no tensor"), ({1: 1}, "'1' is no tensor")],
)
def test_what_is_no_state_dictionary(tmp_path: Path, tensors: Any, match: str) -> None:
    refuse(tmp_path, content(tensors, {}), match)


def test_other_formats(tmp_path: Path) -> None:
    refuse(tmp_path, b"PK\x03\x04rest", "_use_new_zipfile_serialization=False")
    refuse(tmp_path, b"")
    refuse(tmp_path, content({}, {}, magic=pickle.dumps(1)), "legacy format")
    refuse(tmp_path, content({}, {}, system=pickle.dumps({**SYSTEM, "little_endian": False})), "byte order")
    with pytest.raises(InputError, match="cannot be read"):
        read_torch_file(tmp_path / "absent.pth")
    with pytest.raises(InputError, match="cannot be read"):
        read_torch_file(tmp_path)


def test_the_writer_above_writes_what_pytorch_writes(torch: Any) -> None:
    operations = {operation.name for operation, _, _ in pickletools.genops(pickled({"a": Tensor("0", 0, (1,), (1,))}))}
    assert {"GLOBAL", "BINPERSID", "REDUCE"} <= operations
