"""Two dimensions: what PCA must be, and t-SNE to the byte, whatever the threads."""

import hashlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_info

from fullconv.errors import InputError
from fullconv.inspect.neighbours import agreement, nearest
from fullconv.inspect.projection import projection

CODE = """
import hashlib
import numpy as np
from fullconv.inspect.projection import projection
vectors = np.random.default_rng(0).normal(size=(150, 40)) + np.repeat(np.eye(40)[:3] * 9, 50, axis=0)
print(hashlib.sha256(projection(vectors, "tsne", 3).tobytes()).hexdigest())
"""


def clouds() -> Any:
    """Three clouds of 50 vectors."""
    return np.random.default_rng(0).normal(size=(150, 40)) + np.repeat(np.eye(40)[:3] * 9, 50, axis=0)


def test_tsne_is_the_same_to_the_byte_in_other_processes_whatever_their_threads() -> None:
    mine = hashlib.sha256(projection(clouds(), "tsne", 3).tobytes()).hexdigest()
    for threads in ("1", "4"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CODE], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == mine


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_one_thread_whatever_the_machine_has(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def counted(of: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            threads.extend(pool["num_threads"] for pool in threadpool_info())
            return of(*given, **named)

        return call

    monkeypatch.setattr(np.linalg, "svd", counted(np.linalg.svd))
    monkeypatch.setattr(TSNE, "fit_transform", counted(TSNE.fit_transform))
    projection(clouds(), method)
    assert set(threads) == {1}


def test_tsne_keeps_clouds_apart() -> None:
    labels = np.repeat(np.arange(3), 50)
    points = projection(clouds(), "tsne", 0)
    assert points.shape == (150, 2)
    assert agreement(labels, nearest(points, 4)) == 1.0


def test_pca_is_the_eigenvectors_of_the_covariance_with_a_fixed_sign() -> None:
    vectors = np.random.default_rng(1).normal(size=(30, 5)) * [5, 1, 3, 1, 1]
    for turned in (vectors, -vectors):
        centred = turned - turned.mean(axis=0)
        _, directions = np.linalg.eigh(centred.T @ centred)
        expected = []
        for one in (directions[:, -1], directions[:, -2]):
            expected.append(centred @ (one * np.sign(one[np.abs(one).argmax()])))
        np.testing.assert_allclose(projection(turned, "pca"), np.stack(expected, axis=1), atol=1e-10)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_three_vectors_will_do_and_equal_ones_too(method: str) -> None:
    assert np.isfinite(projection(np.eye(3), method)).all()
    assert np.isfinite(projection(np.ones((5, 4)), method)).all()


@pytest.mark.parametrize(
    ("vectors", "method", "named"),
    [
        (np.eye(3), "umap", r"^inspect\.projection"),
        (np.eye(2), "pca", "^embedding: 2 vectors of 2"),
        (np.ones((5, 1)), "tsne", "^embedding: 5 vectors of 1"),
    ],
)
def test_what_cannot_be_projected_is_refused(vectors: Any, method: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        projection(vectors, method)
