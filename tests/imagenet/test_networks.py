"""Networks of keras.applications by name: sizes, what each does to its images first, and weights from files."""

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt
import pytest
from keras.src.applications import imagenet_utils

from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.imagenet import applications, keras_files
from fullconv.imagenet.applications import APPLICATIONS, preprocessing
from fullconv.imagenet.networks import LITE0, NETWORKS, build_network


def module_of(name: str) -> ModuleType:
    return sys.modules[getattr(keras.applications, APPLICATIONS[name].constructor).__module__]


def images(size: int, count: int = 2) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).random((count, size, size, 3), dtype=np.float32)


def spread(network: Any) -> None:
    """Move every kernel, so that scores differ and a weight at a wrong place shows."""
    rng = np.random.default_rng(0)
    for variable in network.weights:
        if variable.name not in ("variance", "moving_variance", "mean", "count"):
            variable.assign(np.asarray(variable) + rng.normal(0, 0.02, variable.shape))
    # The classes apart as far as a trained network's.
    last = next(layer for layer in reversed(network.layers) if layer.weights)
    kernel, bias = last.get_weights()
    last.set_weights([30 * kernel, bias])


def original(name: str) -> Any:
    made = getattr(keras.applications, APPLICATIONS[name].constructor)(weights=None)
    spread(made)
    return made


def test_every_classifier_of_keras_is_there() -> None:
    constructors = {name for name, one in vars(keras.applications).items() if inspect.isfunction(one)}
    assert {application.constructor for application in APPLICATIONS.values()} == constructors
    assert set(NETWORKS) == {LITE0, *APPLICATIONS}
    for name, application in APPLICATIONS.items():
        assert name.replace("_", "") == application.constructor.lower()


@pytest.mark.parametrize("name", APPLICATIONS)
def test_preprocessing_is_that_of_the_family(name: str) -> None:
    pictures = images(5)
    wanted = module_of(name).preprocess_input(255 * pictures)
    np.testing.assert_allclose(preprocessing(APPLICATIONS[name].reads)(pictures), wanted, atol=3e-5)


@pytest.fixture
def asked_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where constructors are stopped, with the size that Keras takes if none is given."""
    sizes: list[int] = []

    def stop(*_: Any, default_size: int, **__: Any) -> None:
        sizes.append(default_size)
        raise InterruptedError

    monkeypatch.setattr(imagenet_utils, "obtain_input_shape", stop)
    return sizes


# MobileNetV3 takes any size; the name of its published file says 224.
@pytest.mark.parametrize("name", [name for name in APPLICATIONS if not name.startswith("mobilenet_v3")])
def test_size_is_the_published_one(name: str, asked_sizes: list[int]) -> None:
    with pytest.raises(InterruptedError):
        getattr(keras.applications, APPLICATIONS[name].constructor)(weights="imagenet")
    assert asked_sizes == [APPLICATIONS[name].size]


# One of each way of preparing images; a small one stands for all.
OTHERS = ("mobilenet_v3_small", "densenet121", "resnet50", "efficientnet_b0", "convnext_tiny")


@pytest.mark.parametrize("name", ["mobilenet_v2", *(pytest.param(n, marks=pytest.mark.slow) for n in OTHERS)])
def test_files_as_people_save_them(name: str, tmp_path: Path) -> None:
    network = original(name)
    pictures = images(APPLICATIONS[name].size)
    wanted = np.asarray(network(module_of(name).preprocess_input(255 * pictures), training=False))
    assert np.ptp(wanted[0]) > 1e-3
    legacy = pytest.importorskip("keras.src.legacy.saving.legacy_h5_format")
    files = [tmp_path / kind for kind in ("whole.keras", "whole.h5", "only.weights.h5", "as_published.h5")]
    network.save(files[0])
    network.save(files[1])
    network.save_weights(files[2])
    with h5py.File(files[3], "w") as file:
        legacy.save_weights_to_hdf5_group(file, network)
    for path in files:
        built = build_network(name, str(path))
        np.testing.assert_allclose(np.asarray(built(pictures, training=False)), wanted, rtol=1e-3, atol=1e-6)
    ours = [tmp_path / kind for kind in ("ours.keras", "ours.h5", "ours.weights.h5")]
    built.save(ours[0])
    built.save(ours[1])
    built.save_weights(ours[2])
    for path in ours:
        again = build_network(name, str(path))
        np.testing.assert_allclose(np.asarray(again(pictures, training=False)), wanted, rtol=1e-3, atol=1e-6)
    loaded = keras.models.load_model(ours[0], safe_mode=True, compile=False)
    np.testing.assert_allclose(np.asarray(loaded(pictures, training=False)), wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_efficientnets_published_deviations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras' own network for its file, which divides once more, against the same file given as FILE."""
    network = original("efficientnet_b0")
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.set_weights([np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(1)])
    path = tmp_path / "efficientnetb0.weights.h5"
    network.save_weights(path)
    monkeypatch.setattr(keras_files, "published_file", lambda *_, **__: str(path))
    published, given = build_network("efficientnet_b0"), build_network("efficientnet_b0", str(path))
    pictures = images(224)
    wanted = np.asarray(published(pictures, training=False))
    assert np.ptp(wanted[0]) > 1e-3
    np.testing.assert_allclose(np.asarray(given(pictures, training=False)), wanted, rtol=1e-3, atol=1e-6)
    for name, built in (("one", published), ("other", given)):
        built.save_weights(tmp_path / f"{name}.weights.h5")
        again = build_network("efficientnet_b0", str(tmp_path / f"{name}.weights.h5"))
        np.testing.assert_allclose(np.asarray(again(pictures, training=False)), wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_constructor_asks_for_one_published_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fname: str, origin: str, cache_subdir: str = "", file_hash: str | None = None) -> str:
        assert cache_subdir == "models"
        assert fname.endswith(".h5")
        raise InputError("weights", fname, "Not here.")

    keras.backend.clear_session()
    monkeypatch.setattr(keras_files, "published_file", refuse)
    with pytest.raises(InputError):
        build_network(name)


