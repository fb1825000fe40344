"""Worst and best images of a set side by side with their truth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.scenes.search import Search
from fullconv.evaluate.tables import Thresholds
from fullconv.figures.scenes import SceneView, pairs_figure
from fullconv.report.ranking import extremes
from fullconv.report.views import scene_view

Pixels = npt.NDArray[np.uint8]
_LINE = 84  # letters below a pair of images


def best_and_worst(search: Search, curves: Mapping[str, Any], threshold: Thresholds, count: int) -> Figure:
    """Return a sheet of up to `count` images, the worst first; each is searched again.

    Detections below `threshold`, or their class's, are not drawn.
    """
    said = ranked(curves, count)
    entries = {entry["id"]: entry for entry in search.scenes.coco["images"] if entry["id"] in said}
    scenes = search.scenes.of([entries[image_id] for image_id in said])
    return noted_pairs(
        scene_view(f"{said[seen.entry['id']]}: {seen.entry['file_name']}", scenes, seen, search.channels, threshold)
        for seen in search.over(scenes)
    )


def best_and_worst_of(
    pictures: Mapping[int, Pixels],
    coco: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    curves: Mapping[str, Any],
    count: int,
) -> Figure:
    """Return such a sheet of pictures (H, W, C) uint8 in memory, by their ids, and of what was found in all of them."""
    categories = sorted(one["id"] for one in coco["categories"])
    views = [
        SceneView(
            title=title,
            image=pictures[image] / np.float32(255),
            scores=np.zeros((0, 0, len(categories)), np.float32),
            geometry=Geometry((1, 1), (1, 1), (0, 0)),
            classes=[],
            background=None,
            detections=[one for one in found if one["image_id"] == image],
            annotations=[one for one in coco["annotations"] if one["image_id"] == image],
            category_names={one["id"]: str(one["name"]) for one in coco["categories"]},
            labels={category: place for place, category in enumerate(categories)},
        )
        for image, title in ranked(curves, count).items()
    ]
    return noted_pairs(views)


def ranked(curves: Mapping[str, Any], count: int) -> dict[int, str]:
    """Return up to `count` images' ids, the worst first, with what is said of each."""
    worst, best = extremes(curves["images"], count)
    return {
        one["id"]: f"{rank} {one['score']:.2f}" for rank, part in (("worst", worst), ("best", best)) for one in part
    }


def noted_pairs(views: Iterable[SceneView]) -> Figure:
    """Return views in pairs, truth and found, with their counts below."""
    return pairs_figure([replace(view, note=counted(view)) for view in views])


def counted(view: SceneView) -> str:
    """Return `class found/true` for each class of an image, those with the most objects first, in a line."""
    true, found = (
        Counter(one["category_id"] for one in some if not one.get("iscrowd", 0))
        for some in (view.annotations, view.detections)
    )
    order = sorted(true | found, key=lambda one: (-max(true[one], found[one]), one))
    words = [f"{view.category_names.get(one, one)} {found[one]}/{true[one]}" for one in order]
    line = "found/true"
    for place, word in enumerate(words):
        if len(line) + len(word) > _LINE:
            return f"{line} · {len(words) - place} more classes"
        line += f"{' · ' if place else ': '}{word}"
    return line if words else "nothing there, nothing found"
