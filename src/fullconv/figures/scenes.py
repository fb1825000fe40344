"""Figures of score maps, detections and training, drawn without a display and byte for byte the same twice."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fullconv.errors import InputError
from fullconv.figures.panels import Array, draw_classes, draw_detections, draw_heatmap, draw_image
from fullconv.files import whole_file

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

_DPI = 100


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


def scene_figure(view: SceneView) -> Figure:
    """Return four panels of one image: itself, its cells' classes, its heatmap, detections against truth.

    Raises:
        InputError: an image of another shape, or as many names as channels not given.
    """
    image, scores, classes = view.image, view.scores, view.classes
    if np.ndim(scores) != 3 or np.shape(scores)[-1] != len(classes):
        raise InputError("scores", f"shape {np.shape(scores)} for {len(classes)} classes", "Give (H', W', K).")
    figure = Figure(figsize=(10.6, 1.2 + 7.6 * _tallness(image)), layout="compressed", dpi=_DPI)
    panels = figure.subplots(2, 2)
    draw_image(panels[0, 0], image, "mosaic")
    handles = draw_classes(panels[0, 1], image, scores, view.geometry, classes, view.background)
    columns = math.ceil(len(handles) / 22)
    panels[0, 1].legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False, ncols=columns
    )
    title = "highest probability of an object class"
    heat = draw_heatmap(panels[1, 0], image, scores, view.geometry, view.background, title)
    figure.colorbar(heat, ax=panels[1, 0], shrink=0.85, label="probability")
    _draw_boxes(panels[1, 1], view, view.detections, view.annotations, "detections against truth", 7.5)
    panels[1, 1].legend(handles=_box_handles(), loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False)
    for panel in (panels[1, 0], panels[1, 1]):
        panel.set_xlabel("x in pixels", fontsize=9)
    for panel in (panels[0, 0], panels[1, 0]):
        panel.set_ylabel("y in pixels", fontsize=9)
    return figure


def results_figure(views: Sequence[SceneView]) -> Figure:
    """Return one column per classifier (1 to 4): mosaic, heatmap, detections against truth.

    Raises:
        InputError: no classifier, or more than four.
    """
    if not 1 <= len(views) <= 4:
        raise InputError("views", f"{len(views)} classifiers", "Give 1 to 4: one column each.")
    figure = Figure(
        figsize=(3.4 * len(views) + 0.8, 0.5 + 9.9 * _tallness(views[0].image)), layout="compressed", dpi=_DPI
    )
    panels = figure.subplots(3, len(views), squeeze=False)
    heat: Any = None
    for column, view in enumerate(views):
        draw_image(panels[0, column], view.image, view.title)
        heat = draw_heatmap(panels[1, column], view.image, view.scores, view.geometry, view.background, "")
        _draw_boxes(panels[2, column], view, view.detections, view.annotations, "", 7.0)
    for row, name in enumerate(("mosaic", "heatmap", "detections")):
        panels[row, 0].set_ylabel(name, fontsize=12)
    for panel in panels.flat:
        panel.set(xticks=[], yticks=[])
    figure.colorbar(heat, ax=list(panels[1]), shrink=0.85, label="probability")
    figure.legend(handles=_box_handles(), loc="outside lower center", ncols=2, fontsize=9, frameon=False)
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
    figure = Figure(
        figsize=(across * columns, (across * _tallness(pictures[0][1]) + 0.3) * rows), layout="compressed", dpi=_DPI
    )
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, (title, image) in zip(panels, pictures, strict=False):
        pixels = np.asarray(image)
        draw_image(panel, pixels / 255 if pixels.dtype == np.uint8 else pixels, title)
    return figure


def pairs_figure(views: Sequence[SceneView], across: int = 2) -> Figure:
    """Return images in pairs, the truth left and the detections right, `across` pairs to a row.

    Raises:
        InputError: no image.
    """
    if not views:
        raise InputError("views", "no image", "Give at least one.")
    across = min(across, len(views))
    rows = [views[start : start + across] for start in range(0, len(views), across)]
    # A strip gets no page of its own: what is taller than one and a half times its width is drawn smaller.
    heights = [min(max(_tallness(view.image) for view in row), 1.5) for row in rows]
    figure = Figure(figsize=(6.4 * across, 3.2 * sum(heights) + 0.4 * len(rows) + 0.3), layout="constrained", dpi=_DPI)
    panels = figure.subplots(len(rows), 2 * across, squeeze=False, gridspec_kw={"height_ratios": heights})
    for panel in panels.flat:
        panel.set_axis_off()
    for row, line in zip(rows, panels, strict=True):
        for column, view in enumerate(row):
            shown: list[tuple[Any, Any]] = [(view.annotations, []), ([], view.detections)]
            for (truth, found), panel, title in zip(shown, line[2 * column :], (view.title, ""), strict=False):
                _draw_boxes(panel, view, found, truth, title, 7.0)
    figure.legend(handles=_box_handles(), loc="outside lower center", ncols=2, fontsize=9, frameon=False)
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
