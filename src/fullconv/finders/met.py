"""How large objects of each class were in training, and what a training had to learn from."""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.arrays import Arrays, digests
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import measures_of, share_of
from fullconv.locate.dimensions import Dimensions, dimensions_for


def dimensions_met(labels: npt.NDArray[np.int32], crops: Crops | None, classes: int, windows: bool) -> Dimensions:
    """Return the frame and the sizes of each class of training images (N,): whole windows where they are no crops.

    `windows` says that it learns from windows with surroundings, and not from the crops alone.
    """
    if crops is None:
        return Dimensions(((1.0, 1.0),) * classes)
    measures = measures_of(labels, crops.train_sizes, classes)
    aspects = [one.aspect for one in measures]
    shares = [share_of(one) if windows else 1 / (1 + 2 * crops.margin) for one in aspects]
    return dimensions_for(aspects, [one.sizes for one in measures], crops.unscaled, shares)


def facts_of(arrays: Arrays, classes: Sequence[str], name: str, seed: int) -> dict[str, Any]:
    """Return what a finder learnt from, and with which libraries: no time and no path, fit for JSON."""
    crops = arrays.crops
    return {
        "name": name,
        "seed": seed,
        "training": _counts(arrays.train_labels, classes),
        "held_out": _counts(arrays.test_labels, classes),
        "scenes": 0 if crops is None else len(crops.scenes),
        "nothing": 0 if crops is None else len(crops.nothing),
        "margin": 0.0 if crops is None else crops.margin,
        "digest": _digest(arrays),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    import keras
    import tensorflow as tf

    libraries = {"keras": keras, "numpy": np, "tensorflow": tf}
    return {"fullconv": version("fullconv")} | {name: str(one.__version__) for name, one in libraries.items()}


def _counts(labels: npt.NDArray[np.int32], classes: Sequence[str]) -> dict[str, int]:
    return dict(zip(classes, np.bincount(labels, minlength=len(classes)).tolist(), strict=True))


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256("".join(digests(arrays).values()).encode())
    if arrays.crops is not None:
        parts: list[npt.NDArray[Any]] = [arrays.crops.train_sizes, arrays.crops.test_sizes]
        for part in [*parts, *arrays.crops.scenes, *arrays.crops.nothing]:
            digest.update(f"{part.shape}".encode() + np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
