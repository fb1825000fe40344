"""What a classifier decides with its scores: its best class, or on which side of a bound each score lies.

Of one score the best class is always the same, so that to agree in it says nothing; of scores that a sigmoid makes
each class is a question of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]  # (N, K)

BEST = "best class"  # also of certificates written before there were others
_HALVES = {"hard_sigmoid", "sigmoid", "sparse_sigmoid"}
_ZEROS = {"hard_tanh", "linear", "softsign", "tanh"}


@dataclass(frozen=True)
class Decision:
    """How scores decide: `words` for a person; `bound` that each score lies above or not, None for the best class."""

    words: str
    bound: float | None = None

    def agreeing(self, wanted: Scores, got: Scores) -> npt.NDArray[np.bool_]:
        """Return for each row whether two sets of scores decide alike; NaN agrees with nothing."""
        if self.bound is None:
            same = wanted.argmax(axis=1) == got.argmax(axis=1)
        else:
            same = ((wanted > self.bound) == (got > self.bound)).all(axis=1)
        return np.asarray(same & ~np.isnan(wanted).any(axis=1) & ~np.isnan(got).any(axis=1))


def decision_of(network: Any) -> Decision | None:
    """Return how a network's scores decide, by its last activation; None where one score decides nothing known."""
    one, last = network.output_shape[-1] == 1, _last_activation(network)
    if last in _HALVES:
        return Decision("side of 0.5" if one else "classes above 0.5", 0.5)
    if not one:
        return Decision(BEST)
    return Decision("side of 0", 0.0) if last in _ZEROS else None


def _last_activation(network: Any) -> str:
    # Keras waits until a network is there: tables of certificates are read without it.
    from fullconv.convert.graph import Operator, graph_of

    graph = graph_of(network)
    layer = next(step.layer for step in reversed(graph.steps) if id(graph.outputs[0]) in step.outputs)
    if isinstance(layer, Operator):
        # Any other operator is arithmetic: what it gives has no bounds, as logits.
        return layer.function if layer.function in _HALVES | _ZEROS | {"softmax", "relu", "relu6"} else "linear"
    return getattr(getattr(layer, "activation", None), "__name__", type(layer).__name__)
