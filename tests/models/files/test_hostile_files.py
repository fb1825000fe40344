"""Files that were made to harm, or cut and changed on their way: one line, whatever they hold."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fullconv
from fullconv.errors import InputError

WRITTEN = Path(__file__).parent / "written"


def refused(path: Path) -> str:
    """Return the one line that a file is refused with."""
    with pytest.raises(InputError) as caught:
        fullconv.load_classifier(path)
    assert len(str(caught.value)) <= 400
    return caught.value.received


def one_line_or_a_model(path: Path) -> None:
    """Load a file; any other error than ours fails the test, as does a long line."""
    try:
        said = str(fullconv.load_classifier(path).name)
    except InputError as error:
        said = str(error)
    assert 0 < len(said) <= 400


def dense(units: int, shape: list[int | None]) -> dict[str, Any]:
    first = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, *shape]}}
    last = {"class_name": "Dense", "config": {"name": "mine", "units": units}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first, last]}}


def hdf5(path: Path, config: Any, version: str = "2.9.0") -> h5py.File:
    """Return an open file of Keras with an architecture and room for weights."""
    file = h5py.File(path, "w")
    file.attrs.update({"model_config": json.dumps(config), "keras_version": version})
    file.create_group("model_weights").attrs["layer_names"] = np.array([], "S4")
    return file


def weights(file: h5py.File) -> h5py.Group:
    """Return the group of the one layer that has weights."""
    file["model_weights"].attrs["layer_names"] = [b"mine"]
    held = file["model_weights"].create_group("mine")
    held.attrs["weight_names"] = [b"mine/kernel:0"]
    return held


@pytest.mark.parametrize(
    ("units", "shape", "told"),
    [
        (10**12, [3], "names a length of 1000000000000"),
        (10**400, [3], "names a length"),
        (2**25, [2**25], "has 1.13e+15 weights and the file holds"),
    ],
)
def test_a_layer_larger_than_the_file_is_not_allocated(tmp_path: Path, units: int, shape: Any, told: str) -> None:
    with hdf5(tmp_path / "my.h5", dense(units, shape)) as file:
        weights(file)["mine/kernel:0"] = np.zeros((3, 2))
    assert told in refused(tmp_path / "my.h5")
    # Keras still makes small networks at once: nothing that was put off is left behind.
    assert keras.layers.Dense(2)(np.ones((1, 3), np.float32)).shape == (1, 2)


def test_the_same_in_a_keras_3_file(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(2, name="mine")])
    model.save(tmp_path / "small.keras")
    with zipfile.ZipFile(tmp_path / "small.keras") as old, zipfile.ZipFile(tmp_path / "my.keras", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"units": 2', b'"units": 33554432'))
    assert "has 2.18e+09 weights and the file holds" in refused(tmp_path / "my.keras")


def test_an_array_that_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    with hdf5(tmp_path / "my.h5", dense(2, [3])) as file:
        weights(file).create_dataset("mine/kernel:0", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip")
    assert "claims arrays of 4e+12 bytes" in refused(tmp_path / "my.h5")


@pytest.mark.parametrize("link", [h5py.ExternalLink("/etc/hostname", "/x"), h5py.SoftLink("/model_weights")])
def test_links_are_not_followed(tmp_path: Path, link: Any) -> None:
    with hdf5(tmp_path / "my.h5", dense(2, [3])) as file:
        file["model_weights/mine"] = link
    assert "is a link to elsewhere" in refused(tmp_path / "my.h5")


def test_arrays_in_other_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\0" * 24)
    with hdf5(tmp_path / "my.h5", dense(2, [3])) as file:
        weights(file).create_dataset("kernel", (3, 2), "f4", external=[(str(tmp_path / "raw"), 0, 24)])
    assert "lie in another file" in refused(tmp_path / "my.h5")
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource("raw.h5", "x", (3, 2))
    with hdf5(tmp_path / "virtual.h5", dense(2, [3])) as file:
        file["model_weights"].create_virtual_dataset("kernel", layout)
    assert "lie in another file" in refused(tmp_path / "virtual.h5")


def test_groups_within_groups_without_end(tmp_path: Path) -> None:
    with hdf5(tmp_path / "my.h5", dense(2, [3])) as file:
        file["model_weights/again"] = file["model_weights"]
    assert "nested without end" in refused(tmp_path / "my.h5")


def test_networks_within_networks_without_end(tmp_path: Path) -> None:
    config = dense(2, [3])
    for _ in range(60):
        config = {"class_name": "Sequential", "config": {"name": "s", "layers": [config]}}
    with hdf5(tmp_path / "my.h5", config):
        pass
    assert "nested too deeply" in refused(tmp_path / "my.h5")
    with h5py.File(tmp_path / "my.h5", "a") as file:
        file.attrs["model_config"] = "[" * 200_000
    assert "no JSON" in refused(tmp_path / "my.h5")


def test_a_zip_that_unpacks_without_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.10.0"}))
        archive.writestr("config.json", b" " * (80 << 20))
        archive.writestr("model.weights.h5", b"")
    assert "its config.json is said to hold" in refused(tmp_path / "my.keras")


@pytest.mark.parametrize("kind", ["TFSMLayer", "StringLookup", "TorchModuleWrapper"])
@pytest.mark.parametrize("version", ["2.15.0", "3.10.0"])
def test_layers_that_read_what_is_outside_are_refused(tmp_path: Path, kind: str, version: str) -> None:
    config = dense(2, [3])
    bad = {"name": "bad", "vocabulary": "/etc/passwd", "filepath": "/tmp"}
    config["config"]["layers"][1] = {"class_name": kind, "module": "keras.layers", "config": bad}
    with hdf5(tmp_path / "my.h5", config, version):
        pass
    assert "which reads what is outside the file" in refused(tmp_path / "my.h5")


@pytest.mark.parametrize(
    "function",
    [
        {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"},
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
        {"class_name": "__lambda__", "config": {"code": "4wAAAA=="}},
    ],
)
def test_functions_of_others_are_refused(tmp_path: Path, function: dict[str, Any]) -> None:
    config = dense(2, [3])
    settings = {"name": "mine", "units": 2, "activation": function}
    config["config"]["layers"][1] = {"module": "keras.layers", "class_name": "Dense", "config": settings}
    with hdf5(tmp_path / "my.h5", config, "3.10.0"):
        pass
    told = refused(tmp_path / "my.h5")
    assert "which is not Keras'" in told or "Python code of its author" in told


_SMALL = [WRITTEN / "teachable.h5", WRITTEN / "functional.keras"]


@given(st.sampled_from(_SMALL), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_file_is_one_line(tmp_path: Path, source: Path, data: st.DataObject) -> None:
    content = source.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 1))
    path = tmp_path / source.name
    path.write_bytes(content[:cut])
    refused(path)


@given(st.sampled_from(_SMALL), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_file_is_one_line_or_a_model(tmp_path: Path, source: Path, data: st.DataObject) -> None:
    content = bytearray(source.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / source.name
    path.write_bytes(content)
    one_line_or_a_model(path)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**6) | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.data(), st.sampled_from(["2.9.0", "1.2.0", "3.10.0"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_architecture_with_any_value_in_it_is_one_line_or_a_model(
    tmp_path: Path, data: st.DataObject, version: str
) -> None:
    with h5py.File(WRITTEN / "functional.h5") as file:
        config = json.loads(file.attrs["model_config"])
    spots: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in list(value if isinstance(value, dict) else range(len(value))):
            spots.append((value, key))
            if isinstance(value[key], dict | list):
                walk(value[key])

    walk(config)
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(_VALUES)
    path = tmp_path / "my.h5"
    path.write_bytes((WRITTEN / "functional.h5").read_bytes())
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = version
    one_line_or_a_model(path)


def test_a_zip_with_a_password_or_a_foreign_compression_is_one_line(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", b"{}")
    content = bytearray(stream.getvalue())
    content[6] |= 1  # of the entry: it is encrypted
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "my.keras").write_bytes(content)
    assert "not a whole .keras file" in refused(tmp_path / "my.keras")
