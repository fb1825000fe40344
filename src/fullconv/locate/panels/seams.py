"""Where a picture is put together of others: straight seams, evenly apart, across its whole height or width."""

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# Panels along an axis at most, and pixels of a panel's side at least.
_MOST, _LEAST = 8, 16
# How clear seams are on the mean and at the least, and by which factor they exceed what 98 of 100 other lines are: the
# blocks of a JPEG file are lines as well, but all alike. Beside seams along the other axis fainter ones do; alone,
# they have to be clearer.
_CLEAR, _FAINT, _OUTSTANDING = 0.7, 0.15, 1.7
# Fainter still where they make the panels square.
_BESIDE_OTHERS, _SQUARE, _ALONE = 0.6, 0.35, 0.8
_QUANTILE = 0.98
# At what share of its places a line is a seam at least, and from which ratio on steps are no clearer still.
_SHARE, _LARGEST = 0.35, 20.0
# Spread of the middle four fifths of a panel's pixels below which it shows nothing: a file's noise is no picture.
_FLAT, _MIDDLE = 0.06, (0.1, 0.9)
# Lines to either side with which a step is compared.
_BESIDE = 2


def panels_of(image: FloatArray) -> Pair:
    """Return of how many rows and columns of pictures an image (H, W, C) is put together; (1, 1) if of one alone.

    A seam is a line at which the pixels change more than beside it, in most places along it: objects have edges, but
    seldom ones that are straight, sharp, run from border to border and divide the picture evenly.
    """
    steps = [line_steps(image, axis) for axis in (0, 1)]
    clear = [seams_of(one, image.shape[axis]) for axis, one in enumerate(steps)]
    for axis in (0, 1):
        if clear[axis][0] == 1 and clear[1 - axis][0] > 1:
            clear[axis] = seams_of(steps[axis], image.shape[axis], _BESIDE_OTHERS)
        if clear[axis][0] == 1 and clear[1 - axis][0] > 1:
            square = round(clear[1 - axis][0] * image.shape[axis] / image.shape[1 - axis])
            clear[axis] = seams_of(steps[axis], image.shape[axis], _SQUARE, square)
    both = all(number > 1 for number, _ in clear)
    rows, cols = (number if both or how >= _ALONE else 1 for number, how in clear)
    return (rows, cols) if _pictures(image, (rows, cols)) else (1, 1)


def _pictures(image: FloatArray, panels: Pair) -> bool:
    """Return whether most panels show something: of one colour they are parts of a drawing."""
    down, across = (pairwise(edges_of(side, count)) for side, count in zip(image.shape[:2], panels, strict=True))
    spans = product(down, across)
    shown = []
    for (top, end), (left, right) in spans:
        low, high = np.quantile(image[top:end, left:right], _MIDDLE, axis=(0, 1))
        shown.append(float((high - low).max()) >= _FLAT)
    return 2 * sum(shown) > len(shown)


def edges_of(side: int, panels: int) -> list[int]:
    """Return where panels of equal size begin along a side of so many pixels, and its end."""
    return [round(side * number / panels) for number in range(panels + 1)]


def line_steps(image: FloatArray, axis: int) -> Doubles:
    """Return how much like a seam each line between the pixels of an axis is: (side − 1,), 0 where it is none.

    That is the share of its places at which the step across it exceeds those beside it, times the logarithm of how
    many times larger its steps are on the whole.
    """
    steps = np.abs(np.diff(image, axis=axis)).sum(axis=-1, dtype=np.float64)
    steps = steps if axis == 1 else steps.T
    lines = steps.shape[1]
    padded = np.pad(steps, ((0, 0), (_BESIDE, _BESIDE)))
    beside = [padded[:, _BESIDE + by : _BESIDE + by + lines] for by in range(-_BESIDE, _BESIDE + 1) if by]
    share = np.mean(steps > np.maximum.reduce(beside), axis=0)
    larger = steps.mean(axis=0) / (np.mean(beside, axis=(0, 1)) + 1e-3)
    found: Doubles = np.where(share < _SHARE, 0, share * np.log(np.clip(larger, 1.0, _LARGEST)))
    found[:_BESIDE] = found[-_BESIDE:] = 0
    return found


def seams_of(steps: Doubles, side: int, share: float = 1.0, only: int | None = None) -> tuple[int, float]:
    """Return into how many equal panels clear seams divide a side, 1 for none, and how clear they are on the mean.

    `share` is how much of what is usually asked of them is enough, `only` the one number of panels that is tried.
    """
    best, how = 1, 0.0
    tried = range(2, min(_MOST, side // _LEAST) + 1)
    for panels in tried if only is None else sorted({only} & set(tried)):
        at = np.array(edges_of(side, panels)[1:-1]) - 1
        near = np.stack([steps[at + by] for by in (-1, 0, 1)]).max(axis=0)
        others = np.ones(len(steps), bool)
        others[np.concatenate([at + by for by in (-2, -1, 0, 1, 2)])] = False
        least = share * max(_CLEAR, _OUTSTANDING * float(np.quantile(steps[others], _QUANTILE)))
        # Every second seam of twice as many panels is one of these: the others have to be clear by themselves.
        new = near if panels % best or best == 1 else near[np.arange(1, panels) % (panels // best) > 0]
        if near.min() >= share * _FAINT and new.mean() >= least and near.mean() >= least:
            best, how = panels, float(near.mean())
    return best, how
