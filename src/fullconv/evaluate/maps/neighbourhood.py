"""What the cells around every object say, as a table."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.errors import InputError
from fullconv.evaluate.annotations import Coco, Scores, checked_classes, checked_coco, objects_of, scores_by_image
from fullconv.evaluate.maps.centre import centre_cell
from fullconv.files import whole_file

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

COLUMNS = (
    "image_id",
    "object",
    "class",
    "row_offset",
    "column_offset",
    "row",
    "column",
    "y",
    "x",
    "probability",
    "predicted",
    "correct",
)


def neighbourhood(
    scores: Scores,
    annotations: Coco,
    geometry: "Geometry",
    class_of_category: Mapping[int, int],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return one row per object and cell of the 3x3 cells around the object's centre, keyed by `COLUMNS`.

    `object` is the annotation's id; `y`, `x` are the centre of the cell's window in pixels; `probability` is the
    cell's largest, of the class `predicted`. Cells outside the map are left out, so an object at the border has
    fewer than nine rows. `classes` names every channel, the background too;
    `class_of_category`: category id → class index.

    Raises:
        InputError: as many names as channels not given, an annotated category without a class, an image without
            a score map, malformed annotations.
    """
    coco = checked_coco(annotations)
    maps = scores_by_image(scores, coco)
    for image_id, cells in maps.items():
        if len(classes) != cells.shape[-1]:
            received = f"{len(classes)} names for {cells.shape[-1]} channels of image {image_id}"
            raise InputError("classes", received, "Name every channel.")
    labels = checked_classes(class_of_category, coco, len(classes))
    rows: list[dict[str, Any]] = []
    for one in objects_of(coco):
        cells = maps[one["image_id"]]
        label = labels[one["category_id"]]
        middle = centre_cell(one["bbox"], geometry, cells.shape)
        for offset in ((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            row, col = middle[0] + offset[0], middle[1] + offset[1]
            if not (0 <= row < cells.shape[0] and 0 <= col < cells.shape[1]):
                continue
            best = int(cells[row, col].argmax())
            y, x = geometry.center(row, col)
            probability = float(cells[row, col, best])
            values = (one["image_id"], one["id"], classes[label], *offset, row, col, float(y), float(x), probability)
            rows.append(dict(zip(COLUMNS, (*values, classes[best], best == label), strict=True)))
    return rows


def write_neighbourhood(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the table as CSV, whole or not at all; probabilities have six decimals, truth is true or false.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "probability": f"{row['probability']:.6f}", "correct": str(row["correct"]).lower()})
