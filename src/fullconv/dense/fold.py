"""Batch normalizations drawn into the convolutions before them: one pass over a map less for each."""

from dataclasses import replace
from typing import Any

import keras

from fullconv.dense.operations import Cellwise, Convolution
from fullconv.dense.plan import Plan, Step


def folded(plan: Plan) -> Plan:
    """Return the same plan with each normalization in its convolution, where nothing else reads the convolution."""
    readers: dict[int, int] = {}
    for step in plan.steps:
        for number in step.reads:
            readers[number] = readers.get(number, 0) + 1
    kept: list[Step] = []
    places: dict[int, int] = {}  # of the step that writes a map
    for step in plan.steps:
        before = places.get(step.reads[0])
        if before is not None and readers[step.reads[0]] == 1 and _fit(kept[before].operation, step.operation):
            convolution = replace(kept[before].operation, normalization=step.operation.layer)
            step = replace(kept[before], operation=convolution, writes=step.writes)
            kept[before] = step
        else:
            before = len(kept)
            kept.append(step)
        places[step.writes] = before
    return replace(plan, steps=tuple(kept))


def _fit(convolution: Any, normalization: Any) -> bool:
    return (
        isinstance(convolution, Convolution)
        and convolution.normalization is None
        and convolution.layer.activation is keras.activations.linear
        and isinstance(normalization, Cellwise)
        and isinstance(normalization.layer, keras.layers.BatchNormalization)
    )
