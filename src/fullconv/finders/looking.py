"""What a classifier in training finds in unlabelled scenes: its own next lessons."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.data.crops.crops import Crops
from fullconv.data.windows.labelled import SURE
from fullconv.data.windows.parts import Finding
from fullconv.errors import InputError
from fullconv.files import read_json, write_json
from fullconv.locate.channels import Channels
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import Finder
from fullconv.locate.peaks.reader import PeakReader
from fullconv.train.task import Look

_log = logging.getLogger(__name__)
_PIXELS = 25_000_000  # of scenes that are searched, in all


@dataclass(frozen=True)
class Findings:
    """The file that holds what one training found in scenes, last; one of another training counts as none."""

    path: Path
    training: str  # digest of all that determines it

    def read(self, epoch: int) -> dict[int, list[Finding]] | None:
        """Return what was found before an epoch, by scene; None if that is not known."""
        if not self.path.is_file():
            return None
        try:
            entry = read_json(self.path)
            if (entry["training"], entry["epoch"]) != (self.training, epoch):
                return None
            return {int(number): [Finding(*one) for one in those] for number, those in entry["found"].items()}
        except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
            _log.warning("%s cannot be read (%s): scenes are searched again.", self.path, error)
            return None

    def write(self, epoch: int, found: Mapping[int, Sequence[Finding]]) -> None:
        """Replace the file."""
        rows = {str(number): [[*vars(one).values()] for one in those] for number, those in found.items()}
        write_json(self.path, {"training": self.training, "epoch": epoch, "found": rows})


def look_for(
    crops: Crops,
    channels: Channels,
    dimensions: Dimensions,
    config: LocateConfig,
    seed: int,
    kept: Findings | None = None,
) -> Look:
    """Return what searches scenes with a classifier in training, `dimensions` being in pixels of the scenes as given.

    What was found before an epoch is `kept` in a file: a training that goes on finds the same. Scenes that are smaller
    than the window at every size that is sought are not searched, so that nothing is said of them.
    """
    numbers = _chosen(crops, seed)

    def look(model: Any, epoch: int) -> Mapping[int, Sequence[Finding]]:
        known = None if kept is None else kept.read(epoch)
        if known is not None:
            return known
        finder = Finder("in training", convolutionalize(model), channels, config, dimensions=dimensions)
        reader = PeakReader(finder)
        fitting = [number for number in numbers if reader.fits(*crops.scenes[number].shape[:2])]
        found = {number: _findings(reader, crops.scenes[number]) for number in fitting}
        sure = sum(one.score >= SURE for those in found.values() for one in those)
        _log.info("before epoch %d: %d objects found for sure in %d scenes", epoch + 1, sure, len(found))
        if kept is not None:
            kept.write(epoch, found)
        return found

    return look


def _chosen(crops: Crops, seed: int) -> list[int]:
    """Return which scenes are searched: as many, at random, as there is time for."""
    order = np.random.default_rng([seed, len(crops.scenes)]).permutation(len(crops.scenes))
    sizes = np.cumsum([crops.scenes[number].shape[0] * crops.scenes[number].shape[1] for number in order])
    return sorted(order[: max(1, int(np.searchsorted(sizes, _PIXELS)))].tolist())


def _findings(reader: PeakReader, scene: Any) -> list[Finding]:
    (seen,) = reader(scene[np.newaxis].astype(np.float32) / np.float32(255))
    return [
        Finding(one.label, y + height / 2, x + width / 2, float(np.sqrt(height * width)), one.score)
        for one in seen.objects
        for x, y, width, height in [one.bbox]
    ]
