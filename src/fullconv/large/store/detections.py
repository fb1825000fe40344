"""Detections of a large image as files: COCO results, GeoJSON for QuPath and QGIS, and counts by class.

They are written one after another as they come, so that a million takes no more memory than one. `detections.geojson`
is in pixels, as QuPath reads it; where the image has a place on a map, `detections.crs.geojson` has its coordinates.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.errors import InputError
from fullconv.files import list_file, write_json
from fullconv.large.store.disk import refusals_told
from fullconv.large.store.features import Box, Category, map_feature, pixel_feature, reference_system

if TYPE_CHECKING:
    from fullconv.large.sources.source import Georeference

Add = Callable[[Any], None]

KINDS = ("detection", "annotation")
RESULTS, PIXELS, MAP, COUNTS = "detections.json", "detections.geojson", "detections.crs.geojson", "counts.json"


def write_detections(
    folder: Path,
    found: Iterable[tuple[int, float, Box]],
    categories: Mapping[int, Category],
    *,
    image_id: int = 1,
    microns: tuple[float, float] | None = None,
    georeference: "Georeference | None" = None,
    kind: str = "detection",
    counts_from: Mapping[int, float] | None = None,
) -> dict[str, int]:
    """Write what was found, (category, score, box [x, y, w, h] in pixels) in the order given, and return the counts.

    With `counts_from`, a score for each category, what has less is in detections.json alone. `microns` (y, x) is the
    size of a pixel; `kind` is what QuPath takes each for, `detection` or `annotation`. Numbers of detections.json are
    as they come, those of GeoJSON are rounded: pixels, micrometres and what they are on a map to hundredths of a pixel,
    scores to four decimals. A map's file is written only where its reference system is known.

    Raises:
        InputError: another kind, or the folder cannot be written.
        KeyError: a category is none of `categories`.
    """
    if kind not in KINDS:
        raise InputError("kind", f"received {kind!r}", f"Choose {' or '.join(KINDS)}.")
    counts = dict.fromkeys(categories, 0)
    place = georeference if georeference is not None and georeference.crs else None
    with ExitStack() as files:
        files.enter_context(refusals_told(folder))
        add_result = files.enter_context(list_file(folder / RESULTS))
        add_pixels = files.enter_context(_features_file(folder / PIXELS, {}))
        add_place = None
        if place is not None:
            add_place = files.enter_context(_features_file(folder / MAP, reference_system(place.crs)))
        for category, score, box in found:
            meant, score, box = categories[category], float(score), [float(side) for side in box]
            add_result({"image_id": image_id, "category_id": category, "bbox": box, "score": score})
            if counts_from is not None and score < counts_from[category]:
                continue
            add_pixels(pixel_feature(meant, score, box, microns, kind))
            if add_place is not None and place is not None:
                add_place(map_feature(meant, score, box, place))
            counts[category] += 1
    if place is None:
        (folder / MAP).unlink(missing_ok=True)  # of an earlier run that knew it
    told: dict[str, int] = {}
    for category, count in counts.items():  # of which two may have one name
        told[categories[category].name] = told.get(categories[category].name, 0) + count
    write_json(folder / COUNTS, {"total": sum(counts.values()), "classes": told})
    return told


@contextmanager
def _features_file(path: Path, members: Mapping[str, Any]) -> Iterator[Add]:
    head = "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in members.items())
    with list_file(path, f'{{"type": "FeatureCollection",\n{head}"features": [', "\n]}\n") as add:
        yield add
