"""A Lambda is refused with the layer that does the same; what its code is was looked at, and never run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import fullconv
from fullconv.errors import InputError
from fullconv.models.files.refused.lambdas import replacement

K = tf = keras.ops  # what old code calls its backend


def grey(x: Any) -> Any:
    return tf.image.rgb_to_grayscale(x)


HARMLESS: list[tuple[Callable[..., Any], str]] = [
    (lambda x: x / 255, "keras.layers.Rescaling(1 / 255)"),
    (lambda x: x / 255.0, "keras.layers.Rescaling(1 / 255)"),
    (lambda x: x / 255.0 - 0.5, "keras.layers.Rescaling(1 / 255, offset=-0.5)"),
    (lambda x: x / 127.5 - 1, "keras.layers.Rescaling(1 / 127.5, offset=-1)"),
    (lambda x: x / 127.5 - 1.0, "keras.layers.Rescaling(1 / 127.5, offset=-1)"),
    (lambda x: x * 2.0 - 1.0, "keras.layers.Rescaling(2, offset=-1)"),
    (lambda x: (x * 2) - 1, "keras.layers.Rescaling(2, offset=-1)"),
    (lambda x: tf.image.rgb_to_grayscale(x), "keras.layers.Conv2D(1, 1, use_bias=False)"),
    (lambda x: tf.image.resize(x, (224, 224)), "images of the final size"),
    (lambda x: K.expand_dims(x, -1), "keras.layers.Reshape"),
    (lambda x: tf.nn.l2_normalize(x, axis=1), "keras.layers.UnitNormalization()"),
]


@pytest.mark.parametrize(("function", "layer"), HARMLESS)
@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore")
def test_a_harmless_one_is_told_with_its_replacement(
    tmp_path: Path, function: Callable[..., Any], layer: str, suffix: str
) -> None:
    image = keras.Input((4, 4, 3))
    made = keras.layers.Lambda(function, output_shape=(4, 4, 3), name="scaled")
    made.compute_output_spec = lambda inputs, **_: keras.KerasTensor((None, 4, 4, 3))
    keras.Model(image, keras.layers.Dense(2)(made(image))).save(tmp_path / f"my.{suffix}")
    with pytest.raises(InputError) as caught:
        fullconv.load_classifier(tmp_path / f"my.{suffix}")
    assert "layer 'scaled' is a Lambda" in caught.value.received
    assert layer in caught.value.mend
    assert len(str(caught.value)) <= 400
    assert "safe_mode" not in str(caught.value)


def test_a_function_s_name_is_enough() -> None:
    assert "Conv2D(1, 1" in replacement({"function": "rgb_to_grayscale", "function_type": "function"})


@pytest.mark.parametrize(
    "config", [{}, {"function": None}, {"function": []}, {"function": ["!"]}, {"function": {"config": 3}}]
)
def test_what_cannot_be_read_is_told_as_well(config: dict[str, Any]) -> None:
    assert "Rescaling" in replacement(config)


def test_the_replacements_compute_the_same() -> None:
    x = np.random.default_rng(0).random((1, 4, 4, 3)).astype(np.float32)
    same = np.testing.assert_allclose
    layers = keras.layers
    same(layers.Rescaling(1 / 255)(x), x / 255, rtol=1e-6)
    same(layers.Rescaling(1 / 127.5, offset=-1)(x), x / 127.5 - 1, rtol=1e-6)
    same(layers.Rescaling(1 / 255, offset=-0.5)(x), x / 255 - 0.5, rtol=1e-6)
    same(layers.Rescaling(2, offset=-1)(x), x * 2 - 1, atol=1e-6)
    same(layers.Reshape((4, 4, 3, 1))(x), np.expand_dims(x, -1))
    conv = layers.Conv2D(1, 1, use_bias=False)
    conv.build((None, 4, 4, 3))
    conv.set_weights([np.array([0.2989, 0.587, 0.114]).reshape(1, 1, 3, 1)])
    same(conv(x)[..., 0], x @ np.array([0.2989, 0.587, 0.114], np.float32), rtol=1e-5)
    import tensorflow

    same(conv(x), tensorflow.image.rgb_to_grayscale(x), rtol=1e-3)
