"""Found against true: a panel a class, a point for each pair of numbers, or bars where there are few images."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fullconv.errors import InputError
from fullconv.figures.palette import class_colour

_PANELS = 12  # classes of a figure: those with the most objects
_ACROSS = 4
_FEW = 12  # images, up to which each has bars of its own

Ints = npt.NDArray[np.int64]


def counts_figure(classes: Sequence[str], names: Sequence[str], true: Ints, found: Ints) -> Figure:
    """Return `found` against `true` (N, C), both by image and class; `names` (N,) are the images'.

    Raises:
        InputError: no image or no class.
    """
    if not true.size or true.shape != found.shape or true.shape != (len(names), len(classes)):
        raise InputError("counts", f"shapes {true.shape}, {found.shape}", "Give (N, C) of both, and names for each.")
    order = np.argsort(-true.sum(axis=0), kind="stable")[:_PANELS]
    chosen = sorted(int(one) for one in order)
    across = min(_ACROSS, len(chosen))
    down = -(-len(chosen) // across)
    few = len(names) <= _FEW
    figure = Figure(figsize=((4.6 if few else 3.4) * across, 3.7 * down + 0.5), layout="compressed", dpi=100)
    more = f"; of {len(classes)} classes the {_PANELS} with the most objects" if len(classes) > _PANELS else ""
    what = "in each image" if few else "a point: images with these two numbers, the larger the more"
    figure.suptitle(f"Counts: found against true ({what}{more})", fontsize=11)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for panel, index in zip(panels, chosen, strict=False):
        colour = class_colour(index)
        if few:
            _bars(panel, names, true[:, index], found[:, index], colour)
        else:
            _points(panel, true[:, index], found[:, index], colour)
        panel.set_title(f"{classes[index]}: {total(true[:, index], found[:, index])}", fontsize=9.5)
    for panel in panels[len(chosen) :]:
        panel.set_axis_off()
    return figure


def total(true: Ints, found: Ints) -> str:
    """Return both sums in words, with the error in per cent of the truth."""
    there, said = int(true.sum()), int(found.sum())
    error = f", {100 * (said - there) / there:+.0f} %".replace("-", "\N{MINUS SIGN}") if there else ""
    return f"{said:,} found, {there:,} there{error}"


def _points(panel: Axes, true: Ints, found: Ints, colour: str) -> None:
    pairs, times = np.unique(np.stack([true, found], axis=1), axis=0, return_counts=True)
    end = max(int(pairs.max()), 1) * 1.06 + 0.4
    panel.plot((0, end), (0, end), color="0.55", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    area = 24 * np.sqrt(times)
    panel.scatter(pairs[:, 0], pairs[:, 1], s=area, color=colour, edgecolors="black", linewidths=0.6, zorder=2)
    panel.set(xlim=(-0.4, end), ylim=(-0.4, end), aspect="equal", xlabel="true", ylabel="found")
    _whole(panel)


def _bars(panel: Axes, names: Sequence[str], true: Ints, found: Ints, colour: str) -> None:
    places = np.arange(len(names))
    panel.bar(places - 0.2, true, 0.38, color="white", edgecolor="black", linewidth=0.9, label="true")
    panel.bar(places + 0.2, found, 0.38, color=colour, edgecolor="black", linewidth=0.9, label="found")
    shown = [name if len(name) <= 18 else "…" + name[-17:] for name in names]
    panel.set_xticks(places, shown, rotation=45, ha="right", fontsize=7)
    panel.set(ylabel="objects", ylim=(0, max(int(max(true.max(), found.max())), 1) * 1.25))
    panel.legend(frameon=False, fontsize=8, ncols=2, loc="upper right")
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))


def _whole(panel: Axes) -> None:
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    panel.tick_params(labelsize=8)
    panel.grid(alpha=0.25)
