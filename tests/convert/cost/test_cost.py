"""What a network costs: products counted one by one, and sums from the literature."""

import math
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.cost.network import cost
from fullconv.convert.cost.table import COLUMNS, cost_line, cost_rows
from fullconv.errors import InputError


def of_layer(layer: Any, *shape: int) -> Any:
    """Return the cost of one layer on one input."""
    return cost(keras.Sequential([keras.Input(shape), layer]))


@pytest.mark.parametrize(
    ("filters", "channels", "side", "parameters"),
    [(32, 3, 6, 3_456), (64, 32, 5, 51_200), (128, 64, 3, 73_728), (128, 128, 3, 147_456)],
)
def test_parameters_of_banks_of_kernels(filters: int, channels: int, side: int, parameters: int) -> None:
    assert of_layer(layers.Conv2D(filters, side, use_bias=False), 12, 12, channels).parameters == parameters


def test_a_dense_layer_has_96_million_parameters_where_a_convolution_has_9() -> None:
    convolution = of_layer(layers.Conv2D(1, 3, use_bias=False), 100, 100, 1)
    assert convolution.layers[0].output_shape == (98, 98, 1)
    # One unit of the dense layer, which has one for each number: all of it would fill 400 MB.
    unit = of_layer(layers.Dense(1, use_bias=False), 100 * 100)
    assert unit.parameters * math.prod(convolution.layers[0].output_shape) == 96_040_000
    assert convolution.parameters == 9
    assert convolution.multiply_accumulates == 98 * 98 * 9
    assert unit.multiply_accumulates * 98 * 98 == 96_040_000


def inception(*branches: tuple[tuple[int, int], ...]) -> Any:
    """Return the cost of branches of `(maps, side)`, side by side on 28×28×192."""
    image = keras.Input((28, 28, 192))
    ends = []
    for branch in branches:
        x = image
        for maps, side in branch:
            x = layers.Conv2D(maps, side, padding="same")(x)
        ends.append(x)
    return cost(keras.Model(image, layers.Concatenate()(ends) if len(ends) > 1 else ends[0]))


def test_inception_arithmetic() -> None:
    assert inception(((32, 14),)).multiply_accumulates == 944_111_616
    assert inception(((32, 3),), ((32, 5),)).multiply_accumulates == 163_774_464
    reduced = inception(((32, 1),), ((16, 1), (32, 3)), ((16, 1), (32, 5)))
    assert reduced.multiply_accumulates == 23_281_664


sides = st.integers(1, 3)


@st.composite
def counted_layers(draw: Any) -> tuple[Any, dict[str, Any], tuple[int, ...]]:
    """Draw a layer's class and configuration that computes one sum of products a number, and what it reads."""
    kernel, stride = (draw(sides), draw(sides)), draw(st.integers(1, 2))
    groups, maps, channels = draw(sides), draw(sides), draw(sides)
    rows, cols = draw(st.integers(4, 8)), draw(st.integers(4, 8))
    image = (rows, cols, channels)
    common = {"kernel_size": kernel, "strides": stride}
    match draw(st.sampled_from(["conv", "dilated", "depthwise", "transposed", "dense", "einsum", "line", "space"])):
        case "conv":
            many = {"filters": groups * maps, "groups": groups}
            return layers.Conv2D, common | many, (rows, cols, groups * channels)
        case "dilated":
            return layers.Conv2D, {"filters": maps, "kernel_size": 2, "dilation_rate": 2}, image
        case "depthwise":
            return layers.DepthwiseConv2D, common | {"depth_multiplier": maps}, image
        case "transposed":
            even = {"kernel_size": kernel, "strides": min(kernel)}  # what is cropped off would not be seen
            return layers.Conv2DTranspose, even | {"filters": maps}, image
        case "dense":
            return layers.Dense, {"units": maps}, image
        case "einsum":
            equation, shape = draw(st.sampled_from([("abc,cde->abde", (rows, 2, maps)), ("...x,xy->...y", (maps,))]))
            return layers.EinsumDense, {"equation": equation, "output_shape": shape}, (rows, channels)
        case "line":
            return layers.Conv1D, {"filters": maps, "kernel_size": kernel[0], "strides": stride}, (rows, channels)
        case _:
            return layers.Conv3D, {"filters": maps, "kernel_size": 2}, (rows, cols, 3, channels)


