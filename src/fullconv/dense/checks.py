"""What a person gives to the dense engines, checked before any work."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.dense.engines import Engine, Stitch
from fullconv.errors import InputError
from fullconv.models.pixels import in_0_1, scaled


def checked_stride(stride: Any, coarse: Pair) -> Pair:
    """Return a stride `(y, x)` in pixels that divides the network's own.

    Raises:
        InputError: it does not.
    """
    pair = tuple(stride) if isinstance(stride, tuple | list) else (stride, stride)
    whole = len(pair) == 2 and all(isinstance(step, int | np.integer) and step >= 1 for step in pair)
    if not whole or any(own % int(step) for own, step in zip(coarse, pair, strict=True)):
        raise InputError(
            "stride", f"received {stride!r}", f"Give divisors of the network's own, {coarse[0]} and {coarse[1]}."
        )
    return int(pair[0]), int(pair[1])


def checked_memory(memory: Any, engines: tuple[Engine, ...]) -> int | None:
    """Return a limit in bytes, or None for none.

    Raises:
        InputError: it is no positive number, or how much memory an engine takes is not known.
    """
    if memory is None:
        return None
    if isinstance(memory, bool) or not isinstance(memory, int | float | np.number) or not memory > 0:
        raise InputError("memory", f"received {memory!r}", "Give bytes, for example 2 * 2**30.")
    if any(isinstance(engine, Stitch) and engine.coarse is None for engine in engines):
        raise InputError(
            "memory",
            "how much the network takes is not known: it has a layer whose reach is not",
            "Leave the limit out, or register the layer with fullconv.dense.operations.reads.",
        )
    return int(memory)


def checked_images(images: Any, conversion: Conversion, read: str | None, given: bool) -> npt.NDArray[Any]:
    """Return images `(N, H, W, C)` in the range `read`, None for as they are, and the number format of the network.

    Was the range not `given` but found, real numbers outside 0..1 are taken for what the network reads already.

    Raises:
        InputError: another shape, not numbers, not finite, in another range, or smaller than the window.
    """
    try:
        pixels = np.asarray(images)
    except ValueError as error:
        raise InputError("images", f"not one array ({error})", "Give images of one size (N, H, W, C).") from error
    channels, window = conversion.model.input_shape[-1], conversion.window
    if pixels.ndim != 4 or pixels.shape[-1] != channels:
        raise InputError("images", f"shape {pixels.shape}", f"Give images (N, H, W, {channels}).")
    if pixels.dtype.kind not in "fiub":
        raise InputError("images", f"values of type {pixels.dtype}", "Give numbers.")
    if pixels.shape[1] < window[0] or pixels.shape[2] < window[1]:
        raise InputError(
            "images",
            f"{pixels.shape[1]}×{pixels.shape[2]} pixels",
            f"Give images at least as large as the window, {window[0]}×{window[1]}.",
        )
    if not np.isfinite(pixels).all():
        raise InputError("images", "NaN or infinite pixels", "Replace them, or repair the file they come from.")
    real = pixels.dtype.kind == "f"
    if read is not None and (given or not real or not pixels.size or (pixels.min() >= 0 and pixels.max() <= 1)):
        pixels = scaled(in_0_1(pixels, "images"), read)
    return pixels.astype(str(conversion.model.inputs[0].dtype), copy=False)
