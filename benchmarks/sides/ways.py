"""The ways to a map of where each class is, all on one classifier's weights, for the benchmark of baselines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.sides.saliency import Floats, Map, activation_map, image_scorer, occlusion_map, resized
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.dense.densify import densify

PIXELS = Geometry(window=(1, 1), stride=(1, 1), offset=(0, 0))
# The black square's side and steps, chosen on validation mosaics: in pixels of the mosaic (28/14, 28/7 and 14/7 were
# tried) and of the classifier's input (3/1, 6/1, 6/3 and 7/7).
SQUARE, SQUARE_RESIZED = (14, 7), (6, 3)


@dataclass(frozen=True, eq=False)
class Way:
    """A function of an image (H, W, C) that gives scores (H', W', K), and what the scores mean.

    `background` is the channel that is no object. `image_scores` gives the image's probability (K,) of each class
    where the map holds no probabilities.
    """

    run: Map
    geometry: Geometry
    background: int | None = None
    image_scores: Callable[[Floats], Floats] | None = None


def ways_of(classifier: Any, size: tuple[int, int]) -> dict[str, Way]:
    """Return the ways that a classifier allows on images of `size` (height, width); its last class is no object."""
    return {**_explanations(classifier, size), **_score_maps(classifier)}


def _explanations(classifier: Any, size: tuple[int, int]) -> dict[str, Way]:
    window = classifier.input_shape[1:3]
    layer, field = features_of(classifier)
    classes = classifier.output_shape[-1] - 1
    small = image_scorer(classifier, window, logits=True)
    cam = activation_map("gradcam", small, layer, classes, enlarged=True)
    hidden = occlusion_map(small, classes, *SQUARE_RESIZED)
    small_scores = _probabilities(classifier, window, classes)
    ways = {
        "gradcam-resized": Way(resized(cam, window), PIXELS, image_scores=small_scores),
        "occlusion-resized": Way(resized(hidden, window), PIXELS, image_scores=small_scores),
    }
    networks = {"": convolutionalize(classifier).model}
    if _pools_globally(classifier):
        networks["-pool"] = classifier
    for name, network in networks.items():
        scorer, scores = image_scorer(network, size, logits=True), _probabilities(network, size, classes)
        for kind in ("gradcam", "gradcam++"):
            ways[kind + name] = Way(activation_map(kind, scorer, layer, classes), field, image_scores=scores)
        ways[f"occlusion{name}"] = Way(occlusion_map(scorer, classes, *SQUARE), PIXELS, image_scores=scores)
    return ways


def _score_maps(classifier: Any) -> dict[str, Way]:
    background = classifier.output_shape[-1] - 1
    conversion, cell = convolutionalize(classifier), convolutionalize(classifier, head="cell")
    sides: dict[str, tuple[Any, Geometry]] = {"coarse": (conversion.forward, conversion.geometry)}
    if cell.cellwise:
        sides["cell"] = (cell.forward, cell.geometry)
    for name, engine in {"stitch": "stitch", "dense": "auto"}.items():
        dense = densify(conversion, engine)
        sides[name] = (dense, dense.geometry)
    return {
        name: Way(lambda image, run=run: run(image[np.newaxis])[0], geometry, background)
        for name, (run, geometry) in sides.items()
    }


def _probabilities(network: Any, size: tuple[int, int], classes: int) -> Callable[[Floats], Floats]:
    import tensorflow as tf

    scorer = image_scorer(network, size, logits=False)

    def scores(image: Floats) -> Floats:
        fitting = tf.image.resize(image, size, antialias=True)
        return np.asarray(scorer(fitting[tf.newaxis], training=False))[0, :classes]

    return scores


def _pools_globally(classifier: Any) -> bool:
    import keras

    pools = (keras.layers.GlobalMaxPooling2D, keras.layers.GlobalAveragePooling2D)
    return any(isinstance(layer, pools) for layer in classifier.layers)


def features_of(classifier: Any) -> tuple[str, Geometry]:
    """Return the name of a classifier's last convolution, and the pixels that its cells depend on."""
    import keras

    last = [layer for layer in classifier.layers if isinstance(layer, keras.layers.Conv2D)][-1]
    pooled = keras.layers.GlobalMaxPooling2D()(last.output)
    probe = keras.Model(classifier.inputs, keras.layers.Dense(1)(pooled))
    return last.name, convolutionalize(probe, head="cell").receptive_field


def centred(geometry: Geometry, least: tuple[int, int]) -> Geometry:
    """Return windows of at least `least` pixels around the same centres: peaks are told apart by the window's size."""
    more = [max(0, wanted - own) for wanted, own in zip(least, geometry.window, strict=True)]
    rows, cols = (each + each % 2 for each in more)  # an odd pixel has no middle
    window, offset = geometry.window, geometry.offset
    return Geometry(
        (window[0] + rows, window[1] + cols), geometry.stride, (offset[0] - rows // 2, offset[1] - cols // 2)
    )