@settings(max_examples=60, derandomize=True)
@given(counted_layers())
def test_products_counted_one_by_one(drawn: tuple[Any, dict[str, Any], tuple[int, ...]]) -> None:
    """Of ones with ones each product adds one to the sum of all outputs."""
    cls, config, shape = drawn
    model = keras.Sequential([keras.Input(shape), cls(**config)])
    ones = [np.full(weight.shape, weight.path.rpartition("/")[2] != "bias") for weight in model.weights]
    model.set_weights([one.astype(np.float32) for one in ones])
    products = float(np.sum(np.asarray(model(np.ones((1, *shape), np.float32)), dtype=np.float64)))
    assert cost(model).multiply_accumulates == products


def test_a_separable_kernel_is_two_convolutions() -> None:
    one = of_layer(layers.SeparableConv2D(5, 3, strides=2, depth_multiplier=2, padding="same"), 9, 8, 3)
    two = cost(
        keras.Sequential(
            [
                keras.Input((9, 8, 3)),
                layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2, padding="same", use_bias=False),
                layers.Conv2D(5, 1),
            ]
        )
    )
    assert one.multiply_accumulates == two.multiply_accumulates == 5 * 4 * 6 * 9 + 5 * 4 * 6 * 5
    assert one.parameters == two.parameters


def test_a_layer_of_two_calls_keeps_one_set_of_weights() -> None:
    image = keras.Input((8, 8, 2))
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    table = cost(keras.Model(image, shared(shared(image))))
    assert [layer.name for layer in table.layers] == ["shared", "shared"]
    assert [layer.parameters for layer in table.layers] == [38, 0]
    assert [layer.multiply_accumulates for layer in table.layers] == [8 * 8 * 36] * 2
    assert [layer.receptive_field for layer in table.layers] == [(3, 3), (5, 5)]


def test_nested_models_are_walked_and_counted_at_each_call() -> None:
    inner = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 3, name="conv")], name="inner")
    image = keras.Input((9, 9, 1))
    outer = keras.Model(image, layers.Conv2D(2, 1, name="last")(inner(inner(image))))
    table = cost(outer)
    assert [layer.name for layer in table.layers] == ["inner/conv", "inner/conv", "last"]
    assert [layer.output_shape for layer in table.layers] == [(7, 7, 1), (5, 5, 1), (5, 5, 2)]
    assert table.parameters == outer.count_params()
    assert table.multiply_accumulates == 9 * 49 + 9 * 25 + 50


class Own(layers.Layer):  # type: ignore[misc]
    """A person's own, without weights; who knows what it computes."""

    def call(self, inputs: Any) -> Any:
        return inputs


class OwnConvolution(layers.Conv2D):  # type: ignore[misc]
    """Computes something else than its parent."""

    def call(self, inputs: Any) -> Any:
        return super().call(inputs[..., ::-1])


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: layers.MultiHeadAttention(2, 3, name="odd")(x, x),
        lambda x: layers.Attention(name="odd")([x, x]),
        lambda x: layers.Dot(axes=2, name="odd")([x, x]),
        lambda x: layers.LSTM(3, name="odd")(x),
        lambda x: layers.Bidirectional(layers.GRU(3), name="odd")(x),
        lambda x: Own(name="odd")(x),
        lambda x: keras.ops.matmul(x, x),
    ],
)
def test_operations_that_are_not_known_are_never_none_at_all(layer: Any) -> None:
    image = keras.Input((4, 4))
    table = cost(keras.Model(image, layer(layers.Dense(4)(image))))
    first, odd = table.layers
    assert odd.multiply_accumulates is None
    assert not table.complete
    assert table.multiply_accumulates == first.multiply_accumulates == 64
    assert table.rows()[1][4] == "?"
    assert table.rows()[-1][4] == "at least 64"
    assert "at least" in cost_line(table.as_dict())


def test_a_subclass_of_a_known_layer_is_unknown() -> None:
    table = of_layer(OwnConvolution(2, 3), 8, 8, 1)
    assert table.layers[0].multiply_accumulates is None
    assert table.layers[0].receptive_field is None
    assert table.layers[0].parameters == 20


def test_normalizations_and_sums_count_as_none() -> None:
    image = keras.Input((8, 8, 4))
    x = layers.LayerNormalization()(layers.BatchNormalization()(layers.Rescaling(0.5)(image)))
    x = layers.GroupNormalization(2)(layers.PReLU(shared_axes=[1, 2])(x))
    table = cost(keras.Model(image, layers.Add()([x, image / 2])))
    assert table.complete
    assert table.multiply_accumulates == 0
    assert table.parameters == 4 * 4 + 2 * 4 + 4 + 2 * 4


