"""Figures of where something is in a picture: heat laid over it with boxes, and one map alone.

Axes are in pixels of the upright picture. Each cell is drawn where the map's geometry puts it.
"""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from PIL import Image

from fullconv.figures.palette import class_colour
from fullconv.figures.panels import HEAT, draw_box, grid_extent

if TYPE_CHECKING:
    from fullconv.locate.detections import Found
    from fullconv.locate.located import LevelScores

_DPI = 100
_PANEL = (11.0, 8.0)  # inches: what a photo is fitted into, width and height
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.6, 1.25, 0.75, 0.75  # inches around it, for ticks, colour bar, legend and title
_LIMITS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # where colours may end, beside 1
_COVER = 0.6  # of the picture, by the strongest heat
_LEGEND = 5  # classes named below the picture
# Boxes that are always labelled, and the height in inches from which others are: a label is half as high.
_FEW, _SEEN = 10, 0.34


class PictureView(NamedTuple):
    """What all figures of a picture share."""

    name: str  # of the picture
    size: tuple[int, int]  # its height and width in pixels
    shown: npt.NDArray[np.uint8]  # its pixels (h, w, 3), no more than a figure has
    sought: str  # what the heat is the probability of


class Drawn(NamedTuple):
    """Boxes of one class."""

    name: str
    label: int  # its number, which chooses the boxes' colour
    found: Sequence["Found"]


def picture_view(name: str, picture: npt.NDArray[np.float32], sought: str) -> PictureView:
    """Return the view of a picture `(H, W, 3)` in 0..1."""
    height, width = picture.shape[:2]
    return PictureView(name, (height, width), _shrunk(picture), sought)


def colour_limit(heat: npt.NDArray[Any]) -> float:
    """Return the probability at which colours end: 1, or a round number at least the map's highest if that is low."""
    highest = float(heat.max(initial=0.0))
    return next((limit for limit in _LIMITS if highest <= limit), 1.0)


def overlay_figure(view: PictureView, fused: "LevelScores", drawn: Sequence[Drawn]) -> Figure:
    """Return the picture with the fused heat laid over it, the more opaque the likelier, and labelled boxes.

    Boxes have the colour of their class, their score, and where there are several classes its name. Where there are
    many, those that a label would hide have none, and a thinner line.
    """
    figure, axes = _panel(view, f"{view.name}: {view.sought}")
    height, width = view.size
    axes.imshow(view.shown, extent=(0, width, height, 0), interpolation="nearest")
    _draw_heat(figure, axes, view, fused, veiled(colormaps[HEAT]), "bilinear")
    boxes = [(one, group) for group in drawn for one in group.found]
    scale = _scale(view)
    for one, group in sorted(boxes, key=lambda each: each[0].score):
        said = f"{one.score:.2f}" if len(drawn) == 1 else f"{group.name} {one.score:.2f}"
        hidden = len(boxes) > _FEW and one.bbox[3] * scale < _SEEN
        draw_box(axes, one.bbox, "" if hidden else said, class_colour(group.label), 9, 1.0 if hidden else 1.8)
    # A legend of more lines, or a longer one, would leave the figure.
    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    for count in range(min(_LEGEND, len(drawn)), -1, -1):
        legend = _legend(figure, drawn, count)
        if count <= 1 or legend.get_window_extent(renderer).x1 <= figure.bbox.x1:
            break
        legend.remove()
    return figure


def _legend(figure: Figure, drawn: Sequence[Drawn], count: int) -> Legend:
    """Draw the legend of so many classes, of which most was found, and how many more there are."""
    shown = sorted(drawn, key=lambda group: -len(group.found))[:count]
    handles = [
        Patch(
            edgecolor=class_colour(group.label) if group.found else "none",
            fill=False,
            linewidth=1.8,
            label=f"{group.name}: {_counted(len(group.found))}",
        )
        for group in shown
    ]
    more = len(drawn) - count
    if more > 0:
        handles.append(Patch(edgecolor="none", fill=False, label=f"and {more} class{'' if more == 1 else 'es'} more"))
    legend = figure.legend(handles=handles, loc="lower left", fontsize=10, frameon=False, ncols=max(1, len(handles)))
    for text in legend.get_texts():
        text.set_parse_math(False)  # its width is measured before the figure is saved
    return legend


def _counted(boxes: int) -> str:
    return "no box" if not boxes else "1 box" if boxes == 1 else f"{boxes} boxes"


