"""Pools over the whole map inside the network (squeeze-and-excitation), against their definition."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
Spread = Callable[[keras.Model, int], keras.Model]
SHAPE = (14, 17, 2)


def excited(x: Any, pool: Any, squeeze: Callable[[Any], Any], name: str) -> Any:
    return layers.Multiply(name=f"{name}_excite")([x, squeeze(pool(x))])


def convolutional(x: Any) -> Any:
    """1×1 convolutions on a pool that keeps its axes: MobileNetV3, RegNet."""
    x = layers.Conv2D(3, 1, activation="relu", name="reduce")(x)
    return layers.Conv2D(4, 1, activation="sigmoid", name="expand")(x)


def reshaped(x: Any) -> Any:
    """A vector, two dense layers, a reshape: EfficientNet."""
    x = layers.Dense(3, activation="swish", name="reduce")(x)
    x = layers.Dense(4, activation="sigmoid", name="expand")(x)
    return layers.Reshape((1, 1, 4), name="reshape")(x)


def vector(x: Any) -> Any:
    """A vector that Keras takes for (N, 1, 1, C) in the product."""
    return layers.Dense(4, activation="sigmoid", name="gate")(x)


def network(pool: Any, squeeze: Callable[[Any], Any], head: Any, join: Any = None) -> keras.Model:
    image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="swish", name="stem")(image)
    x = (join or layers.Multiply)(name="excite")([x, squeeze(pool(x))])
    x = layers.Conv2D(5, 2, activation="relu", name="conv")(x)
    x = head(x)
    return keras.Model(image, layers.Dense(3, activation="softmax", name="classes")(x), name="excited")


POOLS = [layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D]
HEADS = [layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D, layers.Flatten]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("squeeze", "keepdims"), [(convolutional, True), (reshaped, False), (vector, False)])
@pytest.mark.parametrize("pool", POOLS)
def test_equal_at_training_size(pool: Any, squeeze: Any, keepdims: bool, head: Any, equal: Equal) -> None:
    classifier = network(pool(keepdims=keepdims, name="squeeze"), squeeze, head(name="head"))
    conversion = equal(classifier)
    assert conversion.model.count_params() == classifier.count_params()
    assert not conversion.exact
    assert conversion.notes == (
        "excite joins each cell with a summary of the whole map (the pool squeeze); "
        "on a larger image the summary is that of the training-size surroundings",
    )


@pytest.mark.parametrize("join", [layers.Add, layers.Subtract, layers.Maximum, layers.Minimum, layers.Average])
def test_other_joins(join: Any, equal: Equal) -> None:
    equal(network(layers.GlobalAveragePooling2D(name="squeeze"), reshaped, layers.Flatten(name="flatten"), join))


def gated_by_definition(image: np.ndarray, grid: tuple[int, int], reduce: Any) -> np.ndarray:
    """Multiply each cell (H, W, C) by the pool over the training grid that starts half of it before, kept inside."""
    gated = np.empty_like(image)
    for row, col in np.ndindex(*image.shape[:2]):
        top, left = (
            int(np.clip(place - side // 2, 0, whole - side))
            for place, side, whole in zip((row, col), grid, image.shape, strict=False)
        )
        gated[row, col] = image[row, col] * reduce(image[top : top + grid[0], left : left + grid[1]], axis=(0, 1))
    return gated


@pytest.mark.parametrize("size", [(6, 5), (7, 5), (13, 12), (9, 30)])
@pytest.mark.parametrize(("pool", "reduce"), [(POOLS[0], np.mean), (POOLS[1], np.max)])
def test_larger_images_meet_their_surroundings(size: tuple[int, int], pool: Any, reduce: Any) -> None:
    """The whole conversion is the gate and a window of ones."""
    image = keras.Input((6, 5, 2), name="image")
    x = layers.Multiply(name="excite")([image, pool(keepdims=True, name="squeeze")(image)])
    x = layers.Dense(2, use_bias=False, name="sum")(layers.Flatten(name="flatten")(x))
    classifier = keras.Model(image, x)
    kernel = np.random.default_rng(0).random((60, 2), dtype=np.float32)
    classifier.set_weights([kernel])
    conversion = convolutionalize(classifier)
    given = np.random.default_rng(1).random((*size, 2), dtype=np.float32)
    gated = gated_by_definition(given, (6, 5), reduce)
    scores = conversion.forward(given[np.newaxis])[0]
    assert scores.shape[:2] == conversion.geometry.cells(*size) == (size[0] - 5, size[1] - 4)
    for row, col in np.ndindex(*scores.shape[:2]):
        expected = gated[row : row + 6, col : col + 5].reshape(-1) @ kernel
        np.testing.assert_allclose(scores[row, col], expected, rtol=1e-5)


def test_summary_of_a_finer_map(equal: Equal) -> None:
    """A gate from a map of twice the resolution, and a head from two depths."""
    image = keras.Input((13, 16, 2), name="image")
    fine = layers.Conv2D(4, 3, activation="relu", name="fine")(image)
    x = layers.Conv2D(4, 3, strides=2, activation="swish", name="coarse")(fine)
    gate = layers.Dense(4, activation="sigmoid", name="gate")(layers.GlobalAveragePooling2D(name="squeeze")(fine))
    x = layers.Multiply(name="excite")([x, gate])
    pools = [layers.GlobalMaxPooling2D(name="most")(fine), layers.GlobalAveragePooling2D(name="mean")(x)]
    x = layers.Concatenate(name="both")(pools)
    classifier = keras.Model(image, layers.Dense(3, activation="softmax", name="classes")(x))
    conversion = equal(classifier)
    for more in range(9):
        size = (13 + more, 16 + 2 * more)
        assert conversion.forward(np.ones((1, *size, 2), np.float32)).shape[1:3] == conversion.geometry.cells(*size)
    assert conversion.geometry.stride == (2, 2)


def test_summaries_added_to_one_another(equal: Equal) -> None:
    """Both pools through shared dense layers, added, gate the map (channel attention)."""
    image = keras.Input((9, 8, 2), name="image")
    x = layers.Conv2D(4, 2, activation="relu", name="conv")(image)
    shared = layers.Dense(4, activation="relu", name="shared")
    both = [shared(pool(name=pool.__name__)(x)) for pool in POOLS]
    x = layers.Multiply(name="excite")([x, layers.Activation("sigmoid")(layers.Add(name="add")(both))])
    conversion = equal(keras.Model(image, layers.Dense(3)(layers.Flatten(name="flatten")(x))))
    assert "(the pool GlobalAveragePooling2D and GlobalMaxPooling2D)" in conversion.notes[0]


def test_per_cell_head_keeps_inner_pools(spread: Spread) -> None:
    """Only the head's pool goes: at training size each cell is the head on its feature."""
    head = layers.GlobalAveragePooling2D(name="head")
    classifier = spread(network(layers.GlobalAveragePooling2D(name="squeeze"), reshaped, head), 3)
    conversion = convolutionalize(classifier, "cell")
    features = keras.Model(classifier.input, classifier.get_layer("head").input)
    images = np.random.default_rng(4).random((3, *SHAPE), dtype=np.float32)
    expected = classifier.get_layer("classes")(features(images))
    assert conversion.cellwise
    assert [note.split()[0] for note in conversion.notes] == ["excite", "head"]
    assert np.std(expected) > 0.01
    np.testing.assert_allclose(conversion.forward(images), expected, atol=1e-6)


def test_nested_gate_keeps_its_pool_in_a_per_cell_head() -> None:
    """The pool is in one nested model, the join outside."""
    inner_image = keras.Input((None, None, 2), name="image")
    pool = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(inner_image)
    gate = keras.Model(inner_image, layers.Conv2D(2, 1, activation="sigmoid", name="conv")(pool), name="gate")
    image = keras.Input((8, 8, 2), name="image")
    x = layers.Multiply(name="excite")([image, gate(image)])
    x = layers.Dense(2, name="classes")(layers.GlobalMaxPooling2D(name="head")(x))
    notes = convolutionalize(keras.Model(image, x), "cell").notes
    assert [note.split()[0] for note in notes] == ["excite", "head"]
    assert "gate/squeeze" in notes[0]
