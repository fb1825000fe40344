"""The walk over a classifier's graph that builds the fully convolutional network."""

from dataclasses import dataclass, field
from typing import Any

import keras

# Importing a module of rules registers them.
from fullconv.convert import cell_rules, head_rules, spatial_rules  # noqa: F401
from fullconv.convert.graph import graph_of, is_nested
from fullconv.convert.rules import Value, refusal, rule_for


@dataclass
class Rewrite:
    """One conversion under way: the new layers so far, and what was found out."""

    head: str
    notes: list[str] = field(default_factory=list)
    cellwise: bool = False  # whether a global pool went, so that a cell is no longer the classifier
    _layers: dict[int, tuple[type, dict[str, Any], Any]] = field(default_factory=dict)  # by the original's id
    _names: set[str] = field(default_factory=set)
    _path: tuple[str, ...] = ()  # names of the nested models around the current layer

    def note(self, layer: Any, reason: str) -> None:
        """Record why a cell is not the classifier on its crop."""
        text = f"{'/'.join((*self._path, layer.name))} {reason}"
        if text not in self.notes:
            self.notes.append(text)

    def helper(self, cls: Any, layer: Any, suffix: str, config: dict[str, Any]) -> Any:
        """Return a new layer without weights that serves `layer`, of the same number format."""
        name = self._free_name(f"{layer.name}_{suffix}")
        return cls(name=name, dtype=layer.get_config()["dtype"], **config)

    def call(self, layer: Any, cls: Any, config: dict[str, Any], weights: list[Any], tensors: Any) -> Any:
        """Apply what `layer` becomes; a layer that is called twice keeps one set of weights.

        Raises:
            InputError: the new layer cannot be made, or two calls of one layer need two different ones.
        """
        known = self._layers.get(id(layer))
        if known is not None:
            if known[:2] != (cls, config):
                raise refusal(layer, "is shared between places that need different kernels", "Give each its own layer.")
            return known[2](tensors)
        new = self._made(layer, cls, {**config, "name": self._free_name(layer.name)})
        output = new(tensors)
        new.set_weights(weights)
        self._layers[id(layer)] = (cls, config, new)
        return output

    def reserve(self, name: str) -> None:
        """Keep a name from being given to a new layer."""
        self._names.add(name)

    def walk(self, model: Any, inputs: list[Value]) -> list[Value]:
        """Return the values of a model's outputs, given those of its inputs."""
        graph = graph_of(model)
        values = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}
        for step in graph.steps:
            read = [values[tensor] for tensor in step.inputs]
            outputs = self._nested(step.layer, read) if is_nested(step.layer) else [self._apply(step.layer, read)]
            values.update(zip(step.outputs, outputs, strict=True))
        return [values[id(tensor)] for tensor in graph.outputs]

    def _nested(self, model: Any, inputs: list[Value]) -> list[Value]:
        outer = self._path
        self._path = (*outer, str(model.name))
        try:
            return self.walk(model, inputs)
        finally:
            self._path = outer

    def _apply(self, layer: Any, values: list[Value]) -> Value:
        rule = rule_for(layer)
        if getattr(layer, "lora_enabled", False) or getattr(layer, "quantization_mode", None):
            raise refusal(layer, "has quantized or low-rank weights", "Merge them into plain weights first.")
        if not _is_keras_own(getattr(layer, "activation", None)):
            # It may look along an axis that is another one in a map.
            raise refusal(layer, "has an activation that is not Keras' own", "Use one that Keras knows by name.")
        return rule(self, layer, values)

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


def _is_keras_own(activation: Any) -> bool:
    name = getattr(activation, "__name__", "")
    return activation is None or getattr(keras.activations, name, None) is activation


def new_input(classifier: Any) -> Any:
    """Return an input like the classifier's, for images of any height and width."""
    old = classifier.inputs[0]
    return keras.Input((None, None, int(old.shape[-1])), dtype=old.dtype, name=old.name)
