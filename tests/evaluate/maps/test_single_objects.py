"""MaxBoxAccV2 and PxAP against thresholds tried one by one; how a map is drawn on pixels; masks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.evaluate.maps.drawn import drawn, object_pixels
from fullconv.evaluate.maps.single_objects import SingleObjects, best_overlaps
from fullconv.evaluate.meter import Meter


def overlap(left: int, top: int, right: int, bottom: int, box: Any) -> float:
    wide = max(0.0, min(right, box[0] + box[2]) - max(left, box[0]))
    high = max(0.0, min(bottom, box[1] + box[3]) - max(top, box[1]))
    return float(wide * high / ((right - left) * (bottom - top) + box[2] * box[3] - wide * high))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    height=st.integers(2, 24),
    width=st.integers(2, 24),
    smooth=st.sampled_from([0.0, 1.0, 3.0]),
)
def test_components_at_every_level(seed: int, height: int, width: int, smooth: float) -> None:
    rng = np.random.default_rng(seed)
    pixels = ndimage.gaussian_filter(rng.random((height, width)), smooth)
    pixels = (pixels - pixels.min()) / max(float(np.ptp(pixels)), 1e-9)
    box = np.array([width * 0.2, height * 0.3, width * 0.5, height * 0.4])
    expected = np.zeros(255)
    for level in range(255):
        labels, _ = ndimage.label((pixels * 255).astype(np.uint8) > level, np.ones((3, 3)))
        for rows, cols in ndimage.find_objects(labels):
            value = overlap(cols.start, rows.start, cols.stop, rows.stop, box)
            expected[level] = max(expected[level], value)
    np.testing.assert_allclose(best_overlaps(pixels, box), expected, atol=1e-12)


def test_a_flat_map_has_no_component() -> None:
    assert not best_overlaps(np.zeros((5, 5)), np.array([0.0, 0.0, 5.0, 5.0])).any()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), images=st.integers(1, 4))
def test_pixel_precision_at_every_threshold(seed: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.choice(np.arange(0, 1.001, 0.125), (images, 9, 7))
    inside = rng.random((images, 9, 7)) < 0.3
    inside[0, 0, 0] = True
    single = SingleObjects()
    for pixels, flags in zip(maps, inside, strict=True):
        single.add(pixels, np.array([1.0, 1.0, 4.0, 4.0]), flags)
    expected, before = 0.0, 0.0
    for threshold in np.arange(1, -0.001, -0.125):
        kept = maps >= threshold
        recall = (kept & inside).sum() / inside.sum()
        if kept.any():
            expected += (recall - before) * (kept & inside).sum() / kept.sum()
        before = recall
    assert single.metrics()["px_ap"] == pytest.approx(expected)


def test_a_map_is_drawn_at_its_windows_centres() -> None:
    """A plane is linear between the cells, and the first and last cells are repeated beyond."""
    geometry = Geometry((6, 4), (3, 2), (0, 0))
    rows, cols = np.mgrid[:5, :7]
    pixels = drawn((3.0 * rows + 2 * 2 * cols).astype(np.float32), geometry, (18, 16))
    y = np.clip(np.arange(18) + 0.5, 3, 15)[:, None]
    x = np.clip(np.arange(16) + 0.5, 2, 14)[None]
    plane = y + 2 * x
    np.testing.assert_allclose(pixels, (plane - plane.min()) / np.ptp(plane), atol=1e-6)
    assert drawn(np.zeros((1, 1), np.float32), geometry, (18, 16)).max() == 0


def lone(segmentation: Any = None, size: tuple[int, int] | None = (8, 8), box: Any = (2, 2, 4, 4)) -> dict[str, Any]:
    extent = {} if size is None else {"height": size[0], "width": size[1]}
    shape = {} if segmentation is None else {"segmentation": segmentation}
    return {
        "images": [{"id": 1, **extent}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": list(box), **shape}],
        "categories": [{"id": 1, "name": "a"}],
    }


def measured(coco: dict[str, Any], layer: Any) -> Any:
    meter = Meter(coco, {1: 0}, background=None)
    stride = 1 if layer.shape[0] <= 8 else 2
    meter.add(1, layer[..., None].astype(np.float32), Geometry((stride, stride), (stride, stride), (0, 0)), [])
    return meter.metrics(0.5)


SQUARE = [[2, 2, 6, 2, 6, 6, 2, 6]]


def test_a_mask_is_read_in_every_form() -> None:
    from faster_coco_eval import mask

    flags = np.zeros((8, 8), np.uint8)
    flags[2:6, 2:6] = 1
    long = {"size": [8, 8], "counts": [18, 4, 4, 4, 4, 4, 4, 4, 18]}
    for form in (SQUARE, long, mask.encode(np.asfortranarray(flags))):
        box = np.array([0.0, 0.0, 8.0, 8.0])
        np.testing.assert_array_equal(object_pixels(box, form, (8, 8), "annotation"), flags.astype(bool))
        assert measured(lone(form, box=(0, 0, 8, 8)), flags.astype(float))["px_ap"] == 1.0
    np.testing.assert_array_equal(object_pixels(np.array([2.0, 2.0, 4.0, 4.0]), None, (8, 8), ""), flags.astype(bool))


@pytest.mark.parametrize("size", [(8, 8), None])
def test_a_perfect_map(size: tuple[int, int] | None) -> None:
    layer = np.zeros((8, 8))
    layer[2:6, 2:6] = 1
    metrics = measured(lone(size=size), layer)
    assert (metrics["max_box_acc_v2"], metrics["px_ap"]) == (1.0, 1.0)


def test_long_images_are_measured_on_a_smaller_grid() -> None:
    layer = np.zeros((448, 448))
    layer[100:200, 200:300] = 1
    metrics = measured(lone(size=(896, 896), box=(400, 200, 200, 200)), layer)
    assert metrics["max_box_acc_v2"] == 1.0
    assert metrics["px_ap"] > 0.99


def test_an_image_that_was_not_searched_is_wrong() -> None:
    for size in ((8, 8), None):
        meter = Meter(lone(size=size), {1: 0}, background=None)
        meter.add(1, None, None, [])
        metrics = meter.metrics(0.5)
        assert (metrics["max_box_acc_v2"], metrics["px_ap"]) == (0.0, 0.25 if size else -1.0)


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ({"size": [4, 4], "counts": [16]}, "a mask of size"),
        ({"size": [8, 8], "counts": 7}, "cannot be read"),
        ([["a"]], "cannot be read"),
        ("no mask", "cannot be read"),
    ],
)
def test_masks_that_are_refused(segmentation: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"annotation of image 1.*{message}"):
        measured(lone(segmentation), np.ones((8, 8)))
