"""The figure of a large image: itself, reduced, with the heat of its whole score map laid over it."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from fullconv.figures.panels import HEAT, grid_extent
from fullconv.figures.pictures import colour_limit, veiled
from fullconv.figures.placed import panel_at

if TYPE_CHECKING:
    from fullconv.locate.located import LevelScores

LONGEST = 1600  # pixels of the image's longer side in the figure
_DPI = 100
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.75, 1.15, 0.55, 0.35  # inches around the image, for ticks, colour bar and title
_SMALL = 400  # cells a side from which each takes a few pixels only
_STRONG = (0.9, 0.5)  # what the strongest heat covers of the image, and how soon it does
_LEAST = 2.0  # inches of room for an image's side, so that a strip's title and bar are whole


def overview_figure(name: str, reduced: npt.NDArray[Any], heat: "LevelScores", sought: str) -> Figure:
    """Return an image (h, w), (h, w, 1) or (h, w, 3), as 8-bit or in 0..1, under the heat of what is sought.

    Axes are in pixels of the image's own size, which `heat` has. An image of more than 1,600 pixels a side is drawn
    smaller. Where no cell was computed it shows as it is.
    """
    height, width = heat.size
    shown = _colours(reduced)
    scale = min(1.0, LONGEST / max(shown.shape[:2])) / _DPI
    down, across = shown.shape[0] * scale, shown.shape[1] * scale
    room = max(down, _LEAST), max(across, _LEAST)
    figure = Figure(figsize=(_LEFT + room[1] + _RIGHT, _TOP + room[0] + _BOTTOM), dpi=_DPI)
    axes = panel_at(figure, _LEFT + (room[1] - across) / 2, _TOP + (room[0] - down) / 2, across, down)
    axes.imshow(shown, extent=(0, width, height, 0), interpolation="nearest")
    limit = colour_limit(np.nan_to_num(heat.heat))
    # Objects of a few cells are specks here: they show in strong colours, and a cell larger each way.
    norm, colours = Normalize(0, limit, clip=True), veiled(colormaps[HEAT], *_STRONG)
    extent = grid_extent(heat.first, heat.step, heat.heat.shape)
    axes.imshow(_spread(heat.heat), cmap=colours, norm=norm, extent=extent, interpolation="nearest")
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")  # the panel has the image's shape already
    axes.tick_params(labelsize=8)
    bar = panel_at(figure, _LEFT + (room[1] + across) / 2 + 0.15, _TOP + 0.1 * room[0], 0.18, 0.8 * room[0])
    figure.colorbar(ScalarMappable(norm, colours), cax=bar)
    bar.set_ylabel("probability" if limit == 1 else f"probability, 0 to {limit:g}", fontsize=10)
    bar.tick_params(labelsize=8)
    words = f"{name}: {sought}, {height}×{width} pixels"
    lines = textwrap.wrap(words, width=int(figure.get_figwidth() * 11.5))
    title = "\n".join(lines[:2]) + (" …" if len(lines) > 2 else "")
    figure.suptitle(title, fontsize=11, x=0.5, y=1 - 0.1 / figure.get_figheight(), va="top")
    return figure


def _spread(heat: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the highest of each cell (h, w) and those beside it, where cells are small; others as they are."""
    from scipy.ndimage import maximum_filter

    if max(heat.shape) < _SMALL:
        return heat

    spread: npt.NDArray[Any] = maximum_filter(np.nan_to_num(heat), 3, mode="nearest")
    return spread


def _colours(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an image as (h, w, 3)."""
    pixels = np.asarray(image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels
