"""Rules of layers that join branches, number by number or one after another.

A branch that sums up the whole map (squeeze-and-excitation) gives one cell per window; each cell of the map it is
joined to gets the summary of the training window around it (docs/decisions/009).
"""

from dataclasses import replace
from functools import reduce
from typing import Any

import keras

from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.layers import EdgePadding2D
from fullconv.convert.rules.registry import refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.spatial import framed
from fullconv.convert.rules.values import CELLS, Kind, Value


def aligned(rewrite: Rewriting, layer: Any, values: list[Value]) -> list[Value]:
    """Return the values that a layer joins, brought to one grid, stride and kind.

    Raises:
        InputError: they do not lie on one grid.
    """
    _check_kinds(layer, values)
    values = _thinned(rewrite, layer, values)
    if any(value.rank == 4 for value in values):
        values = _lifted(layer, values)
    grid = (max(value.grid[0] for value in values), max(value.grid[1] for value in values))
    summaries = any(value.kind is Kind.MAP for value in values)
    _check_grids(layer, values, grid, summaries)
    return [_stretched(rewrite, layer, value, grid) for value in values] if summaries else values


def united(values: list[Value]) -> Value:
    """Return what aligned values share, on the first one's tensor."""
    kind = next((kind for kind in (Kind.MAP, Kind.POOLED) if any(value.kind is kind for value in values)), None)
    field: Geometry = reduce(lambda left, right: left.united(right), (value.field for value in values))
    pools = dict.fromkeys(value.pool for value in values if value.pool and value.grid == (1, 1))
    return replace(values[0], kind=kind or values[0].kind, field=field, pool=" and ".join(pools))


@rule(
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Multiply,
    keras.layers.Subtract,
)
def join(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """Branches are joined number by number."""
    parts = aligned(rewrite, layer, values)
    tensors = [part.tensor for part in parts]
    return united(parts).with_tensor(rewrite.call(layer, type(layer), layer.get_config(), [], tensors))


@rule(keras.layers.Concatenate)
def concatenate(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """Branches are put one after another along the channels."""
    parts = aligned(rewrite, layer, values)
    whole = united(parts)
    if whole.kind not in CELLS or not whole.is_channel_axis(layer.axis):
        raise refusal(layer, f"joins {whole.kind.value}s along axis {layer.axis}", "Join channels, before Flatten.")
    config = layer.get_config() | {"axis": -1}
    return whole.with_tensor(rewrite.call(layer, type(layer), config, [], [part.tensor for part in parts]))


def _check_kinds(layer: Any, values: list[Value]) -> None:
    kinds = {value.kind for value in values}
    if Kind.SCALED in kinds or (Kind.FLAT in kinds and len(kinds) > 1):
        words = " and ".join(sorted(f"a {kind.value}" for kind in kinds))
        raise refusal(layer, f"joins {words}", "Let dense layers come before it in each branch.")
    if Kind.VECTOR in kinds and len(kinds) > 1 and any(value.rank == 4 and value.channels_first for value in values):
        raise refusal(layer, "joins a vector and a map with channels first", "Reshape it to (channels, 1, 1).")
    if kinds == {Kind.FLAT} and len({value.channels_first for value in values}) > 1:
        raise refusal(layer, "joins maps flattened in different orders", "Permute one of them before Flatten.")


def _check_grids(layer: Any, values: list[Value], grid: Pair, summaries: bool) -> None:
    """Raise InputError unless all have one stride and one grid; a map may meet summaries of one row or column."""
    first = values[0]
    for value in values:
        fits = all(own == most or (summaries and own == 1) for own, most in zip(value.grid, grid, strict=True))
        if not fits or value.field.stride != first.field.stride:
            other = next(one for one in values if (one.grid, one.field.stride) != (value.grid, value.field.stride))
            one, two = sorted((value, other), key=values.index)
            raise refusal(
                layer,
                f"joins {one.grid} cells at stride {one.field.stride} and {two.grid} cells at stride "
                f"{two.field.stride}",
                "Let every branch that it joins have the same stride.",
            )


def _thinned(rewrite: Rewriting, layer: Any, values: list[Value]) -> list[Value]:
    """Return lone cells' maps thinned out to the coarsest stride; other maps stay as they are."""
    coarsest = tuple(max(value.field.stride[axis] for value in values) for axis in (0, 1))

    def thinned(value: Value) -> Value:
        own = value.field.stride
        if value.grid != (1, 1) or own == coarsest or coarsest[0] % own[0] or coarsest[1] % own[1]:
            return value
        step = (coarsest[0] // own[0], coarsest[1] // own[1])
        spare = rewrite.spare(value, step)
        tensor = framed(rewrite, layer, value, ((0, spare[0]), (0, spare[1])), EdgePadding2D)
        config = {"pool_size": (1, 1), "strides": step}
        tensor = rewrite.helper(keras.layers.MaxPooling2D, layer, value, "stride", config)(tensor)
        return replace(value, tensor=tensor, field=value.field.then((1, 1), step, (0, 0)))

    return [thinned(value) for value in values]


def _lifted(layer: Any, values: list[Value]) -> list[Value]:
    """Return vectors as what Keras takes them for among tensors of more axes: (N, 1, 1, C)."""
    layout = next(value.channels_first for value in values if value.rank == 4)
    lifted = [value if value.rank == 4 else replace(value, kind=Kind.POOLED) for value in values]
    if any(value.channels_first != layout for value in lifted):
        raise refusal(layer, "joins channels first with channels last", "Put a Permute layer between.")
    return lifted


def _stretched(rewrite: Rewriting, layer: Any, value: Value, grid: Pair) -> Value:
    """Return a summary repeated so that each cell of a map meets that of the training window around it."""
    spare = tuple(grid[axis] - 1 if value.grid[axis] == 1 else 0 for axis in (0, 1))
    if spare == (0, 0):
        return value
    before = ((spare[0] + 1) // 2, (spare[1] + 1) // 2)
    amounts = tuple((start, whole - start) for start, whole in zip(before, spare, strict=True))
    pool = f" (the pool {value.pool})" if value.pool else ""
    rewrite.note(
        layer,
        f"joins each cell with a summary of the whole map{pool}; "
        "on a larger image the summary is that of the training-size surroundings",
    )
    stretch = rewrite.helper(EdgePadding2D, layer, value, "stretch", {"padding": amounts})
    return replace(
        value,
        kind=Kind.MAP,
        tensor=stretch(value.tensor),
        grid=(value.grid[0] + spare[0], value.grid[1] + spare[1]),
        field=value.field.then((1, 1), (1, 1), before),
    )
