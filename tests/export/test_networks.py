"""Networks with all that a format may stumble on, small ones and those of keras.applications."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.formats import FORMATS
from fullconv.convert.conversion import convolutionalize
from fullconv.export.exports import export

OTHERS = [name for name in FORMATS if name != "keras"]


def told_apart(model: keras.Model) -> keras.Model:
    """Give a network weights at which its scores differ from place to place."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        spread = 1.5 / np.sqrt(max(1, np.prod(weight.shape[:-1])))
        low = 0.5 if "variance" in weight.path else None
        weight.assign(rng.uniform(low, 1.5, weight.shape) if low else rng.normal(0, spread, weight.shape))
    return model


def sequential(shape: tuple[int, ...], *parts: layers.Layer) -> keras.Model:
    return told_apart(keras.Sequential([keras.Input(shape), *parts]))


def padded() -> keras.Model:
    """Strides over odd sizes with padding, depthwise and separable, a global pool, logits."""
    return sequential(
        (21, 23, 3),
        layers.Rescaling(1 / 127.5, -1),
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.AveragePooling2D(3, 2, padding="same"),
        layers.DepthwiseConv2D(3, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.SeparableConv2D(6, 3, padding="same", activation="hard_silu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4),
    )


def grouped() -> keras.Model:
    """Convolutions of several groups, GELU, dilation."""
    return sequential(
        (20, 20, 4),
        layers.Conv2D(8, 3, groups=2, activation="gelu"),
        layers.Conv2D(16, 3, groups=8, padding="same", strides=2),
        layers.Conv2D(8, 3, dilation_rate=2, padding="same"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    )


def one_score() -> keras.Model:
    return sequential(
        (12, 12, 1),
        layers.Conv2D(3, 3, padding="same", activation="tanh"),
        layers.Flatten(),
        layers.Dense(5, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(1, activation="sigmoid"),
    )


def channels_first() -> keras.Model:
    return sequential(
        (3, 18, 16),
        layers.Conv2D(6, 3, activation="relu", data_format="channels_first"),
        layers.MaxPooling2D(2, data_format="channels_first"),
        layers.Flatten(data_format="channels_first"),
        layers.Dense(4, activation="softmax"),
    )


def whole_numbers() -> keras.Model:
    image = keras.Input((14, 14, 3), dtype="uint8")
    maps = layers.Conv2D(4, 3, activation="relu")(layers.Rescaling(1 / 255)(image))
    return told_apart(keras.Model(image, layers.Dense(3, activation="softmax")(layers.Flatten()(maps))))


def halves(dtype: str) -> keras.Model:
    return sequential(
        (16, 16, 3),
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", dtype=dtype),
        layers.MaxPooling2D(3, 2, padding="same", dtype=dtype),
        layers.GlobalAveragePooling2D(dtype=dtype),
        layers.Dense(3, activation="softmax", dtype="float32"),
    )


NETWORKS: dict[str, tuple[Callable[[], keras.Model], str, float]] = {  # network, head, tolerance
    "padded": (padded, "window", 1e-5),
    "cell": (padded, "cell", 1e-5),
    "grouped": (grouped, "window", 1e-5),
    "one_score": (one_score, "window", 1e-5),
    "channels_first": (channels_first, "window", 1e-5),
    "whole_numbers": (whole_numbers, "window", 1e-5),
    "float16": (lambda: halves("mixed_float16"), "window", 1e-2),
    "bfloat16": (lambda: halves("mixed_bfloat16"), "window", 1e-2),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_networks_that_a_format_may_stumble_on(kind: str, tmp_path: Path) -> None:
    make, head, tolerance = NETWORKS[kind]
    made = export(convolutionalize(make(), head=head), OTHERS, tmp_path, tolerance)
    assert {name: one.cannot for name, one in made.items()} == dict.fromkeys(OTHERS)
    assert all(one.largest is not None and one.largest <= max(tolerance, 1e-4) for one in made.values())


def test_onnx_of_one_score_keeps_its_last_axis_in_every_run(tmp_path: Path) -> None:
    import onnx

    export(convolutionalize(NETWORKS["one_score"][0]()), ["onnx"], tmp_path, 1e-5)
    model = onnx.load(tmp_path / "conversion.onnx")
    # tf2onnx turned these into Squeeze, and in one run of seven left it out.
    assert not {"Squeeze", "Unsqueeze"} & {node.op_type for node in model.graph.node}
    axes = [axis.dim_param or axis.dim_value for axis in model.graph.output[0].type.tensor_type.shape.dim]
    assert axes == ["batch", "rows", "columns", 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "head"),
    [
        ("MobileNetV2", 96, "window"),
        ("MobileNetV3Small", 96, "cell"),
        ("EfficientNetB0", 64, "window"),
        ("EfficientNetB0", 64, "cell"),
        ("ResNet50", 64, "window"),
        ("DenseNet121", 64, "window"),
        ("ConvNeXtTiny", 64, "window"),
    ],
)
def test_networks_of_keras_applications(name: str, size: int, head: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    classifier = getattr(keras.applications, name)(input_shape=(size, size, 3), weights=None)
    made = export(convolutionalize(classifier, head=head), list(FORMATS), tmp_path, 1e-5)
    assert {name: one.cannot for name, one in made.items()} == dict.fromkeys(FORMATS)
