"""Operators that only move numbers: slices, flips, stacks, splits, reshapes, as long as they keep cells apart.

`preprocess_input` of keras.applications takes channels apart and stacks them the other way round; strangers write
`x[..., ::-1]`. Whatever the spelling, what is left is a crop, a stride and a choice of channels.
"""

from dataclasses import replace

import keras
from keras.src.ops.numpy import Take

from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator, Slot
from fullconv.convert.layers import EdgePadding2D
from fullconv.convert.padding import layer_padding, output_grid
from fullconv.convert.rules.joins import aligned, united
from fullconv.convert.rules.places import Moved, grid_of, moves
from fullconv.convert.rules.registry import dtype_of, refusal
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.spatial import NOTHING, cropped, framed
from fullconv.convert.rules.values import Kind, Value

_MEND = (
    "Choose, reorder or repeat channels, crop or thin out rows and columns, flatten: such moves are converted. "
    "Turn or mirror images before the model."
)


def rearranged(rewrite: Rewriting, layer: Operator, values: list[Value]) -> list[Value]:
    """Return what an operator gives that moves numbers and computes none.

    Raises:
        InputError: cells, images or rows and columns change places.
    """
    if any(value.kind is Kind.SCALED for value in values):
        raise refusal(layer, f"{layer.function} moves numbers between scales", "Put a dense layer before it.")
    parts = aligned(rewrite, layer, values) if len(values) > 1 else values
    results = _moves(layer, parts)
    whole = _side_by_side(rewrite, layer, parts)
    return [_made(rewrite, layer, whole, result, parts) for result in results]


def _moves(layer: Operator, parts: list[Value]) -> list[Moved | None]:
    try:
        return moves(layer, parts)
    except Exception as error:  # Keras fails in any way where a shape counts on one image
        raise refusal(layer, f"{layer.function} cannot read two images at once", _MEND) from error


def _side_by_side(rewrite: Rewriting, layer: Operator, parts: list[Value]) -> Value:
    """Return a value that has the channels of all, one after the other."""
    if len(parts) == 1:
        return parts[0]
    config = {"name": layer.name, "dtype": dtype_of(layer, parts[0]), "axis": -1}
    tensors = [part.tensor for part in parts]
    return united(parts).with_tensor(rewrite.call(layer, keras.layers.Concatenate, config, [], tensors))


def _made(rewrite: Rewriting, layer: Operator, whole: Value, result: Moved | None, parts: list[Value]) -> Value:
    if result is None:
        kinds = " and ".join(sorted({part.kind.value for part in parts}))
        raise refusal(layer, f"{layer.function} moves numbers of a {kinds} between cells", _MEND)
    chosen = _cells(rewrite, layer, whole, result)
    if result.channels != tuple(range(whole.channels)):
        take = Operator(f"{layer.name}_channels", "take", (Slot(0), list(result.channels)), Take(axis=-1))
        chosen = chosen.with_tensor(rewrite.operate(take, take.with_tensors([chosen.tensor])))
    return replace(chosen, kind=result.kind, channels_first=result.channels_first)


def _cells(rewrite: Rewriting, layer: Operator, value: Value, result: Moved) -> Value:
    """Return the cells that are kept: those of the training grid from `start` on, every `step`-th."""
    rows, cols = (
        (total, *rest) for total, *rest in zip(grid_of(value), result.start, result.step, result.size, strict=True)
    )
    amounts = (_around(*rows), _around(*cols))
    if amounts != NOTHING:
        value = cropped(rewrite, layer, value, amounts)
    return value if result.step == (1, 1) else _thinned(rewrite, layer, value, result.step)


def _around(total: int, start: int, step: int, size: int) -> Pair:
    return start, max(0, total - start - size * step)


def _thinned(rewrite: Rewriting, layer: Operator, value: Value, step: Pair) -> Value:
    padding = layer_padding(value.grid, (1, 1), step, False, rewrite.spare(value, step))
    tensor = framed(rewrite, layer, value, padding.frame, EdgePadding2D)
    config = {"pool_size": (1, 1), "strides": step}
    tensor = rewrite.helper(keras.layers.MaxPooling2D, layer, value, "stride", config)(tensor)
    grid, field = output_grid(value.grid, (1, 1), step, padding), value.field.then((1, 1), step, (0, 0))
    return replace(value, tensor=tensor, grid=grid, field=field)
