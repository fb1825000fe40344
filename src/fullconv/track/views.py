"""What a classifier found on one image, gathered for drawing: from memory or from a report's files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fullconv.config.layout import model_file, report_file
from fullconv.convert.geometry import Geometry
from fullconv.data.coco import load_image
from fullconv.errors import InputError
from fullconv.evaluate.localization import Channels, Localization, SceneSet
from fullconv.files import read_json
from fullconv.track.figures import SceneView
from fullconv.track.panels import draw_heatmap


def scene_view(title: str, scenes: SceneSet, entry: Mapping[str, Any], found: Localization) -> SceneView:
    """Return the view of one image of a set."""
    return SceneView(
        title=title,
        # Shown as it is, so a picture's colours are kept whatever the classifier reads.
        image=load_image(scenes.folder / entry["file_name"], 3),
        scores=found.scores[entry["id"]],
        geometry=found.geometry,
        classes=found.channels.names,
        background=found.channels.background,
        detections=[item for item in found.detections if item["image_id"] == entry["id"]],
        annotations=[item for item in scenes.coco["annotations"] if item["image_id"] == entry["id"]],
        category_names={item["id"]: item["name"] for item in scenes.coco["categories"]},
    )


def reported(name: str, scenes: SceneSet, channels: Channels) -> Localization:
    """Return what the stages wrote about a classifier on a set.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    facts = read_json(model_file(name, "conversion").with_suffix(".json"))
    path = report_file(name, "scores") / f"{scenes.name}.npz"
    try:
        with np.load(path, allow_pickle=False) as maps:
            scores = {int(key): maps[key] for key in maps.files}
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"no score maps ({error})", "Run the stage evaluate.") from error
    detections = read_json(report_file(name, "detections") / f"{scenes.name}.json")
    metrics = read_json(report_file(name, "evaluate.json"))[scenes.name]
    return Localization(scores, detections, metrics, Geometry.from_dict(facts["geometry"]), channels)


def heatmap_figure(view: SceneView) -> Figure:
    """Return the heatmap alone, limits 0..1, on the image's own pixel grid: what an image grid can show small."""
    figure = Figure(figsize=(4.0, 4.2), layout="constrained", dpi=100)
    axes = figure.subplots()
    draw_heatmap(axes, view.image, view.scores, view.geometry, view.background, view.title)
    axes.set(xticks=[], yticks=[])
    return figure
