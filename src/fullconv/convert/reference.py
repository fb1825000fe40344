"""The classifier as its conversion reads it: the other side of every comparison."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.weights import fill, weights_of

Images = npt.NDArray[np.float32]  # (N, h, w, C)
Scores = npt.NDArray[np.float32]  # (N, K)


def reference(classifier: Any, conversion: Conversion) -> Callable[[Images], Scores]:
    """Return the function from images `(N, h, w, C)`, channels last, to the classifier's scores `(N, K)`.

    A classifier that reads its channels first gets them first; where the conversion turned its kernels round,
    so does a copy of the classifier. The classifier itself is left as it was.
    """
    model = _flipped(classifier) if conversion.flipped else classifier

    def scores(images: Images) -> Scores:
        given = np.moveaxis(images, -1, 1) if conversion.channels_first else images
        return np.asarray(model(given, training=False), dtype=np.float32)

    return scores


def _flipped(classifier: Any) -> Any:
    pairs: list[tuple[Any, Any]] = []

    def copied(layer: Any) -> Any:
        pairs.append((layer, type(layer).from_config(layer.get_config())))
        return pairs[-1][1]

    # Keras remembers what it has copied: a layer or a nested model that is called twice stays one.
    copy = keras.models.clone_model(classifier, clone_function=copied, recursive=True)
    for layer, new in pairs:
        fill(new, weights_of(layer, flip=True))
    return copy
