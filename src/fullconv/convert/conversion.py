"""From a classifier to a fully convolutional network: the public function."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.given import as_images, require_model
from fullconv.convert.layout import reads_channels_first
from fullconv.convert.rewrite import Rewrite, new_input
from fullconv.convert.rules.inner_pools import inner_pools
from fullconv.convert.rules.values import Kind, Value
from fullconv.convert.traced import traced
from fullconv.errors import InputError

HEADS = ("window", "cell")


@dataclass(frozen=True)
class Conversion:
    """A fully convolutional network and what its cells mean.

    `model` maps images `(N, H, W, C)` to scores `(N, H', W', K)`. `geometry` says which pixels a cell stands
    for, `receptive_field` which it depends on (padding included, so it may reach outside the image); both in
    pixels. `exact` is true where a cell equals the classifier on its crop; `notes` name each layer that
    breaks this. `window` is the classifier's input size `(h, w)` in pixels. `cellwise` is true where the head
    is applied to each feature cell alone, so that no cell is the classifier. `channels_first` says that the
    classifier reads `(N, C, h, w)`, `flipped` that its kernels were turned round.
    """

    model: Any
    geometry: Geometry
    receptive_field: Geometry
    notes: tuple[str, ...]
    head: str
    window: Pair
    cellwise: bool
    channels_first: bool = False
    flipped: bool = False

    @property
    def exact(self) -> bool:
        """Whether a cell equals the classifier on its crop."""
        return not self.notes

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What was made of this conversion and is used again; it goes when the conversion does."""
        return {}

    @cached_property
    def _compiled(self) -> Any:
        """The forward pass, compiled once for images of every size."""
        dtype = str(self.model.inputs[0].dtype)
        return traced(lambda images: self.model(images, training=False), self.model.input_shape[-1], dtype)

    def forward(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the scores `(N, H', W', K)` of images `(N, H, W, C)`."""
        return np.asarray(self._compiled(images), dtype=np.float32)


def convolutionalize(classifier: "keras.Model", head: str = "window", flip_kernels: bool = False) -> Conversion:
    """Turn a classifier, images `(N, h, w, C)` → scores `(N, K)`, into a fully convolutional network.

    With head `window` a global pool stays a pool over the training grid at stride 1: a cell is the classifier on
    its window. With head `cell` it goes, and the layers after it score each feature cell alone: finer, but not the
    classifier; where the network pads, each stride that an image begins has a cell. After Flatten both are the
    same. With `flip_kernels` the weights are in Theano's convention, which reads kernels from the last row and
    column to the first. A classifier of images `(N, C, h, w)` becomes a network of images `(N, H, W, C)`. The
    number of weights stays, but that a normalization between Flatten and a dense layer goes into the latter.

    Raises:
        InputError: an unknown head, or a model or layer that cannot be converted faithfully; it names the
            layer, why, and what would help.
    """
    if head not in HEADS:
        raise InputError("head", f"received {head!r}", f"Choose one of {', '.join(HEADS)}.")
    shape = image_shape(classifier)
    channels_first = reads_channels_first(classifier)
    window, channels = (shape[1:], shape[0]) if channels_first else (shape[:2], shape[2])
    image = new_input(classifier, channels)
    pixel = Geometry(window=(1, 1), stride=(1, 1), offset=(0, 0))
    start = Value(image, Kind.MAP, window, pixel, channels_first)
    inner = inner_pools(classifier)
    rewrite = Rewrite(head, flip_kernels, inner, window if head == "cell" else None)
    scores = rewrite.converted(classifier, start)
    if rewrite.window and not (rewrite.cellwise and rewrite.padded):
        # Known only now: cells are windows, or never see anything beyond the image.
        rewrite = Rewrite(head, flip_kernels, inner)
        scores = rewrite.converted(classifier, start)
    if scores.kind is not Kind.VECTOR:
        raise InputError(
            f"layer {classifier.layers[-1].name!r}",
            f"the output is a {scores.kind.value}, not one score per class",
            "Let the model end in Flatten or a global pool and dense layers.",
        )
    field = scores.field
    return Conversion(
        model=keras.Model(image, scores.tensor, name=classifier.name),
        geometry=field if rewrite.cellwise else Geometry(window=window, stride=field.stride, offset=(0, 0)),
        receptive_field=field,
        notes=tuple(rewrite.notes),
        head=head,
        window=window,
        cellwise=rewrite.cellwise,
        channels_first=channels_first,
        flipped=flip_kernels,
    )


def image_shape(classifier: Any) -> tuple[int, int, int]:
    """Return the input shape of a classifier that reads one image and gives one row of scores.

    Raises:
        InputError: it is no such classifier.
    """
    require_model(classifier)
    where = f"model {classifier.name!r}"
    inputs, outputs = getattr(classifier, "inputs", None), getattr(classifier, "outputs", None)
    if not inputs or not outputs:
        raise InputError(
            where, "it has no known input", "Build it as a Functional model, or Sequential with keras.Input."
        )
    if len(inputs) != 1:
        raise InputError(where, f"{len(inputs)} inputs", _one_input(inputs))
    if len(outputs) != 1:
        raise InputError(where, f"{len(outputs)} outputs", "Choose one: keras.Model(model.input, model.outputs[0]).")
    shape = tuple(inputs[0].shape)
    if len(shape) != 4:
        raise InputError(where, f"its input {shape} is not a batch of images", as_images(classifier, shape))
    if shape[0] is not None:
        raise InputError(
            where,
            f"a fixed batch size of {shape[0]}",
            "Give it any number: x = keras.Input(model.input_shape[1:]); keras.Model(x, model(x)).",
        )
    if None in shape[1:]:
        raise InputError(
            where,
            f"its input {shape} has no fixed size, so the window is unknown",
            "Say the size it was trained at: x = keras.Input((height, width, channels)); keras.Model(x, model(x)).",
        )
    return shape[1:]


def _one_input(inputs: list[Any]) -> str:
    """Return how a model of several inputs becomes one of one image."""
    if all(len(one.shape) == 4 for one in inputs):
        return (
            "Give images of one size as channels of one: x = keras.Input((height, width, 6)); "
            "keras.Model(x, model([x[..., :3], x[..., 3:]]))."
        )
    return (
        "Give numbers as channels that are the same in every pixel: x = keras.Input((height, width, 3 + numbers)); "
        "keras.Model(x, model([x[..., :3], keras.layers.GlobalAveragePooling2D()(x[..., 3:])]))."
    )
