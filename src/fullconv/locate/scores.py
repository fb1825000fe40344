"""Coarse score maps of whole images."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion

FloatArray = npt.NDArray[np.float32]


def score_map(conversion: "Conversion", images: Any, batch_size: int = 16) -> FloatArray:
    """Return the class scores of every cell, (N, H, W, C) in 0..1 → (N, H', W', K) at the network's stride.

    Where the first window starts at the image's corner, only cells whose window lies in the image are kept;
    a conversion with another offset keeps all its cells.

    Raises:
        InputError: wrong rank, type or channel count, no image, pixels that are NaN or outside 0..1, an image
            smaller than the window, or a batch size below 1.
    """
    pixels = _checked_images(images, conversion)
    if batch_size < 1:
        raise InputError("locate.batch_size", f"{batch_size}", "Give 1 or more.")
    height, width = pixels.shape[1:3]
    rows: int | None = None
    cols: int | None = None
    if tuple(conversion.geometry.offset) == (0, 0):
        rows, cols = conversion.geometry.cells(height, width)
    parts = [
        conversion.forward(pixels[start : start + batch_size])[:, :rows, :cols]
        for start in range(0, len(pixels), batch_size)
    ]
    return np.concatenate(parts)


def _checked_images(images: Any, conversion: "Conversion") -> FloatArray:
    try:
        pixels = np.asarray(images)
    except ValueError as error:
        raise InputError("images", f"not one array ({error})", "Give images of one size (N, H, W, C).") from error
    if pixels.ndim != 4 or 0 in pixels.shape:
        raise InputError("images", f"shape {pixels.shape}", "Give at least one image as (N, H, W, C).")
    if not np.issubdtype(pixels.dtype, np.floating):
        raise InputError("images", f"values of type {pixels.dtype}", "Give floats in 0..1: divide 8-bit pixels by 255.")
    channels = conversion.model.input_shape[-1]
    if pixels.shape[-1] != channels:
        raise InputError("images", f"{pixels.shape[-1]} channels", f"The classifier takes {channels}.")
    window = conversion.geometry.window if tuple(conversion.geometry.offset) == (0, 0) else conversion.window
    if pixels.shape[1] < window[0] or pixels.shape[2] < window[1]:
        raise InputError(
            "images",
            f"{pixels.shape[1]}x{pixels.shape[2]} pixels",
            f"Give images at least as large as the window, {window[0]}x{window[1]}.",
        )
    if np.isnan(pixels).any():
        raise InputError("images", "NaN pixels", "Replace them, or repair the file they come from.")
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0.0 or high > 1.0:
        raise InputError("images", f"pixel values from {low:g} to {high:g}", "Scale them to 0..1.")
    return pixels.astype(np.float32, copy=False)
