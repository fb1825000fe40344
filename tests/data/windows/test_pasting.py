"""Windows of crops: what stands where, of which size, on which ground, and what was found in scenes."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.config.schema import BackgroundConfig, GroundsConfig
from fullconv.data.crops.balance import drawn_as_often
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import SHARE
from fullconv.data.windows import pasting
from fullconv.data.windows.blends import soft_masks
from fullconv.data.windows.crop_grounds import CropGrounds
from fullconv.data.windows.labelled import labels_at
from fullconv.data.windows.parts import Finding, Part
from fullconv.data.windows.pasting import CropSource
from fullconv.data.windows.scene_windows import FRAME
from fullconv.data.windows.windows import apart

CALM = BackgroundConfig(
    windows=200,
    share=0.0,
    empty=0.5,
    reach=1.0,
    sizes=[0.5, 2.0],
    place=1.0,
    size=0.1,
    place_tolerance=2.0,
    size_tolerance=0.2,
    grounds=GroundsConfig(plain=0, nothing=1),
)
WINDOW = 40


def crops_of(red: int, blue: int, **known: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32], Any, Crops]:
    """Return plain red crops of 20×20 pixels and blue ones of 60×30, on a green picture of nothing."""
    images = np.zeros((red + blue, 24, 24, 3), np.uint8)
    images[:red, ..., 0] = 255
    images[red:, ..., 2] = 255
    sizes = np.array([(20, 20)] * red + [(60, 30)] * blue, np.float32)
    green = np.zeros((300, 300, 3), np.uint8)
    green[..., 1] = 255
    labels = np.array([0] * red + [1] * blue, np.int32)
    return images, labels, sizes, Crops(("red", "blue"), sizes, sizes, nothing=(green,), **known)


def source_of(
    config: BackgroundConfig = CALM, red: int = 6, blue: int = 2, balance: float = 0.0, **known: Any
) -> CropSource:
    images, labels, sizes, crops = crops_of(red, blue, **known)
    return CropSource(images, labels, sizes, crops, config, WINDOW, [1.0, 2.0], balance)


def ink(windows: npt.NDArray[np.uint8], label: int) -> npt.NDArray[np.float64]:
    """Return how much of each pixel (N, H, W) of windows is the object's colour."""
    colour = windows[..., 0 if label == 0 else 2].astype(np.float64)
    return np.clip((colour - windows[..., 1]) / 255, 0, 1)