def test_other_files_are_refused(tmp_path: Path) -> None:
    small = keras.Sequential([keras.Input((224, 224, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(9)])
    small.save(tmp_path / "small.keras")
    small.save_weights(tmp_path / "small.weights.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    (tmp_path / "text.h5").write_text("no weights")
    (tmp_path / "text.keras").write_text("no weights")
    keras.applications.MobileNetV2(weights=None, classes=10).save_weights(tmp_path / "ten.weights.h5")
    keras.applications.MobileNetV2(weights=None, include_top=False).save_weights(tmp_path / "notop.weights.h5")
    keras.applications.MobileNet(weights=None).save_weights(tmp_path / "sister.weights.h5")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(InputError) as caught:
            build_network("mobilenet_v2", str(path))
        assert caught.value.where == str(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("network", ["mobilenet_v2", LITE0])
def test_what_weights_may_be(network: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"^weights: received 'imagnet'. Give imagenet, none or a file named \*\.keras"
    ):
        build_network(network, "imagnet")
    with pytest.raises(InputError, match="no such file"):
        build_network(network, str(tmp_path / "absent.keras"))
    torch = tmp_path / "some.pth"
    torch.write_bytes(b"")
    with pytest.raises(InputError):
        build_network(network, str(torch))


def test_an_unknown_name_gets_the_choices() -> None:
    with pytest.raises(InputError, match=r"^model: unknown 'resnet18'. Choose one of .*efficientnet_lite0, .*xception"):
        build_network("resnet18")


def test_none_is_the_same_each_time() -> None:
    one, other = (build_network("mobilenet_v2", "none") for _ in range(2))
    assert one.input_shape == (None, 224, 224, 3)
    assert one.output_shape == (None, 1000)
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))


@pytest.mark.parametrize("head", ["window", "cell"])
def test_conversion_of_a_network_with_its_preprocessing(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # ResNet50's preprocessing is the one that is a convolution; at a small size it stands for all.
    monkeypatch.setitem(applications.APPLICATIONS, "resnet50", APPLICATIONS["resnet50"]._replace(size=64))
    network = build_network("resnet50", "none")
    spread(network.get_layer("resnet50"))
    conversion = convolutionalize(network, head=head)
    pictures = images(64)
    cells = conversion.forward(pictures)
    assert cells.shape == ((2, 1, 1, 1000) if head == "window" else (2, 2, 2, 1000))
    np.testing.assert_allclose(cells.sum(axis=-1), 1, atol=1e-5)
    if head == "window":
        wanted = np.asarray(network(pictures, training=False))
        assert np.ptp(wanted[0]) > 1e-3
        np.testing.assert_allclose(cells[:, 0, 0], wanted, atol=1e-5)
