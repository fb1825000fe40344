"""What searches: a network, what its channels mean, what it reads, and how its maps are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import LocateConfig
from fullconv.locate.calibration import Knots
from fullconv.locate.channels import Channels
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.evidence import evidence_map, label_evidence
from fullconv.locate.outputs import PROBABILITIES, Outputs
from fullconv.locate.pause import may_go_on
from fullconv.models.boxes import BoxRegression
from fullconv.models.pixels import AUTO, PLAIN, scaled

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion

FloatArray = npt.NDArray[np.float32]

PEAKS, REGIONS = "peaks", "regions"
_BATCH = 64  # crops per forward pass


@dataclass(frozen=True)
class Sought:
    """One thing to look for: its name, the network's channels that stand for it, its COCO category.

    `wnid` is its id in WordNet 3.0, where it has one.
    """

    name: str
    channels: tuple[int, ...]
    category: int
    wnid: str | None = None

    @property
    def entry(self) -> dict[str, Any]:
        """The COCO category."""
        entry = {"id": self.category, "name": self.name}
        return entry if self.wnid is None else {**entry, "wnid": self.wnid}


@dataclass(frozen=True)
class Finder:
    """A conversion that searches images in 0..1, and all that has to be known of it.

    `classifier` names crops; without it the conversion does, at its window. `pixels` is the range that both read (a
    key of `RANGES`, or `auto` before `fullconv.locate.pixel_range.settled` has found it out), `because` how that is
    known. `outputs` make probabilities of the scores of both. `sought` are the things to look for, each class by itself
    if not given; a label of `Found` is a place among them. `sprites` says that it learned light objects on a dark
    ground, so that pictures of dark objects are turned round for it. `wnids` are the classes' ids in WordNet, if they
    have any. `dimensions` give each class a frame and sizes, `calibration` makes probabilities of detections' scores,
    and `thresholds` say of each class from which of these a detection counts, `boxes` tell an object's size and shape
    by a second look: what a finder folder brings.
    """

    name: str  # as a person called it
    conversion: "Conversion"
    channels: Channels
    config: LocateConfig
    classifier: Any = None
    pixels: str = PLAIN
    because: str = "the pipeline's own"
    outputs: Outputs = PROBABILITIES
    sprites: bool = False
    wnids: tuple[str, ...] = ()
    sought: tuple[Sought, ...] = ()
    dimensions: Dimensions | None = None
    thresholds: tuple[float, ...] = ()
    calibration: Knots = ()
    boxes: BoxRegression | None = None

    def __post_init__(self) -> None:
        if not self.sought:
            object.__setattr__(self, "sought", each_class(self.channels, self.wnids))

    @property
    def read(self) -> str:
        """How its maps are read, `peaks` or `regions`: as `locate.read` says."""
        return how_read(self.config, self.channels)

    @property
    def fuse(self) -> str:
        """How the levels' maps are fused: as `locate.fuse` says."""
        if self.config.fuse != "auto":
            return self.config.fuse
        return "max" if self.read == PEAKS else "confident"

    @property
    def plain(self) -> bool:
        """Whether each class is sought by itself, in the order of the channels."""
        return [one.channels for one in self.sought] == [(index,) for index in range(len(self.channels.classes))]

    @property
    def unsettled(self) -> bool:
        """Whether the range of pixels has still to be found out."""
        return self.pixels == AUTO

    def scaled(self, images: FloatArray) -> FloatArray:
        """Return images in 0..1 as the network reads them."""
        return scaled(images, self.pixels)

    def evidence(self, scores: FloatArray, classes: Sequence[int]) -> FloatArray:
        """Return the evidence (…) for the best of `classes` in probabilities (…, K), as such probabilities have it."""
        return (label_evidence if self.outputs.apart else evidence_map)(scores, classes)

    def polarity(self, wanted: str) -> str:
        """Return how objects stand out in a picture, as `wanted`: `light`, `dark`, or `auto`, judged from its pixels.

        What learned no sprites reads pictures as they are, unless they are said to be `dark`.
        """
        return "light" if wanted == "auto" and not self.sprites else wanted

    def seeking(self, sought: Sequence[Sought]) -> "Finder":
        """Return the same, looking for something else."""
        return replace(self, sought=tuple(sought))

    def named(self, crops: FloatArray) -> FloatArray:
        """Return the probabilities (N, K) of crops (N, h, w, C) in 0..1 of the window's size."""
        parts = []
        for start in range(0, len(crops), _BATCH):
            may_go_on()
            parts.append(self._names(self.scaled(crops[start : start + _BATCH])))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @cached_property
    def _names(self) -> Callable[[FloatArray], FloatArray]:
        if self.classifier is None:
            # Of head `cell` a window has several cells: their mean comes nearest to the classifier.
            forward = self.conversion.forward
            return lambda crops: self.outputs.probabilities(forward(crops)).mean(axis=(1, 2))
        from fullconv.convert.reference import reference

        scores = reference(self.classifier, self.conversion)
        return lambda crops: self.outputs.probabilities(scores(crops))


def how_read(config: LocateConfig, channels: Channels) -> str:
    """Return `peaks` or `regions`: what `locate.read` says, `auto` being peaks where there is a background class."""
    if config.read != "auto":
        return config.read
    return PEAKS if channels.has_background else REGIONS


def head_of(config: LocateConfig, channels: Channels, otherwise: str) -> str:
    """Return with which head a classifier is converted for a search: as `locate.head` says, else for peaks `otherwise`.

    Regions are read from cells: they lie closer, and evidence is relative, so that it does not matter that a cell is
    not the classifier (docs/use/photos.md has both measured).
    """
    if config.head != "auto":
        return config.head
    return otherwise if how_read(config, channels) == PEAKS else "cell"


def each_class(channels: Channels, wnids: Sequence[str] = ()) -> tuple[Sought, ...]:
    """Return every object class by itself; class k is category k + 1."""
    return tuple(
        Sought(name, (index,), index + 1, wnids[index] if wnids else None)
        for index, name in enumerate(channels.classes)
    )
