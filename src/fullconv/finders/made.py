"""What a training makes of labelled images: all that finds objects, and all that tells how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion
from fullconv.finders.validation import Measured
from fullconv.locate.calibration import Knots
from fullconv.locate.channels import Channels
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import Finder
from fullconv.models.boxes import BoxRegression
from fullconv.models.pixels import PLAIN
from fullconv.train.history import History
from fullconv.train.sample import Sample

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a finder searches with: what its folder brings back.

    `config` is how it searches, `pixels` the range that it reads, `thresholds` say of each class from which score a
    detection counts, `calibration` makes probabilities of scores, `boxes` tell objects' sizes and shapes.
    """

    conversion: Conversion
    channels: Channels
    config: LocateConfig
    dimensions: Dimensions
    thresholds: tuple[float, ...]
    calibration: Knots = ()
    pixels: str = PLAIN
    boxes: BoxRegression | None = None

    def finder(self, name: str) -> Finder:
        """Return what searches, called so."""
        return Finder(
            name=name,
            conversion=self.conversion,
            channels=self.channels,
            config=self.config,
            pixels=self.pixels,
            because="the finder says so",
            dimensions=self.dimensions,
            thresholds=self.thresholds,
            calibration=self.calibration,
            boxes=self.boxes,
        )


@dataclass(frozen=True, kw_only=True)
class Made(Kept):
    """A finder just made, the classifier that it came from, and what was measured on the way.

    `certificate` is that of the conversion, `metrics` are those of the training, `validation` flat metrics on scenes
    of crops that were held out, which `measured` holds. `seconds` are of each step. `sample` are windows as they were
    drawn, for people.
    """

    classifier: "keras.Model"
    certificate: Mapping[str, Any]
    history: History
    metrics: Mapping[str, float]
    sample: Sample
    validation: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    measured: Measured | None = None
