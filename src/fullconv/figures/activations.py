"""The figure of what each layer makes of one image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from fullconv.figures.palette import class_colour
from fullconv.figures.panels import HEAT, Array, grey_or_rgb
from fullconv.figures.placed import panel_at
from fullconv.figures.tiles import SIGNED, bare, colours, tiled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fullconv.inspect.activations import LayerActivation

MOST_MAPS = 32  # of a layer's maps that are drawn
_ACROSS = 16  # maps to a row
_DPI = 100
_WIDTH = 9.0  # inches
_WIDE, _MARGIN, _TITLE = 7.8, 0.5, 0.33  # inches of a row of maps: its width, what is left of it and above it


def activations_figure(image: Array, layers: Sequence["LayerActivation"], names: Sequence[str]) -> Figure:
    """Return an image `(H, W, C)` in 0..1 and each layer's output along it, one row a layer.

    Up to 32 maps a layer at their true aspect, or a vector from left to right; each row has limits of its own, which
    its colour bar states. Layers that only pass on what they read share a row. The last is drawn as class scores, one
    bar for each of `names`.
    """
    rows = _told_apart(layers)
    pictures = [_activation_picture(layer.values) for _, layer in rows[:-1]]
    heights = [_WIDE * picture.shape[0] / picture.shape[1] for picture in pictures]
    page = _Page(_WIDTH, [1.3, *heights, 1.3])
    panel = page.panel(1.3 * image.shape[1] / image.shape[0])
    panel.imshow(grey_or_rgb(image), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    panel.set_title(f"the image, {image.shape[0]}×{image.shape[1]} pixels", fontsize=10, loc="left")
    panel.set(xticks=[], yticks=[])
    for picture, (title, layer) in zip(pictures, rows, strict=False):
        _draw_activation(page, picture, title, layer.values)
    _draw_scores(page.panel(_WIDE), rows[-1][0], rows[-1][1].values, names)
    return page.figure


class _Page:
    """Panels below each other, as high as given: no layout engine keeps a row's width and its aspect both."""

    def __init__(self, width: float, heights: Sequence[float]) -> None:
        self._left = list(heights)
        total = sum(heights) + _TITLE * len(heights) + 0.3
        self.figure = Figure(figsize=(width, total), dpi=_DPI)
        self._top = 0.0

    def panel(self, width: float) -> "Axes":
        """Return the next panel, so many inches wide."""
        return self._axes(_MARGIN, width, self._left.pop(0), _TITLE)

    def bar(self, height: float) -> "Axes":
        """Return the panel of a colour bar beside the last one."""
        return self._axes(_MARGIN + _WIDE + 0.1, 0.12, height, -height)

    def _axes(self, left: float, width: float, height: float, below: float) -> "Axes":
        self._top += below + height
        return panel_at(self.figure, left, self._top - height, width, height)


def _told_apart(layers: Sequence["LayerActivation"]) -> list[tuple[str, "LayerActivation"]]:
    """Return layers with their names, those joined whose numbers are the same."""
    rows: list[tuple[str, LayerActivation]] = []
    for layer in layers:
        if rows and np.array_equal(rows[-1][1].values.ravel(), layer.values.ravel()):
            rows[-1] = (f"{rows[-1][0]}, {layer.name}", rows[-1][1])
        else:
            rows.append((layer.name, layer))
    return rows


def _activation_picture(values: Array) -> Array:
    if values.ndim == 3:
        return tiled(np.moveaxis(values, -1, 0)[:MOST_MAPS], _ACROSS)
    # A strip as tall as a small map, whatever its length.
    return np.tile(values.reshape(1, -1), (max(1, round(values.size * 0.04)), 1))


def _draw_activation(page: _Page, picture: Array, title: str, values: Array) -> None:
    top = float(np.abs(values).max()) or 1.0
    low, scheme = (-top, SIGNED) if values.min() < 0 else (0.0, HEAT)
    height = _WIDE * picture.shape[0] / picture.shape[1]
    panel = page.panel(_WIDE)
    drawn = panel.imshow(picture, cmap=colours(scheme), vmin=low, vmax=top, interpolation="nearest")
    bar = page.figure.colorbar(drawn, cax=page.bar(height), ticks=[low, top], format="%.2g")
    bar.ax.tick_params(labelsize=8)
    panel.set_title(f"{title}: {_size_of(values)}", fontsize=10, loc="left")
    panel.set(xticks=[], yticks=[])
    bare(panel)


def _size_of(values: Array) -> str:
    if values.ndim != 3:
        return f"{values.size} numbers"
    height, width, channels = values.shape
    return (
        f"{'first ' if channels > MOST_MAPS else ''}{min(channels, MOST_MAPS)} of {channels} maps of {height}×{width}"
    )


def _draw_scores(panel: "Axes", title: str, scores: Array, names: Sequence[str]) -> None:
    background = len(names) - 1 if names and names[-1] == "background" else None
    places = range(len(scores))
    panel.bar(places, scores, color=[class_colour(one, background) for one in places])
    panel.set_xticks(list(places), list(names), fontsize=9)
    panel.set_title(f"{title}: the class scores", fontsize=10, loc="left")
    panel.set_ylabel("score", fontsize=9)
    panel.tick_params(axis="y", labelsize=8)
    if scores.min() >= 0 and scores.max() <= 1:
        panel.set_ylim(0, 1)
