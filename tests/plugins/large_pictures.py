"""A small picture with spots that counts as large, what searches it, and what is left of a search."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tifffile
from keras import layers
from PIL import Image

from fullconv.large import search as search_module
from fullconv.large import size
from fullconv.large import tiling as tiling_module
from fullconv.locate.peaks import plan as plan_module

WINDOW, STRIDE, BLOCK = 16, 4, 32
HEIGHT, WIDTH = 210, 260
# Centres and diameters: a spot fills half of its window.
PLACES = [(30.3, 40.2, 9), (70.2, 120.1, 14), (127.8, 60.4, 8), (150.1, 200.7, 18), (85.5, 185.3, 10), (205, 255, 12)]


def network(bias: float = -3.5) -> keras.Model:
    """Return a classifier of light round spots in 16×16 pixels of any colour, and of nothing."""
    convolution = layers.Conv2D(2, WINDOW, strides=STRIDE)
    model = keras.Sequential(
        [keras.Input((WINDOW, WINDOW, 3)), convolution, layers.Flatten(), layers.Activation("softmax")]
    )
    away = np.hypot(*(np.mgrid[:WINDOW, :WINDOW] + 0.5 - WINDOW / 2))
    kernel = np.zeros((WINDOW, WINDOW, 3, 2), np.float32)
    kernel[..., 0] = np.where(away <= WINDOW / 4, 0.04, -0.02)[..., None]
    convolution.set_weights([kernel, np.array([bias, 0], np.float32)])
    return model


def pixels() -> Any:
    """Return an image with light spots, one of them at its corner, on a dark ground that is nowhere even."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    image = np.zeros((HEIGHT, WIDTH))
    for row, col, side in PLACES:
        image = np.maximum(image, np.clip(side / 2 - np.hypot(y - row, x - col) + 0.5, 0, 1))
    noise = np.random.default_rng(0).uniform(0, 0.05, (HEIGHT, WIDTH, 3))
    return np.round(255 * np.clip(0.9 * image[..., None] + noise, 0, 1)).astype(np.uint8)


PIXELS = pixels()


def small_tiles(patch: Any) -> None:
    patch.setattr(size, "LARGE", 100)
    for module in (plan_module, tiling_module):
        patch.setattr(module, "BLOCK", BLOCK)
    patch.setattr(search_module.search_of, "__defaults__", (1,))


def asked(classifier: Path) -> list[str]:
    return [
        f"classifier={classifier}",
        "classifier.classes=[spot,nothing]",
        "classifier.background=nothing",
        "classifier.pixels=0..1",
        "locate.sizes=[14,40]",
        "locate.stride=2",
        "locate.probe=0",
    ]


def png(path: Path = Path("a.png")) -> Path:
    Image.fromarray(PIXELS).save(path)
    return path


def tiled_tiff(path: Path, **options: Any) -> Path:
    tifffile.imwrite(path, PIXELS, photometric="rgb", tile=(64, 64), metadata=None, **options)
    return path


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def assert_same(mine: list[Any], others: list[Any]) -> None:
    """Compare detections, whatever their order among those that are as sure."""
    assert len(mine) == len(others)
    left = list(others)
    for one in mine:
        same = [
            other
            for other in left
            if (other["image_id"], other["category_id"]) == (one["image_id"], one["category_id"])
            and abs(other["score"] - one["score"]) < 1e-4
            and np.abs(np.subtract(other["bbox"], one["bbox"])).max() < 1e-2
        ]
        assert same, one
        left.remove(same[0])


def centres(found: list[Any], score: float = 0.5) -> list[tuple[float, float]]:
    boxes = [one["bbox"] for one in found if one["score"] > score]
    return sorted((y + height / 2, x + width / 2) for x, y, width, height in boxes)
