"""What cannot be converted faithfully is refused by name, with a reason."""

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError


def ending(*tail: Any, shape: tuple[int, ...] = (12, 12, 1)) -> keras.Model:
    return keras.Sequential([keras.Input(shape, name="image"), *tail], name="stranger")


def head() -> list[Any]:
    return [layers.Flatten(name="flatten"), layers.Dense(3, name="classes")]


class Doubled(layers.Conv2D):
    """A layer that computes something else than its parent."""

    def call(self, inputs: Any) -> Any:
        return 2 * super().call(inputs)


class Subclassed(keras.Model):
    """A model without a graph."""

    def __init__(self) -> None:
        super().__init__(name="subclassed")
        self.dense = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def squeeze_and_excitation() -> keras.Model:
    image = keras.Input((12, 12, 2), name="image")
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    x = layers.Multiply(name="excite")([image, gate])
    return keras.Model(image, layers.Dense(2, name="classes")(layers.GlobalMaxPooling2D(name="pool")(x)))


def unaligned() -> keras.Model:
    """Two branches of one size at training size, of different strides."""
    image = keras.Input((3, 3, 1), name="image")
    one = layers.Conv2D(2, 2, strides=2, padding="same", name="one")(image)
    two = layers.Conv2D(2, 2, name="two")(image)
    x = layers.Flatten(name="flatten")(layers.Add(name="add")([one, two]))
    return keras.Model(image, layers.Dense(2, name="classes")(x))


def two_inputs() -> keras.Model:
    images = [keras.Input((12, 12, 1), name=name) for name in ("left", "right")]
    x = layers.Flatten(name="flatten")(layers.Add(name="add")(images))
    return keras.Model(images, layers.Dense(2, name="classes")(x))


def two_outputs() -> keras.Model:
    image = keras.Input((12, 12, 1), name="image")
    x = layers.Flatten(name="flatten")(image)
    return keras.Model(image, [layers.Dense(2, name="one")(x), layers.Dense(2, name="two")(x)])


def fixed_batch() -> keras.Model:
    return keras.Sequential([keras.Input(batch_shape=(4, 12, 12, 1), name="image"), *head()])


def operator() -> keras.Model:
    image = keras.Input((12, 12, 1), name="image")
    return keras.Model(image, layers.Dense(2, name="classes")(layers.Flatten(name="flatten")(image / 255)))


def reused_dense() -> keras.Model:
    """A dense layer over a flattened map and again over its own output."""
    image = keras.Input((2, 2, 2), name="image")
    square = layers.Dense(8, name="square")
    return keras.Model(image, square(square(layers.Flatten(name="flatten")(image))))


@pytest.mark.parametrize(
    ("make", "where", "received"),
    [
        (lambda: "not a model", "classifier", "str"),
        (lambda: ending(layers.Lambda(lambda x: x, name="odd"), *head()), "layer 'odd'", "Lambda"),
        (lambda: ending(layers.Conv2DTranspose(2, 3, name="up"), *head()), "layer 'up'", "Conv2DTranspose"),
        (lambda: ending(Doubled(2, 3, name="doubled"), *head()), "layer 'doubled'", "Doubled"),
        (lambda: ending(layers.Dense(3, name="classes"), shape=(5,)), "model 'stranger'", "not a batch of images"),
        (lambda: ending(layers.Dense(3, name="classes")), "layer 'classes'", "feature map"),
        (lambda: ending(layers.Conv2D(3, 3, name="conv")), "layer 'conv'", "feature map"),
        (lambda: ending(layers.Conv2D(3, 3, name="c"), layers.Flatten(name="flatten")), "layer 'flatten'", "flattened"),
        (lambda: ending(layers.Flatten(name="f"), layers.BatchNormalization(name="norm")), "layer 'norm'", "flattened"),
        (lambda: ending(layers.Flatten(name="f"), layers.Softmax(name="soft")), "layer 'soft'", "flattened"),
        (
            lambda: ending(layers.Flatten(name="f"), layers.Activation("softmax", name="soft")),
            "layer 'soft'",
            "flattened",
        ),
        (lambda: ending(layers.Softmax(axis=1, name="soft"), *head()), "layer 'soft'", "axis 1"),
        (lambda: ending(layers.BatchNormalization(axis=2, name="norm"), *head()), "layer 'norm'", "axis 2"),
        (lambda: ending(layers.Reshape((6, 24, 1), name="odd"), *head()), "layer 'odd'", "(6, 24, 1)"),
        (
            lambda: ending(layers.Conv2D(2, 3, activation=lambda x: x, name="conv"), *head()),
            "layer 'conv'",
            "not Keras' own",
        ),
        (
            lambda: ending(
                layers.Conv2D(2, 3, name="conv"), layers.GlobalMaxPooling2D(name="p"), shape=(None, None, 1)
            ),
            "model 'stranger'",
            "no fixed size",
        ),
        (lambda: keras.Sequential(head(), name="unbuilt"), "model 'unbuilt'", "no known input"),
        (Subclassed, "model 'subclassed'", "no known input"),
        (squeeze_and_excitation, "layer 'excite'", "pooled map"),
        (unaligned, "layer 'add'", "stride"),
        (two_inputs, "model", "2 inputs"),
        (two_outputs, "model", "2 outputs"),
        (fixed_batch, "model", "batch size of 4"),
        (operator, "layer", "more than its input tensors"),
        (reused_dense, "layer 'square'", "shared"),
    ],
)
def test_refused(make: Callable[[], Any], where: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(make())
    assert caught.value.where.startswith(where)
    assert received in caught.value.received
    assert caught.value.mend


def test_channels_first_is_refused() -> None:
    model = ending(layers.Conv2D(2, 3, data_format="channels_first", name="conv"), *head(), shape=(1, 12, 12))
    with pytest.raises(InputError, match="channels first"):
        convolutionalize(model)


def test_unknown_head_is_refused() -> None:
    with pytest.raises(InputError, match=r"head: received 'pixel'.*window, cell"):
        convolutionalize(keras.Sequential(head()), "pixel")
