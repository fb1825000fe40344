"""Networks trained on ImageNet, by name; Keras is imported when one is built."""

from pathlib import Path
from typing import Any

from fullconv.errors import InputError
from fullconv.imagenet.applications import APPLICATIONS

LITE0 = "efficientnet_lite0"
NETWORKS: tuple[str, ...] = tuple(sorted([LITE0, *APPLICATIONS]))
SEED = 0  # of untrained weights


def build_network(name: str, weights: str = "imagenet") -> Any:
    """Return a classifier of ImageNet's 1,000 classes: RGB images `(N, h, w, 3)` in 0..1 → probabilities `(N, 1000)`.

    `weights` are `imagenet` (trained: efficientnet_lite0's come with the extra `imagenet`, Keras downloads the
    others'), a file, or `none` (the same random ones each time). What the network does to its images first is part
    of it. `(h, w)` is the size in pixels that it was trained on.

    Raises:
        InputError: an unknown name, no such weights, or a file that does not hold this network's.
    """
    if name not in NETWORKS:
        raise InputError("model", f"unknown {name!r}", f"Choose one of {', '.join(NETWORKS)}.")
    return _lite0(weights) if name == LITE0 else _application(name, weights)


def _lite0(weights: str) -> Any:
    from fullconv.imagenet.lite0 import build_lite0
    from fullconv.imagenet.lite0_weights import fill_lite0, packaged_file
    from fullconv.imagenet.weights import existing_file, load_into

    path = packaged_file() if weights == "imagenet" else None
    if weights not in ("imagenet", "none"):
        path = existing_file(Path(weights), also=(".pth",))
    _seed()
    model = build_lite0()
    if path is not None and path.suffix == ".pth":
        fill_lite0(model, path)
    elif path is not None:
        load_into([model], path, LITE0)
    return model


def _application(name: str, weights: str) -> Any:
    from fullconv.imagenet.applications import build_application, mend_published_deviations, with_preprocessing
    from fullconv.imagenet.keras_files import watched_downloads
    from fullconv.imagenet.weights import existing_file, load_into

    if weights == "imagenet":
        with watched_downloads():
            return with_preprocessing(name, build_application(name, "imagenet"))
    path = None if weights == "none" else existing_file(Path(weights))
    _seed()
    network = build_application(name, None)
    model = with_preprocessing(name, network)
    if path is not None:
        load_into([network, model], path, name)
        mend_published_deviations(network)
    return model


def _seed() -> None:
    import keras

    keras.utils.set_random_seed(SEED)
