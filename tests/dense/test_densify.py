"""The public function: shapes, strides, memory, kinds of networks, and what it refuses."""

import keras
import numpy as np
import pytest
from dense_networks import L, forked, images_for, plain, rich, weighted

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.rules.registry import only, rule
from fullconv.dense.choice import batch_of
from fullconv.dense.densify import ENGINES, densify
from fullconv.dense.fold import folded
from fullconv.dense.plan import plan_of
from fullconv.errors import InputError
from fullconv.locate.levels.scores import score_map

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize("engine", ["auto", *ENGINES])
def test_shapes_and_geometry_at_a_divisor_of_the_stride(engine: str) -> None:
    conversion = convolutionalize(plain())
    dense = densify(conversion, engine, stride=(2, 1))
    scores = dense(images_for(conversion, 31, 40, count=2))
    assert scores.shape == (2, 5, 17, 3)
    assert scores.dtype == np.float32
    assert dense.geometry.box(2, 3) == (3, 4, 24, 22)
    assert dense.engine in ENGINES
    assert engine in ("auto", dense.engine)


def test_an_image_of_the_windows_size_gives_the_classifier() -> None:
    for classifier in (plain(), rich(), forked()):
        conversion = convolutionalize(classifier)
        images = images_for(conversion, *conversion.window, count=3)
        for engine in ENGINES:
            scores = densify(conversion, engine)(images)
            assert scores.shape[:3] == (3, 1, 1)
            np.testing.assert_allclose(scores[:, 0, 0], np.asarray(classifier(images)), atol=1e-6)


@pytest.mark.parametrize("stride", [1, (2, 1), (3, 4), (6, 4)])
def test_branches_may_divide_a_stride_into_other_factors(stride: int | tuple[int, int]) -> None:
    conversion = convolutionalize(forked())
    images = images_for(conversion, 41, 45)
    expected = densify(conversion, "stitch", stride)(images)
    for engine in ("dilate", "fragment"):
        np.testing.assert_allclose(densify(conversion, engine, stride)(images), expected, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("make", "head"), [(plain, "window"), (rich, "window"), (rich, "cell")])
def test_parts_within_a_memory_limit_give_the_same_map(make: object, head: str, engine: str) -> None:
    conversion = convolutionalize(make(), head)
    images = images_for(conversion, 150, 131)
    whole = densify(conversion, engine, 2)
    scores, way = whole(images), whole.tiling(150, 131)
    assert way.parts == (1, 1)
    parts = densify(conversion, engine, 2, memory=int(scores.nbytes + 0.9 * way.cost.peak))
    fewer = parts.tiling(150, 131)
    assert (fewer.parts, fewer.bands) != ((1, 1), 1)
    np.testing.assert_allclose(parts(images), scores, atol=1e-6)


def test_an_inner_pool_and_padding_agree_away_from_the_border() -> None:
    conversion = convolutionalize(rich())
    field = conversion.receptive_field
    images = images_for(conversion, field.window[0] + 25, field.window[1] + 22)
    maps = [densify(conversion, engine)(images) for engine in ENGINES]
    inside = [
        slice(-field.offset[axis] + 8, images.shape[1 + axis] - field.window[axis] - field.offset[axis] + 1)
        for axis in (0, 1)
    ]
    for scores in maps[1:]:
        cut = scores[:, inside[0], inside[1]]
        assert cut.size
        np.testing.assert_allclose(cut, maps[0][:, inside[0], inside[1]], atol=1e-5)
        np.testing.assert_allclose(scores, maps[1], atol=1e-5)
        coarse = conversion.forward(images)
        np.testing.assert_allclose(scores[:, ::8, ::8], coarse, atol=1e-5)


