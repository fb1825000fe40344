"""The benchmark of baselines as a picture: one class's maps on one mosaic, side by side."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sides.ways import Way, ways_of
from fullconv.convert.geometry import Geometry
from fullconv.figures.panels import cell_extent, draw_image
from fullconv.files import whole_file
from fullconv.models.storage import load_model

FIGURE = Path(__file__).resolve().parents[2] / "docs" / "figures" / "baselines.png"
COLUMNS = {
    "gradcam-resized": "Grad-CAM,\nmosaic resized",
    "gradcam": "Grad-CAM,\nconverted",
    "occlusion": "occlusion,\nconverted",
    "cell": "per-cell head",
    "coarse": "score map",
    "dense": "dense score map",
}


def draw(files: dict[str, Path], mosaics: Any, classes: list[str]) -> None:
    """Write the picture: a row for each network, a column for each way.

    Shown is a class with one object in the first mosaic. A map is drawn from 0 to its maximum, its highest cell marked,
    the object's box outlined.
    """
    from matplotlib.figure import Figure

    image_id, image = next(iter(mosaics.images.items()))
    label, box = _lone_object(mosaics, image_id)
    figure = Figure(figsize=(2.1 * (1 + len(COLUMNS)), 2.1 * len(files) + 0.5), layout="constrained")
    panels = figure.subplots(len(files), 1 + len(COLUMNS), squeeze=False)
    for row, (network, file) in zip(panels, files.items(), strict=True):
        ways = ways_of(load_model(file), mosaics.size)
        draw_image(row[0], image, "")
        row[0].set_ylabel(network, fontsize=12)
        _outline(row[0], box)
        for axes, name in zip(row[1:], COLUMNS, strict=True):
            if name in ways:
                _draw_map(axes, image, ways[name], label, box)
            else:
                axes.text(0.5, 0.5, "the same as\nthe score map", ha="center", va="center", fontsize=10)
                axes.set_box_aspect(1)
        for axes in row:
            axes.set(xticks=[], yticks=[])
    for axes, title in zip(panels[0], (f"mosaic,\nlooked for: {classes[label]}", *COLUMNS.values()), strict=True):
        axes.set_title(title, fontsize=11)
    with whole_file(FIGURE) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})


def _lone_object(mosaics: Any, image_id: int) -> tuple[int, list[float]]:
    """Return the class index and box of the first object that is alone in its class."""
    objects = [one for one in mosaics.coco["annotations"] if one["image_id"] == image_id]
    count = Counter(one["category_id"] for one in objects)
    lone = next(one for one in objects if count[one["category_id"]] == 1)
    labels = {category: index for index, category in mosaics.categories.items()}
    return labels[lone["category_id"]], lone["bbox"]


def _draw_map(axes: Any, image: Any, way: Way, label: int, box: list[float]) -> None:
    height, width = image.shape[:2]
    values = np.maximum(way.run(image)[..., label], 0)
    axes.set_facecolor("0.85")  # where the map has no cell
    axes.imshow(
        values, cmap="viridis", vmin=0, extent=cell_extent(way.geometry, *values.shape), interpolation="nearest"
    )
    y, x = _highest(values, way.geometry)
    axes.plot(x, y, "o", markersize=9, markerfacecolor="none", markeredgecolor="white", markeredgewidth=3)
    axes.plot(x, y, "o", markersize=9, markerfacecolor="none", markeredgecolor="#CC3311", markeredgewidth=1.6)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    _outline(axes, box)


def _highest(values: Any, geometry: Geometry) -> tuple[float, float]:
    row, col = np.unravel_index(values.argmax(), values.shape)
    return geometry.center(int(row), int(col))


def _outline(axes: Any, box: list[float]) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle(box[:2], box[2], box[3], fill=False, color="black", linewidth=2.6))
    axes.add_patch(Rectangle(box[:2], box[2], box[3], fill=False, color="white", linewidth=1.3))
