"""Figures of what a network has learnt: kernels, neighbours, images in two dimensions."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fullconv.figures.palette import class_colour
from fullconv.figures.panels import Array, grey_or_rgb
from fullconv.figures.placed import make_room, panel_at
from fullconv.figures.tiles import GAP, PARTS, SIGNED, bare, centres, colours, tiled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fullconv.inspect.kernels import LayerKernels

_DPI = 100
_WIDTH = 9.0  # inches
_FILTERS = 8  # kernels to a row
# Inches: left of a panel and above it, for a colour bar with its labels, around a picture in a frame.
_MARGIN, _TITLE, _BAR, _FRAME = 0.45, 0.3, 1.25, 0.03


def kernels_figure(kernels: "LayerKernels") -> Figure:
    """Return a layer's kernels: filters in reading order, or the planes of an input (row) and a filter (column).

    Blue is positive, red negative, white 0. The colour bar states the layer's limit; what lies beyond it is drawn as
    the limit. The kernels of a layer that reads RGB are coloured, middle grey being 0.
    """
    planes, limit = kernels.pictures, kernels.limit or 1.0
    alone = planes.shape[0] == 1
    picture = tiled(planes.reshape(-1, *planes.shape[2:]), min(planes.shape[1], _FILTERS if alone else planes.shape[1]))
    height, width = picture.shape[:2]
    # A tile is never larger than 0.7 inches, the whole never wider or taller than the page.
    scale = min((_WIDTH - 2.0) / max(width, height), 0.7 / (PARTS + GAP))
    wide, down = width * scale, height * scale
    tall = max(down, 1.0)
    # In the middle, with a colour bar beside it.
    left, top = max(_MARGIN, (_WIDTH - wide - _BAR) / 2), _TITLE + (tall - down) / 2
    figure = Figure(figsize=(_WIDTH, _TITLE + tall + (0.15 if alone and not kernels.coloured else 0.5)), dpi=_DPI)
    axes = panel_at(figure, left, top, wide, down)
    if kernels.coloured:
        axes.imshow(np.where(np.isnan(picture), 0.6, (0.5 + picture / (2 * limit)).clip(0, 1)), interpolation="nearest")
        axes.set_xlabel(
            f"weights from -{limit:.2g} (none of a colour) over 0 (half) to +{limit:.2g} (full)", fontsize=9
        )
    else:
        drawn = axes.imshow(picture, cmap=colours(SIGNED), vmin=-limit, vmax=limit, interpolation="nearest")
        place = panel_at(figure, left + wide + 0.35, _TITLE + max(0.0, tall - 4.5) / 2, 0.2, min(tall, 4.5))
        bar = figure.colorbar(drawn, cax=place, label="weight", ticks=[-limit, 0, limit], extend="both")
        bar.ax.set_yticklabels([f"-{limit:.2g}", "0", f"+{limit:.2g}"])
    axes.set_title(_kernels_title(kernels), fontsize=11)
    axes.set(xticks=[], yticks=[])
    if not alone:
        _number(axes, picture, planes.shape[:2])
    bare(axes)
    return figure


def _kernels_title(kernels: "LayerKernels") -> str:
    inputs, filters = kernels.pictures.shape[:2]
    rows, columns = kernels.pictures.shape[2:4]
    of = f"{filters} of {kernels.filters}" if filters < kernels.filters else f"{filters}"
    of += " units" if kernels.kind == "Dense" else " filters"
    if inputs == 1:
        return f"{kernels.name} ({kernels.kind}): {of} of {rows}×{columns}"
    from_ = f"{inputs} of {kernels.inputs}" if inputs < kernels.inputs else f"{inputs}"
    return f"{kernels.name} ({kernels.kind}): {of} of {rows}×{columns}, their planes for {from_} inputs"


def _number(axes: "Axes", picture: Array, count: tuple[int, ...]) -> None:
    axes.set_yticks(centres(count[0], picture.shape[0]), [str(one) for one in range(count[0])], fontsize=7)
    axes.set_xticks(centres(count[1], picture.shape[1]), [str(one) for one in range(count[1])], fontsize=7)
    axes.set_ylabel("input", fontsize=9)
    axes.set_xlabel("filter", fontsize=9)


def neighbours_figure(
    images: Array, labels: Array, shown: Sequence[int], neighbours: Array, classes: Sequence[str]
) -> Figure:
    """Return each of the `shown` images with its nearest others, frames and names in their classes' colours.

    A neighbour of another class than its query has a dashed frame, and its name says so. `images` are
    `(N, H, W, C)` in 0..1, `neighbours` `(N, k)` by index.
    """
    count = neighbours.shape[1]
    blocks = 2 if len(shown) > 1 and count < 6 else 1
    rows = math.ceil(len(shown) / blocks)
    # A query, a narrow gap, its neighbours; between blocks a wide gap.
    widths = (([1.0, 0.25] + [1.0] * count + [0.6]) * blocks)[:-1]
    unit = _WIDTH / sum(widths)
    tall = images.shape[1] / images.shape[2]
    step = unit * tall + 0.35
    figure = Figure(figsize=(_WIDTH, rows * step + 0.5), dpi=_DPI)
    for row, block in np.ndindex(rows, blocks):
        # The first block downwards, then the second.
        if block * rows + row >= len(shown):
            continue
        query = shown[block * rows + row]
        for number, index in enumerate([query, *neighbours[query]]):
            across = block * (count + 1.85) + number + (0.25 if number else 0.0)
            left, top = across * unit + _FRAME, 0.7 + row * step
            panel = panel_at(figure, left, top, unit - 2 * _FRAME, (unit - 2 * _FRAME) * tall)
            prefix = "" if number else f"image {query}: "
            _draw_neighbour(panel, images[index], int(labels[index]), int(labels[query]), classes, prefix)
    figure.suptitle(f"a query and its {count} nearest, the nearest first; dashed: another class", fontsize=11)
    return figure


def _draw_neighbour(panel: "Axes", image: Array, label: int, wanted: int, classes: Sequence[str], prefix: str) -> None:
    panel.imshow(grey_or_rgb(image), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    same = label == wanted
    text = f"{prefix}{classes[label]}" if same else f"{classes[label]}, not {classes[wanted]}"
    panel.set_title(text, fontsize=8, fontweight="normal" if same else "bold", pad=3)
    panel.set(xticks=[], yticks=[])
    for edge in panel.spines.values():
        edge.set(color=class_colour(label), linewidth=3, linestyle="-" if same else (0, (2, 1.5)))


def projection_figure(points: Array, labels: Array, classes: Sequence[str], title: str) -> Figure:
    """Return images as points `(N, 2)` in their classes' colours, each class's name at the median of its points."""
    figure = Figure(figsize=(7.6, 6.6), dpi=_DPI)
    axes = panel_at(figure, _MARGIN, 0.35, 5.85, 5.85)
    handles: list[Any] = []
    for label, name in enumerate(classes):
        mine = points[np.asarray(labels) == label]
        if not len(mine):
            continue
        colour = class_colour(label)
        axes.scatter(mine[:, 0], mine[:, 1], s=14, color=colour, linewidths=0)
        x, y = np.median(mine, axis=0)
        frame = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": colour, "linewidth": 1.6}
        axes.text(x, y, name, ha="center", va="center", fontsize=11, bbox=frame)
        text = f"{name} ({len(mine)})"
        handles.append(Line2D([], [], color=colour, marker="o", linestyle="none", label=text))
    axes.set_title(title, fontsize=11)
    axes.set(xticks=[], yticks=[], aspect="equal", xlabel="first axis, no unit", ylabel="second axis, no unit")
    make_room(
        figure,
        axes.legend(
            handles=handles,
            title="class (images)",
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            frameon=False,
            fontsize=9,
        ),
    )
    return figure
