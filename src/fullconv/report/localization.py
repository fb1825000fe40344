"""A classifier's localization written down: metrics, detections, raw scores, tables, figures."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.archives import array_file
from fullconv.config.schema import LocateConfig
from fullconv.errors import InputError
from fullconv.evaluate.maps.neighbourhood import neighbourhood, write_neighbourhood
from fullconv.evaluate.scenes.search import Search, measure
from fullconv.evaluate.scenes.seen import Seen
from fullconv.evaluate.scenes.sets import VALIDATION, SceneSet
from fullconv.evaluate.tables import Thresholds
from fullconv.figures.scenes import save_figure, scene_figure
from fullconv.files import whole_folder, write_json
from fullconv.locate.finder import Finder
from fullconv.report.advice.evidence import UNKNOWN, Evidence
from fullconv.report.own_data import write_sheets
from fullconv.report.streams import results_file
from fullconv.report.views import heatmap_figure, scene_view
from fullconv.terminal.progress import counted

if TYPE_CHECKING:
    from fullconv.evaluate.meter import Meter


@dataclass
class _Tables:
    """What a report holds for every set."""

    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    intervals: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def write_report(folder: Path, finder: Finder, sets: Sequence[SceneSet]) -> dict[str, dict[str, Any]]:
    """Search all sets and write the report; return each set's metrics.

    The set `validation` is searched first: its best threshold is that of all sets, unless one is given.
    Files: evaluate.json, intervals.json, threshold.json, neighbourhood.csv, the folders curves, detections,
    scores and pictures.

    Raises:
        InputError: neither a threshold nor a set to choose it on, a set that cannot be used, or the folder cannot
            be written.
    """
    tables = _Tables()
    names = [scenes.name for scenes in sets]
    threshold = finder.config.threshold
    if threshold is None and VALIDATION not in names:
        raise InputError("locate.threshold", "null, and no mosaics.validation to choose it on", "Give a probability.")
    with ExitStack() as stack:
        parts = {
            part: stack.enter_context(whole_folder(folder / part))
            for part in ("curves", "detections", "scores", "pictures")
        }
        for scenes in sorted(sets, key=lambda one: one.name != VALIDATION):
            search = Search(finder, scenes)
            meter, drawn = _searched(parts, search, tables)
            if threshold is None:
                threshold = meter.best_threshold()
            _write_set(parts, search, meter, drawn, threshold, tables)
    write_neighbourhood(folder / "neighbourhood.csv", tables.rows)
    write_json(folder / "threshold.json", _origin(finder.config, threshold))
    write_json(folder / "intervals.json", {name: tables.intervals[name] for name in names})
    write_json(folder / "evaluate.json", {name: tables.metrics[name] for name in names})
    return {name: tables.metrics[name] for name in names}


def _origin(config: LocateConfig, threshold: float | None) -> dict[str, Any]:
    return {"threshold": threshold, "set": VALIDATION if config.threshold is None else None}


def _searched(parts: dict[str, Path], search: Search, tables: _Tables) -> "tuple[Meter, list[Seen]]":
    scenes = search.scenes
    wanted = {entry["id"] for entry in scenes.coco["images"][: scenes.figures]}
    drawn: list[Seen] = []
    geometries: dict[str, Any] = {}

    def take(seen: Seen) -> None:
        height, width = seen.size
        geometries.setdefault(f"{height}x{width}", seen.geometry.as_dict())
        if seen.entry["id"] in wanted:
            drawn.append(seen)
        if scenes.neighbourhood:
            tables.rows += _rows(search, seen)

    with (
        results_file(parts["detections"] / f"{scenes.name}.json") as add_found,
        array_file(parts["scores"] / f"{scenes.name}.npz") as add_scores,
        counted(scenes.name, len(scenes.coco["images"])) as tick,
    ):
        meter = measure(
            search,
            take,
            tick,
            lambda seen: add_found(seen.detections),
            lambda seen: add_scores(seen.entry["id"], seen.scores),
        )
    write_json(parts["scores"] / f"{scenes.name}.json", geometries)
    return meter, drawn


def _rows(search: Search, seen: Seen) -> list[dict[str, Any]]:
    coco = search.scenes.of([dict(seen.entry)]).coco
    return neighbourhood(
        {seen.entry["id"]: seen.scores}, coco, seen.geometry, search.of_category, search.channels.names
    )


def _write_set(
    parts: dict[str, Path], search: Search, meter: "Meter", drawn: list[Seen], threshold: float, tables: _Tables
) -> None:
    name = search.scenes.name
    tables.metrics[name] = meter.metrics(threshold)
    tables.intervals[name] = meter.intervals(threshold)
    write_json(parts["curves"] / f"{name}.json", meter.curves(threshold))
    for number, seen in enumerate(drawn):
        view = scene_view(f"{name} {number}", search.scenes, seen, search.channels, threshold)
        save_figure(scene_figure(view), parts["pictures"] / "figures" / f"{name}_{number:03d}.png")
        save_figure(heatmap_figure(view), parts["pictures"] / "heatmaps" / f"{name}_{number:03d}.png")


def write_own(
    folder: Path, finder: Finder, scenes: SceneSet, threshold: Thresholds, scores: bool, known: Evidence = UNKNOWN
) -> dict[str, Any]:
    """Search a person's own set and write metrics, intervals, curves, detections, counts, advice and a sheet.

    Returns the metrics. `known` is what advice may draw on beside them: crops, sizes, the training of the finder.
    Detections are in pixels of the upright pictures; where annotations were not, upright.json holds them so. Of the
    images only those of the sheet are searched again at the end, so that memory does not grow with the set.

    Raises:
        InputError: a set that cannot be used, or a folder that cannot be written.
    """
    search = Search(finder, scenes)
    with ExitStack() as stack:
        tick = stack.enter_context(counted(scenes.name, len(scenes.coco["images"])))
        add_found = stack.enter_context(results_file(folder / "detections.json"))
        take: list[Callable[[Seen], object]] = [tick, lambda seen: add_found(seen.detections)]
        if scores:
            add_scores = stack.enter_context(array_file(folder / "scores.npz"))
            take.append(lambda seen: add_scores(seen.entry["id"], seen.scores))
        meter = measure(search, *take)
    metrics = meter.metrics(threshold) | meter.by_class(threshold)
    write_json(folder / "intervals.json", meter.intervals(threshold))
    write_json(folder / "curves.json", meter.curves(threshold))
    write_sheets(folder, search, meter, threshold, known)
    if scenes.turned:
        write_json(folder / "upright.json", scenes.coco)
    write_json(folder / "metrics.json", metrics)
    return metrics
