"""Turn a Keras classifier into a network that finds objects without boxes.

The names below load on first use, so that `import fullconv` stays quick and TensorFlow waits until it is needed.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion, convolutionalize
    from fullconv.convert.convolution import convolution
    from fullconv.convert.cost.network import cost
    from fullconv.convert.geometry import Geometry
    from fullconv.dense.densify import Dense, densify
    from fullconv.errors import InputError
    from fullconv.evaluate.metrics.coco import evaluate_coco
    from fullconv.large.sources.opening import open_image
    from fullconv.locate.levels.scores import score_map
    from fullconv.locate.peaks.alone import detect
    from fullconv.models.files.read import load_classifier
    from fullconv.proof.certificate import Certificate, certify

_HOMES = {
    "Certificate": "fullconv.proof.certificate",
    "Conversion": "fullconv.convert.conversion",
    "Dense": "fullconv.dense.densify",
    "Geometry": "fullconv.convert.geometry",
    "InputError": "fullconv.errors",
    "certify": "fullconv.proof.certificate",
    "convolution": "fullconv.convert.convolution",
    "convolutionalize": "fullconv.convert.conversion",
    "cost": "fullconv.convert.cost.network",
    "densify": "fullconv.dense.densify",
    "detect": "fullconv.locate.peaks.alone",
    "evaluate_coco": "fullconv.evaluate.metrics.coco",
    "load_classifier": "fullconv.models.files.read",
    "open_image": "fullconv.large.sources.opening",
    "score_map": "fullconv.locate.levels.scores",
}

__all__ = [
    "Certificate",
    "Conversion",
    "Dense",
    "Geometry",
    "InputError",
    "certify",
    "convolution",
    "convolutionalize",
    "cost",
    "densify",
    "detect",
    "evaluate_coco",
    "load_classifier",
    "locate",
    "open_image",
    "score_map",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fullconv' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Room(ModuleType):
    """`fullconv.locate`: the package and, called, what a finder finds in one image."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """See `fullconv.finders.locating.locate`."""
        return import_module("fullconv.finders.locating").locate(*given, **named)


import_module("fullconv.locate").__class__ = _Room