def test_head_cell_is_as_dense_and_has_a_cell_for_every_pixel() -> None:
    conversion = convolutionalize(rich(), head="cell")
    images = images_for(conversion, 60, 61)
    assert conversion.forward(images).shape[1:3] == (8, 8)
    for engine in ENGINES:
        scores = densify(conversion, engine)(images)
        assert scores.shape[1:3] == (60, 61)
        np.testing.assert_allclose(scores[:, ::8, ::8], conversion.forward(images), atol=1e-5)


def test_half_precision_networks_agree_roughly() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        classifier = plain()
    finally:
        keras.config.set_dtype_policy("float32")
    conversion = convolutionalize(classifier)
    images = images_for(conversion, 30, 33)
    expected = densify(conversion, "stitch")(images)
    for engine in ("dilate", "fragment"):
        np.testing.assert_allclose(densify(conversion, engine)(images), expected, atol=0.03)


def test_whole_numbers_are_bytes_and_none_hands_images_on() -> None:
    conversion = convolutionalize(plain())
    pixels = np.random.default_rng(0).integers(0, 256, (1, 30, 30, 2), np.uint8)
    plainly, as_they_are = densify(conversion), densify(conversion, pixels=None)
    np.testing.assert_array_equal(plainly(pixels), plainly(pixels / np.float32(255)))
    np.testing.assert_array_equal(as_they_are(pixels), as_they_are(pixels.astype(np.float32)))
    assert np.abs(as_they_are(pixels) - plainly(pixels)).max() > 0.01
    real = pixels.astype(np.float32)
    np.testing.assert_array_equal(plainly(real), as_they_are(real))
    with pytest.raises(InputError, match=r"^images: pixel values from .* whatever the network reads: pixels=RANGE"):
        densify(conversion, pixels="0..1")(real)


@pytest.mark.parametrize("wanted", ["auto", "0..255"])
def test_dense_maps_and_score_maps_take_the_same_range(wanted: str) -> None:
    """Cases of others: a network that rescales by itself was told to be given 0..1, where it sees black."""
    image, network = L.Input((22, 24, 2)), plain()
    rescaled = keras.Model(image, network(L.Rescaling(1 / 255)(image)))
    conversion, itself = convolutionalize(rescaled if wanted == "auto" else network), convolutionalize(network)
    images = np.random.default_rng(0).random((1, 30, 30, 2), np.float32)
    expected = itself.forward(images if wanted == "auto" else images * 255)
    np.testing.assert_allclose(score_map(conversion, images, pixels=wanted), expected, atol=1e-5)
    dense = densify(conversion, stride=itself.geometry.stride, pixels=wanted)(images)
    np.testing.assert_allclose(dense, expected, atol=1e-5)
    with pytest.raises(InputError, match=r"^pixels: received '0-1'"):
        densify(conversion, pixels="0-1")
    with pytest.raises(InputError, match=r"^pixels: received '0-1'"):
        score_map(conversion, images, pixels="0-1")


def test_normalizations_go_into_convolutions() -> None:
    conversion = convolutionalize(rich())
    plan = plan_of(conversion, (1, 1))
    names = [type(step.operation.layer).__name__ for step in folded(plan).steps]
    assert "BatchNormalization" in [type(step.operation.layer).__name__ for step in plan.steps]
    assert "BatchNormalization" not in names


def test_the_choice_is_the_same_twice_and_quicker_than_stitching() -> None:
    conversion = convolutionalize(plain())
    ways = [densify(conversion).tiling(300, 300) for _ in range(2)]
    assert ways[0] == ways[1]
    assert ways[0].engine in ("dilate", "fragment")
    assert ways[0].cost.seconds < densify(conversion, "stitch").tiling(300, 300).cost.seconds
    assert densify(conversion, stride=4).tiling(300, 300).cost.products == pytest.approx(
        densify(conversion, "stitch", 4).tiling(300, 300).cost.products
    )


