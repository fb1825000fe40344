"""Maps that explain an image's score: class activation maps and occlusion, for the benchmark of baselines.

All are functions of one image (H, W, C) in 0..1 that give the maps of all classes (H', W', K).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Map = Callable[[Floats], Floats]


def image_scorer(network: Any, size: tuple[int, int], logits: bool) -> Any:
    """Return a network as a classifier of images of `size` (height, width): `(N, H, W, C)` → `(N, K)`.

    Of a network whose output is a score map, the image's score of a class is its highest cell's.
    """
    import keras

    last = network.layers[-1].name

    def copied(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name == last and logits:
            config["activation"] = "linear"
        return type(layer).from_config(config)

    image = keras.Input((*size, network.input_shape[-1]))
    copy = keras.models.clone_model(network, input_tensors=image, clone_function=copied)
    copy.set_weights(network.get_weights())
    scores = copy.outputs[0]
    if len(scores.shape) == 4:
        scores = keras.layers.GlobalMaxPooling2D(name="image_scores")(scores)
    return keras.Model(image, scores)


def activation_map(kind: str, scorer: Any, layer: str, classes: int, enlarged: bool = False) -> Map:
    """Return Grad-CAM (`gradcam`) or Grad-CAM++ (`gradcam++`) of the first `classes` scores, by tf-keras-vis.

    `layer` is the convolution whose features are weighted; the map has its cells, or, `enlarged` by the library, the
    image's pixels. One call computes every class, each on its copy of the image.

    Source: Selvaraju et al. 2017, Grad-CAM, section 3; Chattopadhay et al. 2018, Grad-CAM++, section 3.
    """
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.scores import CategoricalScore

    explain = {"gradcam": Gradcam, "gradcam++": GradcamPlusPlus}[kind](scorer)
    wanted = CategoricalScore(list(range(classes)))

    def cam(image: Floats) -> Floats:
        copies = np.repeat(image[np.newaxis], classes, axis=0)
        maps = explain(wanted, copies, penultimate_layer=layer, expand_cam=enlarged, normalize_cam=False)
        return np.moveaxis(np.asarray(maps, np.float32), 0, -1)

    return cam


def occlusion_map(scorer: Any, classes: int, patch: int, stride: int, batch_size: int = 32) -> Map:
    """Return how much a black square of `patch` pixels lowers the first `classes` scores, for every pixel.

    The square is laid every `stride` pixels, over the edge too; a pixel has the mean over the squares that hide it.
    Black is the ground of the images.

    Source: Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks, section 4.2.
    """
    import tensorflow as tf

    scores = tf.function(
        lambda images: scorer(images, training=False)[:, :classes],
        input_signature=[tf.TensorSpec(scorer.input_shape)],
        autograph=False,
    )

    def occlusion(image: Floats) -> Floats:
        rows, cols = (_covers(side, patch, stride) for side in image.shape[:2])
        places = [(row, col) for row in rows for col in cols]
        found = np.empty((len(places), classes), np.float32)
        for start in range(0, len(places), batch_size):
            hidden = np.stack([np.outer(row, col) for row, col in places[start : start + batch_size]])
            found[start : start + batch_size] = scores(image * ~hidden[..., np.newaxis])
        drops = (np.asarray(scores(image[np.newaxis])) - found).reshape(len(rows), len(cols), classes)
        sums = np.einsum("rh,cw,rck->hwk", rows.astype(np.float32), cols.astype(np.float32), drops, optimize=True)
        return sums / np.outer(rows.sum(axis=0), cols.sum(axis=0))[..., np.newaxis].astype(np.float32)

    return occlusion


def _covers(side: int, patch: int, stride: int) -> npt.NDArray[np.bool_]:
    """Return which pixels along a side each place of the square hides, (places, side)."""
    starts = np.arange(stride - patch, side, stride)[:, np.newaxis]
    pixels = np.arange(side)
    return (starts <= pixels) & (pixels < starts + patch)


def resized(explained: Map, size: tuple[int, int]) -> Map:
    """Return a map of the image resized to `size` (height, width), brought back to the image's pixels, bilinear."""
    import tensorflow as tf

    def over_all(image: Floats) -> Floats:
        small = tf.image.resize(image, size, antialias=True).numpy()
        return tf.image.resize(explained(small), image.shape[:2]).numpy()

    return over_all


def as_probabilities(maps: Floats, scores: Floats) -> Floats:
    """Return maps (H, W, K) as detections read them: each class's by its maximum, times a score (K,) of the class."""
    positive = np.maximum(maps, 0)
    highest = positive.max(axis=(0, 1))
    return positive / np.where(highest > 0, highest, 1) * scores
