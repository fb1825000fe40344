"""In which range a network reads pixels, as its own first layers tell: what they make of them is a range in use."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.graph import Operator, Slot, graph_of, is_nested
from fullconv.convert.weights import moments
from fullconv.errors import InputError
from fullconv.models.pixels import AUTO, PLAIN, checked_range

Numbers = npt.NDArray[np.float64]
Affine = tuple[Numbers, Numbers]  # factor and shift, of one number or one a channel

_RAW = {"0..1": (0.0, 1.0), "0..255": (0.0, 255.0), "-1..1": (-1.0, 1.0)}
# What networks compute with: plain, about 0, less ImageNet's means over its deviations (with and without), bytes.
_USED = ((0.0, 1.0), (-1.0, 1.0), (-0.5, 0.5), (-2.12, 2.64), (-0.48, 0.55), (0.0, 255.0), (-124.0, 151.0))
# By how much of a used range's width both ends together may lie off it.
_OFF = 0.35
# They leave the range of pixels as it is.
_PASSED = (
    "CenterCrop", "Dropout", "GaussianNoise", "Identity", "InputLayer", "Permute", "RandomBrightness", "RandomContrast",
    "RandomCrop", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "Reshape", "Resizing",
    "SpatialDropout2D", "ZeroPadding2D",
)  # fmt: skip
_SIGNS = ("divide", "true_divide", "multiply", "subtract", "add")
_PASSED_SIGNS = ("cast", "flip", "get_item", "identity")


def range_of_layers(model: Any) -> str | None:
    """Return the range of pixels that the first layers of a classifier or a conversion ask for; None: they say nothing.

    Rescaling, normalization and arithmetic before the first layer that mixes pixels make one factor and one shift: of
    0..1, 0..255 and -1..1 it is the range that these bring nearest to one that networks are trained in.
    """
    if not isinstance(model, keras.Model):
        return None
    try:
        steps = list(_affine(model))
    except InputError:
        return None  # it has no graph; what converts it says so
    factor, shift = np.ones(1), np.zeros(1)
    for more, moved in steps:
        factor, shift = factor * more, shift * more + moved
    return _nearest(factor, shift) if steps else None


def range_read(model: Any, wanted: str, where: str = "pixels") -> str:
    """Return the range `wanted`; of `auto` what the first layers ask for, else 0..1.

    Raises:
        InputError: no such range, or one that images of so many channels do not have.
    """
    if wanted == AUTO:
        return range_of_layers(model) or PLAIN
    return checked_range(wanted, int(model.input_shape[-1]), where)


def _nearest(factor: Numbers, shift: Numbers) -> str | None:
    off = {}
    for name, (low, high) in _RAW.items():
        ends = np.sort([np.mean(low * factor + shift), np.mean(high * factor + shift)])
        off[name] = min((abs(ends[0] - a) + abs(ends[1] - b)) / (b - a) for a, b in _USED)
    best = min(off, key=lambda name: off[name])
    return best if off[best] <= _OFF else None


def _affine(model: Any) -> Iterator[Affine]:
    """Yield the factor and shift of each layer that rescales, up to the first that does anything else."""
    graph = graph_of(model)
    seen = {id(graph.inputs[0])}
    for step in graph.steps:
        if not seen.intersection(step.inputs):
            continue
        layer = step.layer
        if is_nested(layer):
            yield from _affine(layer)
            return
        found = _of_operator(layer) if isinstance(layer, Operator) else _of_layer(layer)
        if found is None:
            return
        yield from found
        seen = set(step.outputs)


def _of_layer(layer: Any) -> list[Affine] | None:
    """Return what a layer multiplies by and adds, nothing where it passes pixels on; None: it does something else."""
    if isinstance(layer, keras.layers.Rescaling):
        return [(_flat(layer.scale), _flat(layer.offset))]
    if isinstance(layer, keras.layers.Normalization):
        mean, variance = (_flat(one) for one in moments(layer))
        return [_normal(mean, np.sqrt(variance))] if not layer.invert else None
    if isinstance(layer, keras.layers.BatchNormalization):
        # Before anything else, its statistics are those of the pixels.
        mean, deviation = _flat(layer.moving_mean), np.sqrt(_flat(layer.moving_variance) + layer.epsilon)
        return [_normal(mean, deviation)]
    return [] if type(layer).__name__ in _PASSED else None


def _of_operator(operator: Operator) -> list[Affine] | None:
    if operator.function in _PASSED_SIGNS:
        return []
    if operator.function not in _SIGNS or len(operator.arguments) != 2:
        return None
    first, second = operator.arguments
    constant = second if isinstance(first, Slot) else first
    if isinstance(constant, Slot):
        return None
    try:
        number = _flat(constant)
    except (TypeError, ValueError):
        return None
    one, nought = np.ones(1), np.zeros(1)
    if operator.function == "multiply":
        return [(number, nought)]
    if operator.function == "add":
        return [(one, number)]
    if operator.function == "subtract":
        return [(one, -number)] if isinstance(first, Slot) else [(-one, number)]
    return [(1 / number, nought)] if isinstance(first, Slot) and number.all() else None


def _normal(mean: Numbers, deviation: Numbers) -> Affine:
    deviation = np.maximum(deviation, 1e-7)
    return 1 / deviation, -mean / deviation


def _flat(numbers: Any) -> Numbers:
    return np.asarray(keras.ops.convert_to_numpy(numbers), np.float64).reshape(-1)
