"""A classifier's localization written down: metrics, detections, raw scores, tables, figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.data.coco import category_of_class, load_image
from fullconv.evaluate.localization import Localization, SceneSet
from fullconv.evaluate.neighbourhood import neighbourhood, write_neighbourhood
from fullconv.files import whole_file, whole_folder, write_json
from fullconv.track.figures import save_figure, scene_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fullconv.convert.conversion import Conversion


def class_names(classes: Sequence[str], background: int | None) -> list[str]:
    """Return the names of a score map's channels."""
    return [*classes, "background"] if background is not None else list(classes)


def classes_of(coco: Mapping[str, Any], classes: Sequence[str]) -> dict[int, int]:
    """Return category id → class index."""
    return {category: index for index, category in category_of_class(dict(coco), classes).items()}


def draw(
    scenes: SceneSet,
    entry: Mapping[str, Any],
    found: Localization,
    conversion: "Conversion",
    names: Sequence[str],
    background: int | None,
) -> "Figure":
    """Return the four-panel figure of one image of a set."""
    mine = [item for item in found.detections if item["image_id"] == entry["id"]]
    truth = [item for item in scenes.coco["annotations"] if item["image_id"] == entry["id"]]
    return scene_figure(
        load_image(scenes.folder / entry["file_name"], conversion.model.input_shape[-1]),
        found.scores[entry["id"]],
        conversion.geometry,
        names,
        background,
        mine,
        truth,
        {item["id"]: item["name"] for item in scenes.coco["categories"]},
    )


def write_scores(path: Path, found: Localization) -> None:
    """Write raw score maps, float32 `(H', W', K)` under each image's id."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **{str(key): value for key, value in found.scores.items()})


def write_report(
    folder: Path,
    sets: Sequence[SceneSet],
    found: Mapping[str, Localization],
    conversion: "Conversion",
    classes: Sequence[str],
    background: int | None,
) -> None:
    """Write evaluate.json, neighbourhood.csv, and the folders detections, scores and figures.

    Raises:
        InputError: the folder cannot be written.
    """
    names = class_names(classes, background)
    with whole_folder(folder / "detections") as detections:
        for scenes in sets:
            write_json(detections / f"{scenes.name}.json", found[scenes.name].detections)
    with whole_folder(folder / "scores") as scores:
        for scenes in sets:
            write_scores(scores / f"{scenes.name}.npz", found[scenes.name])
    with whole_folder(folder / "figures") as figures:
        for scenes in sets:
            for entry in scenes.coco["images"][: scenes.figures]:
                figure = draw(scenes, entry, found[scenes.name], conversion, names, background)
                save_figure(figure, figures / f"{scenes.name}_{Path(entry['file_name']).stem}.png")
    rows = [
        row
        for scenes in sets
        if scenes.neighbourhood
        for row in neighbourhood(
            found[scenes.name].scores, scenes.coco, conversion.geometry, classes_of(scenes.coco, classes), names
        )
    ]
    write_neighbourhood(folder / "neighbourhood.csv", rows)
    write_json(folder / "evaluate.json", {scenes.name: found[scenes.name].metrics for scenes in sets})
