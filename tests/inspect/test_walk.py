"""The walk: names, order, nested models, layers that are called twice."""

from typing import Any

import keras
import pytest
from keras import layers

from fullconv.errors import InputError
from fullconv.inspect.walk import input_name, walk


def test_every_call_has_a_name_of_its_own_in_the_order_of_computing(nested: Any) -> None:
    names: list[str] = []

    def visit(name: str, step: Any, values: list[Any]) -> list[Any]:
        names.append(name)
        return [name] * len(step.outputs)

    assert walk(nested, input_name(nested), visit) == ["classes"]
    assert len(set(names)) == len(names)
    assert {"twice", "twice:2", "block/conv", "block/each", "conv"} <= set(names)
    assert "block" not in names
    order = [names.index(one) for one in ("conv", "twice", "twice:2", "sum", "block/conv", "pool", "hidden", "classes")]
    assert order == sorted(order)


def test_a_layer_is_given_what_the_layers_before_it_made(nested: Any) -> None:
    read: dict[str, list[str]] = {}

    def visit(name: str, step: Any, values: list[Any]) -> list[Any]:
        read[name] = values
        return [name] * len(step.outputs)

    walk(nested, "image", visit)
    assert read["sum"] == ["conv", "twice:2"]
    assert read["block/conv"] == ["sum"]
    assert read["pool"] == ["block/each"]


def test_a_nested_model_that_is_called_twice_is_entered_twice() -> None:
    inner = keras.Sequential([keras.Input((4, 4, 1)), layers.ReLU(name="relu")], name="inner")
    image = keras.Input((4, 4, 1), name="image")
    names: list[str] = []

    def visit(name: str, step: Any, values: list[Any]) -> list[Any]:
        names.append(name)
        return [name]

    walk(keras.Model(image, inner(inner(image))), "image", visit)
    assert names == ["inner/relu", "inner:2/relu"]


def test_a_model_of_two_images_is_refused() -> None:
    both = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    with pytest.raises(InputError, match="reads 2 inputs"):
        walk(keras.Model(both, layers.Add()(both)), "image", lambda name, step, values: values)
