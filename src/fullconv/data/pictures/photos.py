"""Photographs that come with scikit-image and scikit-learn: grounds without a download."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.errors import InputError

_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}

# Left out: pages and handwriting (text, page), clocks, logos, silhouettes, test charts and drawings, thumbnails, and
# the second of two stereo pictures. No picture is in two splits.
PHOTOS = {
    "train": (
        "skimage/astronaut.png",
        "skimage/brick.png",
        "skimage/coffee.png",
        "skimage/coins.png",
        "skimage/grass.png",
        "skimage/hubble_deep_field.jpg",
        "skimage/ihc.png",
        "skimage/motorcycle_left.png",
    ),
    "validation": ("skimage/cell.png", "skimage/moon.png", "sklearn/flower.jpg"),
    "test": (
        "skimage/camera.png",
        "skimage/chelsea.png",
        "skimage/gravel.png",
        "skimage/retina.jpg",
        "skimage/rocket.jpg",
        "sklearn/china.jpg",
    ),
}


def photos(split: str) -> list[npt.NDArray[np.uint8]]:
    """Return the pictures of a split as RGB `(H, W, 3)`, of their own sizes, always in the same order; read-only.

    Raises:
        InputError: an unknown split, or a picture that the installed package lacks.
    """
    if split not in PHOTOS:
        raise InputError("split", f"{split!r}", f"Choose {', '.join(PHOTOS)}.")
    return [_photo(name) for name in PHOTOS[split]]


def bundled_photo(name: str) -> Path | None:
    """Return the file of a picture called `skimage/FILE` or `sklearn/FILE`, None for another name."""
    package, _, file = name.partition("/")
    if package not in _FOLDERS:
        return None
    # Found without importing the package, which takes seconds.
    spec: Any = find_spec(package)
    return Path(spec.origin).parent / _FOLDERS[package] / file


@cache
def _photo(name: str) -> npt.NDArray[np.uint8]:
    path: Any = bundled_photo(name)
    try:
        with Image.open(path) as picture:
            pixels = np.array(picture.convert("RGB"))
    except OSError as error:
        package, _, file = name.partition("/")
        mend = f"Install {package} as pyproject.toml asks for it."
        raise InputError(f"photo {file}", f"not in the installed {package} ({error})", mend) from error
    pixels.flags.writeable = False
    return pixels