def test_windows_depend_on_the_seed_alone_and_not_on_how_many_are_drawn_together() -> None:
    one, two = source_of(), source_of()
    first, second = one.draw(700, [1, 2]), two.draw(700, [1, 2])
    np.testing.assert_array_equal(first.images, second.images)
    assert not np.array_equal(first.images, one.draw(700, [1, 3]).images)
    assert first.images.shape == (700, WINDOW, WINDOW, 3)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crops are laid whole, and in the light that they have: what is seen can be measured."""
    monkeypatch.setattr(pasting, "soft_masks", lambda count, side, *_: np.ones((count, side, side, 1), np.float32))
    monkeypatch.setattr(pasting, "relit", lambda canvas, *_: canvas)


def seen_in(windows: npt.NDArray[np.uint8], label: int) -> npt.NDArray[np.float64]:
    """Return where objects of a colour are seen: middles from the window's and spans, `y, x, height, width` (N, 4).

    NaN where one has taken on the colour of its ground: plain as it is, nothing is left of it.
    """
    found = []
    for colour in ink(windows, label):
        one = colour > max(0.15, colour.max() / 2)
        if not one.any():
            found.append((np.nan,) * 4)
            continue
        rows, columns = np.nonzero(one)
        middle = (one.shape[0] - 1) / 2
        found.append((rows.mean() - middle, columns.mean() - middle, np.ptp(rows) + 1, np.ptp(columns) + 1))
    return np.array(found)


@pytest.mark.usefixtures("whole")
def test_an_object_in_its_place_measures_three_fifths_of_the_window_in_its_own_shape() -> None:
    drawn = source_of(replace(CALM, place=0.0, size=0.0)).draw(60, [0])
    assert drawn.certainty is not None
    assert drawn.certainty.min() == 1
    tall = drawn.labels == 1
    side, high = SHARE * WINDOW, SHARE * WINDOW * np.sqrt(2)
    # Blue crops are twice as high as wide, and of the same area.
    for label, shape in ((0, (side, side)), (1, (high, high / 2))):
        seen = seen_in(drawn.images[tall == label], label)
        seen = seen[np.isfinite(seen[:, 0])]
        assert len(seen) > 5
        assert seen == pytest.approx(np.array([[0, 0, *shape]] * len(seen)), abs=2)


@pytest.mark.usefixtures("whole")
def test_certainty_is_a_bell_in_place_and_size_as_they_are_seen() -> None:
    drawn = source_of(replace(CALM, place=2.0, size=0.2)).draw(300, [4])
    assert drawn.certainty is not None
    red = (drawn.labels == 0) & (drawn.certainty > 0.05)
    seen = seen_in(drawn.images[red], 0)
    visible = np.isfinite(seen[:, 0])
    assert visible.sum() > 50
    y, x, high, wide = seen[visible].T
    unit = SHARE * WINDOW / FRAME
    off = (y**2 + x**2) / (CALM.place_tolerance * unit) ** 2
    off += (np.log(np.sqrt(high * wide) / (SHARE * WINDOW)) / CALM.size_tolerance) ** 2
    certainty = drawn.certainty[red][visible]
    # Measured to about half a pixel in place and one in size: where the bell is steepest that is .2.
    assert np.abs(certainty - np.exp(-off / 2)).max() < 0.25
    assert np.abs(certainty - np.exp(-off / 2)).mean() < 0.06
    assert certainty.min() < 0.3 < 0.9 < certainty.max()


def test_windows_without_an_object_are_the_background_s() -> None:
    drawn = source_of(replace(CALM, share=1.0, empty=1.0)).draw(50, [4])
    assert drawn.certainty is not None
    assert not drawn.certainty.any()
    assert apart(drawn).all()


def test_held_out_crops_are_drawn_over_the_same_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of()
    monkeypatch.setattr(pasting, "Part", None)
    images, labels, sizes, _ = crops_of(3, 1)
    drawn = source.of_others(images, labels, sizes).draw(40, [1])
    assert drawn.images.shape == (40, WINDOW, WINDOW, 3)
    assert set(drawn.labels) <= {0, 1}


def test_rare_classes_are_drawn_as_often_as_asked() -> None:
    labels = source_of(red=90, blue=10, balance=1.0).draw(1000, [0]).labels
    assert np.bincount(labels) / 1000 == pytest.approx([0.5, 0.5], abs=0.06)
    assert drawn_as_often(np.array([0, 0, 0, 1], np.int32), 0.0) == pytest.approx([0.25] * 4)
    assert drawn_as_often(np.array([0, 0, 0, 1], np.int32), 1.0) == pytest.approx([1 / 6] * 3 + [1 / 2])


def test_neighbours_have_their_size_beside_the_object_as_in_scenes() -> None:
    # A red object of 20 pixels beside a blue one of 42: twice as large on the window.
    config = replace(CALM, place=0.0, size=0.0, neighbours=1, company=1.0)
    drawn = source_of(config, red=200, blue=200).draw(300, [2])
    beside = ink(drawn.images[drawn.labels == 0], 1).sum(axis=(1, 2))
    own = ink(drawn.images[drawn.labels == 1], 0).sum(axis=(1, 2))
    assert np.median(beside[beside > 20]) > 1.5 * np.median(own[own > 20])


def test_what_was_found_in_scenes_labels_their_windows() -> None:
    scene = np.zeros((200, 200, 3), np.uint8)
    scene[80:120, 80:120, 0] = 255
    # What is laid is nothing: what is sure is of the scene.
    config = replace(CALM, grounds=GroundsConfig(plain=0, scene=1), share=1.0, empty=1.0)
    source = source_of(config, scenes=(scene,))
    source.learn({0: [Finding(0, 100.0, 100.0, 40.0, 0.9)]})
    drawn = source.draw(500, [7])
    assert drawn.certainty is not None
    seen = drawn.certainty > 0.8
    assert seen.sum() > 20
    assert (drawn.labels[seen] == 0).all()
    # Where a window is surely of the object, the object fills three fifths of it.
    red = ink(drawn.images[seen], 0).mean(axis=(1, 2))
    assert red == pytest.approx(SHARE**2, abs=0.15)


def test_sure_findings_label_and_unsure_ones_leave_it_open() -> None:
    sure, unsure = Finding(3, 50.0, 50.0, 20.0, 0.95), Finding(1, 90.0, 90.0, 20.0, 0.4)
    assert labels_at([sure, unsure], 50, 50, 20, 0.1, 0.2) == (3, 1.0, True)
    label, certainty, known = labels_at([sure, unsure], 50, 52, 20, 0.1, 0.2)
    assert (label, known) == (3, True)
    assert certainty == pytest.approx(np.exp(-0.5))
    assert labels_at([sure, unsure], 90, 90, 20, 0.1, 0.2)[1:] == (pytest.approx(0, abs=1e-9), False)
    assert labels_at([sure, unsure], 20, 20, 20, 0.1, 0.2)[1:] == (pytest.approx(0, abs=1e-9), True)
    assert labels_at([], 0, 0, 10, 0.1, 0.2) == (0, 0.0, True)


@settings(max_examples=40)
@given(
    st.integers(12, 60),
    st.integers(12, 60),
    st.floats(-20, 80),
    st.floats(-20, 80),
    st.floats(4, 120),
    st.integers(0, 9),
)
def test_a_part_is_what_lies_there_and_beyond_the_picture_its_edge(
    height: int, width: int, y: float, x: float, side: float, seed: int
) -> None:
    picture = np.tile(np.arange(width, dtype=np.uint8) * 4, (height, 1))[..., np.newaxis]
    y, x = min(max(y, 0), height), min(max(x, 0), width)
    cut = Part([picture], 16, 1).cut(0, y, x, side)
    assert cut.shape == (16, 16, 1)
    wanted = np.clip(x - side / 2 + (np.arange(16) + 0.5) * side / 16 - 0.5, 0, width - 1) * 4
    # Pixels of the picture to one of the window, either way: antialiasing at the border, whole pixels, halves.
    assert np.abs(cut[8, :, 0] - wanted).max() <= 4 * (1.5 * max(1.0, side / 16) + 1)


@given(st.integers(16, 40), st.floats(0, 1), st.integers(0, 99))
def test_masks_hold_the_middle_whole_and_lie_within_0_to_1(side: int, margin: float, seed: int) -> None:
    masks = soft_masks(20, side, margin, np.random.default_rng(seed))
    assert masks.shape == (20, side, side, 1)
    assert masks.min() >= 0
    assert masks.max() <= 1
    middle = masks[:, side // 2, side // 2, 0]
    assert (middle > 0.6).all()


@pytest.mark.parametrize(("kind", "grainy"), [("plain", False), ("dim", True)])
def test_borders_of_crops_are_plain_or_have_grain(kind: str, grainy: bool) -> None:
    images, *_ = crops_of(4, 0)
    parts = Part((), WINDOW, 3), Part((), WINDOW, 3)
    config = GroundsConfig(**{"plain": 0.0, kind: 1.0})
    grounds = CropGrounds(images, np.full(4, 60.0), config, *parts, unscaled=True).of(
        np.arange(4), np.random.default_rng(0)
    )
    assert (np.ptp(grounds, axis=(1, 2)).max() > 0) == grainy
    assert grounds.mean(axis=(0, 1, 2)) == pytest.approx([255, 0, 0], abs=0.5)
