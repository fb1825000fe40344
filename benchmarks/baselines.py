"""Class activation maps, occlusion, per-cell heads and shift-and-stitch against score maps, on the same weights.

    python -m benchmarks.baselines [--images 200] [--figure] [--classifier located=FILE.keras …]

Mosaics are those of the set `test`. On each of them every way to a map runs once, one after another, in one process;
which begins alternates. A first run of each, which compiles, is dropped. Prints one table, writes
`benchmarks/results/baselines.json` and fills in `docs/understand/localization.md`; with --figure also its picture.
Needs the extra `bench`, `data/arrays.npz` and `models/<name>/classifier.keras` (`dvc repro`), or the files named. On 2
cores: 2 to 4 seconds a mosaic.
"""

import argparse
import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.pages.localization import NETWORKS, PAGE, RESULTS, baseline_table, filled
from fullconv.config.layout import ARRAYS, model_file
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.files import whole_file, write_json

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
SET = "test"


@dataclass(frozen=True, eq=False)
class Mosaics:
    """A set in memory: its COCO annotations, its images (H, W, C) in 0..1 by id, and class index → category id."""

    coco: dict[str, Any]
    images: dict[int, Any]
    categories: dict[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, the same for all."""
        height, width = next(iter(self.images.values())).shape[:2]
        return height, width


def mosaics_of(settings: ExperimentConfig, images: int) -> Mosaics:
    """Draw the first images of the set as the stage `mosaics` does."""
    from fullconv.data.arrays import read_arrays
    from fullconv.data.scenes.coco import category_of_class, iter_images, read_coco, write_scenes
    from fullconv.data.scenes.mosaics import make_scenes

    config = replace(settings.mosaics[SET], images=images)
    arrays = read_arrays(ROOT / ARRAYS)
    scenes = make_scenes(config, arrays, settings.data.validation_share, where=f"mosaics.{SET}")
    channels = arrays.test_images.shape[-1]
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / SET
        write_scenes(written, scenes, settings.data.classes)
        coco = read_coco(written / "instances.json")
        pixels = {entry["id"]: image for entry, image in iter_images(coco, written / "images", channels)}
    return Mosaics(coco, pixels, category_of_class(coco, settings.data.classes))


class Measured:
    """What one way's maps are worth: a meter for every reading of them as probabilities, and the times taken."""

    def __init__(self, way: Any, mosaics: Mosaics, window: tuple[int, int], settings: ExperimentConfig) -> None:
        from benchmarks.sides.ways import centred
        from fullconv.evaluate.meter import Meter

        self.way, self.window, self.locate, self.categories = way, window, settings.locate, mosaics.categories
        # Peaks are those of objects of the window's size, whatever a cell has seen.
        self.geometry = centred(way.geometry, window)
        of_category = {category: index for index, category in mosaics.categories.items()}
        readings = 1 if way.image_scores is None else 2
        self.meters = [Meter(mosaics.coco, of_category, way.background) for _ in range(readings)]
        self.seconds: list[float] = []

    def add(self, image_id: int, image: Any) -> None:
        """Time the way on an image and measure its map."""
        from fullconv.locate.peaks.alone import detect

        started = time.perf_counter()
        scores = self.way.run(image)
        self.seconds.append(time.perf_counter() - started)
        floor, overlap = self.locate.floor, self.locate.overlap
        for meter, chances in zip(self.meters, self._readings(scores, image), strict=True):
            found = detect(
                chances, self.geometry, [image_id], self.categories, self.way.background, floor, overlap, self.window
            )
            meter.add(image_id, scores, self.geometry, found)

    def figures(self) -> dict[str, float]:
        """Return the metrics, AP50 of the better reading, and the median time in milliseconds."""
        metrics = [meter.metrics(0.5) for meter in self.meters]
        return {
            "pointing": round(metrics[0]["pointing"], 4),
            "AP50": round(max(one["AP50"] for one in metrics), 4),
            "milliseconds": round(1000 * statistics.median(self.seconds), 2),
        }

    def _readings(self, scores: Any, image: Any) -> Iterator[Any]:
        import numpy as np

        from benchmarks.sides.saliency import as_probabilities

        if self.way.image_scores is None:
            yield scores
        else:
            yield as_probabilities(scores, np.ones(scores.shape[-1], np.float32))
            yield as_probabilities(scores, self.way.image_scores(image))


def compared(files: dict[str, Path], mosaics: Mosaics, settings: ExperimentConfig) -> dict[str, dict[str, Any]]:
    """Return each way's figures by network and way."""
    from benchmarks.sides.ways import ways_of
    from fullconv.models.storage import load_model

    sides = {}
    for network, file in files.items():
        classifier = load_model(file)
        for name, way in ways_of(classifier, mosaics.size).items():
            way.run(next(iter(mosaics.images.values())))
            sides[network, name] = Measured(way, mosaics, classifier.input_shape[1:3], settings)
    for number, (image_id, image) in enumerate(mosaics.images.items()):
        for side in list(sides.values())[:: -1 if number % 2 else 1]:
            side.add(image_id, image)
    return {
        network: {name: side.figures() for (own, name), side in sides.items() if own == network} for network in files
    }


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200, help="the first so many of the set")
    parser.add_argument("--figure", action="store_true", help="draw docs/figures/baselines.png too")
    parser.add_argument("--classifier", action="append", default=[], metavar="NAME=FILE", help="in place of models/…")
    return parser.parse_args()


def files_of(given: list[str]) -> dict[str, Path]:
    """Return each network's file: the pipeline's, unless one is given as NAME=FILE.

    Raises:
        InputError: something else is given.
    """
    files = {name: ROOT / model_file(name, "classifier") for name in NETWORKS}
    for one in given:
        name, _, file = one.partition("=")
        if name not in files or not file:
            raise InputError("--classifier", f"received {one!r}", f"Give NAME=FILE, NAME one of {', '.join(NETWORKS)}.")
        files[name] = Path(file)
    return files


def main() -> None:
    """Measure, print one table, write the results and the page."""
    from rich.console import Console

    chosen = arguments()
    files = files_of(chosen.classifier)
    settings = compose_settings()
    load_tensorflow()
    mosaics = mosaics_of(settings, chosen.images)
    results = {
        "images": chosen.images,
        "set": SET,
        "networks": compared(files, mosaics, settings),
        "weights": {name: hashlib.md5(file.read_bytes()).hexdigest() for name, file in files.items()},  # as in dvc.lock
        "given": sorted(name for name, file in files.items() if file != ROOT / model_file(name, "classifier")),
        "machine": machine(),
    }
    Console().print(baseline_table(results))
    write_json(RESULTS, results)
    page = filled(PAGE.read_text(), results)
    with whole_file(PAGE) as temporary:
        temporary.write_text(page)
    if chosen.figure:
        from benchmarks.pages.baseline_figure import draw

        draw(files, mosaics, settings.data.classes)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
