"""Figures of score maps, detections and training, drawn without a display and byte for byte the same twice."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from fullconv.errors import InputError
from fullconv.figures.panels import Array, draw_classes, draw_detections, draw_heatmap, draw_image
from fullconv.figures.placed import make_room, panel_at
from fullconv.files import whole_file

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

_DPI = 100
# Inches: panels of a scene, of a column and of a pair are so wide; lines of a legend, so many at most, so high.
_WIDE, _COLUMN, _PAIRED, _LINE, _LINES = 3.74, 3.2, 3.2, 0.17, 22
# Room above a panel for its title, below it for ticks and their label, left of it for the same, below all for a legend.
_TITLE, _TICKS, _LABELS, _LEGEND = 0.3, 0.5, 0.65, 0.35
_BETWEEN = (1.35, 0.5)  # panels with ticks, beside and below each other
_NOTE = 0.2  # below a pair
_GAP = 0.04  # around a panel without ticks


@dataclass(frozen=True)
class SceneView:
    """One classifier on one image: what `results_figure` draws as a column."""

    title: str
    image: Array
    scores: Array
    geometry: "Geometry"
    classes: Sequence[str]
    background: int | None
    detections: Sequence[Mapping[str, Any]]
    annotations: Sequence[Mapping[str, Any]]
    category_names: Mapping[int, str]
    labels: Mapping[int, int]  # category id → class index
    note: str = ""  # a line under it, in a sheet of pairs


def scene_figure(view: SceneView) -> Figure:
    """Return four panels of one image: itself, its cells' classes, its heatmap, detections against truth.

    Raises:
        InputError: an image of another shape, or as many names as channels not given.
    """
    image, scores, classes = view.image, view.scores, view.classes
    if np.ndim(scores) != 3 or np.shape(scores)[-1] != len(classes):
        raise InputError("scores", f"shape {np.shape(scores)} for {len(classes)} classes", "Give (H', W', K).")
    down, present = _WIDE * _tallness(image), len(np.unique(scores.argmax(axis=-1)))
    # A strip leaves its legend room below it.
    room = max(down, _LINE * min(present, _LINES))
    tall = _TITLE + room + _BETWEEN[1] + down + _TICKS
    figure = Figure(figsize=(10.6, tall), dpi=_DPI)
    tops, lefts = (_TITLE, _TITLE + room + _BETWEEN[1]), (_LABELS, _LABELS + _WIDE + _BETWEEN[0])
    panels = [[panel_at(figure, left, top, _WIDE, down) for left in lefts] for top in tops]
    draw_image(panels[0][0], image, "mosaic")
    handles = draw_classes(panels[0][1], image, scores, view.geometry, classes, view.background)
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "fontsize": 8, "frameon": False}
    names = panels[0][1].legend(handles=handles, ncols=math.ceil(present / _LINES), **beside)
    title = "highest probability of an object class"
    heat = draw_heatmap(panels[1][0], image, scores, view.geometry, view.background, title)
    bar = panel_at(figure, lefts[0] + _WIDE + 0.28, tops[1] + 0.075 * down, 0.17, 0.85 * down)
    figure.colorbar(heat, cax=bar, label="probability")
    _draw_boxes(panels[1][1], view, view.detections, view.annotations, "detections against truth", 7.5)
    make_room(figure, names, panels[1][1].legend(handles=_box_handles(), **beside))
    for lower in panels[1]:
        lower.set_xlabel("x in pixels", fontsize=9)
    for first, _ in panels:
        first.set_ylabel("y in pixels", fontsize=9)
    return figure


def results_figure(views: Sequence[SceneView]) -> Figure:
    """Return one column per classifier (1 to 4): mosaic, heatmap, detections against truth.

    Raises:
        InputError: no classifier, or more than four.
    """
    if not 1 <= len(views) <= 4:
        raise InputError("views", f"{len(views)} classifiers", "Give 1 to 4: one column each.")
    down, gap = _COLUMN * _tallness(views[0].image), 0.07
    tops = [_TITLE + row * (down + gap) for row in range(3)]
    lefts = [_TITLE + column * (_COLUMN + gap) for column in range(len(views) + 1)]
    figure = Figure(figsize=(lefts[-1] + 1.0, tops[-1] + down + _LEGEND), dpi=_DPI)
    panels = [[panel_at(figure, left, top, _COLUMN, down) for left in lefts[:-1]] for top in tops]
    heat: Any = None
    for view, (above, middle, below) in zip(views, zip(*panels, strict=True), strict=True):
        draw_image(above, view.image, view.title)
        heat = draw_heatmap(middle, view.image, view.scores, view.geometry, view.background, "")
        _draw_boxes(below, view, view.detections, view.annotations, "", 7.0)
    for row, name in zip(panels, ("mosaic", "heatmap", "detections"), strict=True):
        row[0].set_ylabel(name, fontsize=12)
        for one in row:
            one.set(xticks=[], yticks=[])
    bar = panel_at(figure, lefts[-1] + 0.1, tops[1] + 0.075 * down, 0.17, 0.85 * down)
    figure.colorbar(heat, cax=bar, label="probability")
    figure.legend(handles=_box_handles(), loc="lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def contact_sheet(pictures: Sequence[tuple[str, Array]], columns: int = 4) -> Figure:
    """Return titled images side by side, (H, W[, C]) as 8-bit or in 0..1 each, `columns` to a row.

    Raises:
        InputError: no image, or fewer than one column.
    """
    if not pictures or columns < 1:
        raise InputError("pictures", f"{len(pictures)} in {columns} columns", "Give at least one of both.")
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    # At their own size where that is readable and the sheet stays below 2,400 pixels.
    across = min(max(np.shape(pictures[0][1])[1], 300), 2400 / columns) / _DPI
    wide = across - 2 * _GAP
    down = wide * _tallness(pictures[0][1])
    figure = Figure(figsize=(across * columns, (down + _TITLE) * rows), dpi=_DPI)
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        one = panel_at(figure, column * across + _GAP, row * (down + _TITLE) + _TITLE - _GAP, wide, down)
        one.set_axis_off()
        if place < len(pictures):
            title, image = pictures[place]
            pixels = np.asarray(image)
            draw_image(one, pixels / 255 if pixels.dtype == np.uint8 else pixels, title)
    return figure


def pairs_figure(views: Sequence[SceneView], across: int = 2) -> Figure:
    """Return images in pairs, the truth left and the detections right, `across` pairs to a row, notes below them.

    Raises:
        InputError: no image.
    """
    if not views:
        raise InputError("views", "no image", "Give at least one.")
    across = min(across, len(views))
    rows = [views[start : start + across] for start in range(0, len(views), across)]
    # A strip gets no page of its own: what is taller than one and a half times its width is drawn smaller.
    heights = [min(max(_tallness(view.image) for view in row), 1.5) for row in rows]
    wide, below = _PAIRED - 2 * _GAP, _NOTE if any(view.note for view in views) else 0.0
    tops = [_TITLE + sum(wide * height + _TITLE + below for height in heights[:row]) for row in range(len(rows) + 1)]
    figure = Figure(figsize=(2 * _PAIRED * across, tops[-1] - _TITLE + _LEGEND), dpi=_DPI)
    for row, top, height in zip(rows, tops, heights, strict=False):
        line = [panel_at(figure, one * _PAIRED + _GAP, top, wide, wide * height) for one in range(2 * across)]
        for one in line:
            one.set_axis_off()
        for column, view in enumerate(row):
            truth, found = line[2 * column : 2 * column + 2]
            _draw_boxes(truth, view, [], view.annotations, view.title, 7.0)
            _draw_boxes(found, view, view.detections, [], "", 7.0)
            if view.note:
                truth.text(0, -0.03, view.note, transform=truth.transAxes, va="top", fontsize=8.5)
    figure.legend(handles=_box_handles(), loc="lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def history_figure(history: Mapping[str, Sequence[float]]) -> Figure:
    """Return one panel per measure over the epochs, training solid and validation (`val_…`) dashed.

    Raises:
        InputError: no measure.
    """
    measures = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    if not measures:
        raise InputError("history", "no measure", "Give at least one list of values, one per epoch.")
    figure = Figure(figsize=(5.0 * len(measures), 3.8), layout="compressed", dpi=_DPI)
    for panel, measure in zip(figure.subplots(1, len(measures), squeeze=False)[0], measures, strict=True):
        for name, label, style, colour in (
            (measure, "training", "-", "#117733"),
            (f"val_{measure}", "validation", "--", "#CC6677"),
        ):
            if name in history:
                values = list(history[name])
                panel.plot(range(1, len(values) + 1), values, style, color=colour, marker="o", ms=4, label=label)
        panel.set(xlabel="epoch", ylabel=measure)
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.grid(alpha=0.3)
        panel.legend(frameon=False)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all; the same figure gives the same bytes.

    Raises:
        InputError: the folder cannot be written.
    """
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # names are other people's: a dollar is a dollar
    engine = figure.get_layout_engine()
    if engine is not None:
        # With an engine that is still on, savefig draws all artists once more, only to have it called.
        engine.execute(figure)
        figure.set_layout_engine("none")
    with whole_file(path) as temporary:
        # Without the name and version of the software that drew it.
        figure.savefig(temporary, format="png", dpi=_DPI, metadata={"Software": None})


def _draw_boxes(panel: Any, view: SceneView, found: Any, truth: Any, title: str, size: float) -> None:
    draw_detections(panel, view.image, found, truth, view.category_names, view.labels, title, size)


def _tallness(image: Array) -> float:
    """Height over width, kept between a quarter and four so that a figure stays a page."""
    height, width = np.shape(image)[:2]
    return float(min(max(height / width, 0.25), 4.0))


def _box_handles() -> list[Line2D]:
    truth = Line2D([], [], color="black", linestyle=(0, (4, 3)), linewidth=1.4, label="truth")
    found = Line2D([], [], color="#882255", linewidth=1.8, label="detection")
    return [truth, found]
