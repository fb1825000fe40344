"""How far metrics vary when the images had been others: the bootstrap over images."""

from collections.abc import Iterator, Mapping

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.metrics.average_precision import Ranking, precision_recall
from fullconv.evaluate.metrics.sums import shares
from fullconv.evaluate.tables import Floats, Ints

# Weights of one piece of work: bounds the memory whatever the set's size.
_WEIGHTS = 400_000


def bootstrap_intervals(
    ranked: list[Ranking], sums: Mapping[str, Floats], samples: int, seed: int
) -> dict[str, list[float]]:
    """Return the 95 % percentile interval [low, high] of AP, AP50, AP75, AR and all shares, [-1, -1] for nothing.

    Each sample draws as many images as there are, with replacement; samples in which a metric has nothing to
    measure are left out. `sums` are the columns (N,) of `image_sums`.

    Source: Efron 1979, Bootstrap Methods: Another Look at the Jackknife.
    """
    count = len(next(iter(sums.values())))
    columns = np.stack(list(sums.values()), axis=1)
    parts: dict[str, list[Floats]] = {}
    for weights in _samples(count, samples, seed):
        values = weighted_precisions(ranked, weights)
        values |= shares(dict(zip(sums, (weights @ columns).T, strict=True)))
        for name, value in values.items():
            parts.setdefault(name, []).append(value)
    return {name: _interval(np.concatenate(pieces)) for name, pieces in parts.items()}


def weighted_precisions(ranked: list[Ranking], weights: Ints) -> dict[str, Floats]:
    """Return AP, AP50, AP75 and AR (S,) when image i counts `weights[s, i]` times; NaN without an object."""
    by_image = np.ascontiguousarray(weights.T)
    parts = [precision_recall(one.verdict[:, 0], by_image[one.image], weights @ one.wanted[0]) for one in ranked]
    precision, recall = (np.stack([part[place] for part in parts]) for place in (0, 1))  # (C, T, S)
    known = ~np.isnan(precision[:, 0])
    categories = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    over = np.nansum(precision, axis=0) / categories
    return {
        "AP": over.mean(axis=0),
        "AP50": over[0],
        "AP75": over[5],
        "AR": (np.nansum(recall, axis=0) / categories).mean(axis=0),
    }


def _samples(count: int, samples: int, seed: int) -> Iterator[Ints]:
    """Yield weights (S, N), a few samples at a time; what is drawn does not depend on how many that are."""
    rng = np.random.default_rng(seed)
    step = max(1, _WEIGHTS // count)
    for start in range(0, samples, step):
        drawn = (rng.integers(count, size=count) for _ in range(min(step, samples - start)))
        yield np.stack([np.bincount(one, minlength=count) for one in drawn])


def _interval(values: Floats) -> list[float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return [UNDEFINED, UNDEFINED]
    low, high = np.percentile(known, [2.5, 97.5])
    return [float(low), float(high)]