def test_one_column_at_unequal_strides_is_computed_right() -> None:
    # TensorFlow's own convolution is not, with oneDNN and one channel.
    image = L.Input((1, 2, 1))
    layer = L.Conv2D(1, (1, 2), strides=(1, 2))
    conversion = convolutionalize(weighted(keras.Model(image, L.Flatten()(layer(image)))))
    pixels = images_for(conversion, 2, 3)
    kernel, bias = (np.asarray(weight) for weight in layer.weights)
    expected = pixels[:, :, :1] * kernel[0, 0, 0, 0] + pixels[:, :, 1:2] * kernel[0, 1, 0, 0] + bias
    for engine in ("dilate", "fragment"):
        np.testing.assert_allclose(densify(conversion, engine, (1, 2))(pixels), expected, atol=1e-6)


class Doubled(keras.layers.Layer):
    """A layer of one's own, which computes each cell alone."""

    def call(self, inputs: object) -> object:
        return inputs * 2


@rule(Doubled)
def doubled(rewrite: object, layer: object, values: list) -> object:
    value = only(layer, values)
    return value.with_tensor(rewrite.call(layer, Doubled, layer.get_config(), [], value.tensor))


def test_a_layer_of_ones_own_leaves_stitching() -> None:
    image = L.Input((8, 8, 1))
    x = L.Flatten()(Doubled(name="mine")(L.Conv2D(2, 3, strides=2)(image)))
    conversion = convolutionalize(weighted(keras.Model(image, L.Dense(2)(x))))
    with pytest.raises(InputError, match=r"layer 'mine': Doubled: how far it reaches is not known"):
        densify(conversion, "dilate")
    dense = densify(conversion)
    assert dense.engine == "stitch"
    images = images_for(conversion, 12, 11)
    np.testing.assert_allclose(dense(images)[:, ::2, ::2], conversion.forward(images), atol=1e-6)
    assert dense.tiling(12, 11).parts == (1, 1)
    # What it takes is known about, enough to compute large images in parts.
    large = images_for(conversion, 90, 70)
    little = dense.within(20_000)
    assert little.tiling(90, 70).parts != (1, 1)
    np.testing.assert_allclose(little(large), dense(large), atol=1e-6)
    window = images_for(conversion, 8, 8, count=2)
    np.testing.assert_allclose(dense(window), conversion.forward(window), atol=1e-6)
    with pytest.raises(InputError, match="memory"):
        densify(conversion, memory=10**9)(images)


def test_a_batch_stays_within_the_limit_too() -> None:
    conversion = convolutionalize(plain())
    way = densify(conversion, "dilate").tiling(40, 40)
    assert way.parts == (1, 1)
    assert batch_of(way, 10, 1e9) == 10
    assert batch_of(way, 10, 3 * 1.25 * way.cost.peak) == 3
    assert batch_of(way, 10, way.cost.peak) == 1


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"engine": "fast"}, "engine"),
        ({"stride": 3}, "stride"),
        ({"stride": 0}, "stride"),
        ({"stride": (1, 2, 4)}, "stride"),
        ({"stride": 1.5}, "stride"),
        ({"memory": 0}, "memory"),
        ({"memory": "1 GB"}, "memory"),
    ],
)
def test_refuses_options(options: dict, where: str) -> None:
    with pytest.raises(InputError) as caught:
        densify(convolutionalize(plain()), **options)
    assert str(caught.value).startswith(where)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((30, 30, 2)),
        np.zeros((1, 30, 30, 3)),
        np.zeros((1, 21, 30, 2)),
        np.full((1, 30, 30, 2), np.nan),
        np.full((1, 30, 30, 2), "a"),
        [[[1.0, 2.0], [1.0]]],
    ],
)
def test_refuses_images(images: object) -> None:
    with pytest.raises(InputError, match=r"^images"):
        densify(convolutionalize(plain()))(images)


def test_refuses_a_limit_that_cannot_be_kept() -> None:
    dense = densify(convolutionalize(plain()), memory=10_000)
    with pytest.raises(InputError, match=r"memory: .*stride="):
        dense(np.zeros((1, 40, 40, 2), np.float32))
