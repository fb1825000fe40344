"""Background images: their values, their label, their place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.config.schema import BackgroundConfig
from fullconv.data.arrays import Arrays
from fullconv.data.windows.backgrounds import background_images, with_background
from fullconv.errors import InputError


@given(low=st.integers(0, 255), span=st.integers(0, 255), seed=st.integers(0, 2**40), count=st.integers(0, 5))
def test_values_stay_in_range(low: int, span: int, seed: int, count: int) -> None:
    high = min(255, low + span)
    images = background_images(count, (3, 4, 2), low, high, seed)
    assert images.shape == (count, 3, 4, 2)
    assert images.dtype == np.uint8
    assert ((images >= low) & (images <= high)).all()
    np.testing.assert_array_equal(images, background_images(count, (3, 4, 2), low, high, seed))


def test_both_ends_are_drawn_evenly() -> None:
    share = np.bincount(background_images(100, (10, 10, 1), 0, 4, 0).ravel()) / 10_000
    np.testing.assert_allclose(share, 0.2, atol=0.02)


def test_appended_with_the_next_label(arrays: Arrays) -> None:
    more = with_background(arrays, BackgroundConfig(train=7, test=2, low=0, high=4), 3, seed=1)
    np.testing.assert_array_equal(more.train_images[:30], arrays.train_images)
    np.testing.assert_array_equal(more.test_labels[:20], arrays.test_labels)
    assert more.train_labels[30:].tolist() == [3] * 7
    assert more.test_labels[20:].tolist() == [3] * 2
    assert more.train_images[30:].max() <= 4
    assert not np.array_equal(more.train_images[30:32], more.test_images[20:])
    assert more.train_labels.dtype == np.int32


def test_none_is_a_no_op(arrays: Arrays) -> None:
    assert with_background(arrays, BackgroundConfig(), 3, seed=1) is arrays


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (BackgroundConfig(train=-1), r"background\.train, background\.test: -1 and 0"),
        (BackgroundConfig(train=1, test=-1), "1 and -1"),
        (BackgroundConfig(train=1), r"background\.test: 0 beside background\.train=1"),
        (BackgroundConfig(train=1, test=1, low=5, high=4), r"background\.low, background\.high: 5\.\.4"),
        (BackgroundConfig(train=1, test=1, high=256), r"0\.\.256"),
        (BackgroundConfig(train=1, test=1, low=-1), r"-1\.\.0"),
    ],
)
def test_bad_counts_and_values_are_named(arrays: Arrays, config: BackgroundConfig, says: str) -> None:
    with pytest.raises(InputError, match=says):
        with_background(arrays, config, 3, seed=1)


def test_bad_count_and_seed() -> None:
    with pytest.raises(InputError, match="-1 images"):
        background_images(-1, (2, 2, 1), 0, 1, 0)
    with pytest.raises(InputError, match="seed: -3"):
        background_images(1, (2, 2, 1), 0, 1, -3)
