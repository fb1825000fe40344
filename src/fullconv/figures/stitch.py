"""One figure of shift-and-stitch, brought from pass to pass: the image, and the dense map filled so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry, Pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

DPI = 100
SCORES = "viridis"  # sequential, and told apart by colour-blind readers too
UNFILLED = "#BBBBBB"
MARK = "#EE7733"  # on black, on the grey and on every score
CUT = "#33BBEE"
# In inches: 900 pixels across, panels at fixed places so that nothing moves from frame to frame.
_WIDTH, _PANEL, _LEFT, _GAP = 9.0, 3.5, 0.6, 0.55
_BELOW, _ABOVE = 0.8, 0.75
_LEGEND = 0.35  # from the lower edge


@dataclass(frozen=True, eq=False)
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

    def cells(self, number: int) -> Array:
        """Return the corners `(n, 4, 2)` of the cells of pass `number`, `x` and `y` in pixels."""
        half_y, half_x = self.geometry.stride[0] / 2, self.geometry.stride[1] / 2
        corners = np.array([(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)])
        return np.asarray(self.centres(number)[:, np.newaxis] + corners)


class StitchFigure:
    """Left the image and where a pass looks, right the dense map after it; `show` and `show_whole` change it."""

    def __init__(self, filling: Filling) -> None:
        from matplotlib.figure import Figure

        self.filling = filling
        height, width = filling.image.shape[:2]
        tall = _PANEL * min(max(height / width, 0.25), 2.0)
        self.figure = Figure(figsize=(_WIDTH, tall + _BELOW + _ABOVE), dpi=DPI)
        self.heading = self.figure.suptitle("", y=1 - 0.12 / self.figure.get_figheight(), fontsize=13)
        left, right = (self._axes(_LEFT + place * (_PANEL + _GAP), _PANEL, tall) for place in (0, 1))
        self.window, self.dots, self.cut = _draw_image(left, filling)
        self.map, self.cells = _draw_map(right, filling)
        left.set_ylabel("y in pixels")
        for panel in (left, right):
            panel.set(xlim=(0, width), ylim=(height, 0), aspect="equal", xlabel="x in pixels")
            panel.tick_params(labelsize=8)
        self.figure.colorbar(self.map, cax=self._axes(_LEFT + 2 * _PANEL + _GAP + 0.15, 0.15, tall), label="score")

    def show(self, number: int) -> Array:
        """Return pass `number` as pixels uint8 `(height, width, 3)`: what it looks at, all cells filled up to it."""
        (y, x), passes = self.filling.shifts[number], len(self.filling.shifts)
        title = f"pass {number + 1} of {passes}: image shifted by (y, x) = ({y}, {x}) pixels"
        self._place_marks((y, x), number)
        return self._pixels(title, self.filling.after(number))

    def show_whole(self) -> Array:
        """Return the dense map without marks, as pixels uint8 `(height, width, 3)`."""
        passes = len(self.filling.shifts)
        self._place_marks((0, 0), passes)
        self.window.set_visible(False)
        return self._pixels(f"after {passes} passes: every cell filled", self.filling.after(passes))

    def _place_marks(self, shift: Pair, number: int) -> None:
        """Put the marks where pass `number` of that shift has them; a pass that there is not has no cells."""
        (y, x), filling = shift, self.filling
        left, top, _, _ = filling.geometry.box(0, 0)
        self.window.set(xy=(left + x, top + y), visible=True)
        self.dots.set_offsets(filling.centres(number))
        self.cells.set_verts(filling.cells(number))
        above, beside = self.cut
        above.set_height(y)
        beside.set_width(x)

    def _pixels(self, title: str, scores: Any) -> Array:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.heading.set_text(title)
        self.map.set_data(scores)
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        return np.array(canvas.buffer_rgba(), dtype=np.uint8)[..., :3]

    def _axes(self, left: float, width: float, tall: float) -> "Axes":
        high = self.figure.get_figheight()
        return self.figure.add_axes((left / _WIDTH, _BELOW / high, width / _WIDTH, tall / high))


def _draw_image(panel: "Axes", filling: Filling) -> tuple[Any, Any, tuple[Any, Any]]:
    """Draw the image; return its marks: the first window, the windows' centres, what the shift cuts off."""
    from matplotlib.patches import Rectangle

    height, width = filling.image.shape[:2]
    extent = (0, width, height, 0)
    panel.imshow(filling.image, cmap="gray", vmin=0, vmax=1, extent=extent, interpolation="nearest")
    cut = Rectangle((0, 0), width, 0, color=CUT, label="cut off"), Rectangle((0, 0), 0, height, color=CUT)
    dots = panel.scatter([], [], s=10, color=MARK, linewidths=0, label="window centres")
    high, wide = filling.geometry.window
    window = Rectangle((0, 0), wide, high, fill=False, edgecolor=MARK, linewidth=2, label="first window")
    for mark in (*cut, window):
        panel.add_patch(mark)
    panel.set_title("image", fontsize=11)
    _legend(panel, [window, dots, cut[0]])
    return window, dots, cut


def _draw_map(panel: "Axes", filling: Filling) -> tuple[Any, Any]:
    """Draw the dense map, empty; return it and the outlines of a pass's cells, none at first."""
    from matplotlib import colormaps
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    colours = colormaps[SCORES].with_extremes(bad=UNFILLED)
    extent = filling.extent()
    drawn = panel.imshow(filling.after(-1), cmap=colours, vmin=0, vmax=1, extent=extent, interpolation="nearest")
    cells = PolyCollection([], facecolors="none", edgecolors=MARK, linewidths=1.0)
    panel.add_collection(cells, autolim=False)
    panel.set_title(f"dense map: score of {filling.name}", fontsize=11, parse_math=False)
    handles = [
        Patch(facecolor="none", edgecolor=MARK, label="filled in this pass"),
        Patch(facecolor=UNFILLED, label="not filled yet"),
        Patch(facecolor="white", edgecolor="black", linewidth=0.6, label="no window fits"),
    ]
    _legend(panel, handles)
    return drawn, cells


def _legend(panel: "Axes", handles: Sequence[Any]) -> None:
    """Put a legend in one row below a panel's place in the figure."""
    place = panel.get_position(original=True)
    panel.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=((place.x0 + place.x1) / 2, _LEGEND / _BELOW * place.y0),
        bbox_transform=panel.figure.transFigure,
        ncols=len(handles),
        fontsize=9,
        frameon=False,
        columnspacing=1.2,
        markerscale=1.6,
        handletextpad=0.5,
        borderaxespad=0,
    )
