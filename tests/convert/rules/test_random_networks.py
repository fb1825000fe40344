"""Random networks against brute force: any mix of kernels, strides, padding, pools and heads."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import convolutionalize

pytestmark = pytest.mark.numeric

Spread = Callable[[keras.Model, int], keras.Model]

paddings = st.sampled_from(["valid", "same"])
kernels = st.tuples(st.integers(1, 3), st.integers(1, 3))
strides = st.integers(1, 3)


@st.composite
def feature_layers(draw: Any, padded: bool) -> list[dict[str, Any]]:
    """Draw one to three layers, as plain values."""
    drawn = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["conv", "dilated", "max", "average", "pad", "crop"]))
        drawn.append(
            {
                "kind": kind,
                "kernel": draw(kernels),
                "stride": (draw(strides), draw(strides)),
                "padding": draw(paddings) if padded else "valid",
                "amounts": tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2)),
            }
        )
    return [layer for layer in drawn if padded or layer["kind"] != "pad"]


def made(layer: dict[str, Any], name: str) -> Any:
    kind, kernel, stride, padding = (layer[key] for key in ("kind", "kernel", "stride", "padding"))
    if kind == "conv":
        return layers.Conv2D(3, kernel, strides=stride, padding=padding, activation="swish", name=name)
    if kind == "dilated":
        return layers.Conv2D(3, kernel, dilation_rate=2, padding=padding, activation="relu", name=name)
    if kind in ("max", "average"):
        cls = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
        return cls(kernel, strides=stride, padding=padding, name=name)
    return (layers.ZeroPadding2D if kind == "pad" else layers.Cropping2D)(layer["amounts"], name=name)


def network(features: list[dict[str, Any]], size: tuple[int, int], head: str) -> keras.Model:
    """Build it; layers that the map is too small for are left out."""
    x = image = keras.Input((*size, 2), name="image")
    # Centred, so that zero padding is not the smallest number.
    x = layers.Rescaling(2.0, offset=-1.0, name="rescale")(x)
    for number, layer in enumerate(features):
        if min(x.shape[1:3]) >= 5:
            x = made(layer, f"layer_{number}")(x)
    pools = {"max": layers.GlobalMaxPooling2D, "average": layers.GlobalAveragePooling2D, "flatten": layers.Flatten}
    x = pools[head](name="head")(x)
    x = layers.Dense(4, activation="relu", name="hidden")(x)
    return keras.Model(image, layers.Dense(3, activation="softmax", name="classes")(x), name="random")


sizes = st.tuples(st.integers(7, 16), st.integers(7, 16))
heads = st.sampled_from(["max", "average", "flatten"])


@settings(max_examples=40, derandomize=True)
@given(feature_layers(padded=True), sizes, heads, st.tuples(st.integers(0, 7), st.integers(0, 7)))
def test_padded_networks(
    spread: Spread, features: list[dict[str, Any]], size: tuple[int, int], head: str, more: tuple[int, int]
) -> None:
    classifier = spread(network(features, size, head), 0)
    conversion = convolutionalize(classifier)
    image = np.random.default_rng(1).random((2, size[0] + more[0], size[1] + more[1], 2), dtype=np.float32)
    at_size = image[:, : size[0], : size[1]]
    np.testing.assert_allclose(conversion.model(at_size)[:, 0, 0], classifier(at_size), atol=1e-5)
    scores = np.asarray(conversion.model(image))
    assert scores.shape[1:3] == conversion.geometry.cells(*image.shape[1:3])


# Layers that drop their last pixels (up to 2 by cropping, 2 by a stride) move the place where later ones pad.
DROPPED = 4 * (1 + 3 + 9)  # pixels, three layers of stride 3 at most


@settings(max_examples=25, derandomize=True)
@given(feature_layers(padded=True), sizes, heads, st.integers(0, 9), st.integers(1, 9))
def test_cells_do_not_depend_on_the_size(
    spread: Spread, features: list[dict[str, Any]], size: tuple[int, int], head: str, less: int, more: int
) -> None:
    """Cells that see neither end of a crop score alike on the crop and on the whole."""
    conversion = convolutionalize(spread(network(features, size, head), 0))
    side = 100 + less
    image = np.random.default_rng(1).random((1, side + more, side + more, 2), dtype=np.float32)
    field = conversion.receptive_field
    rows, cols = (
        (side - DROPPED - field.offset[axis] - field.window[axis]) // field.stride[axis] + 1 for axis in (0, 1)
    )
    crop, whole = (np.asarray(conversion.model(part)) for part in (image[:, :side, :side], image))
    assert min(rows, cols) > 0
    np.testing.assert_allclose(crop[:, :rows, :cols], whole[:, :rows, :cols], atol=1e-5)


@settings(max_examples=40, derandomize=True)
@given(feature_layers(padded=False), sizes, heads, st.tuples(st.integers(0, 7), st.integers(0, 7)))
def test_every_cell_of_unpadded_networks(
    spread: Spread, features: list[dict[str, Any]], size: tuple[int, int], head: str, more: tuple[int, int]
) -> None:
    classifier = spread(network(features, size, head), 0)
    conversion = convolutionalize(classifier)
    image = np.random.default_rng(1).random((size[0] + more[0], size[1] + more[1], 2), dtype=np.float32)
    scores = np.asarray(conversion.model(image[np.newaxis]))[0]
    boxes = [conversion.geometry.box(row, col) for row, col in np.ndindex(*scores.shape[:2])]
    crops = np.stack([image[y : y + height, x : x + width] for x, y, width, height in boxes])
    assert conversion.exact
    np.testing.assert_allclose(scores.reshape(len(boxes), -1), classifier(crops), atol=1e-5)
