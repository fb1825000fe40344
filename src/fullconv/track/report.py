"""A classifier's localization written down: metrics, detections, raw scores, tables, figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.data.coco import category_of_class
from fullconv.evaluate.localization import Localization, SceneSet
from fullconv.evaluate.neighbourhood import neighbourhood, write_neighbourhood
from fullconv.files import whole_file, whole_folder, write_json
from fullconv.track.figures import SceneView, save_figure, scene_figure
from fullconv.track.views import heatmap_figure, scene_view

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_scores(path: Path, found: Localization) -> None:
    """Write raw score maps, float32 `(H', W', K)` under each image's id."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **{str(key): value for key, value in found.scores.items()})  # type: ignore[arg-type]


def _four_panels(view: SceneView) -> "Figure":
    return scene_figure(**{key: value for key, value in vars(view).items() if key != "title"})


def _write_pictures(folder: Path, scenes: SceneSet, found: Localization) -> None:
    for number, entry in enumerate(scenes.coco["images"][: scenes.figures]):
        view = scene_view(f"{scenes.name} {number}", scenes, entry, found)
        save_figure(_four_panels(view), folder / "figures" / f"{scenes.name}_{number:03d}.png")
        save_figure(heatmap_figure(view), folder / "heatmaps" / f"{scenes.name}_{number:03d}.png")


def _neighbourhoods(scenes: SceneSet, found: Localization) -> list[dict[str, Any]]:
    channels = found.channels
    of_category = {category: index for index, category in category_of_class(scenes.coco, channels.classes).items()}
    return neighbourhood(found.scores, scenes.coco, found.geometry, of_category, channels.names)


def write_report(folder: Path, sets: Sequence[SceneSet], found: Mapping[str, Localization]) -> None:
    """Write evaluate.json, neighbourhood.csv, and the folders detections, scores and pictures.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_folder(folder / "detections") as detections:
        for scenes in sets:
            write_json(detections / f"{scenes.name}.json", found[scenes.name].detections)
    with whole_folder(folder / "scores") as scores:
        for scenes in sets:
            write_scores(scores / f"{scenes.name}.npz", found[scenes.name])
    with whole_folder(folder / "pictures") as pictures:
        for scenes in sets:
            _write_pictures(pictures, scenes, found[scenes.name])
    tabulated = [scenes for scenes in sets if scenes.neighbourhood]
    rows = [row for scenes in tabulated for row in _neighbourhoods(scenes, found[scenes.name])]
    write_neighbourhood(folder / "neighbourhood.csv", rows)
    write_json(folder / "evaluate.json", {scenes.name: found[scenes.name].metrics for scenes in sets})


def write_scene(folder: Path, scene: SceneSet, found: Localization) -> None:
    """Write one image's locate.png, detections.json and scores.npz.

    Raises:
        InputError: the folder cannot be written.
    """
    view = scene_view(scene.name, scene, scene.coco["images"][0], found)
    save_figure(_four_panels(view), folder / "locate.png")
    write_json(folder / "detections.json", found.detections)
    write_scores(folder / "scores.npz", found)
