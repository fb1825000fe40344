"""How large objects are, and how large they stand in the arrays."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_LEAST, _MOST = 20, 40  # pixels of an object's frame: as few as show what it is, as many as two cores learn in minutes
_ONE_SIZE = 0.95  # share of crops of one size from which on it was somebody's choice, not the objects'
_ROOM = 1.2  # the smallest class's objects in a reduced scene, in frames


def side_for(sizes: Floats) -> int:
    """Return the pixels of an object's frame, even, for objects of sizes (N, 2): their median √(h·w), within bounds."""
    median = float(np.median(np.sqrt(sizes[:, 0] * sizes[:, 1])))
    return 2 * round(float(np.clip(median, _LEAST, _MOST)) / 2)


def side_with(side: int, margin: float) -> int:
    """Return the pixels of a frame that shows `margin` more than the object on each side."""
    return round(side * (1 + 2 * margin))


def are_of_one_size(sizes: Floats) -> bool:
    """Return whether practically all crops were made equal, so that their sizes (N, 2) say nothing about scenes."""
    _, counts = np.unique(np.round(sizes, 3), axis=0, return_counts=True)
    return bool(counts.max() >= _ONE_SIZE * len(sizes)) and len(sizes) > 1


def reduction(sizes: Floats, labels: npt.NDArray[np.int32], side: int) -> float:
    """Return by how much scenes may shrink, at most 1, until the smallest class is hardly larger than its frame."""
    spans = np.sqrt(sizes[:, 0] * sizes[:, 1])
    smallest = min(float(np.median(spans[labels == label])) for label in np.unique(labels))
    return min(1.0, _ROOM * side / smallest)


def stretched(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return a picture (H, W, C) at another height and width: bilinear, averaging over what shrinks into a pixel."""
    if pixels.shape[:2] == size:
        return pixels
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    resized = np.asarray(Image.fromarray(flat).resize((size[1], size[0]), Image.Resampling.BILINEAR))
    return resized.reshape(*size, pixels.shape[2])


def reduced(pixels: Pixels, factor: float) -> Pixels:
    """Return a picture at `factor` times its size, of a pixel at least."""
    height, width = (max(1, round(length * factor)) for length in pixels.shape[:2])
    return stretched(pixels, (height, width))


def cut(pixels: Pixels, box: tuple[float, float, float, float], margin: float) -> Pixels:
    """Return what a box (x, y, w, h) holds, `margin` of its sides more around it; beyond the border its last pixels."""
    x, y, w, h = box
    left, right = (round(x - margin * w), round(x + w + margin * w))
    top, bottom = (round(y - margin * h), round(y + h + margin * h))
    rows = np.clip(np.arange(top, max(bottom, top + 1)), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(left, max(right, left + 1)), 0, pixels.shape[1] - 1)
    if rows[-1] - rows[0] + 1 == len(rows) and columns[-1] - columns[0] + 1 == len(columns):
        return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return pixels[np.ix_(rows, columns)]
