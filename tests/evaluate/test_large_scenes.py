"""Images of a set that are searched tile by tile are measured as those that are searched at once."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from large_pictures import HEIGHT, PIXELS, PLACES, WIDTH, network
from PIL import Image

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.evaluate.scenes import large
from fullconv.evaluate.scenes import search as search_module
from fullconv.evaluate.scenes.search import Search, measure
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder

pytestmark = pytest.mark.numeric

KNOBS = LocateConfig(
    floor=0.1,
    overlap=0.5,
    sizes=[14, 40],
    spacing=1.19,
    border=0.3,
    stride=2,
    engine="auto",
    box="window",
    batch_size=4,
)


@pytest.fixture
def scenes(tmp_path: Path) -> SceneSet:
    """Return a set of two pictures of different sizes, which annotations tell."""
    keras.utils.set_random_seed(0)
    boxes = [(col - side, row - side, 2 * side, 2 * side) for row, col, side in PLACES[:-1]]
    images: list[dict[str, Any]] = []
    for number, (height, width) in enumerate([(HEIGHT, WIDTH), (110, 150)], 1):
        Image.fromarray(PIXELS[:height, :width]).save(tmp_path / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": height, "width": width})
    annotations = [
        {"id": place, "image_id": 1, "category_id": 1, "bbox": list(box), "area": box[2] * box[3], "iscrowd": 0}
        for place, box in enumerate(boxes, 1)
    ]
    coco = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "spot"}]}
    return SceneSet("spots", coco, tmp_path)


def finder() -> Finder:
    return Finder("spots", convolutionalize(network()), Channels(("spot",), True), KNOBS)


def test_metrics_are_those_of_a_search_at_once(scenes: SceneSet, monkeypatch: pytest.MonkeyPatch) -> None:
    once = measure(Search(finder(), scenes)).metrics(0.5)
    assert once["AP50"] > 0.5
    monkeypatch.setattr(search_module, "LARGE", 20_000)  # the first is larger, the second is not
    assert measure(Search(finder(), scenes)).metrics(0.5) == pytest.approx(once, abs=1e-5)


def test_a_map_that_is_too_large_keeps_the_best_of_blocks(scenes: SceneSet, monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = Search(finder(), scenes.of(scenes.coco["images"][:1]))
    monkeypatch.setattr(search_module, "LARGE", 20_000)
    monkeypatch.setattr(large, "_CELLS", whole.scores.size // 5)
    (coarse,) = Search(finder(), scenes.of(scenes.coco["images"][:1]))
    by = coarse.geometry.stride[0] // whole.geometry.stride[0]
    assert by == 3
    rows, cols = (np.arange(0, side, by) for side in whole.scores.shape[:2])
    for channel, best in ((0, np.maximum), (1, np.minimum)):
        blocks = best.reduceat(best.reduceat(whole.scores[..., channel], rows, axis=0), cols, axis=1)
        np.testing.assert_allclose(coarse.scores[..., channel], blocks, atol=1e-5)
    assert coarse.geometry.center(0, 0) == tuple(at + 2 for at in whole.geometry.center(0, 0))


def test_a_picture_of_another_size_is_named(scenes: SceneSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "LARGE", 20_000)
    scenes.coco["images"][0]["height"] += 1
    with pytest.raises(InputError, match=r"1\.png: 210x260 pixels where its entry states 211x260"):
        measure(Search(finder(), scenes))
