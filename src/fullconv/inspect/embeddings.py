"""Images as vectors of one layer: which layer, and the vectors."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.graph import Step
from fullconv.errors import InputError
from fullconv.inspect.activations import check_readable, run
from fullconv.inspect.walk import input_name, walk

Array = npt.NDArray[Any]

BATCH = 256  # images in one forward pass


def layer_names(classifier: Any) -> list[str]:
    """Return the names of the image and of all layers, in the order in which they compute.

    Raises:
        InputError: the model has no graph of layers to walk.
    """
    return [input_name(classifier), *(name for name, _, _ in _reads(classifier))]


def embedding_layer(classifier: Any, layer: str | None = None) -> str:
    """Return `layer`, or the last before the class scores: what the last layer with a kernel reads.

    Raises:
        InputError: no such layer, or none was named and no layer has a kernel.
    """
    names = layer_names(classifier)
    known = f"Choose one of {', '.join(names)}."
    if layer is not None:
        if layer not in names:
            raise InputError("inspect.layer", f"received {layer!r}, no layer of the classifier", known)
        return layer
    reads = [before for _, one, before in _reads(classifier) if getattr(one, "kernel", None) is not None]
    if not reads:
        raise InputError("inspect.layer", "null, and no layer of the classifier has a kernel", known)
    return reads[-1]


def _reads(classifier: Any) -> list[tuple[str, Any, str]]:
    """Return each layer's name, the layer, and the name of what it reads."""
    found: list[tuple[str, Any, str]] = []

    def visit(name: str, step: Step, before: list[str]) -> list[str]:
        found.append((name, step.layer, before[0]))
        return [name] * len(step.outputs)

    walk(classifier, input_name(classifier), visit)
    return found


def embeddings(classifier: Any, images: Array, layer: str | None = None) -> Array:
    """Return the vectors `(N, D)` that a layer makes of images `(N, H, W, C)`, pixels as the classifier reads them.

    A map `(H', W', C')` is pooled: the mean over its cells, D = C'. The image itself is flattened, as is what is
    neither a map nor a vector. `layer` None is the last before the class scores.

    Raises:
        InputError: no image, images of another size, no such layer, or a model that cannot be walked.
    """
    chosen = embedding_layer(classifier, layer)
    check_readable(classifier, images)
    if not len(images):
        raise InputError("images", "none", "Give at least one.")
    pooled = chosen != input_name(classifier)
    parts: list[Array] = []

    def take(name: str, kind: str, values: Array) -> None:
        if name == chosen:
            mean = pooled and values.ndim == 4
            parts.append(values.mean(axis=(1, 2)) if mean else values.reshape(len(values), -1))

    for start in range(0, len(images), BATCH):
        run(classifier, images[start : start + BATCH], take)
    return np.concatenate(parts)
