"""Convolution of plain arrays: what a convolutional layer computes, without the layer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Pair
from fullconv.errors import InputError

PADDINGS = ("valid", "same")
# How to get to TensorFlow's order of axes: images (N, H, W, C), kernels (h, w, C, F).
_ORDERS = {
    "channels_last": ((0, 1, 2, 3), (0, 1, 2, 3)),
    "channels_first": ((0, 2, 3, 1), (2, 3, 1, 0)),
}
_AXES = {
    "channels_last": ("(N, H, W, C)", "(h, w, C, F)"),
    "channels_first": ("(N, C, H, W)", "(F, C, h, w)"),
}

_LANES = 16  # numbers of single precision that today's processors take at a time

Numbers = npt.NDArray[np.floating[Any]]


def convolution(
    images: npt.ArrayLike,
    kernels: npt.ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    flip: bool = False,
) -> Numbers:
    """Return the responses of `images` to a bank of kernels: at each place a sum of products, over all channels.

    With data_format `channels_last`, images `(N, H, W, C)` and kernels `(h, w, C, F)` give `(N, H', W', F)`; with
    `channels_first`, `(N, C, H, W)` and `(F, C, h, w)` give `(N, F, H', W')`. One picture `(H, W)` and one kernel
    `(h, w)` give `(H', W')`. `stride`, one for both axes or (rows, columns), is in pixels. With padding `valid` a
    kernel stays inside the image; `same` adds zeros for a response at each stride begun, as Keras does. Without `flip`
    it is correlation, which is what layers compute; with it, convolution in the mathematical sense: kernels turned by
    180°. Numbers come in the type that NumPy gives both together, at least single and at most double precision.

    Raises:
        InputError: arrays that are not numbers, have other axes than these, hold none, channels that differ,
            a kernel larger than the image without padding, or an unknown setting.
    """
    for where, choice, known in (("padding", padding, PADDINGS), ("data_format", data_format, tuple(_ORDERS))):
        if choice not in known:
            raise InputError(where, f"received {choice!r}", f"Choose one of {', '.join(known)}.")
    strides = _pair(stride)
    pixels, weights = _numbers("images", images), _numbers("kernels", kernels)
    plain = pixels.ndim == 2 and weights.ndim == 2
    if plain:
        pixels, weights = pixels[np.newaxis, :, :, np.newaxis], weights[:, :, np.newaxis, np.newaxis]
    else:
        _check_axes(pixels, weights, data_format)
        image_order, kernel_order = _ORDERS[data_format]
        pixels, weights = pixels.transpose(image_order), weights.transpose(kernel_order)
    _check_sizes(pixels, weights, padding)
    if padding == "same":
        pixels = _padded(pixels, weights, strides, flip)
    if flip:
        weights = weights[::-1, ::-1]
    found = _responses(pixels, weights, strides)
    if plain:
        return found[0, :, :, 0]
    return found.transpose(np.argsort(_ORDERS[data_format][0]))


def _responses(pixels: Numbers, weights: Numbers, strides: Pair) -> Numbers:
    """Return the correlation `(N, H', W', F)` of `(N, H, W, C)` with `(h, w, C, F)`, without padding."""
    import tensorflow as tf

    dtype = np.float64 if np.result_type(pixels, weights, np.float32).itemsize > 4 else np.float32
    pixels, weights = pixels.astype(dtype, copy=False), weights.astype(dtype, copy=False)
    window, filters, step = weights.shape[1], weights.shape[3], strides[1]
    wanted = (pixels.shape[2] - window) // step + 1
    places = _places(pixels, window, filters, step)
    steps = (strides[0], places * step)
    # TensorFlow 2.21 with oneDNN gives wrong numbers for one channel, unequal strides and a single column of responses.
    columns = max(-(-wanted // places), 1 if steps[0] == steps[1] else 2)
    last = (columns * places - 1) * step
    pixels = np.pad(pixels, ((0, 0), (0, 0), (0, max(last + window - pixels.shape[2], 0)), (0, 0)))
    bank = _beside(weights, places, step)
    found = np.asarray(tf.nn.conv2d(pixels, bank, strides=steps, padding="VALID"))
    return np.array(found.reshape(*found.shape[:2], -1, filters)[:, :, :wanted])


def _places(pixels: Numbers, window: int, filters: int, step: int) -> int:
    """Return for how many neighbouring places to compute responses at once.

    Processors take several numbers at a time, a matrix product along the filters: with few filters, the same filter at
    several places fills them. It multiplies by zeros too; so many that it does at most twice the work.
    """
    places = min(_LANES // filters, window // step)
    # A zero times what is not a number is not zero: such a pixel would reach beyond the windows that see it.
    return places if places > 1 and np.isfinite(pixels).all() else 1


def _beside(weights: Numbers, places: int, step: int) -> Numbers:
    """Return kernels `(h, w + (places - 1) · step, C, places · F)`: each once for every place, `step` pixels on."""
    height, window, channels, filters = weights.shape
    bank = np.zeros((height, window + (places - 1) * step, channels, places, filters), weights.dtype)
    for place in range(places):
        bank[:, place * step : place * step + window, :, place] = weights
    return bank.reshape(height, -1, channels, places * filters)


def _padded(pixels: Numbers, weights: Numbers, strides: Pair, flip: bool) -> Numbers:
    """Return the images with the zeros around them that give a response at each stride begun."""
    amounts = []
    for length, window, step in zip(pixels.shape[1:3], weights.shape[:2], strides, strict=True):
        zeros = max((-(-length // step) - 1) * step + window - length, 0)
        # An odd zero comes last. A kernel that is turned round has its middle on the other side, so it comes first.
        fewer = zeros // 2
        amounts.append((zeros - fewer, fewer) if flip else (fewer, zeros - fewer))
    return np.pad(pixels, ((0, 0), *amounts, (0, 0)))


def _numbers(where: str, given: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InputError(where, f"no array: {error}", "Give numbers in rows of one length.") from error
    if not (array.dtype == bool or np.can_cast(array.dtype, np.longdouble, "same_kind")):
        raise InputError(where, f"values of type {array.dtype}", "Give real numbers.")
    if array.size == 0:
        raise InputError(where, f"shape {array.shape}, no number at all", "Give at least one of each axis.")
    return array


def _pair(stride: Any) -> Pair:
    steps = tuple(stride) if isinstance(stride, Sequence | np.ndarray) else (stride, stride)
    if len(steps) != 2 or not all(isinstance(step, int | np.integer) and step >= 1 for step in steps):
        raise InputError("stride", f"received {stride!r}", "Give pixels, 1 or more: one number, or (rows, columns).")
    return int(steps[0]), int(steps[1])


def _check_axes(images: npt.NDArray[Any], kernels: npt.NDArray[Any], data_format: str) -> None:
    for where, array, axes in zip(("images", "kernels"), (images, kernels), _AXES[data_format], strict=True):
        if array.ndim != 4:
            raise InputError(
                where,
                f"shape {array.shape}",
                f"With {data_format}, give {axes}; or a picture (H, W) and a kernel (h, w).",
            )


def _check_sizes(pixels: npt.NDArray[Any], weights: npt.NDArray[Any], padding: str) -> None:
    """Raise InputError unless images and kernels have as many channels, and a kernel has room without padding."""
    if pixels.shape[3] != weights.shape[2]:
        raise InputError(
            "kernels",
            f"{weights.shape[2]} channels for images of {pixels.shape[3]}",
            "Give kernels as many channels as images have, and say data_format where channels come first.",
        )
    height, width = pixels.shape[1:3]
    if padding == "valid" and (weights.shape[0] > height or weights.shape[1] > width):
        raise InputError(
            "kernels",
            f"{weights.shape[0]}×{weights.shape[1]} on images of {height}×{width} pixels",
            "Give a kernel no larger than the image, or padding='same'.",
        )
