"""One figure of shift-and-stitch, brought from pass to pass: the image, and the dense map filled so far."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry, Pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = npt.NDArray[Any]

DPI = 100
SCORES = "viridis"  # sequential, and told apart by colour-blind readers too
UNFILLED = "#BBBBBB"
MARK = "#EE7733"  # on black, on the grey and on every score
CUT = "#33BBEE"
# In inches: 900 pixels across, panels at fixed places so that nothing moves from frame to frame.
_WIDTH, _PANEL, _LEFT, _GAP = 9.0, 3.6, 0.55, 0.55
_BELOW, _ABOVE = 1.05, 0.75


@dataclass(frozen=True)
class Filling:
    """A dense map `(H', W')` of one class's scores in 0..1, its geometry, and the pass that fills each cell.

    `image` is `(H, W)` or `(H, W, 3)` in 0..1; `shifts` holds each pass's `(y, x)` in pixels.
    """

    image: Array
    scores: Array
    geometry: Geometry
    order: Array
    shifts: tuple[Pair, ...]
    name: str

    def after(self, number: int) -> Any:
        """Return the map `(H', W')` after pass `number`, masked where it is not filled yet."""
        return np.ma.masked_array(self.scores, self.order > number)

    def extent(self) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of the map in pixels: a cell lies around the centre of its window."""
        rows, cols = self.scores.shape
        (top, left), (bottom, right) = self.geometry.center(0, 0), self.geometry.center(rows - 1, cols - 1)
        half_y, half_x = self.geometry.stride[0] / 2, self.geometry.stride[1] / 2
        return left - half_x, right + half_x, bottom + half_y, top - half_y

    def centres(self, number: int) -> Array:
        """Return the centres `(n, 2)` of the windows of pass `number`, `x` and `y` in pixels."""
        places = [self.geometry.center(int(row), int(col)) for row, col in np.argwhere(self.order == number)]
        return np.array(places, dtype=np.float64).reshape(-1, 2)[:, ::-1]


class StitchFigure:
    """Left the image and where this pass looks, right the dense map; `show` and `show_whole` change it."""

    def __init__(self, filling: Filling) -> None:
        from matplotlib import colormaps
        from matplotlib.figure import Figure

        self.filling = filling
        height, width = filling.image.shape[:2]
        tall = _PANEL * min(max(height / width, 0.25), 2.0)
        self.figure: Figure = Figure(figsize=(_WIDTH, tall + _BELOW + _ABOVE), dpi=DPI)
        self.heading = self.figure.suptitle("", x=0.5, y=1 - 0.12 / self.figure.get_figheight(), fontsize=13)
        panels = [self._panel(_LEFT + place * (_PANEL + _GAP), tall) for place in (0, 1)]
        self.window, self.dots, self.cut = self._draw_image(panels[0])
        colours = colormaps[SCORES].with_extremes(bad=UNFILLED)
        self.map = panels[1].imshow(
            filling.after(-1), cmap=colours, vmin=0, vmax=1, extent=filling.extent(), interpolation="nearest"
        )
        self.marks = self._outlines(panels[1])
        for panel, title in zip(panels, ("image", f"score of {filling.name}, filled so far"), strict=True):
            panel.set(xlim=(0, width), ylim=(height, 0), aspect="equal", xlabel="x in pixels")
            panel.set_title(title, fontsize=11)
        panels[0].set_ylabel("y in pixels")
        bar = self._axes(_LEFT + 2 * _PANEL + _GAP + 0.15, 0.15, tall)
        self.figure.colorbar(self.map, cax=bar, label="score")
        self._legend()

    def show(self, number: int) -> Array:
        """Return pass `number` as pixels uint8 `(H, W, 3)`: what it looks at, and all cells filled up to it."""
        filling = self.filling
        (y, x), passes = filling.shifts[number], len(filling.shifts)
        self.heading.set_text(f"pass {number + 1} of {passes}: image shifted by (y, x) = ({y}, {x}) pixels")
        centres = filling.centres(number)
        self.dots.set_offsets(centres)
        self.marks.set_offsets(centres)
        left, top, _, _ = filling.geometry.box(0, 0)
        self.window.set_xy((left + x, top + y))
        for strip, size in zip(self.cut, ((filling.image.shape[1], y), (x, filling.image.shape[0])), strict=True):
            strip.set(width=size[0], height=size[1])
        return self._pixels(filling.after(number))

    def show_whole(self) -> Array:
        """Return the dense map alone, without marks, as pixels uint8 `(H, W, 3)`."""
        step = self.filling.geometry.stride
        apart = "at every pixel" if step == (1, 1) else f"every (y, x) = {step} pixels"
        self.heading.set_text(f"after {len(self.filling.shifts)} passes: one score {apart}")
        for mark in (self.window, self.dots, self.marks, *self.cut):
            mark.set_visible(False)
        return self._pixels(self.filling.after(len(self.filling.shifts)))

    def _pixels(self, scores: Any) -> Array:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.map.set_data(scores)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        return np.array(canvas.buffer_rgba(), dtype=np.uint8)[..., :3]

    def _axes(self, left: float, width: float, tall: float) -> "Axes":
        high = self.figure.get_figheight()
        return self.figure.add_axes((left / _WIDTH, _BELOW / high, width / _WIDTH, tall / high))

    def _panel(self, left: float, tall: float) -> "Axes":
        panel = self._axes(left, _PANEL, tall)
        panel.tick_params(labelsize=8)
        return panel

    def _draw_image(self, panel: "Axes") -> tuple[Any, Any, tuple[Any, Any]]:
        """Draw the image; return its marks: the first window, the windows' centres, what the shift cuts off."""
        from matplotlib.patches import Rectangle

        height, width = self.filling.image.shape[:2]
        panel.imshow(
            self.filling.image, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0), interpolation="nearest"
        )
        strips = tuple(panel.add_patch(Rectangle((0, 0), 0, 0, facecolor=CUT, edgecolor="none")) for _ in range(2))
        dots = panel.scatter([], [], s=9, color=MARK, linewidths=0)
        high, wide = self.filling.geometry.window
        window = panel.add_patch(Rectangle((0, 0), wide, high, fill=False, edgecolor=MARK, linewidth=2))
        return window, dots, (strips[0], strips[1])

    def _outlines(self, panel: "Axes") -> Any:
        """Return the outlines of cells, to be placed at their centres."""
        from matplotlib.collections import PolyCollection

        half_y, half_x = (step / 2 for step in self.filling.geometry.stride)
        square = np.array([(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)])
        marks = PolyCollection(
            [square], facecolors="none", edgecolors=MARK, linewidths=0.9, offsets=[], offset_transform=panel.transData
        )
        panel.add_collection(marks, autolim=False)
        return marks

    def _legend(self) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        handles = [
            Patch(facecolor="none", edgecolor=MARK, linewidth=2, label="first window of this pass"),
            Line2D([], [], color=MARK, marker="o", linestyle="none", markersize=4, label="centres of its windows"),
            Patch(facecolor=CUT, label="cut off by the shift"),
            Patch(facecolor="none", edgecolor=MARK, linewidth=0.9, label="filled in this pass"),
            Patch(facecolor=UNFILLED, label="not filled yet"),
        ]
        self.figure.legend(handles=handles, loc="lower center", ncols=5, fontsize=9, frameon=False)
