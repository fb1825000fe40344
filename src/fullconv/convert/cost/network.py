"""What a network costs for one image, from its shapes: the public function."""

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from fullconv.convert.conversion import Conversion
from fullconv.convert.cost.products import products
from fullconv.convert.cost.reach import PIXEL, Seen, seen_by
from fullconv.convert.cost.table import CostTable, LayerCost
from fullconv.convert.geometry import Pair
from fullconv.convert.given import require_model
from fullconv.convert.graph import Operator, Shape, graph_of, is_nested
from fullconv.convert.layout import reads_channels_first
from fullconv.convert.subclasses import plain
from fullconv.errors import InputError


def cost(model: "keras.Model | Conversion", input_shape: Sequence[int] | None = None) -> CostTable:
    """Return shapes, parameters, multiply–accumulates and receptive fields of every layer, for one image.

    `input_shape` is the image's, without the batch, in the model's order: `(H, W, C)`. It stands for None where
    the model leaves sides open, as `conversion.model` does. Each call of a layer is a row, those of a nested model
    under `outer/inner`; weights count where they are first used, operations at every call. One multiply–accumulate
    is a product added to a sum. Biases, activations, pools, sums of branches and normalizations count as none:
    they scale and shift single numbers, and mostly can be folded into a neighbour. Where a layer's operations are
    not known (attention, recurrence, a layer of your own) they are None, never 0. The network does not run.

    Receptive fields compose after Araujo et al., *Computing Receptive Fields of Convolutional Neural Networks*,
    Distill 2019; branches are united, and after a global pool or Flatten a cell has seen the whole image.

    Raises:
        InputError: no graph to walk, sides left open, a shape that the model cannot read, or an image too small.
    """
    network = model.model if isinstance(model, Conversion) else model
    require_model(network, "model")
    inputs = graph_of(network).inputs
    shapes = _input_shapes(network, inputs, input_shape)
    tensors = [
        keras.KerasTensor((None, *shape), dtype=given.dtype) for shape, given in zip(shapes, inputs, strict=True)
    ]
    first, lone = reads_channels_first(network), len(shapes) == 1 and len(shapes[0]) == 3
    walk = _Walk(_sides(shapes[0], first) if lone else (0, 0))
    walk.over(network, tensors, [Seen(PIXEL if lone else None, first)] * len(tensors), ())
    return CostTable(str(network.name), tuple(shapes), tuple(walk.rows))


def _input_shapes(model: Any, inputs: Sequence[Any], given: Sequence[int] | None) -> list[tuple[int, ...]]:
    own = [tuple(tensor.shape[1:]) for tensor in inputs]
    where = f"model {model.name!r}"
    if given is None:
        if any(side is None for shape in own for side in shape):
            raise InputError(where, f"its input {own[0]} has open sides", "Give input_shape=(height, width, channels).")
        return own
    if len(own) > 1:
        raise InputError("input_shape", f"{where} has {len(own)} inputs", "Leave it out; build the model with sizes.")
    wanted = tuple(given)
    if not all(type(side) is int and side > 0 for side in wanted):
        raise InputError("input_shape", f"received {given!r}", "Give whole numbers of at least 1.")
    if len(wanted) != len(own[0]) or any(o not in (None, side) for o, side in zip(own[0], wanted, strict=True)):
        mend = "Give one that fits, or convert the classifier: a fully convolutional network reads any size."
        raise InputError("input_shape", f"received {wanted}, but {where} reads {own[0]}", mend)
    return [wanted]


def _sides(shape: tuple[int, ...], channels_first: bool) -> Pair:
    return (shape[1], shape[2]) if channels_first else (shape[0], shape[1])


@dataclass
class _Walk:
    """One walk under way: the rows so far, and which weights they have counted."""

    image: Pair  # in pixels
    rows: list[LayerCost] = field(default_factory=list)
    _counted: dict[int, Any] = field(default_factory=dict)

    def over(self, model: Any, tensors: list[Any], seen: list[Seen], path: tuple[str, ...]) -> list[tuple[Any, Seen]]:
        """Add a row for each call; return the model's outputs, as symbolic tensors and what their cells have seen."""
        graph = graph_of(model)
        values = {id(tensor): pair for tensor, pair in zip(graph.inputs, zip(tensors, seen, strict=True), strict=True)}
        for step in graph.steps:
            read, before = (list(part) for part in zip(*(values[tensor] for tensor in step.inputs), strict=True))
            name = (*path, str(step.layer.name))
            if is_nested(step.layer):
                made = self.over(step.layer, read, before, name)
            else:
                made = self._call(step.layer, read, before, "/".join(name))
            values.update(zip(step.outputs, made, strict=True))
        return [values[id(tensor)] for tensor in graph.outputs]

    def _call(self, layer: Any, read: list[Any], before: list[Seen], name: str) -> list[tuple[Any, Seen]]:
        outputs = _outputs(layer, read, name)
        shapes: tuple[Shape, ...] = tuple(tuple(tensor.shape) for tensor in read)
        shape = tuple(outputs[0].shape)
        own = plain(layer)
        after = seen_by(own, before, shapes, self.image)
        reach = after.field
        self.rows.append(
            LayerCost(
                name=name,
                kind=layer.function if isinstance(layer, Operator) else type(layer).__name__,
                output_shape=shape[1:],
                parameters=self._new_parameters(layer),
                multiply_accumulates=products(own, shapes, shape),
                receptive_field=reach.window if reach else None,
                stride=reach.stride if reach and reach.stride != (0, 0) else None,
            )
        )
        return [(tensor, after) for tensor in outputs]

    def _new_parameters(self, layer: Any) -> int:
        new = {id(weight): weight for weight in getattr(layer, "weights", ()) if id(weight) not in self._counted}
        self._counted.update(new)
        return sum(math.prod(weight.shape) for weight in new.values())


def _outputs(layer: Any, read: list[Any], name: str) -> list[Any]:
    """Return the symbolic tensors that a call gives; nothing is computed.

    Raises:
        InputError: the layer does not take them.
    """
    try:
        if isinstance(layer, Operator):
            made = layer.apply(layer.with_tensors(read), str(layer.name))
        else:
            made = layer.compute_output_spec(*(read if _takes_several(layer) else [read if len(read) > 1 else read[0]]))
    except InputError:
        raise
    except Exception as error:  # Keras, or a stranger's layer, may fail in any way
        shapes = ", ".join(str(tuple(tensor.shape[1:])) for tensor in read)
        mend = "Give a larger image as input_shape."
        raise InputError(f"layer {name!r}", f"cannot read {shapes} ({error})", mend) from error
    outputs: list[Any] = keras.tree.flatten(made)
    return outputs


def _takes_several(layer: Any) -> bool:
    """Return whether a layer reads its tensors one by one, not in a list."""
    parameters = inspect.signature(layer.call).parameters.values()
    needed = [one for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return len(needed) > 1
