"""What a classifier found on one image, gathered for drawing: from memory or from a report's files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from fullconv.config.layout import model_file, report_file
from fullconv.data.coco import load_image
from fullconv.errors import InputError
from fullconv.evaluate.localization import SceneSet
from fullconv.files import read_json
from fullconv.track.figures import SceneView
from fullconv.track.panels import draw_heatmap

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


def channel_names(classes: Sequence[str], background: int | None) -> list[str]:
    """Return the names of a score map's channels."""
    return [*classes, "background"] if background is not None else list(classes)


def scene_view(
    title: str,
    scenes: SceneSet,
    entry: Mapping[str, Any],
    scores: Any,
    detections: Sequence[Mapping[str, Any]],
    geometry: "Geometry",
    classes: Sequence[str],
    background: int | None,
) -> SceneView:
    """Return the view of one image of a set; `detections` may be the whole set's."""
    return SceneView(
        title=title,
        # Shown as it is, so a picture's colours are kept whatever the classifier reads.
        image=load_image(scenes.folder / entry["file_name"], 3),
        scores=scores,
        geometry=geometry,
        classes=channel_names(classes, background),
        background=background,
        detections=[item for item in detections if item["image_id"] == entry["id"]],
        annotations=[item for item in scenes.coco["annotations"] if item["image_id"] == entry["id"]],
        category_names={item["id"]: item["name"] for item in scenes.coco["categories"]},
    )


def reported_view(name: str, scenes: SceneSet, classes: Sequence[str], background: int | None) -> SceneView:
    """Return the view of a set's first image from what the stages wrote for a classifier.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    from fullconv.convert.geometry import Geometry

    entry = scenes.coco["images"][0]
    facts = read_json(model_file(name, "conversion").with_suffix(".json"))
    path = report_file(name, "scores") / f"{scenes.name}.npz"
    try:
        with np.load(path, allow_pickle=False) as maps:
            scores = maps[str(entry["id"])]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(str(path), f"no scores of image {entry['id']} ({error})", "Run the stage evaluate.") from error
    detections = read_json(report_file(name, "detections") / f"{scenes.name}.json")
    geometry = Geometry.from_dict(facts["geometry"])
    return scene_view(name, scenes, entry, scores, detections, geometry, classes, background)


def heatmap_figure(view: SceneView) -> Figure:
    """Return the heatmap alone, limits 0..1, on the image's own pixel grid: what an image grid can show small."""
    figure = Figure(figsize=(4.0, 4.2), layout="constrained", dpi=100)
    axes = figure.subplots()
    draw_heatmap(axes, view.image, view.scores, view.geometry, view.background, view.title)
    axes.set(xticks=[], yticks=[])
    return figure
