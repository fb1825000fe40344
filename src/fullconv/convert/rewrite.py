"""The walk over a classifier's graph that builds the fully convolutional network."""

import inspect
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

import fullconv.convert.rules.every  # noqa: F401  # registers them
from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator, graph_of, is_nested
from fullconv.convert.rules.cells import check_activation
from fullconv.convert.rules.registry import RULES, Rule, dtype_of, refusal, rule_for
from fullconv.convert.rules.unfolding import FLATTENED, unfolded
from fullconv.convert.rules.values import Value
from fullconv.convert.subclasses import plain
from fullconv.convert.weights import fill, weights_of
from fullconv.errors import InputError


@dataclass(frozen=True)
class _Made:
    """What a layer of the classifier has become."""

    cls: type
    config: dict[str, Any]
    weights: list[Any]
    layer: Any

    def fits(self, cls: type, config: dict[str, Any], weights: list[Any]) -> bool:
        """Return whether it serves another call of the same layer."""
        same = (self.cls, self.config, len(self.weights)) == (cls, config, len(weights))
        return same and all(map(np.array_equal, self.weights, weights))


@dataclass
class Rewrite:
    """One conversion under way: the new layers so far, and what was found out."""

    head: str
    flip_kernels: bool = False
    inner_pools: frozenset[tuple[str, ...]] = frozenset()  # paths of pools whose summary is joined to a map
    window: Pair | None = None  # the classifier's, where maps cover an image to its end
    notes: list[str] = field(default_factory=list)
    cellwise: bool = False  # whether a global pool went, so that a cell is no longer the classifier
    padded: bool = False  # whether a layer pads
    _layers: dict[int, _Made] = field(default_factory=dict)  # by the original's id
    _plains: dict[int, Any] = field(default_factory=dict)  # by the original's id
    _names: set[str] = field(default_factory=set)
    _path: tuple[str, ...] = ()  # names of the nested models around the current layer

    def note(self, layer: Any, reason: str) -> None:
        """Record why a cell is not the classifier on its crop."""
        text = f"{self.full_name(layer)} {reason}"
        if text not in self.notes:
            self.notes.append(text)

    def note_padding(self, layer: Any, reason: str) -> None:
        """Record that a layer pads, and what a crop has there."""
        self.padded = True
        self.note(layer, reason)

    def spare(self, value: Value, stride: Pair) -> Pair:
        """Return how many cells are still to come, at training size, of the stride that the last cell stands for.

        Where a map covers an image to its end, n pixels begin ceil(n / S) strides of S pixels, and each has a cell.
        That depends on nothing but the window and the stride so far, so branches of unlike kernels and padding
        still meet. Elsewhere `(0, 0)`: a cell for each whole stride beyond the training size.
        """
        if self.window is None:
            return 0, 0
        y, x = (
            (-(-pixels // own) - 1) % step
            for pixels, own, step in zip(self.window, value.field.stride, stride, strict=True)
        )
        return y, x

    def full_name(self, layer: Any) -> str:
        """Return a layer's name after those of the nested models around it."""
        return "/".join((*self._path, str(layer.name)))

    def is_inner(self, layer: Any) -> bool:
        """Return whether a layer pools the whole map for a summary that is joined to a map."""
        return (*self._path, layer.name) in self.inner_pools

    def weights_of(self, layer: Any) -> list[Any]:
        """Return a layer's weights, its kernels turned round if those of the classifier are."""
        return weights_of(layer, self.flip_kernels)

    def helper(self, cls: Any, layer: Any, value: Value, suffix: str, config: dict[str, Any]) -> Any:
        """Return a new layer without weights that serves `layer`, of the same number format."""
        name = self._free_name(f"{layer.name}_{suffix}")
        return cls(**_channels_last(cls, {**config, "name": name, "dtype": dtype_of(layer, value)}))

    def operate(self, operator: Operator, arguments: list[Any], **changes: Any) -> Any:
        """Apply an operator to other arguments."""
        return operator.apply(arguments, self._free_name(operator.name), **changes)

    def call(self, layer: Any, cls: Any, config: dict[str, Any], weights: list[Any], tensors: Any) -> Any:
        """Apply what `layer` becomes; a layer that is called twice keeps one set of weights.

        Raises:
            InputError: the new layer cannot be made, or two calls of one layer need two different ones.
        """
        made = self._layers.get(id(layer))
        if made is not None and made.fits(cls, config, weights):
            return made.layer(tensors)
        if made is not None and weights:
            raise refusal(
                layer, "is shared between places that need different kernels or padding", "Give each its own layer."
            )
        new = self._made(layer, cls, _channels_last(cls, {**config, "name": self._free_name(layer.name)}))
        output = new(tensors)
        fill(new, weights)
        self._layers[id(layer)] = _Made(cls, config, weights, new)
        return output

    def converted(self, classifier: Any, image: Value) -> Value:
        """Return what a classifier of one image and one row of scores gives."""
        self._names.add(image.tensor.name)
        (scores,) = self.walk(classifier, [image])
        return scores

    def walk(self, model: Any, inputs: list[Value]) -> list[Value]:
        """Return the values of a model's outputs, given those of its inputs."""
        graph = graph_of(model)
        values = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}
        for step in graph.steps:
            read = [values[tensor] for tensor in step.inputs]
            outputs = self._nested(step.layer, read) if is_nested(step.layer) else self._apply(step.layer, read)
            values.update(zip(step.outputs, outputs, strict=True))
        return [values[id(tensor)] for tensor in graph.outputs]

    def _nested(self, model: Any, inputs: list[Value]) -> list[Value]:
        for tensor, value in zip(model.inputs, inputs, strict=True):
            if "float" in value.tensor.dtype and "float" not in tensor.dtype:
                raise refusal(model, f"rounds its input to {tensor.dtype}", "Let it read floating-point numbers.")
        outer = self._path
        self._path = (*outer, str(model.name))
        try:
            return self.walk(model, inputs)
        finally:
            self._path = outer

    def _apply(self, called: Any, values: list[Value]) -> list[Value]:
        layer = self._plain(called)
        rule = rule_for(layer)
        if getattr(layer, "quantization_mode", None):
            raise refusal(layer, "has quantized weights", "Convert the classifier before it is quantized.")
        if getattr(layer, "lora_enabled", False):
            mend = "Give a plain layer the merged ones: set_weights([layer.kernel, layer.bias])."
            raise refusal(layer, "has low-rank weights beside its own", mend)
        try:
            return self._ruled(rule, layer, values)
        except InputError:
            if not any(value.kind in FLATTENED for value in values):
                raise
        return self._ruled(rule, layer, [unfolded(self, layer, value) for value in values])

    def _ruled(self, rule: Rule, layer: Any, values: list[Value]) -> list[Value]:
        if values:
            check_activation(layer, values[0])
        made = rule(self, layer, values)
        return made if isinstance(made, list) else [made]

    def _plain(self, layer: Any) -> Any:
        """Return a layer of a subclass that changes nothing as one of Keras', each time the same."""
        if type(layer) in RULES or isinstance(layer, Operator):
            return layer
        return self._plains.setdefault(id(layer), plain(layer))

    def _made(self, layer: Any, cls: Any, config: dict[str, Any]) -> Any:
        try:
            return cls.from_config(config)
        except Exception as error:  # a stranger's configuration may fail in any way
            raise refusal(
                layer, f"its configuration cannot be read back ({error})", "Register its custom objects with Keras."
            ) from error

    def _free_name(self, name: str) -> str:
        """Return the name, with the nested model's before it or a number after it where it is taken."""
        candidates = [name, "_".join((*self._path, name))]
        free = next((candidate for candidate in candidates if candidate not in self._names), None)
        number = 2
        while free is None:
            if f"{name}_{number}" not in self._names:
                free = f"{name}_{number}"
            number += 1
        self._names.add(free)
        return free


def _channels_last(cls: Any, config: dict[str, Any]) -> dict[str, Any]:
    # Said outright: what Keras takes for granted is a person's setting.
    spatial = "data_format" in config or "data_format" in inspect.signature(cls).parameters
    return {**config, "data_format": "channels_last"} if spatial else config


def new_input(classifier: Any, channels: int) -> Any:
    """Return an input like the classifier's, for images `(N, H, W, C)` of any height and width."""
    old = classifier.inputs[0]
    return keras.Input((None, None, channels), dtype=old.dtype, name=old.name)
