"""Subclasses of Keras' layers: one that changes nothing is its parent, any other needs a rule of its own."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.convert.rules.registry import RULES, rule
from fullconv.convert.rules.spatial import convolution
from fullconv.errors import InputError
from fullconv.models.storage import load_model, save_model

Equal = Callable[..., Conversion]


class DepthwiseConv2D(layers.DepthwiseConv2D):
    """What files of Keras 2 are loaded with: `groups` is dropped."""

    def __init__(self, *args: Any, groups: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": 1}


class Named(DepthwiseConv2D):
    """A subclass of a subclass."""


class Pool(layers.GlobalAveragePooling2D):
    """Another that changes nothing."""


class Slope(layers.ReLU):
    """A setting of its own, handed to the parent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(negative_slope=0.3, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Slope":
        return cls(name=config["name"])


class Doubled(layers.DepthwiseConv2D):
    """A call of its own."""

    def call(self, inputs: Any) -> Any:
        return 2 * super().call(inputs)


class Weighed(layers.Conv2D):
    """A method that its parent's call uses."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        return super().convolution_op(inputs, kernel / 2)


class Own(layers.Layer):
    """A layer of its own."""

    def call(self, inputs: Any) -> Any:
        return inputs + 1


def with_layer(*middle: layers.Layer, pool: type = layers.GlobalAveragePooling2D) -> keras.Model:
    return keras.Sequential([keras.Input((9, 11, 3)), *middle, pool(name="pool"), layers.Dense(3, name="classes")])


@pytest.mark.parametrize(
    "middle",
    [
        [DepthwiseConv2D(3, depth_multiplier=2, groups=1, name="own")],
        [Named(3, strides=2, padding="same", name="own")],
        [layers.Conv2D(4, 3), Slope(name="own")],
        [keras.Sequential([keras.Input((9, 11, 3)), DepthwiseConv2D(3, name="own")], name="inner")],
    ],
)
def test_a_subclass_that_changes_nothing_is_its_parent(middle: list[Any], equal: Equal) -> None:
    conversion = equal(with_layer(*middle))
    kinds = {type(layer) for layer in conversion.model.layers}
    assert all(kind.__module__.startswith(("keras.", "fullconv.")) for kind in kinds)


def test_its_copies_stay_what_they_are(equal: Equal) -> None:
    """One layer called twice has one set of weights; the classifier keeps its own class and weights."""
    image = keras.Input((9, 11, 3))
    own = DepthwiseConv2D(3, name="own")
    classifier = keras.Model(image, layers.Dense(3)(Pool(name="pool")(own(own(image)))))
    conversion = equal(classifier)
    assert conversion.model.count_params() == classifier.count_params()
    assert type(classifier.get_layer("own")) is DepthwiseConv2D
    assert convolutionalize(classifier, "cell").cellwise
    rows = {row.name: row for row in cost(classifier).layers}
    assert rows["own"].multiply_accumulates == 3 * 9 * 5 * 7
    assert rows["own"].receptive_field == (5, 5)


def test_channels_first(equal: Equal) -> None:
    class Conv(layers.Conv2D):
        """Nothing changed."""

    made = [
        keras.Input((3, 9, 11)),
        Conv(4, 3, data_format="channels_first"),
        layers.GlobalMaxPooling2D(data_format="channels_first"),
        layers.Dense(3),
    ]
    equal(keras.Sequential(made))


def test_the_conversion_is_saved_without_the_subclass(tmp_path: Any) -> None:
    save_model(convolutionalize(with_layer(DepthwiseConv2D(3, name="own"))).model, tmp_path / "a.keras")
    assert load_model(tmp_path / "a.keras").get_layer("own").__class__ is layers.DepthwiseConv2D


def changed_in_place() -> layers.Layer:
    layer = layers.DepthwiseConv2D(3, name="own")
    layer.call = lambda inputs: inputs[:, 1:-1, 1:-1] * 2
    return layer


@pytest.mark.parametrize(
    ("layer", "received"),
    [
        (Doubled(3, name="own"), "Doubled is a subclass of Keras' DepthwiseConv2D with its own call()"),
        (
            Weighed(3, 3, name="own"),
            "Weighed is a subclass of Keras' Conv2D with its own convolution_op()",
        ),
        (Own(name="own"), "test_subclasses.Own: no rule"),
        (layers.UpSampling2D(name="own"), "UpSampling2D: makes a map finer"),
        (layers.Conv2DTranspose(3, 3, name="own"), "Conv2DTranspose"),
    ],
)
def test_refused_by_module_class_and_what_it_changes(layer: Any, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(with_layer(layer))
    assert caught.value.where == "layer 'own'"
    assert received in caught.value.received
    assert len(str(caught.value)) <= 400


def test_a_layer_changed_in_place_is_refused() -> None:
    with pytest.raises(InputError, match="call"):
        convolutionalize(with_layer(changed_in_place()))


def test_the_mend_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of one's own is found before the parent's; and the parent itself converts."""
    monkeypatch.setitem(RULES, Doubled, lambda rewrite, layer, values: values[0])
    assert convolutionalize(with_layer(Doubled(3, name="own"))).exact
    monkeypatch.delitem(RULES, Doubled)
    rule(Named)(convolution)
    try:
        classifier = with_layer(Named(3, name="own"))
        assert type(convolutionalize(classifier).model.get_layer("own")) is Named
    finally:
        del RULES[Named]
    classifier = with_layer(layers.DepthwiseConv2D(3, name="own"))
    image = np.ones((1, 9, 11, 3), np.float32)
    np.testing.assert_allclose(convolutionalize(classifier).forward(image)[0, 0, 0], classifier(image)[0], atol=1e-6)
