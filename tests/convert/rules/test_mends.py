"""Every mend that a refusal offers was tried: the network, what is said, and what converts once that is done."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.reference import reference
from fullconv.errors import InputError

Make = Callable[[], keras.Model]


def ending(*middle: Any, shape: tuple[int, ...] = (8, 8, 2)) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *middle, layers.Flatten(), layers.Dense(3)])


def around(function: Callable[[Any], Any], shape: tuple[int, ...] = (8, 8, 2)) -> keras.Model:
    image = keras.Input(shape)
    return keras.Model(image, layers.Dense(3)(layers.Flatten()(function(image))))


def two_images() -> keras.Model:
    images = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    x = layers.Concatenate()([layers.Conv2D(2, 3)(one) for one in images])
    return keras.Model(images, layers.Dense(3)(layers.Flatten()(x)))


def image_and_numbers() -> keras.Model:
    image, numbers = keras.Input((8, 8, 3)), keras.Input((4,))
    x = layers.Flatten()(layers.Conv2D(2, 3)(image))
    return keras.Model([image, numbers], layers.Dense(3)(layers.Concatenate()([x, layers.Dense(2)(numbers)])))


def as_channels() -> keras.Model:
    x = keras.Input((8, 8, 6))
    return keras.Model(x, two_images()([x[..., :3], x[..., 3:]]))


def as_even_channels() -> keras.Model:
    x = keras.Input((8, 8, 7))
    return keras.Model(x, image_and_numbers()([x[..., :3], layers.GlobalAveragePooling2D()(x[..., 3:])]))


def two_outputs() -> keras.Model:
    image = keras.Input((8, 8, 2))
    return keras.Model(image, [layers.Dense(2)(layers.Flatten()(image)), layers.Dense(3)(layers.Flatten()(image))])


def one_output() -> keras.Model:
    model = two_outputs()
    return keras.Model(model.input, model.outputs[0])


def fixed_batch() -> keras.Model:
    return keras.Sequential([keras.Input(batch_shape=(4, 8, 8, 2)), layers.Flatten(), layers.Dense(3)])


def any_batch() -> keras.Model:
    model = fixed_batch()
    x = keras.Input(model.input_shape[1:])
    return keras.Model(x, model(x))


def any_size() -> keras.Model:
    return keras.Sequential(
        [keras.Input((None, None, 2)), layers.Conv2D(2, 3), layers.GlobalMaxPooling2D(), layers.Dense(3)]
    )


def one_size() -> keras.Model:
    x = keras.Input((8, 8, 2))
    return keras.Model(x, any_size()(x))


def low_rank(merged: bool) -> keras.Model:
    model = ending()
    dense = model.layers[-1]
    dense.enable_lora(1)
    for weight in dense.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    if not merged:
        return model
    plain = ending()
    plain.layers[-1].set_weights([dense.kernel, dense.bias])
    image = np.random.default_rng(0).random((1, 8, 8, 2), dtype=np.float32)
    np.testing.assert_allclose(plain(image), model(image), atol=1e-5)
    return plain


def wrapped(merged: bool) -> keras.Model:
    conv = layers.Conv2D(2, 3)
    model = ending(layers.SpectralNormalization(conv))
    if not merged:
        return model
    plain = ending(layers.Conv2D(2, 3))
    plain.set_weights([*conv.get_weights(), *model.layers[-1].get_weights()])
    return plain


def vector_beside_a_map(reshaped: bool) -> keras.Model:
    image = keras.Input((4, 1, 3))
    x = layers.Conv2D(3, 1)(image)
    vector = layers.GlobalMaxPooling2D()(x)
    x = x * (layers.Reshape((1, 1, 3))(vector) if reshaped else vector)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x if reshaped else layers.Reshape((4, 1, 3))(x))))


def strides(second: int) -> keras.Model:
    image = keras.Input((3, 3, 1))
    one = layers.Conv2D(2, 2, strides=2, padding="same")(image)
    two = layers.Conv2D(2, 2, strides=second, padding="valid" if second == 1 else "same")(image)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(layers.Add()([one, two]))))


def shared(own: bool) -> keras.Model:
    image = keras.Input((2, 2, 2))
    square, other = layers.Dense(8), layers.Dense(8)
    return keras.Model(image, (other if own else square)(square(layers.Flatten()(image))))


def joined(axis: int) -> keras.Model:
    return around(lambda x: layers.Concatenate(axis=axis)([layers.Conv2D(2, 3)(x), layers.Conv2D(2, 3)(x)]))


def masked(mask: Any) -> keras.Model:
    image = keras.Input((8, 8, 2))
    return keras.Model(image, layers.Softmax()(layers.Dense(2)(layers.Flatten()(image)), mask=mask))


def nested(dtype: str) -> keras.Model:
    inner = keras.Sequential([keras.Input((8, 8, 2), dtype=dtype), layers.Rescaling(0.5)])
    return ending(layers.Rescaling(255.0), inner)


def first(layout: str, permuted: bool) -> keras.Model:
    turn = [layers.Permute((3, 1, 2))] if permuted else []
    return ending(layers.Conv2D(2, 3), *turn, layers.Conv2D(2, 1, data_format=layout))


def channels_first(permuted: bool) -> keras.Model:
    turn = [layers.Permute((2, 3, 1))] if permuted else []
    return ending(layers.MaxPooling2D(2, data_format="channels_first"), *turn, layers.Dense(4), shape=(2, 8, 8))


def head(pooled: bool) -> keras.Model:
    after = [layers.GlobalAveragePooling2D()] if pooled else []
    return keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(3, 3), *after])


CHANNELS = np.float32([0.5, 2.0])
MENDS: list[tuple[Make, str, Make]] = [
    (two_images, "channels of one: x = keras.Input", as_channels),
    (image_and_numbers, "the same in every pixel", as_even_channels),
    (two_outputs, "keras.Model(model.input, model.outputs[0])", one_output),
    (fixed_batch, "x = keras.Input(model.input_shape[1:]); keras.Model(x, model(x))", any_batch),
    (any_size, "x = keras.Input((height, width, channels)); keras.Model(x, model(x))", one_size),
    (lambda: head(False), "end in Flatten or a global pool", lambda: head(True)),
    (lambda: low_rank(False), "set_weights([layer.kernel, layer.bias])", lambda: low_rank(True)),
    (
        lambda: ending(layers.Lambda(lambda x: x / 255, output_shape=(8, 8, 2))),
        "Rescaling",
        lambda: ending(layers.Rescaling(1 / 255)),
    ),
    (
        lambda: ending(layers.Lambda(lambda x: x / 255, output_shape=(8, 8, 2))),
        "x / 255",
        lambda: around(lambda x: x / 255),
    ),
    (lambda: ending(layers.UpSampling2D(2)), "Leave it out", ending),
    (lambda: ending(layers.Resizing(6, 6)), "Resize images before", lambda: ending(shape=(6, 6, 2))),
    (
        lambda: ending(layers.CenterCrop(9, 9)),
        "Resize images before",
        lambda: ending(layers.CenterCrop(6, 6), shape=(9, 9, 2)),
    ),
    (lambda: ending(layers.GroupNormalization(1)), "batch normalization", lambda: ending(layers.BatchNormalization())),
    (lambda: ending(layers.GroupNormalization(1)), "over the channels", lambda: ending(layers.LayerNormalization())),
    (lambda: wrapped(False), "the layer inside, with the weights that it has now", lambda: wrapped(True)),
    (lambda: ending(layers.TimeDistributed(layers.Dense(2))), "the layer inside", lambda: ending(layers.Dense(2))),
    (lambda: ending(layers.Masking()), "Leave it out", ending),
    (
        lambda: ending(layers.Conv2D(2, 3, activation=layers.ReLU())),
        "by name",
        lambda: ending(layers.Conv2D(2, 3, activation="relu")),
    ),
    (
        lambda: ending(layers.UnitNormalization(axis=1)),
        "along axis 3",
        lambda: ending(layers.UnitNormalization(axis=3)),
    ),
    (
        lambda: ending(layers.LayerNormalization(axis=[1, 2, 3])),
        "along axis 3",
        lambda: ending(layers.LayerNormalization(axis=3)),
    ),
    (lambda: ending(layers.PReLU()), "shared_axes=[1, 2]", lambda: ending(layers.PReLU(shared_axes=[1, 2]))),
    (
        lambda: ending(layers.Normalization(axis=(1, 2, 3))),
        "one per channel",
        lambda: ending(layers.Normalization(axis=-1)),
    ),
    (
        lambda: ending(layers.Normalization(axis=(1, 2, 3))),
        "one in all",
        lambda: ending(layers.Normalization(axis=None)),
    ),
    (lambda: ending(layers.Reshape((64, 2))), "to (length,)", lambda: ending(layers.Reshape((128,)))),
    (lambda: ending(layers.Permute((2, 1, 3))), "Only channels", lambda: ending(layers.Permute((3, 1, 2)))),
    (
        lambda: ending(layers.Conv2D(2, 3), layers.Flatten(data_format="channels_first")),
        "without data_format",
        lambda: ending(layers.Flatten()),
    ),
    (lambda: first("channels_first", False), "data_format='channels_last'", lambda: first("channels_last", False)),
    (lambda: first("channels_first", False), "Permute", lambda: first("channels_first", True)),
    (lambda: channels_first(False), "Permute((2, 3, 1))", lambda: channels_first(True)),
    (lambda: joined(1), "Join channels", lambda: joined(-1)),
    (lambda: strides(1), "the same stride", lambda: strides(2)),
    (lambda: shared(False), "its own layer", lambda: shared(True)),
    (lambda: masked(np.ones((1, 2), bool)), "in its configuration", lambda: masked(None)),
    (lambda: nested("uint8"), "floating-point", lambda: nested("float32")),
    (lambda: vector_beside_a_map(False), "Reshape the vector to (1, 1, channels)", lambda: vector_beside_a_map(True)),
    (lambda: around(lambda x: x - np.zeros((8, 8, 2))), "one per channel", lambda: around(lambda x: x - CHANNELS)),
    (
        lambda: around(lambda x: ops.clip(x, [0.0, 0.1], 1.0)),
        "one number",
        lambda: around(lambda x: ops.clip(x, 0.1, 1.0)),
    ),
    (lambda: around(lambda x: x * keras.Variable(2.0)), "numbers, not variables", lambda: around(lambda x: x * 2.0)),
    (lambda: around(lambda x: ops.softmax(x, axis=1)), "Use axis 3", lambda: around(lambda x: ops.softmax(x, axis=3))),
    (
        lambda: around(lambda x: ops.max(x, axis=(1, 3), keepdims=True)),
        "Use axes (1, 2)",
        lambda: around(lambda x: ops.max(x, axis=(1, 2), keepdims=True)),
    ),
    (
        lambda: around(lambda x: ops.conv(x, np.ones((3, 3, 2, 2), "float32"))),
        "keras.layers.Conv2D",
        lambda: ending(layers.Conv2D(2, 3)),
    ),
    (
        lambda: around(lambda x: ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])),
        "keras.layers.ZeroPadding2D",
        lambda: ending(layers.ZeroPadding2D(1)),
    ),
    (
        lambda: around(lambda x: ops.tensordot(x, np.eye(8, dtype="float32"), axes=[[1], [0]])),
        "ops.matmul(x, matrix)",
        lambda: around(lambda x: ops.matmul(x, np.eye(2, dtype="float32"))),
    ),
    (
        lambda: ending(layers.GlobalMaxPooling2D(keepdims=True), layers.Conv2D(2, 3, padding="same")),
        "1×1 kernel",
        lambda: ending(layers.GlobalMaxPooling2D(keepdims=True), layers.Conv2D(2, 1)),
    ),
    (lambda: around(lambda x: x[:, ::-1]), "before the model", lambda: around(lambda x: x[..., ::-1])),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*with a mask attached:UserWarning")
@pytest.mark.parametrize(("broken", "said", "mended"), MENDS, ids=[said for _, said, _ in MENDS])
def test_the_mend_converts(broken: Make, said: str, mended: Make) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(broken())
    assert said in caught.value.mend
    assert len(str(caught.value)) <= 400
    keras.utils.set_random_seed(3)
    classifier = mended()
    conversion = convolutionalize(classifier)
    shape = (*conversion.window, conversion.model.input_shape[-1])
    images = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    if shape[-1] == 7:  # numbers that are the same in every pixel
        images[..., 3:] = images[:, :1, :1, 3:]
    np.testing.assert_allclose(
        conversion.forward(images)[:, 0, 0], reference(classifier, conversion)(images), rtol=1e-5, atol=1e-5
    )
