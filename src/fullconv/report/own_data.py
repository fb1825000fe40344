"""What a person reads of a set beside its metrics: best and worst pictures, counts, and what to do next."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fullconv.evaluate.by_class import figures_by_class
from fullconv.evaluate.meter import Meter
from fullconv.evaluate.scenes.search import Search
from fullconv.evaluate.tables import Thresholds
from fullconv.figures.counts import counts_figure
from fullconv.figures.scenes import save_figure
from fullconv.files import whole_file
from fullconv.report.advice.evidence import Evidence
from fullconv.report.advice.rules import advice, in_words
from fullconv.report.contact import best_and_worst
from fullconv.report.counts import write_counts

log = logging.getLogger(__name__)


def write_sheets(folder: Path, search: Search, meter: Meter, threshold: Thresholds, known: Evidence) -> None:
    """Write contact_sheet.png, as many images as the set wants figures, counts.png and advice.txt; advice is said, too.

    `meter` has seen the whole set. `known` is what is known of the finder; its figures are those of this set.

    Raises:
        InputError: an image that was not added, or the folder cannot be written.
    """
    scenes = search.scenes
    if scenes.figures:
        sheet = best_and_worst(search, meter.curves(threshold), threshold, scenes.figures)
        save_figure(sheet, folder / "contact_sheet.png")
    files = {entry["id"]: str(entry["file_name"]) for entry in scenes.coco["images"]}
    for line in write_beside(folder, meter, files, threshold, known):
        log.info("next: %s", line)


def write_beside(
    folder: Path, meter: Meter, files: Mapping[int, str], threshold: Thresholds, known: Evidence
) -> list[str]:
    """Write counts.{png,json,csv} and advice.txt of a set that `meter` has seen; return the advice, a line each.

    `files` are what the images are called, by their ids.

    Raises:
        InputError: an image that was not added, or the folder cannot be written.
    """
    counts = meter.counts(threshold)
    images = [files[one] for one in counts.images]
    write_counts(folder, counts, images)
    save_figure(counts_figure(counts.names, images, counts.truth, counts.found), folder / "counts.png")
    lines = in_words(advice(replace(known, figures=figures_by_class(meter, threshold))))
    write_advice(folder / "advice.txt", lines)
    return lines


def write_advice(path: Path, lines: list[str]) -> None:
    """Write advice, a paragraph each, whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
