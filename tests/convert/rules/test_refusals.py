"""What cannot be converted faithfully is refused by name, with a reason."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
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


def reused_dense() -> keras.Model:
    """A dense layer over a flattened map and again over its own output."""
    image = keras.Input((2, 2, 2), name="image")
    square = layers.Dense(8, name="square")
    return keras.Model(image, square(square(layers.Flatten(name="flatten")(image))))


class Overridden(keras.Model):
    """A model with a graph that it does not compute."""

    def call(self, inputs: Any) -> Any:
        return 2 * super().call(inputs)


def overridden() -> keras.Model:
    image = keras.Input((12, 12, 1), name="image")
    return Overridden(image, layers.Dense(2)(layers.Flatten()(image)), name="overridden")


def overridden_inside() -> keras.Model:
    inner_image = keras.Input((12, 12, 1), name="image")
    inner = Overridden(inner_image, layers.Conv2D(2, 3)(inner_image), name="inner")
    return ending(inner, *head())


def tokens(*attend: Any) -> keras.Model:
    """A vision transformer: patches in a row, each looking at all."""
    image = keras.Input((12, 12, 1), name="image")
    x = layers.Reshape((9, 4), name="tokens")(layers.Conv2D(4, 4, strides=4, name="patches")(image))
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    return keras.Model(image, layers.Dense(2, name="classes")(layers.GlobalAveragePooling1D(name="pool")(x)))


def attention_on_a_map() -> keras.Model:
    """Attention over rows and columns at once, without a reshape."""
    image = keras.Input((6, 6, 4), name="image")
    x = layers.MultiHeadAttention(2, 2, attention_axes=(1, 2), name="attention")(image, image)
    return keras.Model(image, layers.Dense(2, name="classes")(layers.Flatten(name="flatten")(x)))


def rounding_inside() -> keras.Model:
    """A nested model that reads whole numbers."""
    inner = keras.Sequential(
        [keras.Input((12, 12, 1), dtype="uint8", name="image"), layers.Rescaling(0.5, name="half")], name="inner"
    )
    return ending(layers.Rescaling(255.0, name="bright"), inner, *head())


def masked() -> keras.Model:
    """A call with more than the layer's input."""
    image = keras.Input((4, 4, 1), name="image")
    x = layers.Dense(2, name="classes")(layers.Flatten(name="flatten")(image))
    return keras.Model(image, layers.Softmax(name="masked")(x, mask=np.ones((1, 2), bool)))


def joined(join: Any, *branches: Any) -> keras.Model:
    image = keras.Input((4, 4, 2), name="image")
    x = join([branch(image) for branch in branches])
    return keras.Model(image, layers.Dense(2, name="classes")(x))


@pytest.mark.parametrize(
    ("make", "where", "received"),
    [
        (lambda: "not a model", "classifier", "a path"),
        (lambda: ending(layers.Lambda(lambda x: x, name="odd"), *head()), "layer 'odd'", "Lambda"),
        (lambda: ending(layers.Conv2DTranspose(2, 3, name="up"), *head()), "layer 'up'", "Conv2DTranspose"),
        (lambda: ending(Doubled(2, 3, name="doubled"), *head()), "layer 'doubled'", "Doubled"),
        (lambda: ending(layers.Dense(3, name="classes"), shape=(5,)), "model 'stranger'", "not a batch of images"),
        (lambda: ending(layers.Dense(3, name="classes")), "layer 'classes'", "feature map"),
        (lambda: ending(layers.Conv2D(3, 3, name="conv")), "layer 'conv'", "feature map"),
        (lambda: ending(layers.Conv2D(3, 3, name="c"), layers.Flatten(name="flatten")), "layer 'flatten'", "flattened"),
        (
            lambda: ending(layers.Flatten(name="f"), layers.BatchNormalization(name="norm")),
            "layer 'norm'",
            "flattened",
        ),
        (lambda: ending(layers.PReLU(name="slope"), *head()), "layer 'slope'", "slope of its own in each place"),
        (lambda: ending(layers.LayerNormalization(axis=[1, 2, 3], name="norm"), *head()), "layer 'norm'", "[1, 2, 3]"),
        (lambda: ending(layers.Normalization(axis=(1, 2, 3), name="norm"), *head()), "layer 'norm'", "(1, 2, 3)"),
        (lambda: ending(layers.UnitNormalization(axis=1, name="norm"), *head()), "layer 'norm'", "axis 1"),
        (lambda: ending(layers.GroupNormalization(1, name="norm"), *head()), "layer 'norm'", "the whole map"),
        (lambda: ending(layers.UpSampling2D(2, name="up"), *head()), "layer 'up'", "finer"),
        (lambda: ending(layers.Resizing(6, 6, name="small"), *head()), "layer 'small'", "same size whatever"),
        (lambda: ending(layers.RandomCrop(6, 6, name="small"), *head()), "layer 'small'", "same size whatever"),
        (lambda: ending(layers.CenterCrop(14, 12, name="large"), *head()), "layer 'large'", "enlarges"),
        (lambda: ending(layers.Permute((2, 1, 3), name="turn"), *head()), "layer 'turn'", "mix"),
        (lambda: ending(layers.Reshape((144, 1), name="row"), *head()), "layer 'row'", "(144, 1)"),
        (
            lambda: ending(layers.SpectralNormalization(layers.Conv2D(2, 3), name="wrap"), *head()),
            "layer 'wrap'",
            "wraps",
        ),
        (
            lambda: ending(
                layers.GlobalMaxPooling2D(keepdims=True, name="p"), layers.Conv2D(2, 3, padding="same", name="c")
            ),
            "layer 'c'",
            "3×3 kernel over a pooled map",
        ),
        (
            lambda: ending(layers.GlobalMaxPooling2D(keepdims=True, name="pool")),
            "layer 'pool'",
            "the output is a pooled",
        ),
        (
            lambda: ending(layers.Conv2D(2, 3, activation=keras.layers.ReLU(), name="conv"), *head()),
            "layer 'conv'",
            "not Keras' own",
        ),
        (tokens, "layer 'tokens'", "(9, 4)"),
        (attention_on_a_map, "layer 'attention'", "attends over a fixed number of tokens"),
        (overridden, "model 'overridden'", "own call()"),
        (overridden_inside, "model 'inner'", "own call()"),
        (rounding_inside, "layer 'inner'", "rounds its input to uint8"),
        (masked, "layer 'masked'", "mask"),
        (
            lambda: joined(
                layers.Concatenate(name="both", axis=1),
                layers.Conv2D(2, 2, name="a"),
                layers.Conv2D(2, 2, name="b"),
            ),
            "layer 'both'",
            "along axis 1",
        ),
    ],
)
def test_refused(make: Callable[[], Any], where: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(make())
    assert caught.value.where.startswith(where)
    assert received in caught.value.received
    assert caught.value.mend


def test_unknown_head_is_refused() -> None:
    with pytest.raises(InputError, match=r"head: received 'pixel'.*window, cell"):
        convolutionalize(keras.Sequential(head()), "pixel")
