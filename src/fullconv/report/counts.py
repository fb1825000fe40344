"""Counts written down: a table that spreadsheets read, and a figure."""

import csv
from collections.abc import Sequence
from pathlib import Path

from fullconv.evaluate.metrics.counts import Counts
from fullconv.figures.counts import counts_figure
from fullconv.figures.scenes import save_figure
from fullconv.files import whole_file


def write_counts(folder: Path, counts: Counts, names: Sequence[str]) -> None:
    """Write counts.csv, a line an image and class, and counts.png; `names` (N,) are the images' files.

    Raises:
        InputError: no image, or the folder cannot be written.
    """
    with whole_file(folder / "counts.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image", "class", "true", "found"])
        for row, name in enumerate(names):
            for column, one in enumerate(counts.classes):
                writer.writerow([name, one, counts.true[row, column], counts.found[row, column]])
    save_figure(counts_figure(counts.classes, names, counts.true, counts.found), folder / "counts.png")
