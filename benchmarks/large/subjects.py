"""What computes the maps: a finder's padding-free network, at its own stride and at 1, and EfficientNet-Lite0."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LITE0 = "efficientnet_lite0"
# By the name of a case: the stride of its map, None being the network's own.
CASES: dict[str, int | None] = {"padding-free": None, "padding-free, stride 1": 1, LITE0: None}


@dataclass(frozen=True)
class Subject:
    """A finder that reads one scale of an image, all of its cells; the classifier that it was made of."""

    finder: Any
    classifier: Any

    def reader(self, memory: int) -> Any:
        """Return what reads images at once, a forward pass taking `memory` bytes."""
        from fullconv.locate.peaks.reader import PeakReader

        return PeakReader(replace(self.finder, config=replace(self.finder.config, memory=memory)))

    def network(self) -> Any:
        """Return the network at the case's stride."""
        from fullconv.locate.levels.network import Network

        finder = self.finder
        return Network(finder.conversion, finder.config.stride, scaled=finder.scaled, outputs=finder.outputs)


def subject(case: str, folder: Path) -> Subject:
    """Return a case's network; `folder` is the finder whose network does not pad."""
    from fullconv.large.size import TOGETHER

    finder, classifier = _lite0() if case == LITE0 else _padding_free(folder)
    alone = replace(
        finder.config,
        read="peaks",
        search="whole",
        fuse="max",
        sizes=[],
        scales=[],
        border=0.0,
        probe=0,
        stride=CASES[case],
        memory=TOGETHER,
    )
    return Subject(replace(finder, config=alone, dimensions=None, boxes=None, calibration=()), classifier)


def finder_in(folder: Path) -> Any:
    """Return a finder as `fullconv locate` uses it."""
    from fullconv.config.load import compose_settings
    from fullconv.track.finders import finder_of

    return finder_of(compose_settings(f"classifier={folder}"))


def _padding_free(folder: Path) -> tuple[Any, Any]:
    from fullconv.models.storage import load_model

    return finder_in(folder), load_model(folder / "classifier.keras")


def _lite0() -> tuple[Any, Any]:
    from fullconv.config.load import compose_settings
    from fullconv.convert.conversion import convolutionalize
    from fullconv.imagenet.networks import build_network
    from fullconv.imagenet.synsets import class_names
    from fullconv.locate.channels import Channels
    from fullconv.locate.finder import Finder

    classifier = build_network(LITE0)
    channels = Channels(tuple(class_names()), has_background=False)
    config = compose_settings(f"classifier={LITE0}").locate
    return Finder(LITE0, convolutionalize(classifier), channels, config), classifier


def compiled(classifier: Any) -> Callable[[Any], Any]:
    """Return a classifier of windows (N, h, w, C), traced once."""
    import tensorflow as tf

    return tf.function(
        lambda windows: classifier(windows, training=False),
        input_signature=[tf.TensorSpec((None, *classifier.input_shape[1:]))],
        autograph=False,
    )
