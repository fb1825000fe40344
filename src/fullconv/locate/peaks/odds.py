"""Probabilities of a score map: the best object class of each cell, and log-odds, which do not saturate."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.checks import checked_background

# The smallest probability that log-odds tell apart; float32 holds it as a normal number.
_LEAST = 1e-30
# Steps of log-odds, in one, that are told apart.
_STEPS = 1024
# Below it exp overflows.
_LOWEST = -700.0
# Classes from which on a last axis is long.
_MANY = 64
# Probabilities of a cell that sum to 1 within this are a distribution.
_ROUNDING = 1e-3

Floats = npt.NDArray[np.floating[Any]]


def foreground_map(scores: Floats, background: int | None) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the largest foreground score (H', W') and its class; the class is -1 where the background wins.

    Raises:
        InputError: a background that is no channel.
    """
    background = checked_background(background, scores.shape[-1])
    highest, labels = best_object(scores, background)
    if background is None:
        return highest, labels
    return highest, np.where(scores[..., background] > highest, -1, labels)


def best_object(scores: Floats, background: int | None) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the largest score of a class that is not the background, and that class; both (…) of scores (…, K)."""
    if background is None:
        return scores.max(axis=-1), scores.argmax(axis=-1)
    objects = scores.copy()
    objects[..., background] = -np.inf
    return objects.max(axis=-1), objects.argmax(axis=-1)


def highest_object(scores: Floats, background: int | None) -> Floats:
    """Return the largest score (H', W') of a class that is not the background."""
    if scores.shape[-1] > _MANY:
        parts = [scores] if background is None else [scores[..., :background], scores[..., background + 1 :]]
        most: Floats = np.max([part.max(axis=-1) for part in parts if part.shape[-1]], axis=0)
        return most
    # Plane by plane: a maximum over a short last axis takes ten times as long. Over a long one a copy takes memory.
    planes = np.moveaxis(scores, -1, 0).copy()
    if background is not None:
        planes[background] = -np.inf
    highest: Floats = planes.max(axis=0)
    return highest


def log_odds(scores: Floats, labels: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return log p − log q of scores (…, K) for classes `labels` (…).

    q is the sum of the other classes where a cell is a distribution, which tells probabilities apart that float32
    rounds to 1; else 1 − p.
    """
    own = np.take_along_axis(scores, labels[..., np.newaxis], axis=-1)[..., 0].astype(np.float64)
    others = np.where(np.arange(scores.shape[-1]) == labels[..., np.newaxis], 0, scores).sum(axis=-1, dtype=np.float64)
    other = np.where(np.abs(own + others - 1) <= _ROUNDING, others, 1 - own)
    odds: npt.NDArray[np.float64] = np.log(np.maximum(own, _LEAST)) - np.log(np.maximum(other, _LEAST))
    return odds


def settled(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return log-odds as they are compared: what differs less than another order of adding makes is equal.

    Convolutions of another size, or on another processor, differ in their last bits. Without this an even ground would
    have its peaks wherever these fall.
    """
    rounded: npt.NDArray[np.float64] = np.rint(odds * _STEPS) / _STEPS
    return rounded


def probability(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probability, in double precision, of log-odds."""
    return 1 / (1 + np.exp(-np.maximum(odds, _LOWEST)))
