"""Worst and best images of a set side by side with their truth."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from fullconv.evaluate.scenes.search import Search
from fullconv.evaluate.tables import Thresholds
from fullconv.figures.scenes import pairs_figure
from fullconv.report.ranking import extremes
from fullconv.report.views import scene_view


def best_and_worst(search: Search, curves: Mapping[str, Any], threshold: Thresholds, count: int) -> Figure:
    """Return a sheet of up to `count` images, the worst first; each is searched again.

    Detections below `threshold`, or their class's, are not drawn.
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
    return pairs_figure(views)
