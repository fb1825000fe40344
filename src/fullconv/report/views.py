"""What a classifier found on one image, gathered for drawing: from memory or from a report's files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fullconv.config.layout import report_file
from fullconv.convert.geometry import Geometry
from fullconv.data.pictures.images import load_image
from fullconv.data.scenes.categories import category_of_class
from fullconv.errors import InputError
from fullconv.evaluate.scenes.seen import Seen
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.evaluate.tables import Thresholds
from fullconv.figures.panels import draw_heatmap, draw_truth
from fullconv.figures.scenes import SceneView
from fullconv.files import read_json
from fullconv.large.overview import overview_of
from fullconv.large.size import LARGE
from fullconv.large.sources.opening import open_image
from fullconv.locate.channels import Channels

_NAMES = 9.0  # points of the classes' names on a tile


def scene_view(title: str, scenes: SceneSet, seen: Seen, channels: Channels, threshold: Thresholds) -> SceneView:
    """Return the view of one image of a set; detections below `threshold`, or their class's, are not drawn."""
    categories = category_of_class(scenes.coco, channels.classes, scenes.names)
    labels = {category: label for label, category in categories.items()}

    def least(category: int) -> float:
        return threshold if isinstance(threshold, int | float) else threshold[labels[category]]

    path = scenes.folder / seen.entry["file_name"]
    found = [item for item in seen.detections if item["score"] >= least(item["category_id"])]
    there = [item for item in scenes.coco["annotations"] if item["image_id"] == seen.entry["id"]]
    scores = seen.scores
    # Shown as it is, so a picture's colours are kept whatever the classifier reads.
    if seen.size[0] * seen.size[1] <= LARGE:
        image = load_image(path, 3, samples=scenes.samples)
    else:
        with open_image(path, 3, scenes.samples) as source:
            image = overview_of(source)
        scale, scores = image.shape[1] / seen.size[1], np.zeros((0, 0, len(channels.names)), np.float32)
        found, there = _scaled(found, scale), _scaled(there, scale)
    return SceneView(
        title=title,
        image=image,
        scores=scores,
        geometry=seen.geometry,
        classes=channels.names,
        background=channels.background,
        detections=found,
        annotations=there,
        category_names={item["id"]: str(item["name"]) for item in scenes.coco["categories"]},
        labels=labels,
    )


def _scaled(boxes: Sequence[Mapping[str, Any]], scale: float) -> list[dict[str, Any]]:
    """Return annotations or detections of an image as they lie in one of another size, their outlines left out."""
    return [
        {
            **{key: value for key, value in one.items() if key != "segmentation"},
            "bbox": [scale * x for x in one["bbox"]],
        }
        for one in boxes
    ]


def reported(name: str, scenes: SceneSet, entry: Mapping[str, Any]) -> Seen:
    """Return what the stages wrote about a classifier on one image of a set.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    size = (int(entry["height"]), int(entry["width"]))
    path = report_file(name, "scores") / f"{scenes.name}.npz"
    try:
        with np.load(path, allow_pickle=False) as maps:
            scores = maps[str(entry["id"])]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(str(path), f"no score maps ({error})", "Run the stage evaluate.") from error
    geometry = read_json(path.with_suffix(".json"))[f"{size[0]}x{size[1]}"]
    found = read_json(report_file(name, "detections") / f"{scenes.name}.json")
    detections = [item for item in found if item["image_id"] == entry["id"]]
    return Seen(entry, size, scores, Geometry.from_dict(geometry), detections)


def heatmap_figure(view: SceneView) -> Figure:
    """Return the heatmap with its scale, 0..1, and the truth dashed, so large that an image grid can show it small."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained", dpi=100)
    axes = figure.subplots()
    drawn = draw_heatmap(axes, view.image, view.scores, view.geometry, view.background, view.title)
    draw_truth(axes, view.annotations, view.category_names, _NAMES)
    figure.colorbar(drawn, ax=axes, shrink=0.85, ticks=[0, 0.5, 1], label="probability")
    axes.set(xticks=[], yticks=[])
    return figure
