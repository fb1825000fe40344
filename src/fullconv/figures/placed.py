"""Panels at places that are known before anything is drawn.

A layout engine measures every label of a figure, most of them twice, which takes as long as drawing it.
"""

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EDGE = 0.1  # inches between a legend and the figure's right edge


def panel_at(figure: "Figure", left: float, top: float, width: float, height: float) -> "Axes":
    """Return a new panel of a figure; all in inches, from the figure's upper left corner."""
    across, down = figure.get_size_inches()
    return figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))


def make_room(figure: "Figure", *legends: Any) -> None:
    """Make a figure so much wider that legends right of its panels fit; the panels stay as they are, in inches."""
    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    across, down = figure.get_size_inches()
    wanted = max(legend.get_window_extent(renderer).x1 for legend in legends) / figure.dpi + _EDGE
    if wanted <= across:
        return
    for axes in figure.axes:
        place = axes.get_position(original=True)
        axes.set_position((place.x0 * across / wanted, place.y0, place.width * across / wanted, place.height))
    figure.set_size_inches(wanted, down)