def test_channels_first_costs_the_same() -> None:
    def build(layout: str) -> Any:
        shape = (12, 10, 2) if layout == "channels_last" else (2, 12, 10)
        axis = 3 if layout == "channels_last" else 1
        image = keras.Input(shape)
        x = layers.Conv2D(4, 3, strides=2, padding="same", groups=2, data_format=layout)(image)
        x = layers.SeparableConv2D(4, 3, data_format=layout)(x)
        x = layers.LayerNormalization(axis=axis)(x)
        x = layers.Concatenate(axis=axis)([x, x])
        x = layers.MaxPooling2D(2, data_format=layout)(x)
        return cost(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D(data_format=layout)(x))))

    last, first = build("channels_last"), build("channels_first")
    for one, two in zip(last.layers, first.layers, strict=True):
        keys = ("parameters", "multiply_accumulates", "receptive_field", "stride")
        assert [getattr(one, key) for key in keys] == [getattr(two, key) for key in keys]


def test_the_network_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()])

    def call(*_: Any) -> None:
        raise AssertionError("it ran")

    monkeypatch.setattr(layers.Conv2D, "call", call)
    nodes = len(model.layers[0]._inbound_nodes)
    assert cost(model, (30_000, 40_000, 3)).multiply_accumulates == 29_998 * 39_998 * 4 * 27
    assert len(model.layers[0]._inbound_nodes) == nodes


def test_a_table_is_rows_and_values_and_html() -> None:
    table = cost(
        keras.Sequential(
            [keras.Input((6, 6, 1)), layers.Conv2D(2, 3, name="a<b"), layers.Flatten(name="f"), layers.Dense(3)]
        )
    )
    rows = table.rows()
    assert rows == cost_rows(table.as_dict())
    assert rows[0] == ("a<b", "Conv2D", "4×4×2", "20", "288", "3×3", "1×1")
    assert rows[1][-2:] == ("whole image", "")
    assert rows[-1] == ("all layers", "", "", "119", "384", "", "")
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert table.as_dict()["layers"][0]["receptive_field"] == [3, 3]
    assert table.as_dict()["input_shape"] == [6, 6, 1]
    assert cost_line(table.as_dict()) == "6×6×1: 119 parameters, 384 multiply–accumulates"
    page = table._repr_html_()
    assert "<td>a&lt;b</td>" in page
    assert page.count("<tr>") == 5


OPEN = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 5, name="conv")], name="open")
SHRINKING = keras.Sequential([keras.Input((None, None, 1)), layers.MaxPooling2D(5, name="pool")])
FIXED = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(1, 5)], name="fixed")


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (OPEN, None, "open.*open sides"),
        (OPEN, (9, 9), r"\(9, 9\)"),
        (OPEN, (9, 9, 3), r"\(9, 9, 3\)"),
        (OPEN, (9, 0, 1), "at least 1"),
        (OPEN, (9, 9.0, 1), "whole numbers"),
        (OPEN, (4, 9, 1), "'conv'.*larger image"),
        (SHRINKING, (4, 9, 1), "'pool'.*larger image"),
        (FIXED, (9, 8, 1), "convert the classifier"),
        ("fixed", None, "a path"),
    ],
)
def test_what_cannot_be_counted_is_refused(model: Any, shape: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cost(model, shape)


def test_several_inputs_are_counted_without_fields() -> None:
    one, two = keras.Input((8, 8, 1)), keras.Input((4,))
    x = layers.Concatenate()([layers.Flatten()(layers.Conv2D(2, 3)(one)), two])
    model = keras.Model([one, two], layers.Dense(5)(x))
    table = cost(model)
    assert table.multiply_accumulates == 36 * 2 * 9 + 76 * 5
    assert {layer.receptive_field for layer in table.layers} == {None}
    assert table.as_dict()["input_shape"] == [[8, 8, 1], [4]]
    with pytest.raises(InputError, match="2 inputs"):
        cost(model, (8, 8, 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "published"),
    [
        # Tan and Le, EfficientNet, 2019, table 2; Sandler et al., MobileNetV2, 2018, table 4.
        ("EfficientNetB0", 0.39e9),
        ("MobileNetV2", 0.30e9),
        # He et al., Deep Residual Learning, 2016, table 1; Keras has the stride in each block's first layer.
        ("ResNet50", 3.8e9),
    ],
)
def test_networks_cost_what_their_papers_say(name: str, published: float) -> None:
    network = getattr(keras.applications, name)(weights=None)
    table = cost(network)
    assert table.complete
    assert table.multiply_accumulates == pytest.approx(published, rel=0.02)
    assert table.parameters == network.count_params()
    if name == "ResNet50":
        # Araujo et al., Computing Receptive Fields, 2019: 483 pixels.
        assert [layer for layer in table.layers if layer.stride][-1].receptive_field == (483, 483)
