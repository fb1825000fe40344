"""What a person's own classifier reads and means: its range of pixels, its outputs, what they are called."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import image_shape
from fullconv.convert.first_layers import range_of_layers
from fullconv.convert.geometry import Pair
from fullconv.convert.last_layer import activation_of, open_sigmoid
from fullconv.convert.layout import reads_channels_first
from fullconv.locate.channels import Channels, meant_by
from fullconv.locate.outputs import Form, Outputs, form_of
from fullconv.models.pixels import AUTO, checked_range

_NOISE = 2  # images of it, in each of two ranges


@dataclass(frozen=True)
class Reads:
    """The range of pixels that a network reads, and how that is known; `auto`: it has to be measured."""

    pixels: str
    because: str = ""


@dataclass(frozen=True)
class Named:
    """Names of classes, none if they have none, and the key or file that they come from."""

    names: tuple[str, ...]
    source: str


def reads(model: Any, wanted: str, of_its_file: str | None = None, kind: str = "its file") -> Reads:
    """Return the range of pixels that a network reads: as `wanted`, else as its first layers say, else its file.

    Raises:
        InputError: a range that its images cannot have, or no classifier of images.
    """
    channels = channels_of_images(model)
    if wanted != AUTO:
        return Reads(checked_range(wanted, channels, "classifier.pixels"), "classifier.pixels says so")
    own = range_of_layers(model)
    if own is not None:
        return Reads(own, "its first layers say so")
    if of_its_file is not None:
        return Reads(checked_range(of_its_file, channels, "classifier.pixels"), f"{kind} says so")
    return Reads(AUTO)


def channels_of_images(model: Any) -> int:
    """Return how many channels the images of a classifier or a conversion have."""
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple) and shape[1:3] == (None, None):  # a conversion reads images of any size
        return int(shape[-1])
    sizes = image_shape(model)
    return sizes[0] if reads_channels_first(model) else sizes[2]


def opened(model: Any, window: Pair, where: str) -> Form:
    """Return what the scores of a classifier or a conversion are; where they are one sigmoid's, it is taken off first.

    A probability of nearly 1 has no complement in single precision, and its logit has.

    Raises:
        InputError: they are neither probabilities nor logits.
    """
    count = int(model.output_shape[-1])
    form = form_of(activation_of(model), count, partial(_some_scores, model, window), where)
    return Form.UNIT_LOGIT if form is Form.UNIT and open_sigmoid(model) else form


def _some_scores(model: Any, window: Pair) -> npt.NDArray[np.float32]:
    sizes = iter(window)
    shape = [next(sizes) if size is None else int(size) for size in model.input_shape[1:]]
    noise = np.random.default_rng(0).random((_NOISE, *shape), dtype=np.float32)
    scores = np.asarray(model(np.concatenate([noise, noise * 255]), training=False), np.float32)
    return scores.reshape(-1, scores.shape[-1])


def background_said(channels: Channels, named: Named, wanted: str) -> str:
    """Return which class is the background, how that is known, and what there is to do if it is none."""
    if named.names and len(channels.names) > len(named.names):
        said = f"its output without a name is the background: {named.source} names {len(named.names)}"
        return f"{said} of {len(channels.names)}"
    if wanted == AUTO:
        return f"the class {channels.called!r} is the background, by its name; classifier.background=none: an object"
    return f"the class {channels.called!r} is the background, as classifier.background says"


def meaning_of(form: Form, scores: int, named: Named, background: str) -> tuple[Channels, Outputs]:
    """Return what the channels of maps mean, and what makes them of so many scores of a form.

    Raises:
        InputError: another number of names, or a background that is none of them.
    """
    known = Outputs(form).classes(scores)
    names = named.names or tuple(f"class {index}" for index in range(known))
    channels, order = meant_by(names, known, background, named.source)
    return channels, Outputs(form, order)
