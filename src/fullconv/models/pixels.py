"""What numbers a classifier reads pixels as: the ranges there are, and images in 0..1 brought to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

FloatArray = npt.NDArray[np.float32]

AUTO, PLAIN = "auto", "0..1"


@dataclass(frozen=True)
class Range:
    """Pixels of 0..1 are multiplied by `factor` and moved by `shift`, one number or one a channel.

    With `reversed` the channels come as blue, green, red; `factor` and `shift` are in that order.
    """

    factor: tuple[float, ...]
    shift: tuple[float, ...]
    reversed: bool = False


_MEANS, _DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green and blue in 0..1
RANGES = {
    PLAIN: Range((1.0,), (0.0,)),
    "0..255": Range((255.0,), (0.0,)),
    "-1..1": Range((2.0,), (-1.0,)),
    # As PyTorch's networks: less the means, over the deviations.
    "imagenet": Range(
        tuple(1 / one for one in _DEVIATIONS),
        tuple(-mean / one for mean, one in zip(_MEANS, _DEVIATIONS, strict=True)),
    ),
    # As Caffe's networks: 0..255, channels turned round, less the means.
    "caffe": Range((255.0,), (-103.939, -116.779, -123.68), reversed=True),
}


def ranges_of(channels: int) -> list[str]:
    """Return the ranges that images of so many channels can have."""
    return [name for name, one in RANGES.items() if channels == 3 or len(one.shift) == 1]


def checked_range(name: Any, channels: int, where: str) -> str:
    """Return `name` once images of `channels` can have that range.

    Raises:
        InputError: no such range, or one of colours for images that have none.
    """
    known = ranges_of(channels)
    if not isinstance(name, str) or name not in RANGES:
        raise InputError(where, f"received {name!r}", f"Choose one of {', '.join((AUTO, *known))}.")
    if name not in known:
        received = f"{name}, which has a number for red, green and blue, and images have {channels} channels"
        raise InputError(where, received, f"Choose one of {', '.join((AUTO, *known))}.")
    return name


def scaled(images: FloatArray, name: str) -> FloatArray:
    """Return images (…, C) in 0..1 in the range `name`."""
    if name == PLAIN:
        return images
    one = RANGES[name]
    pixels = images[..., ::-1] if one.reversed else images
    return np.asarray(pixels * _numbers(one.factor) + _numbers(one.shift), np.float32)


def in_0_1(images: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return numbers in 0..1: integers of 0..255 are divided by 255.

    Raises:
        InputError: integers below 0 or above 255, or other numbers outside 0..1.
    """
    whole = images.dtype.kind in "iu"
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if low < 0 or high > (255 if whole else 1):
        received = f"pixel values from {low:g} to {high:g}"
        mend = "Give 0..1, or integers of 0..255, whatever the network reads: pixels=RANGE says that."
        raise InputError(where, received, mend)
    return images / np.float32(255) if whole else images


def _numbers(given: Sequence[float]) -> FloatArray:
    return np.asarray(given, np.float32)
