"""How large objects of each class are, by their crops."""

import numpy as np
import pytest

from fullconv.data.crops.measures import measures_of


def test_each_class_has_its_own_aspect_and_sizes() -> None:
    labels = np.array([1, 0, 1, 0, 1], np.int32)
    sizes = np.array([(20, 5), (4, 4), (40, 10), (9, 16), (18, 8)], np.float32)
    zero, one = measures_of(labels, sizes, 2)
    assert zero.aspect == pytest.approx((1 + 9 / 16) / 2)
    # √(4·4) = 4 and √(9·16) = 12: two hundredths of the way in from either end.
    assert zero.sizes == pytest.approx((4.16, 8.0, 11.84))
    assert one.aspect == 4.0  # the middle of 4, 4 and 2.25
    # 10, 20 and 12: a fiftieth is 4 % of the way from the least to the next.
    assert one.sizes == pytest.approx((10.08, 12.0, 19.68))


def test_a_single_crop_is_of_one_size() -> None:
    (only,) = measures_of(np.zeros(1, np.int32), np.array([(30, 20)], np.float32), 1)
    assert only.aspect == pytest.approx(1.5)
    assert only.sizes == pytest.approx((np.sqrt(600),) * 3)


def test_a_few_strange_sizes_do_not_widen_the_range() -> None:
    sizes = np.full((200, 2), 30, np.float32)
    sizes[:2], sizes[2:4] = 3, 900
    (one,) = measures_of(np.zeros(200, np.int32), sizes, 1)
    assert one.sizes == pytest.approx((30, 30, 30))
