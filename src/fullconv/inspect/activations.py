"""What each layer of a classifier makes of images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.graph import Operator, Step
from fullconv.convert.layout import reads_channels_first
from fullconv.errors import InputError
from fullconv.inspect.walk import input_name, walk

Array = npt.NDArray[Any]
Take = Callable[[str, str, Array], None]  # name and kind of a layer, its output (N, …)


@dataclass(frozen=True)
class LayerActivation:
    """A layer's output along one image: a map `(H, W, C)` or a vector `(D,)`."""

    name: str
    kind: str
    values: Array


def activations(classifier: Any, image: Array) -> list[LayerActivation]:
    """Return the output of every layer along one image `(H, W, C)`, in the order in which they compute.

    Pixels are as the classifier reads them; the image itself is not among the outputs.

    Raises:
        InputError: an image of another size, or a model that has no graph of layers or reads its channels first.
    """
    found: list[LayerActivation] = []

    def take(name: str, kind: str, values: Array) -> None:
        found.append(LayerActivation(name, kind, values[0]))

    run(classifier, np.asarray(image)[np.newaxis], take)
    return found[1:]


def run(classifier: Any, images: Array, take: Take) -> None:
    """Compute all layers on images `(N, H, W, C)` and hand over the images, then each layer's output.

    Raises:
        InputError: images of another size, or a model that has no graph of layers or reads its channels first.
    """
    check_readable(classifier, images)
    pixels = np.asarray(images, dtype=np.float32)
    take(input_name(classifier), "InputLayer", pixels)

    def visit(name: str, step: Step, values: list[Any]) -> list[Any]:
        made = _computed(step, values)
        made = list(made) if isinstance(made, list | tuple) else [made]
        take(name, _kind(step.layer), np.asarray(made[0]))
        return made

    walk(classifier, pixels, visit)


def check_readable(classifier: Any, images: Array) -> None:
    """Refuse a classifier that does not read images `(N, H, W, C)` of this size.

    Raises:
        InputError: naming what does not fit.
    """
    if reads_channels_first(classifier):
        raise InputError("classifier", "it reads its channels first", "Convert it: fullconv convert turns it round.")
    wanted = tuple(classifier.input_shape)
    sizes = zip(wanted[1:], images.shape[1:], strict=False)
    if images.ndim != len(wanted) or any(size not in (None, given) for size, given in sizes):
        raise InputError(
            "images",
            f"shape {images.shape[1:]}, while the classifier reads {wanted[1:]}",
            "Give images of that size, channels last.",
        )


def _computed(step: Step, values: list[Any]) -> Any:
    if isinstance(step.layer, Operator):
        given = step.layer.with_tensors(values)
        return step.layer.apply(given, step.layer.name)
    # Without `training`: every layer then computes as in prediction.
    return step.layer(values[0] if len(values) == 1 else values)


def _kind(layer: Any) -> str:
    return layer.function if isinstance(layer, Operator) else type(layer).__name__
