"""Kernels as pictures: which numbers lie where, how many, and the limit."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.errors import InputError
from fullconv.inspect.kernels import MOST_FILTERS, MOST_PLANES, kernel_pictures


def by_name(model: Any) -> dict[str, Any]:
    return {one.name: one for one in kernel_pictures(model)}


def test_each_layer_once_and_nested_models_entered(nested: Any) -> None:
    # `hidden` reads a flattened map through a dropout; `classes` reads no map.
    assert sorted(by_name(nested)) == ["block/conv", "block/each", "conv", "hidden", "twice"]


def test_a_plane_is_the_kernel_of_its_input_and_filter(nested: Any) -> None:
    found = by_name(nested)["block/conv"]
    kernel = np.asarray(nested.get_layer("block").get_layer("conv").kernel)
    assert found.pictures.shape == (4, 6, 3, 3)
    assert (found.inputs, found.filters) == (4, 6)
    for row in range(4):
        for column in range(6):
            np.testing.assert_array_equal(found.pictures[row, column], kernel[:, :, row, column])


def test_a_depthwise_filter_stands_alone(nested: Any) -> None:
    found = by_name(nested)["block/each"]
    kernel = np.asarray(nested.get_layer("block").get_layer("each").kernel)
    assert found.pictures.shape == (1, 12, 3, 3)
    np.testing.assert_array_equal(found.pictures[0, 7], kernel[:, :, 3, 1])


def test_a_dense_unit_on_a_flattened_map_is_a_filter_of_its_size(nested: Any) -> None:
    """The unit's answer is the sum of products of the map with its planes."""
    found = by_name(nested)["hidden"]
    assert found.pictures.shape == (12, 5, 5, 4)
    values = np.random.default_rng(1).random((5, 4, 12))
    dense = values.reshape(-1) @ np.asarray(nested.get_layer("hidden").kernel)
    np.testing.assert_allclose(np.einsum("hwc,cfhw->f", values, found.pictures), dense, rtol=1e-5)


@pytest.mark.parametrize(("channels", "shape"), [(3, (1, 5, 2, 2, 3)), (1, (1, 5, 2, 2)), (2, (2, 5, 2, 2))])
def test_only_a_layer_that_reads_rgb_is_coloured(channels: int, shape: tuple[int, ...], fill: Any) -> None:
    model = fill(
        keras.Sequential(
            [
                keras.Input((6, 6, channels)),
                layers.Rescaling(2.0),
                layers.Conv2D(5, 2, name="first"),
                layers.Conv2D(3, 1, name="three"),
                layers.Conv2D(4, 2, name="deep"),
            ]
        )
    )
    found = by_name(model)
    assert found["first"].pictures.shape == shape
    assert found["first"].coloured == (channels == 3)
    assert found["deep"].pictures.shape == (3, 4, 2, 2)
    if channels == 3:
        np.testing.assert_array_equal(
            found["first"].pictures[0, 4], np.asarray(model.get_layer("first").kernel)[..., 4]
        )


def test_no_more_pictures_than_stated_and_the_limit_is_of_the_whole_layer(fill: Any) -> None:
    model = fill(
        keras.Sequential(
            [keras.Input((4, 4, 1)), layers.Conv2D(80, 2, name="alone"), layers.SeparableConv2D(20, 2, name="apart")]
        )
    )
    found = by_name(model)
    assert found["alone"].pictures.shape == (1, MOST_FILTERS, 2, 2)
    assert found["apart depthwise"].pictures.shape == (1, MOST_FILTERS, 2, 2)
    assert found["apart pointwise"].pictures.shape == (MOST_PLANES, MOST_PLANES, 1, 1)
    assert (found["apart pointwise"].inputs, found["apart pointwise"].filters) == (80, 20)
    kernel = np.abs(np.asarray(model.get_layer("apart").pointwise_kernel)).ravel()
    limit = found["apart pointwise"].limit
    assert (kernel <= limit).mean() == pytest.approx(0.995, abs=1 / kernel.size)


def test_a_channels_first_map_is_flattened_as_keras_does(fill: Any) -> None:
    image = keras.Input((2, 3, 4))
    flat = layers.Flatten(data_format="channels_first", name="flatten")
    model = fill(keras.Model(image, layers.Dense(5, name="dense")(flat(image))))
    (found,) = kernel_pictures(model)
    values = np.random.default_rng(1).random((2, 3, 4)).astype(np.float32)
    answer = np.asarray(model(values[None])) - np.asarray(model.get_layer("dense").bias)
    np.testing.assert_allclose(np.einsum("chw,cfhw->f", values, found.pictures), answer[0], rtol=1e-5)


def test_a_model_without_a_graph_is_refused() -> None:
    class Own(keras.Model):
        def call(self, image: Any) -> Any:
            return image

    with pytest.raises(InputError, match="no graph of layers"):
        kernel_pictures(Own())
