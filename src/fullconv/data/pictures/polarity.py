"""Whether objects are lighter or darker than what they lie on."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

POLARITIES = ("light", "dark", "auto")

_BRIGHT = 0.7  # median from which on hardly anything can be lighter than the ground
_ROUGH = 1.0  # median step between neighbours over median distance from the median: 1.2 and more for white noise
_BLOCK = 4  # pixels whose mean is taken, so that noise leaves objects standing out
_SKEWED = 0.3  # skewness that noise alone hardly reaches
_SIDE = 250  # pixels judged of each axis, about


def luma(pixels: Floats) -> Floats:
    """Return brightness `(H, W)` of grey or RGB pixels `(H, W, C)` in 0..1 (ITU-R BT.601)."""
    if pixels.shape[2] == 1:
        return pixels[..., 0]
    grey: Floats = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return grey


def dark_objects(pixels: Floats) -> bool:
    """Judge from pixels `(H, W, C)` in 0..1 alone whether objects are darker than their ground.

    Only an artificial ground, one colour or white noise, tells: a photograph's own contents stand out of it either
    way, so it counts as light objects'. The ground is taken to cover most of the image: the median is its brightness,
    and the skewness around it tells whether what stands out is lighter or darker. Objects are dark if darker things
    stand out, and also, unless lighter things do, where the ground is bright (0.7 or more): an empty white canvas
    belongs to dark objects.
    """
    # Parts of whole rows and columns, so that neighbours stay neighbours.
    rows, columns = (np.arange(length) // _BLOCK % -(-length // _SIDE) == 0 for length in pixels.shape[:2])
    grey = luma(pixels[rows][:, columns])
    levels = np.rint(grey * 255).astype(np.int16)
    counts = np.bincount(levels.ravel(), minlength=256)
    ground = _median(counts)
    if not _artificial(levels, counts, ground):
        return False
    return _skewness(grey) <= (_SKEWED if ground >= 255 * _BRIGHT else -_SKEWED)


def _median(counts: npt.NDArray[np.intp]) -> int:
    """Return the median of whole numbers, given how often each from 0 on occurs; 0 where there are none."""
    return int(np.searchsorted(counts.cumsum(), counts.sum() / 2))


def _artificial(levels: npt.NDArray[np.int16], counts: npt.NDArray[np.intp], ground: int) -> bool:
    # One colour passes too: where it covers half of the image, both medians are 0.
    distance = _median(np.bincount(np.abs(np.arange(len(counts)) - ground), counts).astype(np.intp))
    return _median(np.bincount(np.abs(np.diff(levels, axis=1)).ravel())) >= _ROUGH * distance


def _skewness(grey: Floats) -> float:
    """Return the third moment of blocks' means around their median, in units of the second: 0 for an even image."""
    height, width = (max(1, length // _BLOCK) for length in grey.shape)
    tall, wide = grey.shape[0] // height, grey.shape[1] // width
    # Rows first: one reduction over two axes takes twice as long.
    lines = grey[: height * tall, : width * wide].reshape(height, tall, -1).mean(axis=1)
    blocks = lines.reshape(height, width, wide).mean(axis=2)
    away = blocks.astype(np.float64) - float(np.median(blocks))
    spread = float((away * away).mean())
    return float((away * away * away).mean()) / spread**1.5 if spread > 1e-12 else 0.0
