"""Conversions against their classifiers: at training size, on crops, in what they see, and when refused."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import ModelConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.models.build import build_classifier

pytestmark = pytest.mark.numeric

Spread = Callable[[keras.Model, int], keras.Model]
SHAPE = (28, 28, 1)


def built(*arguments: Any, shape: tuple[int, int, int] = SHAPE) -> keras.Model:
    return build_classifier(ModelConfig(*arguments), shape, 11, 0)


def swish() -> keras.Model:
    return built("swish", [4, 5, 6], 1, 7, 0.0, 0.0)


def swish_deep() -> keras.Model:
    return built("swish", [4, 5, 6], 2, 7, 0.0, 0.0)


def lenet() -> keras.Model:
    return built("lenet", [4, 5], 1, 7, 0.5, 0.0)


def small() -> keras.Model:
    return built("small", [4, 5], 1, 7, 0.25, 0.5)


def valid() -> keras.Model:
    return built("valid", [4, 5], 1, 7, 0.0, 0.0)


def rectangular() -> keras.Model:
    return built("swish", [4, 5], 1, 7, 0.1, 0.1, shape=(17, 30, 3))


def separate_softmax() -> keras.Model:
    """A Sequential model with what strangers put into heads."""
    return keras.Sequential(
        [
            keras.Input((19, 16, 2), name="image"),
            layers.Rescaling(2.0, offset=-1.0, name="rescale"),
            layers.RandomTranslation(0.1, 0.1, name="shift"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise"),
            layers.BatchNormalization(name="norm_1"),
            layers.ReLU(name="relu"),
            layers.SeparableConv2D(5, 3, strides=2, padding="same", name="separable"),
            layers.SpatialDropout2D(0.2, name="drop_maps"),
            layers.AveragePooling2D(3, strides=2, padding="same", name="average"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(6, use_bias=False, name="hidden"),
            layers.BatchNormalization(name="norm_2"),
            layers.LeakyReLU(name="leaky"),
            layers.Dense(4, name="logits"),
            layers.Softmax(name="softmax"),
        ],
        name="separate_softmax",
    )


def branches() -> keras.Model:
    """Residual and concatenated branches whose strides and padding differ in kind, on an odd size."""
    image = keras.Input((21, 23, 2), name="image")
    x = layers.ZeroPadding2D(1, name="frame")(image)
    one = layers.Conv2D(4, 3, strides=2, padding="same", name="one")(x)
    two = layers.Conv2D(4, 1, strides=2, name="two")(x)
    three = layers.MaxPooling2D(3, strides=2, padding="same", name="three")(x)
    x = layers.Add(name="add")([one, two])
    x = layers.Concatenate(name="concatenate")([x, three])
    x = layers.Cropping2D(((1, 0), (2, 1)), name="crop")(x)
    x = layers.Activation("relu", name="relu")(x)
    pooled = [layers.GlobalMaxPooling2D(name="most")(x), layers.GlobalAveragePooling2D(name="mean")(x)]
    x = layers.Concatenate(name="both")(pooled)
    return keras.Model(image, layers.Dense(5, activation="softmax", name="classes")(x), name="branches")


def nested() -> keras.Model:
    """A backbone in a backbone, whose layers bear names that the outer model uses too."""
    inner = keras.Sequential(
        [keras.Input((None, None, 3), name="image"), layers.Conv2D(3, 3, activation="relu", name="conv")], name="inner"
    )
    image = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(3, 3, padding="same", name="conv")(inner(image))
    backbone = keras.Model(image, x, name="backbone")
    outer = keras.Input((12, 13, 3), name="image")
    x = layers.Conv2D(3, 3, strides=2, name="conv")(backbone(outer, training=False))
    x = layers.Dropout(0.5, name="drop")(layers.Flatten(name="flatten")(x))
    return keras.Model(outer, layers.Dense(4, activation="softmax", name="classes")(x), name="nested")


def shared() -> keras.Model:
    """One convolution called twice."""
    image = keras.Input((11, 11, 2), name="image")
    twice = layers.Conv2D(2, 3, padding="same", activation="swish", name="twice")
    x = layers.Flatten(name="flatten")(twice(twice(image)))
    return keras.Model(image, layers.Dense(3, activation="softmax", name="classes")(x), name="shared")


def one_by_one_head() -> keras.Model:
    """MobileNet's kind of head: a pool that keeps its axes, a 1×1 convolution, a reshape."""
    image = keras.Input((14, 14, 2), name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv")(image)
    x = layers.GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    x = layers.Dropout(0.1, name="drop")(x)
    x = layers.Conv2D(5, 1, name="logits")(x)
    x = layers.Reshape((5,), name="reshape")(x)
    return keras.Model(image, layers.Activation("softmax", name="softmax")(x), name="one_by_one_head")


def only_convolutions() -> keras.Model:
    """Convolutions down to one cell."""
    image = keras.Input((9, 10, 1), name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv")(image)
    x = layers.Conv2D(3, (4, 4), activation="softmax", name="classes")(x)
    return keras.Model(image, layers.Flatten(name="flatten")(x), name="only_convolutions")


def varied(count: int, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return images of noise whose brightness and contrast differ."""
    rng = np.random.default_rng(seed)
    scale = np.linspace(0.1, 1, count).reshape(-1, 1, 1, 1)
    return (scale * rng.random((count, *shape))).astype(np.float32)


NETWORKS = [
    swish,
    swish_deep,
    lenet,
    small,
    valid,
    rectangular,
    separate_softmax,
    branches,
    nested,
    shared,
    one_by_one_head,
    only_convolutions,
]
PER_CELL = {swish, swish_deep, rectangular, separate_softmax, branches, one_by_one_head}  # those with a global pool


@pytest.mark.parametrize("head", ["window", "cell"])
@pytest.mark.parametrize("network", NETWORKS)
def test_equal_at_training_size(network: Callable[[], keras.Model], head: str, spread: Spread) -> None:
    classifier = spread(network(), 1)
    conversion = convolutionalize(classifier, head)
    images = varied(8, classifier.input_shape[1:], 2)
    expected = np.asarray(classifier(images, training=False))
    scores = np.asarray(conversion.model(images, training=False))
    assert conversion.model.count_params() == classifier.count_params()
    assert conversion.model.input_shape == (None, None, None, classifier.input_shape[-1])
    assert conversion.cellwise == (head == "cell" and network in PER_CELL)
    # On near-constant outputs equality would prove nothing.
    assert expected.std(axis=1).mean() > 0.01
    assert expected.std(axis=0).max() > 0.001
    if conversion.cellwise:
        assert scores.shape[1] * scores.shape[2] > 1
    else:
        assert scores.shape == (8, 1, 1, expected.shape[-1])
        np.testing.assert_allclose(scores[:, 0, 0], expected, atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_one_cell_per_window_inside(network: Callable[[], keras.Model]) -> None:
    conversion = convolutionalize(network())
    height, width = conversion.window
    for more in range(9):
        size = (height + more, width + 2 * more)
        cells = conversion.model.compute_output_shape((1, *size, conversion.model.input_shape[-1]))[1:3]
        assert cells == conversion.geometry.cells(*size)


@pytest.mark.parametrize("network", [valid, one_by_one_head, only_convolutions])
def test_every_cell_is_the_classifier_on_its_crop(network: Callable[[], keras.Model], spread: Spread) -> None:
    classifier = spread(network(), 3)
    conversion = convolutionalize(classifier)
    height, width, channels = classifier.input_shape[1:]
    image = np.random.default_rng(4).random((1, height + 13, width + 22, channels), dtype=np.float32)
    scores = np.asarray(conversion.model(image))[0]
    assert conversion.exact
    for row, col in np.ndindex(*scores.shape[:2]):
        x, y, box_width, box_height = conversion.geometry.box(row, col)
        crop = image[:, y : y + box_height, x : x + box_width]
        np.testing.assert_allclose(scores[row, col], classifier(crop)[0], atol=1e-5)


def cell_by_cell(classifier: keras.Model) -> keras.Model:
    """Return the classifier's features before its global pool, at training size, with its head on each cell."""
    features = keras.Model(classifier.input, classifier.get_layer("pool").input)
    x = features.output
    for name in ("hidden", "classes"):
        x = classifier.get_layer(name)(x)  # Keras' dense layers act on the last axis
    return keras.Model(features.input, x)


def test_cell_head_is_the_head_on_each_feature(spread: Spread) -> None:
    classifier = spread(swish(), 5)
    conversion = convolutionalize(classifier, "cell")
    images = np.random.default_rng(6).random((3, *SHAPE), dtype=np.float32)
    np.testing.assert_allclose(conversion.model(images), cell_by_cell(classifier)(images), atol=1e-6)


def test_geometry_of_the_swish_network() -> None:
    window, cell = convolutionalize(swish()), convolutionalize(swish(), "cell")
    assert window.geometry.as_dict() == {"window": [28, 28], "stride": [8, 8], "offset": [0, 0]}
    assert window.receptive_field.as_dict() == {"window": [39, 39], "stride": [8, 8], "offset": [-4, -4]}
    assert cell.geometry.as_dict() == {"window": [15, 15], "stride": [8, 8], "offset": [-4, -4]}
    assert cell.receptive_field == cell.geometry


@pytest.mark.parametrize("size", [28, 29, 31, 36, 41, 52, 60])
@pytest.mark.parametrize("network", [swish, small, branches])
def test_first_cells_do_not_depend_on_the_size(network: Callable[[], keras.Model], size: int, spread: Spread) -> None:
    """Cells that see nothing beyond a crop of `size` pixels score alike on the crop and on the whole."""
    classifier = spread(network(), 7)
    conversion = convolutionalize(classifier)
    whole = np.random.default_rng(8).random((1, 70, 70, classifier.input_shape[-1]), dtype=np.float32)
    field = conversion.receptive_field
    inside = [max(0, (size - field.window[axis] - field.offset[axis]) // field.stride[axis] + 1) for axis in (0, 1)]
    scores = np.asarray(conversion.model(whole))[:, : inside[0], : inside[1]]
    crop = np.asarray(conversion.model(whole[:, :size, :size]))[:, : inside[0], : inside[1]]
    assert size < 41 or min(inside) > 0
    np.testing.assert_allclose(crop, scores, atol=1e-5)


def lit_patches(geometry: Geometry, cell: tuple[int, int], size: tuple[int, int], channels: int) -> np.ndarray:
    """Return images of noise, each with a bright patch at another place of a cell's window.

    A maximum passes on one of its cells only: together these let each be passed on.
    """
    x, y, width, height = geometry.box(*cell)
    step_y, step_x = geometry.stride
    corners = [(top, left) for top in range(y, y + height, step_y) for left in range(x, x + width, step_x)]
    images = np.random.default_rng(9).random((len(corners), *size, channels), dtype=np.float32)
    for image, (top, left) in zip(images, corners, strict=True):
        image[max(top, 0) : top + 2 * step_y, max(left, 0) : left + 2 * step_x] += 5
    return images


def seen_pixels(conversion: Conversion, cell: tuple[int, int], images: np.ndarray) -> np.ndarray:
    """Return which pixels change a cell on any of the images."""
    import tensorflow as tf

    variable = tf.Variable(images)
    with tf.GradientTape() as tape:
        output = conversion.model(variable)[:, cell[0], cell[1], 0]
    return np.abs(np.asarray(tape.gradient(output, variable))).max(axis=(0, -1)) > 0


def positive(classifier: keras.Model, seed: int) -> keras.Model:
    """Give positive weights, so that no path dies, and a linear end, so that no gradient vanishes."""
    rng = np.random.default_rng(seed)
    classifier.set_weights([rng.uniform(0.5, 1, weight.shape) for weight in classifier.get_weights()])
    classifier.layers[-1].activation = keras.activations.linear
    return classifier


@pytest.mark.parametrize("head", ["window", "cell"])
@pytest.mark.parametrize("network", [swish, small, valid, rectangular, nested])
def test_a_cell_depends_on_its_receptive_field_and_nothing_else(network: Callable[[], keras.Model], head: str) -> None:
    conversion = convolutionalize(positive(network(), 10), head)
    row, col = (1, 2)
    height, width = (2 * side + 17 for side in conversion.window)
    x, y, box_width, box_height = conversion.receptive_field.box(row, col)
    expected = np.zeros((height, width), dtype=bool)
    expected[max(y, 0) : y + box_height, max(x, 0) : x + box_width] = True
    images = lit_patches(conversion.receptive_field, (row, col), (height, width), conversion.model.input_shape[-1])
    np.testing.assert_array_equal(seen_pixels(conversion, (row, col), images), expected)


@pytest.mark.parametrize("network", [swish, valid, branches])
def test_a_dot_moved_by_one_stride_moves_the_map_by_one_cell(
    network: Callable[[], keras.Model], spread: Spread
) -> None:
    classifier = spread(network(), 11)
    conversion = convolutionalize(classifier)
    stride_y, stride_x = conversion.geometry.stride
    image = np.zeros((2, 96, 104, classifier.input_shape[-1]), dtype=np.float32)
    image[0, 45, 50] = image[1, 45 + stride_y, 50 + 2 * stride_x] = 1
    before, after = np.asarray(conversion.model(image))
    moved = after[2:-1, 3:-1]
    assert np.ptp(moved, axis=(0, 1)).max() > 1e-3
    # The border cells see padding and not the shifted rest: they are left out.
    np.testing.assert_allclose(moved, before[1:-2, 1:-3], atol=1e-5)


def test_layer_names_are_kept() -> None:
    classifier = small()
    conversion = convolutionalize(classifier)
    assert [layer.name for layer in conversion.model.layers] == [
        "image",
        "conv_1",
        "conv_2_pad",
        "conv_2",
        "pool",
        "hidden",
        "classes",
    ]
    assert conversion.model.name == classifier.name


def test_names_of_nested_layers_never_clash() -> None:
    assert [layer.name for layer in convolutionalize(nested()).model.layers] == [
        "image",
        "conv",
        "backbone_conv",
        "conv_crop",
        "conv_2",
        "classes",
    ]


def test_notes_name_the_layers_and_amounts() -> None:
    notes = convolutionalize(small()).notes
    assert [note.split()[0] for note in notes] == ["conv_2", "pool"]
    assert all("0 above, 1 below, 0 left, 1 right" in note for note in notes)
    assert convolutionalize(nested()).notes[0].startswith("backbone/conv ")
    assert convolutionalize(swish(), "cell").notes[-1].startswith("pool goes (head 'cell')")


def test_classifier_is_left_as_it_was(spread: Spread) -> None:
    classifier = spread(swish(), 12)
    before = [weight.copy() for weight in classifier.get_weights()]
    conversion = convolutionalize(classifier)
    conversion.model.set_weights([weight * 0 for weight in conversion.model.get_weights()])
    assert all(np.array_equal(one, two) for one, two in zip(before, classifier.get_weights(), strict=True))
