"""What a classifier's scores mean: how they become one probability for each channel of a map."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

FloatArray = npt.NDArray[np.float32]

# Probabilities of a row that sum to 1 within this are a distribution.
_ROUNDING = 1e-3
_REFUSED = {
    "tanh": "runs from -1 to 1",
    "softplus": "has no upper end",
    "relu": "has no upper end",
    "relu6": "runs from 0 to 6",
    "softsign": "runs from -1 to 1",
    "exponential": "has no upper end",
    "elu": "has no upper end",
    "selu": "has no upper end",
    "gelu": "has no upper end",
    "silu": "has no upper end",
    "swish": "has no upper end",
    "leakyrelu": "has no upper end",
    "leaky_relu": "has no upper end",
    "prelu": "has no upper end",
}


class Form(Enum):
    """How a classifier says what it sees."""

    DISTRIBUTION = "probabilities that sum to 1"
    LOGITS = "logits, one a class, of which one is right"
    UNIT = "the probability of the second of two classes"
    UNIT_LOGIT = "the logit of the second of two classes"
    LABELS = "a probability for each class by itself"


@dataclass(frozen=True)
class Outputs:
    """What the scores of a network are, and in which order maps hold the classes: the background comes last there.

    `order` holds the class of each channel of a map; empty, they stay where they are.
    """

    form: Form = Form.DISTRIBUTION
    order: tuple[int, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether each class is there or not whatever the others are."""
        return self.form is Form.LABELS

    def classes(self, scores: int) -> int:
        """Return how many classes a network of so many scores knows."""
        return 2 if self.form in (Form.UNIT, Form.UNIT_LOGIT) else scores

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """Return the probability (…, C) of each channel, from a network's scores (…, K).

        Raises:
            InputError: probabilities that are none.
        """
        if self.form is Form.UNIT_LOGIT:
            made = _softmax(np.concatenate([np.zeros_like(scores), scores], axis=-1))
        elif self.form is Form.UNIT:
            made = np.concatenate([1 - scores, scores], axis=-1)
        else:
            made = _softmax(scores) if self.form is Form.LOGITS else scores
        return made if not self.order else np.take(made, self.order, axis=-1)


PROBABILITIES = Outputs()


def form_of(activation: str | None, count: int, some: Callable[[], FloatArray], where: str) -> Form:
    """Return the form of `count` scores that come from `activation`; `some` gives a few (N, K) where need be.

    Raises:
        InputError: they are neither probabilities nor logits.
    """
    if activation in ("softmax", "log_softmax"):
        if count == 1:
            raise InputError(
                where, "a softmax over one score, which is 1 whatever the image", "Train it with a sigmoid."
            )
        return Form.DISTRIBUTION if activation == "softmax" else Form.LOGITS
    if activation in ("sigmoid", "hard_sigmoid"):
        return Form.UNIT if count == 1 else Form.LABELS
    scores = some()
    between = bool(scores.size) and bool((scores >= 0).all() and (scores <= 1 + _ROUNDING).all())
    if count > 1 and between and bool((np.abs(scores.sum(axis=-1) - 1) <= _ROUNDING).all()):
        return Form.DISTRIBUTION
    if activation in _REFUSED:
        received = f"its scores come from {activation}, which {_REFUSED[activation]}: no probability, and no logit"
        raise InputError(where, received, "Let it end in softmax, sigmoid, or a layer without activation.")
    if activation is None and between:
        return Form.UNIT if count == 1 else Form.LABELS
    return Form.UNIT_LOGIT if count == 1 else Form.LOGITS


def _softmax(logits: FloatArray) -> FloatArray:
    powers: Any = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
