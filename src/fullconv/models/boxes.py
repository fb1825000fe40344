"""Box regression: an object's size and shape, read from what a classifier sees of it just before it names it.

Source: Girshick, Donahue, Darrell, Malik, *Rich feature hierarchies for accurate object detection and semantic
segmentation*, 2014, appendix C: a ridge regression from features. Theirs learns from annotated boxes; ours from windows
that were drawn, whose objects have known frames.
"""

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.archives import array_file
from fullconv.errors import InputError

if TYPE_CHECKING:
    import keras

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

NAMER = "hidden"  # the layer of our classifiers, and of their conversions, that names what the layers before have seen
_PARTS = ("weights", "bias")


@dataclass(frozen=True, eq=False)
class BoxRegression:
    """Weights (D, 2) and bias (2,) that make of D features the logarithms of how much larger and longer an object is.

    Larger in √(height·width), longer in height over width: than its class usually is in a window.
    """

    weights: Floats
    bias: Floats

    def __call__(self, features: Floats) -> Doubles:
        """Return the logarithms (n, 2) for features (n, D)."""
        read: Doubles = (features @ self.weights + self.bias).astype(np.float64)
        return read


def seen_by(model: "keras.Model") -> "keras.Model":
    """Return the part of a classifier, or of its conversion, that ends with what its layer `hidden` reads.

    Raises:
        InputError: it has no such layer.
    """
    import keras

    names = [layer.name for layer in model.layers]
    if NAMER not in names:
        raise InputError(model.name, f"no layer {NAMER!r}", "Give a network that fullconv train made.")
    return keras.Model(model.inputs[0], model.get_layer(NAMER).input, name="seen")


def write_boxes(path: Path, boxes: BoxRegression | None) -> None:
    """Write a regression as .npz, whole or not at all; one without features stands for none.

    Raises:
        InputError: the folder cannot be written.
    """
    none = BoxRegression(np.zeros((0, 2), np.float32), np.zeros(2, np.float32))
    with array_file(path) as add:
        for part in _PARTS:
            add(part, getattr(boxes or none, part))


def read_boxes(path: Path, model: "keras.Model", mend: str) -> BoxRegression | None:
    """Return what `write_boxes` wrote, for a classifier or its conversion.

    Raises:
        InputError: the file is missing, is none, or belongs to another network; `mend` says what helps.
    """
    if not path.is_file():
        raise InputError(str(path), "no such file", mend)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights, bias = (arrays[part].astype(np.float32) for part in _PARTS)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"no box regression ({error})", mend) from error
    if weights.ndim != 2 or weights.shape[1] != 2 or bias.shape != (2,) or not np.isfinite(weights).all():
        raise InputError(str(path), f"weights {weights.shape}, bias {bias.shape}", mend)
    if not len(weights):
        return None
    features = math.prod(model.get_layer(NAMER).kernel.shape[:-1])
    if len(weights) != features:
        raise InputError(str(path), f"of a network with {len(weights)} features, and this one has {features}", mend)
    return BoxRegression(weights, bias)
