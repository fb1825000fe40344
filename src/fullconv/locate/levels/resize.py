"""Images at another size: whole ones, or the part of one that somebody asks for."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_SUPPORT = 2.0  # of the bicubic kernel, in pixels of the larger of the two sizes
_BEND = -0.5  # of Keys' kernel, as Pillow and MATLAB have it


def resized(images: FloatArray, height: int, width: int) -> FloatArray:
    """Return images (N, H, W, C) in 0..1 at `height` × `width` pixels: bicubic, antialiased where they shrink.

    The image's borders stay its borders: pixel i spans i to i + 1 before and after. Of box, bilinear, bicubic and
    Lanczos filters, bicubic and Lanczos keep most digits recognizable from 15 to 100 pixels, and bicubic is quicker.
    """
    size, small = (images.shape[1], images.shape[2]), (height, width)
    return resized_part(images, (0, 0), size, small, ((0, height), (0, width)))


def resized_part(
    images: FloatArray, first: "Pair", size: "Pair", small: "Pair", spans: "tuple[Pair, Pair]"
) -> FloatArray:
    """Return rows and columns `spans` of images of `size` (h, w) pixels resized to `small`: as of the whole ones.

    `images` (N, h, w, C) begin at the pixel `first` (y, x) of theirs, and hold what `taken` says.
    """
    if size == small:
        (top, bottom), (left, right) = spans
        return images[:, top - first[0] : bottom - first[0], left - first[1] : right - first[1]]
    down, across = (
        _weights(size[axis], small[axis], spans[axis], first[axis], images.shape[1 + axis]) for axis in (0, 1)
    )
    made = np.empty((len(images), down.shape[0], across.shape[0], images.shape[-1]), np.float32)
    # Along the rows pixels have to be moved: of as few of them as there may be.
    steps = [(down, 0), (across, 1)] if small[0] < size[0] else [(across, 1), (down, 0)]
    for place, image in enumerate(images):
        first, second = steps
        made[place] = _along(_along(image, *first), *second)
    # Bicubic overshoots at edges.
    return np.clip(made, 0.0, 1.0, out=made)


def reduced(
    read: "Callable[[Pair, Pair], FloatArray]", size: "Pair", smalls: "Sequence[Pair]", block: "Pair"
) -> list[FloatArray]:
    """Return an image of `size` (h, w) pixels at each of the sizes `smalls`, as (h, w, C), from one pass over it.

    `read` gives the pixels (h, w, C) of rows and columns, from one up to another; no more than a `block` is asked for.
    """
    made: list[FloatArray] = []
    spans = [
        [(start, min(side, start + length)) for start in range(0, side, length)]
        for side, length in zip(size, block, strict=True)
    ]
    for rows, cols in product(*spans):
        part = read(rows, cols)
        made = made or [np.zeros((*small, part.shape[-1]), np.float32) for small in smalls]
        for total, small in zip(made, smalls, strict=True):
            (top, down), (left, across) = (
                _added(size[axis], small[axis], span) for axis, span in enumerate((rows, cols))
            )
            if down.shape[0] and across.shape[0]:
                place = (slice(top, top + down.shape[0]), slice(left, left + across.shape[0]))
                total[place] += _along(_along(part, across, 1), down, 0)
    return [np.clip(one, 0.0, 1.0, out=one) for one in made]


def taken(side: int, small: int, span: "Pair") -> "Pair":
    """Return the first pixel of a side, and one past the last, that a span of it resized to `small` is made of."""
    if side == small:
        return span
    low, high = _taps(side, small, np.array([span[0], span[1] - 1]))
    return int(low[0]), int(high[1])


def _along(image: FloatArray, weights: Any, axis: int) -> FloatArray:
    """Return an image (h, w, C) with the pixels of an axis weighed and summed."""
    turned = np.ascontiguousarray(np.moveaxis(image, axis, 0))
    made = weights @ turned.reshape(len(turned), -1)
    return np.moveaxis(made.reshape(weights.shape[0], *turned.shape[1:]), 0, axis)


def _taps(side: int, small: int, places: Indices) -> tuple[Indices, Indices]:
    """Return the first pixel, and one past the last, that each place of the resized side is made of."""
    scale = side / small
    support, centres = _SUPPORT * max(scale, 1.0), (places + 0.5) * scale
    low = np.maximum(0, (centres - support + 0.5).astype(np.intp))
    return low, np.minimum(side, (centres + support + 0.5).astype(np.intp))


def _kernel(distance: Doubles) -> Doubles:
    """Return Keys' cubic (1981, *Cubic Convolution Interpolation for Digital Image Processing*) at distances ≥ 0."""
    near = ((_BEND + 2) * distance - (_BEND + 3)) * distance**2 + 1
    far = (((distance - 5) * distance + 8) * distance - 4) * _BEND
    return np.where(distance < 1, near, np.where(distance < _SUPPORT, far, 0))


def _row_weights(side: int, small: int, span: "Pair") -> tuple[Indices, Doubles]:
    """Return the pixels (n, t) that each place of a span is made of, and what they weigh."""
    places, scale = np.arange(*span), side / small
    low, high = _taps(side, small, places)
    at = low[:, np.newaxis] + np.arange(int((high - low).max()))
    distance = np.abs(at + 0.5 - ((places + 0.5) * scale)[:, np.newaxis]) / max(scale, 1.0)
    weights = np.where(at < high[:, np.newaxis], _kernel(distance), 0)
    return at, weights / weights.sum(axis=1, keepdims=True)


@lru_cache(maxsize=256)  # scenes of one size ask for the same again and again
def _weights(side: int, small: int, span: "Pair", first: int, length: int) -> Any:
    """Return the sparse matrix that makes a span of the resized side of `length` pixels from `first` on."""
    from scipy import sparse

    at, weights = _row_weights(side, small, span)
    rows, taps = np.nonzero(weights)
    shape = (len(at), length)
    return sparse.csr_matrix((weights[rows, taps].astype(np.float32), (rows, at[rows, taps] - first)), shape=shape)


@lru_cache(maxsize=64)  # a row of blocks asks for the same columns as the one above
def _added(side: int, small: int, span: "Pair") -> tuple[int, Any]:
    """Return the first place that a span of the side has a part in, and the matrix of what it adds from there on."""
    from scipy import sparse

    low, high = _taps(side, small, np.arange(small))
    (touched,) = np.nonzero((low < span[1]) & (high > span[0]))
    if not len(touched):
        return 0, sparse.csr_matrix((0, span[1] - span[0]), dtype=np.float32)
    first = int(touched[0])
    at, weights = _row_weights(side, small, (first, int(touched[-1]) + 1))
    rows, taps = np.nonzero(np.where((at >= span[0]) & (at < span[1]), weights, 0))
    shape, values = (len(at), span[1] - span[0]), weights[rows, taps].astype(np.float32)
    return first, sparse.csr_matrix((values, (rows, at[rows, taps] - span[0])), shape=shape)
