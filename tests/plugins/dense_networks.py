"""Small networks with what dense engines have to deal with: strides, branches, padding, inner pools."""

import keras
import numpy as np

from fullconv.convert.conversion import Conversion

L = keras.layers


def weighted(model: keras.Model, seed: int = 0) -> keras.Model:
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            variable.assign(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
        else:
            positive = variable.name in ("gamma", "moving_variance")
            variable.assign(rng.uniform(0.5, 1.5, shape) if positive else rng.normal(0, 0.3, shape))
    return model


def plain() -> keras.Model:
    """Window 22 × 24, stride 4, no padding."""
    image = L.Input((22, 24, 2))
    x = L.MaxPooling2D(2)(L.Conv2D(4, 3, activation="relu")(image))
    x = L.MaxPooling2D(2)(L.Conv2D(6, 3, activation="relu")(x))
    return weighted(keras.Model(image, L.Dense(3, activation="softmax")(L.Flatten()(x))))


def rich() -> keras.Model:
    """Padding, branches, normalization, an inner pool, operators: stride 8."""
    image = L.Input((32, 29, 3))
    x = L.Conv2D(8, 3, strides=2, padding="same")(L.Rescaling(2.0, -1.0)(image))
    x = L.ReLU()(L.BatchNormalization()(x)) * 0.5
    one = L.DepthwiseConv2D(3, padding="same")(L.Conv2D(8, 3, strides=2, padding="same", groups=2)(x))
    other = L.AveragePooling2D(3, strides=2, padding="same")(x)
    x = L.MaxPooling2D(3, strides=2, padding="same")(L.Add()([one, other]))
    gate = L.Dense(8, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(x))
    x = L.SeparableConv2D(12, 3, padding="same", activation="relu")(L.Multiply()([x, gate]))
    return weighted(keras.Model(image, L.Dense(4, activation="softmax")(L.GlobalMaxPooling2D()(x))))


def forked() -> keras.Model:
    """Two branches that split a stride of 6 × 4 into other factors, and a third that takes it at once."""
    image = L.Input((24, 24, 1))
    one = L.Conv2D(3, 1, strides=(3, 2), activation="tanh")(L.MaxPooling2D((2, 2))(image))
    other = L.Conv2D(3, 1, strides=(2, 2), activation="tanh")(L.MaxPooling2D((3, 2))(image))
    third = L.MaxPooling2D((6, 4))(L.Conv2D(3, 1, activation="tanh")(image))
    x = L.Concatenate()([one, other, third])
    return weighted(keras.Model(image, L.Dense(3, activation="softmax")(L.Flatten()(x))))


def images_for(conversion: Conversion, height: int, width: int, count: int = 1) -> np.ndarray:
    shape = (count, height, width, conversion.model.input_shape[-1])
    return np.random.default_rng(1).random(shape, dtype=np.float32)
