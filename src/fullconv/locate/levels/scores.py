"""Score maps of whole images, at one scale or fused over several."""

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.given import require_conversion
from fullconv.errors import InputError
from fullconv.locate.checks import checked_background
from fullconv.locate.levels.fusion import fused, grid_of
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level, levels_of
from fullconv.models.pixels import AUTO, in_0_1, scaled

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Geometry, Pair

FloatArray = npt.NDArray[np.float32]


def score_map(
    conversion: "Conversion",
    images: Any,
    batch_size: int = 16,
    stride: int | None = None,
    scales: Sequence[float] | None = None,
    fuse: str = "max",
    engine: str = "auto",
    background: int | None = None,
    pixels: str = AUTO,
) -> FloatArray:
    """Return the class scores of every cell, an image (H, W, C) or images (N, H, W, C) → (N, H', W', K).

    Images are in 0..1, or integers of 0..255, whatever the network reads; `pixels` says that: a key of
    `fullconv.models.pixels.RANGES`, or `auto` for what its first layers ask for, else 0..1.

    `stride` in pixels is the network's own, or a divisor of it that `engine` computes (see `fullconv.densify`). Where
    the first window starts at the image's corner, only cells whose window lies in the image are kept; a conversion
    with another offset keeps all its cells.

    With `scales` the image is resized by each of these factors, and the maps are brought to one grid, whose cells are
    those of `map_geometry`, bilinear between cells of equal window centre, and fused by `max`, `mean` or `geometric`
    (see `fullconv.locate.levels.fusion.fused`; `background` is the channel that is no object). A scale at which the
    image is smaller than the window is left out, and in a cell each that has no window there.

    Raises:
        InputError: no conversion, wrong rank, type or channel count, no image, pixels that are NaN or outside 0..1,
            an image smaller than the window at all scales, a batch size below 1, or a stride, scale, fusion, engine
            or range that cannot be.
    """
    from fullconv.convert.first_layers import range_read

    require_conversion(conversion)
    read = range_read(conversion.model, pixels)
    network = Network(conversion, stride, engine, partial(scaled, name=read))
    given = checked_images(images, network.channels)
    if batch_size < 1:
        raise InputError("locate.batch_size", f"{batch_size}", "Give 1 or more.")
    size = (given.shape[1], given.shape[2])
    levels = _levels(network, size, scales)
    if scales is None:
        return network(given, batch_size)
    checked_background(background, network.classes)
    grid, cells = grid_of(levels, size, network.geometry)
    # Of many images not every level is held at once.
    parts = [given[start : start + batch_size] for start in range(0, len(given), batch_size)]
    return np.concatenate(
        [
            fused([network(level.image(part), batch_size) for level in levels], levels, grid, cells, fuse, background)
            for part in parts
        ]
    )


def map_geometry(
    conversion: "Conversion",
    height: int,
    width: int,
    stride: int | None = None,
    scales: Sequence[float] | None = None,
) -> "Geometry":
    """Return the geometry of the map that `score_map` gives of images of `height` × `width` pixels.

    Raises:
        InputError: as `score_map`.
    """
    require_conversion(conversion)
    network = Network(conversion, stride)
    levels = _levels(network, (height, width), scales)
    return network.geometry if scales is None else grid_of(levels, (height, width), network.geometry)[0]


def _levels(network: Network, size: "Pair", scales: Sequence[float] | None) -> list[Level]:
    factors = [1.0] if scales is None else [float(factor) for factor in scales]
    if not factors or not all(math.isfinite(factor) and factor > 0 for factor in factors):
        raise InputError("scales", f"{scales}", "Give factors above 0, at least one.")
    levels = levels_of(factors, size, network, border=None)
    if not levels:
        least = network.least
        at = "" if scales is None else f" at scales {', '.join(f'{factor:g}' for factor in factors)}"
        raise InputError(
            "images",
            f"{size[0]}x{size[1]} pixels{at}",
            f"Give images at least as large as the window, {least[0]}x{least[1]}.",
        )
    return levels


def checked_images(images: Any, channels: int) -> FloatArray:
    """Return images (N, H, W, C), or one (H, W, C), as (N, H, W, C) in single precision.

    Raises:
        InputError: wrong rank, type or channel count, no image, or pixels that are NaN or outside 0..1.
    """
    try:
        pixels = np.asarray(images)
    except ValueError as error:
        raise InputError("images", f"not one array ({error})", "Give images of one size (N, H, W, C).") from error
    if pixels.ndim == 3:
        pixels = pixels[np.newaxis]
    if pixels.ndim != 4 or 0 in pixels.shape:
        raise InputError("images", f"shape {pixels.shape}", "Give at least one image as (N, H, W, C).")
    if pixels.dtype.kind not in "fiu":
        raise InputError("images", f"values of type {pixels.dtype}", "Give floats in 0..1, or integers of 0..255.")
    if pixels.shape[-1] != channels:
        raise InputError("images", f"{pixels.shape[-1]} channels", f"The classifier takes {channels}.")
    if np.isnan(pixels).any():
        raise InputError("images", "NaN pixels", "Replace them, or repair the file they come from.")
    return in_0_1(pixels, "images").astype(np.float32, copy=False)
