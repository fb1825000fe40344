"""One panel of a figure each: an image, a map of classes, a heatmap, detections.

Axes are in pixels of the image, with edges (not centres) at whole numbers. Cells are drawn where the geometry
places them: a stride x stride rectangle around the centre of the cell's window.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from fullconv.errors import InputError
from fullconv.figures.palette import class_colour, class_colours, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fullconv.convert.geometry import Geometry

Array = npt.NDArray[Any]
HEAT = "viridis"


def grey_or_rgb(image: Array) -> Array:
    """Return an image (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) in 0..1 as (H, W) or (H, W, 3).

    Raises:
        InputError: another shape.
    """
    pixels = np.asarray(image, dtype=np.float64)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] == 3):
        return pixels
    if pixels.ndim == 3 and pixels.shape[-1] == 4:
        return pixels[..., :3]
    raise InputError("image", f"shape {pixels.shape}", "Give (H, W), or (H, W, C) with 1, 3 or 4 channels.")


def cell_extent(geometry: "Geometry", rows: int, cols: int) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a map's cells in pixels, as matplotlib's `extent` has them."""
    return grid_extent(geometry.center(0, 0), geometry.stride, (rows, cols))


def grid_extent(
    first: tuple[float, float], step: tuple[float, float], cells: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Return the same of so many cells (rows, columns), `step` pixels (y, x) apart, the first centred at `first`."""
    top, left = first[0] - step[0] / 2, first[1] - step[1] / 2
    return left, left + cells[1] * step[1], top + cells[0] * step[0], top


def draw_image(axes: "Axes", image: Array, title: str) -> None:
    """Draw an image (H, W[, C]) in 0..1 on its own pixel grid."""
    pixels = grey_or_rgb(image)
    height, width = pixels.shape[:2]
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0), interpolation="nearest")
    _frame(axes, width, height, title)


def draw_classes(
    axes: "Axes", image: Array, scores: Array, geometry: "Geometry", classes: Sequence[str], background: int | None
) -> list[Patch]:
    """Colour every cell by its arg max; return a legend's handles for the classes that occur."""
    winners = np.asarray(scores).argmax(axis=-1)
    colours = np.asarray(class_colours(len(classes), background))[winners]
    _draw_cells(axes, image, colours, geometry, "class of the highest score")
    present = [int(index) for index in np.unique(winners)]
    return [Patch(color=class_colour(index, background), label=classes[index]) for index in present]


def draw_heatmap(
    axes: "Axes", image: Array, scores: Array, geometry: "Geometry", background: int | None, title: str
) -> Any:
    """Draw the largest probability of a class that is not the background, 0..1; return what a colourbar needs."""
    values = np.asarray(scores)
    objects = values if background is None else np.delete(values, background, axis=-1)
    return _draw_cells(axes, image, objects.max(axis=-1), geometry, title)


def draw_truth(
    axes: "Axes", annotations: Sequence[Mapping[str, Any]], names: Mapping[int, str], size: float = 7.5
) -> None:
    """Draw boxes dashed, with the name that `names` gives their category below."""
    for one in annotations:
        x, y, width, height = one["bbox"]
        axes.add_patch(Rectangle((x, y), width, height, fill=False, color="black", linewidth=2.4))
        axes.add_patch(
            Rectangle((x, y), width, height, fill=False, color="white", linewidth=1.2, linestyle=(0, (4, 3)))
        )
        name = names.get(one["category_id"], str(one["category_id"]))
        _label(axes, x + width, y + height, name, "white", "black", ("right", "bottom"), size)


def draw_detections(
    axes: "Axes",
    image: Array,
    detections: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
    labels: Mapping[int, int],
    title: str,
    size: float = 7.5,
) -> None:
    """Draw truth dashed with its name below the box, and detections solid with name and score above it.

    `names` and `labels` map category ids to names and to class indices, whose colours detections have.
    """
    draw_image(axes, image, title)
    draw_truth(axes, annotations, names, size)
    for one in sorted(detections, key=lambda each: float(each["score"])):
        name = names.get(one["category_id"], str(one["category_id"]))
        draw_box(axes, one["bbox"], f"{name} {one['score']:.2f}", class_colour(labels[one["category_id"]]), size)


def draw_box(axes: "Axes", bbox: Sequence[float], text: str, colour: str, size: float, linewidth: float = 1.8) -> None:
    """Draw a solid box (x, y, w, h) in pixels with a label, if it has one, in its upper left corner."""
    x, y, width, height = bbox
    box = Rectangle((x, y), width, height, fill=False, color=colour, linewidth=linewidth)
    # Dark colours vanish on a dark image without a light edge.
    box.set_path_effects([withStroke(linewidth=1.9 * linewidth, foreground="white")])
    axes.add_patch(box)
    if text:
        _label(axes, x, y, text, ink(colour), colour, ("left", "top"), size)


def _draw_cells(axes: "Axes", image: Array, values: Array, geometry: "Geometry", title: str) -> Any:
    pixels = grey_or_rgb(image)
    draw_image(axes, image, title)
    if values.size:
        extent = cell_extent(geometry, *values.shape[:2])
    else:  # an image smaller than the window: nothing was seen anywhere
        values, extent = np.zeros((1, 1)), (0.0, float(pixels.shape[1]), float(pixels.shape[0]), 0.0)
    drawn = axes.imshow(values, cmap=HEAT, vmin=0, vmax=1, extent=extent, interpolation="nearest")
    # The image lies over the cells as a white veil: dark pixels leave the colours as the legend has them.
    light = pixels if pixels.ndim == 2 else pixels.mean(axis=-1)
    veil = np.ones((*light.shape, 4))
    veil[..., 3] = 0.6 * light
    height, width = light.shape
    axes.imshow(veil, extent=(0, width, height, 0), interpolation="nearest")
    _frame(axes, width, height, title)
    return drawn


def _frame(axes: "Axes", width: int, height: int, title: str) -> None:
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.set_title(title, fontsize=11, y=1.0)  # said, else matplotlib looks for ticks above the panel
    axes.tick_params(labelsize=8)


def _label(
    axes: "Axes", x: float, y: float, text: str, colour: str, ground: str, place: tuple[str, str], size: float
) -> None:
    patch = {"facecolor": ground, "edgecolor": "none", "pad": 1.2}
    horizontal, vertical = place
    anchor: dict[str, Any] = {"ha": horizontal, "va": vertical}
    axes.text(x, y, text, color=colour, fontsize=size, bbox=patch, clip_on=True, **anchor)
