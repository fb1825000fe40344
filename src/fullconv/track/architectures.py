"""The network that a file of weights alone belongs to: what `model=` names."""

from functools import partial
from typing import TYPE_CHECKING

from fullconv.config.choice import networks
from fullconv.config.schema import ExperimentConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.imagenet.applications import APPLICATIONS, build_application

if TYPE_CHECKING:
    import keras

    from fullconv.models.files.loaded import Architecture


def architecture_of(settings: ExperimentConfig) -> "Architecture":
    """Return what makes the network that `model=` names, from the number of classes that its weights have.

    A network of keras.applications reads images as Keras publishes it; one of conf/model images of the size that
    `data=` has.
    """
    name = settings.model.architecture
    if name in networks() and name in APPLICATIONS:
        return partial(build_application, name, None)
    return partial(_of_our_own, settings)


def _of_our_own(settings: ExperimentConfig, classes: int) -> "keras.Model":
    from fullconv.models.build import build_classifier

    shape = load_arrays(settings.data, settings.seed).test_images.shape[1:]
    return build_classifier(settings.model, shape, classes, settings.seed)
