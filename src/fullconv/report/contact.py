"""Worst and best images of a set side by side with their truth."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from matplotlib.figure import Figure

from fullconv.evaluate.scenes.search import Search
from fullconv.figures.scenes import SceneView, pairs_figure
from fullconv.report.ranking import extremes
from fullconv.report.views import scene_view

_LINE = 84  # letters below a pair of images


def best_and_worst(search: Search, curves: Mapping[str, Any], threshold: float, count: int) -> Figure:
    """Return a sheet of up to `count` images, the worst first; each is searched again.

    Detections below `threshold` are not drawn.
    """
    worst, best = extremes(curves["images"], count)
    said = {
        one["id"]: f"{rank} {one['score']:.2f}" for rank, part in (("worst", worst), ("best", best)) for one in part
    }
    entries = {entry["id"]: entry for entry in search.scenes.coco["images"] if entry["id"] in said}
    scenes = search.scenes.of([entries[image_id] for image_id in said])
    views = [
        scene_view(f"{said[seen.entry['id']]}: {seen.entry['file_name']}", scenes, seen, search.channels, threshold)
        for seen in search.over(scenes)
    ]
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