def heat_figure(view: PictureView, heat: "LevelScores", what: str) -> Figure:
    """Return one map alone on the photo's own pixel grid, the photo's outlines drawn in white."""
    rows, columns = heat.heat.shape
    figure, axes = _panel(view, f"{view.name}: {view.sought}, {what}, {rows}×{columns} cells")
    axes.set_facecolor("#DDDDDD")  # where no cell is
    _draw_heat(figure, axes, view, heat, colormaps[HEAT], "nearest")
    height, width = view.size
    axes.imshow(_outlines(view.shown), extent=(0, width, height, 0), interpolation="nearest")
    _frame(axes, width, height)
    return figure


def _scale(view: PictureView) -> float:
    """Return how many inches of a figure a pixel of the picture takes."""
    return min(_PANEL[0] / view.size[1], _PANEL[1] / view.size[0])


def _panel(view: PictureView, title: str) -> tuple[Figure, Any]:
    height, width = view.size
    across, down = width * _scale(view), height * _scale(view)
    # A strip of a photo keeps its aspect in the middle of a figure that has room for words.
    room = max(across, 4.0)
    total, tall = _LEFT + room + _RIGHT, _BOTTOM + max(down, 2.0) + _TOP
    figure = Figure(figsize=(total, tall), dpi=_DPI)
    bottom = _BOTTOM + (tall - _BOTTOM - _TOP - down) / 2
    left = _LEFT + (room - across) / 2
    axes = figure.add_axes((left / total, bottom / tall, across / total, down / tall))
    lines = textwrap.wrap(title, width=int(total * 11.5)) or [""]
    more = " …" if len(lines) > 2 else ""
    figure.suptitle("\n".join(lines[:2]) + more, fontsize=12, x=0.5, y=1 - 0.15 / tall, va="top")
    axes.tick_params(labelsize=8)
    return figure, axes


def _draw_heat(
    figure: Figure, axes: Any, view: PictureView, heat: "LevelScores", colours: Colormap, interpolation: str
) -> None:
    rows, columns = heat.heat.shape
    limit = colour_limit(heat.heat)
    norm = Normalize(0, limit, clip=True)
    extent = grid_extent(heat.first, heat.step, (rows, columns))
    axes.imshow(heat.heat, cmap=colours, norm=norm, extent=extent, interpolation=interpolation)
    total, tall = figure.get_size_inches()
    place = axes.get_position(original=True)
    least = 1.5 / tall
    low, high = (place.y0, place.y1) if place.height >= least else (0.5 - least / 2, 0.5 + least / 2)
    bar = figure.add_axes((place.x1 + 0.15 / total, low, 0.18 / total, high - low))
    figure.colorbar(ScalarMappable(norm, colours), cax=bar)
    bar.set_ylabel("probability" if limit == 1 else f"probability, 0 to {limit:g}", fontsize=10)
    bar.tick_params(labelsize=8)
    height, width = view.size
    _frame(axes, width, height)


def _frame(axes: Any, width: int, height: int) -> None:
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")


def veiled(colours: Colormap, cover: float = _COVER, power: float = 1.0) -> ListedColormap:
    """Return a colour map that is clear at 0 and covers a share of the photo at its end; a lower `power` rises soon."""
    table = colours(np.linspace(0, 1, 256))
    table[:, 3] = cover * np.linspace(0, 1, 256) ** power
    return ListedColormap(table)


def _shrunk(photo: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return a photo as 8-bit, no larger than a figure shows it."""
    height, width = photo.shape[:2]
    shrink = min(1.0, _PANEL[0] * _DPI / width, _PANEL[1] * _DPI / height)
    image = Image.fromarray(np.rint(photo * 255).astype(np.uint8))
    if shrink < 1:
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        image = image.resize(size, Image.Resampling.BOX)
    return np.asarray(image)


def _outlines(photo: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return white `(H, W, 4)` that is opaque where brightness changes fast."""
    grey = photo.mean(axis=-1, dtype=np.float32) / 255
    strength = np.zeros_like(grey)
    strength[:-1] += np.abs(np.diff(grey, axis=0))
    strength[:, :-1] += np.abs(np.diff(grey, axis=1))
    outlines = np.ones((*grey.shape, 4), np.float32)
    outlines[..., 3] = np.clip(2 * strength - 0.1, 0, 0.5)
    return outlines
