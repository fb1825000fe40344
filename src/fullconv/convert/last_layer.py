"""What a network's scores are: what its last layers apply to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from fullconv.convert.graph import Operator, graph_of, is_nested
from fullconv.errors import InputError

# They leave the kind of scores as it is: a mean of distributions is one.
_PASSED = (
    "ActivityRegularization", "Cropping2D", "Dropout", "Flatten", "Identity", "Permute", "Reshape", "SpatialDropout2D",
    "cast", "identity", "reshape", "squeeze",
)  # fmt: skip
_MEANS = ("AveragePooling2D", "GlobalAveragePooling2D", "mean")


def activation_of(model: Any) -> str | None:
    """Return the activation of a network's scores, such as `softmax`; None: its last layer is of another kind.

    A layer with a kernel and no activation is `linear`.
    """
    layer = last_layer(model)
    if isinstance(layer, Operator):
        return layer.function
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    activation = getattr(layer, "activation", None)
    if activation is not None:
        name = getattr(activation, "__name__", type(activation).__name__)
        return str(name).lower()
    if getattr(layer, "kernel", None) is not None:
        return "linear"
    return type(layer).__name__.lower() if type(layer).__name__ in ("ReLU", "LeakyReLU", "PReLU", "ELU") else None


def last_layer(model: Any, behind: tuple[str, ...] = _PASSED + _MEANS) -> Any:
    """Return the layer or operator that decides what kind of numbers the scores are; None: it cannot be told.

    Layers of the kinds `behind` may come after it.
    """
    try:
        graph = graph_of(model)
    except InputError:
        return None
    makes = {output: step for step in graph.steps for output in step.outputs}
    wanted = id(graph.outputs[0])
    while wanted in makes:
        step = makes[wanted]
        if is_nested(step.layer):
            return last_layer(step.layer, behind)
        kind = step.layer.function if isinstance(step.layer, Operator) else type(step.layer).__name__
        if kind not in behind or len(step.inputs) != 1:
            return step.layer
        (wanted,) = step.inputs
    return None


@contextmanager
def without_activation(model: Any) -> Iterator[bool]:
    """Take the last activation off a network meanwhile; yields whether there was one that could be taken."""
    layer = last_layer(model, _PASSED)
    activation = getattr(layer, "activation", None)
    if activation is not None:
        layer.activation = keras.activations.linear
    try:
        yield activation is not None
    finally:
        if activation is not None:
            layer.activation = activation


def open_sigmoid(model: Any) -> bool:
    """Take the sigmoid off a network whose last layer applies it; return whether there was one to take.

    Its scores are logits then: single precision rounds a probability to 1 from 17 on, and a logit never.
    """
    layer = last_layer(model, _PASSED)  # the mean of sigmoids is not the sigmoid of a mean
    if getattr(layer, "activation", None) is not keras.activations.sigmoid:
        return False
    layer.activation = keras.activations.linear
    return True
