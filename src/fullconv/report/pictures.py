"""What is written about pictures: for each its figures, classes and raw maps; for all the boxes, as COCO has them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.archives import array_file
from fullconv.figures.pictures import Drawn, PictureView, heat_figure, overlay_figure
from fullconv.figures.scenes import save_figure
from fullconv.files import write_json
from fullconv.locate.located import Located
from fullconv.report.streams import results_file

Entry = dict[str, Any]


def write_picture(
    folder: Path, view: PictureView, located: Located, drawn: Sequence[Drawn], fuse: str, classes: Mapping[str, Any]
) -> None:
    """Write overlay.png, fused.png, heatmap_<h>x<w>.png for each level by its size, classes.json and scores.npz.

    scores.npz holds the map `fused` and each level's `<h>x<w>`, probabilities `(H', W', C)` with the channels that
    classes.json names, with `<name>_first`, the centre (y, x) of the first cell, and `<name>_step`, the distance of
    cells, in pixels of the upright picture. Heatmaps of an earlier run at other sizes go.

    Raises:
        InputError: the folder cannot be written.
    """
    maps = {f"{level.size[0]}x{level.size[1]}": level for level in located.levels}
    sizes = "1 size" if len(maps) == 1 else f"{len(maps)} sizes"
    save_figure(overlay_figure(view, located.fused, drawn), folder / "overlay.png")
    save_figure(heat_figure(view, located.fused, f"{sizes} fused ({fuse})"), folder / "fused.png")
    for name, level in maps.items():
        what = "at {}×{}".format(*level.size)
        save_figure(heat_figure(view, level, what), folder / f"heatmap_{name}.png")
    for path in folder.glob("heatmap_[0-9]*x[0-9]*.png"):
        if path.stem.removeprefix("heatmap_") not in maps:
            path.unlink()
    write_json(folder / "classes.json", classes)
    with array_file(folder / "scores.npz") as add:
        for name, level in {"fused": located.fused, **maps}.items():
            add(name, level.scores)
            add(f"{name}_first", np.asarray(level.first, np.float64))
            add(f"{name}_step", np.asarray(level.step, np.float64))


@contextmanager
def catalogue(
    folder: Path, categories: Sequence[Entry]
) -> Iterator[Callable[[Entry, Sequence[Mapping[str, Any]]], None]]:
    """Yield what adds a picture's COCO entry and its results; detections.json and instances.json are whole at the end.

    Boxes are in pixels of the upright pictures. instances.json names the pictures and categories and has no
    annotations: those are for a person to draw.

    Raises:
        InputError: the folder cannot be written.
    """
    entries: list[Entry] = []
    with results_file(folder / "detections.json") as add_found:

        def add(entry: Entry, found: Sequence[Mapping[str, Any]]) -> None:
            entries.append(entry)
            add_found(found)

        yield add
    coco = {"images": entries, "annotations": [], "categories": list(categories)}
    write_json(folder / "instances.json", coco)
