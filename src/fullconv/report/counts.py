"""How many of each class were found, class by class and image by image: a table, and the same for programs."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fullconv.evaluate.metrics.counts import Counts
from fullconv.files import whole_file, write_json


def write_counts(folder: Path, counts: Counts, images: Sequence[str]) -> None:
    """Write counts.json, by class and by image, and counts.csv, a line an image and class that is there or was found.

    `images` are the names of the images' files, in the order of the counts.

    Raises:
        InputError: the folder cannot be written.
    """
    rows = [
        (image, name, truth, found)
        for image, truths, founds in zip(images, counts.truth.tolist(), counts.found.tolist(), strict=True)
        for name, truth, found in zip(counts.names, truths, founds, strict=True)
        if truth or found
    ]
    by_image: dict[str, dict[str, Any]] = {image: {} for image in images}
    for image, name, truth, found in rows:
        by_image[image][name] = {"truth": truth, "found": found}
    columns = (counts.truth.sum(axis=0).tolist(), counts.found.sum(axis=0).tolist(), counts.errors.tolist())
    by_class = {
        name: {"truth": truth, "found": found, "error": error}
        for name, truth, found, error in zip(counts.names, *columns, strict=True)
    }
    write_json(folder / "counts.json", {"classes": by_class, "images": by_image})
    with whole_file(folder / "counts.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("image", "class", "truth", "found"))
        writer.writerows(rows)
