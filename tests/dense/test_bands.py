"""Images in bands that go on from one another: the whole's numbers, nothing computed twice, less memory."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from dense_networks import L, forked, images_for, plain, rich, weighted
from hypothesis import given
from hypothesis import strategies as st

from fullconv.convert.conversion import convolutionalize
from fullconv.dense.bands import ends_of, lengths_along, turns
from fullconv.dense.densify import densify
from fullconv.dense.plan import plan_of

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize("count", [2, 3, 5, 9, 100])
@pytest.mark.parametrize("stride", [1, 2, (4, 1), 8])
@pytest.mark.parametrize("head", ["window", "cell"])
def test_bands_go_on_from_one_another(head: str, stride: int | tuple[int, int], count: int) -> None:
    conversion = convolutionalize(rich(), head)
    dense = densify(conversion, "dilate", stride)
    images = images_for(conversion, 97, 61, count=2)
    scores, way = dense(images), dense.tiling(97, 61)
    (engine,) = dense._engines.values()
    bands = len(ends_of(engine.plan, 97, count))
    dense._tiling = lambda size, images: replace(way, bands=bands)
    np.testing.assert_allclose(dense(images), scores, atol=1e-6)


@given(st.sampled_from([plain, rich, forked]), st.integers(40, 150), st.data())
def test_no_row_is_made_twice_and_none_is_missing(make: object, height: int, data: st.DataObject) -> None:
    plan = plan_of(convolutionalize(make()), (2, 2))
    ends = sorted(data.draw(st.sets(st.integers(1, height - 1), max_size=12)) | {height})
    lengths = lengths_along(plan, 0, height)
    made, results = dict.fromkeys(lengths, 0), 0
    for band, new in turns(plan, height, ends):
        results += new
        for number, turn in band.items():
            made[number] += turn.new
    assert results == lengths[plan.result] > 0
    assert {number: made[number] for number in band} == {number: lengths[number] for number in band}


def far() -> keras.Model:
    """Stride 16, padded, a cell sees some 250 pixels; wide enough for products to count."""
    image = x = L.Input((64, 64, 3))
    for filters in (16, 24, 32, 48):
        x = L.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
        x = L.Conv2D(filters, 1, activation="relu")(L.DepthwiseConv2D(5, padding="same")(x))
    return weighted(keras.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(x))))


def test_of_a_network_that_sees_far_bands_compute_nothing_anew() -> None:
    conversion = convolutionalize(far())
    whole, limited = densify(conversion, "auto", 16), densify(conversion, "auto", 16, memory=2**24)
    way, at_once = limited.tiling(1500, 1200), whole.tiling(1500, 1200)
    assert (at_once.parts, at_once.bands) == ((1, 1), 1)
    assert (way.engine, way.parts) == ("dilate", (1, 1))
    assert way.bands > 1
    assert way.cost.products == at_once.cost.products
    assert way.cost.peak < 2**24 < at_once.cost.peak
    images = images_for(conversion, 1500, 1200)
    np.testing.assert_allclose(limited(images), whole(images), atol=1e-5)
