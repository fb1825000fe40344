"""What a score map says about one synset: its probability, and the evidence for it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

FloatArray = npt.NDArray[np.float32]

# float32 holds it as a normal number; a class this improbable has no evidence.
_LEAST = 1e-37
_CLOSEST = 2.0**-25  # half of the least that single precision tells 1 from


def probability_map(scores: FloatArray, classes: Sequence[int]) -> FloatArray:
    """Return the probability (…) of any of `classes` in scores (…, K).

    Raises:
        InputError: no class, one that is no channel, or one that is named twice.
    """
    total: FloatArray = scores[..., _checked(classes, scores.shape[-1])].sum(axis=-1)
    return np.minimum(total, np.float32(1))


def evidence_map(scores: FloatArray, classes: Sequence[int]) -> FloatArray:
    """Return how far the best of `classes` lies above the mean class in scores (…, K), as log p, 0 at least: (…) nats.

    Between the logits of a softmax it is the same difference: a class activation map, read off the probabilities. It
    keeps an object's whole extent, where probabilities are drawn to the parts that tell its class from others.

    Raises:
        InputError: as `probability_map`.
    """
    chosen = _checked(classes, scores.shape[-1])
    logs = np.log(np.maximum(scores, _LEAST))
    best: FloatArray = logs[..., chosen].max(axis=-1) - logs.mean(axis=-1)
    return np.maximum(best, np.float32(0))


def label_evidence(scores: FloatArray, classes: Sequence[int]) -> FloatArray:
    """Return how much likelier than not the best of `classes` is in scores (…, K), as log-odds, 0 at least: (…) nats.

    For classes of which each is there or not by itself: the mean class says nothing of them.

    Raises:
        InputError: as `probability_map`.
    """
    best = scores[..., _checked(classes, scores.shape[-1])].max(axis=-1)
    odds: FloatArray = np.log(np.maximum(best, _LEAST)) - np.log(np.maximum(1 - best, np.float32(_CLOSEST)))
    return np.maximum(odds, np.float32(0))


def _checked(classes: Sequence[int], channels: int) -> list[int]:
    chosen = [int(one) for one in classes]
    if not chosen or len(set(chosen)) != len(chosen) or min(chosen) < 0 or max(chosen) >= channels:
        raise InputError("classes", f"{chosen[:5]}", f"Give different classes from 0 to {channels - 1}.")
    return chosen
