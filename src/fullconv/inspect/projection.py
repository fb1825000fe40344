"""Vectors in two dimensions, for the eye."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.checks.inspect import PROJECTIONS
from fullconv.errors import InputError

Array = npt.NDArray[Any]

PERPLEXITY = 30.0  # of t-SNE: about how many neighbours each vector is to keep


def projection(embedding: Array, method: str = "tsne", seed: int = 0) -> Array:
    """Return vectors `(N, D)` in two dimensions `(N, 2)`, in units of their own.

    "pca": the two directions of largest variance, each with its largest loading positive. "tsne": t-distributed
    stochastic neighbour embedding from there on, perplexity 30 or a third of the other vectors if that is less; on
    one thread, so that the same vectors give the same bytes. Source: van der Maaten and Hinton, *Visualizing Data
    using t-SNE*, 2008.

    Raises:
        InputError: another method, or fewer than three vectors or two numbers in each.
    """
    if method not in PROJECTIONS:
        raise InputError("inspect.projection", f"received {method!r}", f"Choose one of {', '.join(PROJECTIONS)}.")
    count, width = np.shape(embedding)
    if count < 3 or width < 2:
        raise InputError(
            "embedding", f"{count} vectors of {width} numbers", "Give three images or more, and a layer of two numbers."
        )
    from threadpoolctl import threadpool_limits

    vectors = np.asarray(embedding, dtype=np.float64)
    with threadpool_limits(limits=1):
        return _pca(vectors) if method == "pca" else _tsne(vectors, seed)


def _pca(vectors: Array) -> Array:
    centred = vectors - vectors.mean(axis=0)
    loadings = np.linalg.svd(centred, full_matrices=False)[2][:2]
    largest = np.take_along_axis(loadings, np.abs(loadings).argmax(axis=1, keepdims=True), axis=1)[:, 0]
    return np.asarray(centred @ loadings.T * np.where(largest < 0, -1.0, 1.0))


def _tsne(vectors: Array, seed: int) -> Array:
    from sklearn.manifold import TSNE

    start = _pca(vectors)
    # As small as van der Maaten's own start; scikit-learn's "pca" draws its directions at random.
    spread = start[:, 0].std() or 1.0
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    made = TSNE(perplexity=perplexity, init=(start / spread * 1e-4).astype(np.float32), random_state=seed, n_jobs=1)
    return np.asarray(made.fit_transform(vectors))
