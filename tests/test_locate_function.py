"""`fullconv.locate`: arrays, files and opened images of any size, by a conversion."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import fullconv
from fullconv.finders import locating

pytestmark = pytest.mark.numeric

WINDOW = 16


@pytest.fixture(scope="module")
def spots() -> Any:
    """Return a conversion that scores bright spots."""
    convolution = keras.layers.Conv2D(2, WINDOW, strides=4)
    model = keras.Sequential(
        [keras.Input((WINDOW, WINDOW, 3)), convolution, keras.layers.Flatten(), keras.layers.Activation("softmax")]
    )
    away = np.hypot(*(np.mgrid[:WINDOW, :WINDOW] + 0.5 - WINDOW / 2))
    kernel = np.zeros((WINDOW, WINDOW, 3, 2), np.float32)
    kernel[..., 0] = np.where(away <= WINDOW / 4, 0.04, -0.02)[..., None]
    convolution.set_weights([kernel, np.array([-3.5, 0], np.float32)])
    return fullconv.convolutionalize(model)


def picture(height: int, width: int, *centres: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[:height, :width] + 0.5
    near = np.min([np.hypot(y - row, x - col) for row, col in centres], axis=0)
    return np.repeat(np.clip(4.5 - near, 0, 1)[..., None], 3, axis=-1).astype(np.float32)


KNOBS: dict[str, Any] = {"sizes": [12, 24], "stride": 2, "floor": 0.3}


def test_an_array_a_file_and_an_opened_image_give_the_same(spots: Any, tmp_path: Path) -> None:
    image = picture(90, 120, (30, 40), (60, 90))
    np.save(tmp_path / "image.npy", image)
    found = fullconv.locate(spots, image, classes=["spot", "background"], **KNOBS)  # type: ignore[operator]
    centres = [(one["bbox"][1] + one["bbox"][3] / 2, one["bbox"][0] + one["bbox"][2] / 2) for one in found[:2]]
    assert sorted(centres) == [pytest.approx((30, 40), abs=1), pytest.approx((60, 90), abs=1)]
    assert {one["category_id"] for one in found} == {1}
    for other in (tmp_path / "image.npy", fullconv.open_image(tmp_path / "image.npy")):
        assert fullconv.locate(spots, other, classes=["spot", "background"], **KNOBS) == found  # type: ignore[operator]


def test_a_large_image_is_searched_in_tiles_with_the_same_result(spots: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    centres = [(20 + 60 * row, 30 + 50 * col) for row in range(9) for col in range(12)]
    image = picture(560, 640, *centres)
    whole = fullconv.locate(spots, image, classes=["spot", "background"], **KNOBS)  # type: ignore[operator]
    assert len([one for one in whole if one["score"] > 0.5]) >= len(centres)
    monkeypatch.setattr(locating, "LARGE", 1000)
    tiled = fullconv.locate(spots, image, classes=["spot", "background"], **KNOBS)  # type: ignore[operator]
    assert [one["bbox"] for one in tiled] == [pytest.approx(one["bbox"], abs=1e-3) for one in whole]


def test_what_it_cannot_use_is_named(spots: Any) -> None:
    with pytest.raises(fullconv.InputError, match=r"^what: received int\. Give a finder's folder"):
        fullconv.locate(3, np.zeros((20, 20, 3)))  # type: ignore[operator]
    with pytest.raises(fullconv.InputError, match=r"^locate\.size: no such knob\. There are .*sizes"):
        fullconv.locate(spots, np.zeros((20, 20, 3)), size=3)  # type: ignore[operator]


def test_regions_of_a_large_image_are_searched_reduced(spots: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(100, 125, (30, 40)).repeat(4, axis=0).repeat(4, axis=1)
    knobs: dict[str, Any] = {"classes": ["spot", "other"], "background": "none", "read": "regions", "levels": [100]}
    (once,) = fullconv.locate(spots, image, **knobs)  # type: ignore[operator]
    monkeypatch.setattr(locating, "LARGE", 1000)
    (reduced,) = fullconv.locate(spots, image, **knobs)  # type: ignore[operator]
    assert reduced["bbox"] == pytest.approx(once["bbox"], abs=4)
    assert (reduced["category_id"], reduced["score"]) == (once["category_id"], pytest.approx(once["score"], abs=1e-3))
