"""One engine's pass over a plan, compiled once for images of every size."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from fullconv.convert.traced import traced
from fullconv.dense.dilate import dilate
from fullconv.dense.fold import folded
from fullconv.dense.fragment import fragment, woven
from fullconv.dense.known import Known
from fullconv.dense.operations import Convolution
from fullconv.dense.plan import Plan, Step, length_after
from fullconv.dense.weights import Weights, weights_of

Pass = Callable[[Any], Any]  # images (N, H, W, C) → scores (N, H', W', K), cells `plan.layout.skipped` pixels apart
Apply = Callable[[Step, list[Any], Known], Any]


def compiled(plan: Plan, engine: str, dtype: str) -> Pass:
    """Return the pass of engine `dilate` or `fragment` as a TensorFlow function."""
    plan = folded(plan)
    weights = weights_by_map(plan)

    def run(images: Any) -> Any:
        result, lengths = _run(plan, weights, dilate if engine == "dilate" else fragment, images)
        if engine == "fragment":
            result = woven(result, plan.layout.splits, lengths)
        return tf.cast(result, tf.float32)

    return traced(run, plan.channels[0], dtype)


def weights_by_map(plan: Plan) -> dict[int, Weights]:
    """Return the weights of each convolution, by the map that it writes."""
    return {step.writes: weights_of(step.operation) for step in plan.steps if isinstance(step.operation, Convolution)}


def _run(plan: Plan, weights: dict[int, Weights], apply: Apply, images: Any) -> tuple[Any, tuple[Any, Any]]:
    maps: dict[int, Any] = {0: tf.convert_to_tensor(images)}
    lengths: dict[int, tuple[Any, Any]] = {0: (tf.shape(images)[1], tf.shape(images)[2])}
    for step in plan.steps:
        before = lengths[step.reads[0]]
        known = Known(before, plan.padded, weights.get(step.writes))
        maps[step.writes] = apply(step, [maps[number] for number in step.reads], known)
        lengths[step.writes] = (length_after(step, 0, before[0]), length_after(step, 1, before[1]))
    return maps[plan.result], lengths[plan.result]
