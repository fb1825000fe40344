"""What a network learnt from, for a person to look at first: windows as they were drawn, by class and certainty."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.windows.windows import Windows, apart
from fullconv.errors import InputError
from fullconv.figures.palette import BACKGROUND, class_colour
from fullconv.figures.windows import ACROSS, WindowRow, windows_sheet
from fullconv.files import whole_file
from fullconv.train.sample import Sample

Ints = npt.NDArray[np.int64]
MOST = 12  # classes of a sheet
BELOW = (
    "Look for: would you name each window as its row does, from this window alone? Objects are whole, of natural "
    "colour, without a visible frame or halo.",
    "Then the last rows: a window of the background that shows a whole object in its middle teaches that such objects "
    "are nothing.",
)


def windows_image(
    windows: Windows, classes: Sequence[str], scores: Any = None, counts: Sequence[int] | None = None
) -> Image.Image:
    """Return a sheet of windows: a row a class, one of the background, one of the hardest of the background.

    `scores` (N, K + 1) are the trained network's probabilities of the same windows, the background's last; without
    them there is no row of the hardest. `counts` (K,) says how many labelled images each class has. Of more than 12
    classes the commonest and the rarest six are shown.

    Raises:
        InputError: no window, or as many scores as windows not given.
    """
    if scores is not None and np.shape(scores) != (len(windows.labels), len(classes) + 1):
        received = f"shape {np.shape(scores)}"
        raise InputError("scores", received, f"Give ({len(windows.labels)}, {len(classes) + 1}): a row a window.")
    without = apart(windows) | (windows.labels >= len(classes))
    certainty = np.ones(len(windows.labels)) if windows.certainty is None else windows.certainty.astype(float)
    known = np.bincount(windows.labels[~without], minlength=len(classes)) if counts is None else np.asarray(counts)
    rows = []
    for index in shown_classes(known):
        mine = spread(np.flatnonzero(~without & (windows.labels == index)), certainty)
        note = "" if counts is None else f"{known[index]:,} labelled"
        rows.append(_row(windows, mine, certainty, classes[index], note, class_colour(index)))
    nothing = np.flatnonzero(without)
    chosen = nothing[np.linspace(0, len(nothing) - 1, min(ACROSS, len(nothing))).round().astype(int)]
    if len(nothing):
        note = "no object of the\nwindow's size\nin the middle"
        rows.append(_row(windows, chosen, np.zeros_like(certainty), "background", note, BACKGROUND))
    if scores is not None and len(nothing):
        rows.append(_hardest(windows, nothing, np.asarray(scores), classes))
    below = BELOW if len(nothing) else BELOW[:1]
    return windows_sheet([row for row in rows if len(row.images)], _title(windows), _above(len(classes)), below)


def sample_image(sample: Sample, classes: Sequence[str]) -> Image.Image:
    """Return the sheet of a training's sample; the hardest have a row where the background is a class."""
    scores = sample.scores if sample.knows_background else None
    return windows_image(sample.windows, classes, scores, sample.counts.tolist())


def shown_classes(counts: Any) -> list[int]:
    """Return the classes that a sheet shows, in their order: all of twelve, else the commonest and the rarest six."""
    order = np.argsort(-np.asarray(counts), kind="stable")
    chosen = order if len(order) <= MOST else np.concatenate([order[: MOST // 2], order[-MOST // 2 :]])
    return sorted(int(one) for one in chosen)


def spread(rows: Ints, certainty: Any) -> Ints:
    """Return up to twelve of `rows`, evenly over their certainties, the surest first."""
    ordered = rows[np.argsort(-certainty[rows], kind="stable")]
    places = np.linspace(0, len(ordered) - 1, min(ACROSS, len(ordered))).round().astype(int)
    chosen: Ints = ordered[places]
    return chosen


def write_windows(path: Path, image: Image.Image) -> None:
    """Write a sheet as PNG, whole or not at all; the same sheet gives the same bytes.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary:
        image.save(temporary, format="PNG", optimize=True)


def _row(windows: Windows, rows: Ints, certainty: Any, name: str, note: str, colour: str) -> WindowRow:
    captions = [f"{one:.2f}" for one in certainty[rows]]
    return WindowRow(name, note, windows.images[rows], certainty[rows], captions, [colour] * len(rows))


def _hardest(windows: Windows, nothing: Ints, scores: Any, classes: Sequence[str]) -> WindowRow:
    """Return the background's windows that the network most takes for objects, as mining keeps them."""
    chosen = nothing[np.argsort(scores[nothing, -1], kind="stable")[:ACROSS]]
    taken = scores[chosen, :-1].argmax(axis=1)
    sure = scores[chosen, taken]
    captions = [f"{value:.2f} as {classes[index]}" for value, index in zip(sure, taken, strict=True)]
    colours = [class_colour(int(index)) for index in taken]
    note = "background, and what\nthe trained network\ntakes it for"
    return WindowRow("hardest", note, windows.images[chosen], sure, captions, colours, framed=True)


def _title(windows: Windows) -> str:
    height, width = windows.images.shape[1:3]
    return f"What the network learnt from: windows of {width}×{height} pixels as they were drawn"


def _above(classes: int) -> list[str]:
    lines = [
        "A row a class. The bar and the number under a window: how surely it is of its class (1: whole, in the middle, "
        "of the window's size; the rest is the background's)."
    ]
    if classes > MOST:
        lines.append(f"Of {classes} classes the {MOST // 2} commonest and the {MOST // 2} rarest are shown.")
    return lines
