"""Peaks read off a classifier whose answer is known: is there a bright square in the middle?"""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.errors import InputError
from fullconv.locate.channels import Channels
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import Finder, Sought
from fullconv.locate.levels.scores import score_map
from fullconv.locate.peaks.reader import PeakReader

pytestmark = pytest.mark.numeric

WINDOW = 12


def squares(stride: int = 2, classes: str = "background", activation: str = "softmax") -> Conversion:
    """Return a conversion that asks for a bright square, a third of the window, in its middle.

    Classes are `background` (square, ground), `two` (the same, with no name for the ground) or `one` (sigmoid).
    """
    count = {"background": 2, "two": 2, "one": 1}[classes]
    convolution = keras.layers.Conv2D(count, WINDOW, strides=stride)
    model = keras.Sequential(
        [
            keras.Input((WINDOW, WINDOW, 1)),
            convolution,
            keras.layers.Flatten(),
            keras.layers.Activation("sigmoid" if classes == "one" else activation),
        ]
    )
    kernel = np.full((WINDOW, WINDOW, 1, count), 0.0, np.float32)
    kernel[..., 0] = -0.6
    kernel[4:8, 4:8, :, 0] = 0.9
    bias = np.full(count, 0.0, np.float32)
    bias[0] = -3.0
    convolution.set_weights([kernel, bias])
    return convolutionalize(model)


def knobs(**changes: Any) -> LocateConfig:
    """Return the knobs of a search at one scale, but for `changes`."""
    return LocateConfig(
        **{
            "floor": 0.05,
            "overlap": 0.5,
            "sizes": [],
            "spacing": 1.19,
            "border": 0.2,
            "engine": "auto",
            "fuse": "max",
            "box": "window",
            "batch_size": 2,
            **changes,
        }
    )


def peaks(
    conversion: Conversion, config: LocateConfig, background: int | None = None, box: str = "window"
) -> PeakReader:
    """Return the reader of a conversion whose channels have no names; `background` is the last of them, or None."""
    names = tuple(map(str, range(conversion.model.output_shape[-1] - (background is not None))))
    return PeakReader(Finder("squares", conversion, Channels(names, background is not None), config), box)


def scene(height: int, width: int, *places: tuple[int, int, int]) -> Any:
    """Return an image (H, W, 1) with squares `(y, x, side)`."""
    image = np.zeros((height, width, 1), np.float32)
    for y, x, side in places:
        image[y : y + side, x : x + side] = 1.0
    return image


CONVERSION = squares()


def centres(found: Any) -> Any:
    return [(one.bbox[1] + one.bbox[3] / 2, one.bbox[0] + one.bbox[2] / 2) for one in found]


@pytest.mark.parametrize("stride", [None, 2, 1])
@settings(max_examples=15)
@given(y=st.integers(4, 40), x=st.integers(4, 30))
def test_one_square_one_box(stride: int | None, y: int, x: int) -> None:
    locator = peaks(CONVERSION, knobs(stride=stride), 1)
    (located,) = locator(scene(48, 38, (y, x, 4))[None])
    (found,) = located.objects
    assert found.label == 0
    assert found.score > 0.5
    assert found.scale == 1.0
    assert found.bbox == pytest.approx((x - 4, y - 4, 12, 12), abs=0.7)


def test_squares_at_the_border_are_found_and_their_boxes_cut() -> None:
    (located,) = peaks(CONVERSION, knobs(border=0.34), 1)(scene(40, 40, (1, 1, 4), (35, 18, 4), (20, 35, 4))[None])
    assert sorted(found.bbox for found in located.objects) == [
        pytest.approx((0, 0, 9, 9), abs=1.2),
        pytest.approx((14, 31, 12, 9), abs=1.2),
        pytest.approx((31, 16, 9, 12), abs=1.2),
    ]


@settings(max_examples=15)
@given(side=st.floats(4.5, 11.5))
def test_the_size_is_estimated_between_the_levels(side: float) -> None:
    y, x = np.clip((side / 2 - abs(np.arange(80) + 0.5 - 38.3)) + 0.5, 0, 1), np.arange(80)
    column = np.clip((side / 2 - abs(x + 0.5 - 41.6)) + 0.5, 0, 1)
    image = (y[:, None] * column[None]).astype(np.float32)[..., None]
    (located,) = peaks(CONVERSION, knobs(sizes=[9, 48], spacing=1.25), 1)(image[None])
    best = located.objects[0]
    assert best.scale == pytest.approx(side / 4, rel=0.12)
    assert centres([best]) == [pytest.approx((38.3, 41.6), abs=0.08 * 3 * side)]


def test_images_of_one_call_do_not_mix_and_batches_do_not_matter() -> None:
    images = np.stack([scene(40, 44, (6, 6 + 3 * number, 4)) for number in range(5)])
    locator = peaks(CONVERSION, knobs(sizes=[10, 20]), 1)
    together = locator(images)
    # TensorFlow adds up in another order in a batch of another size. A score comes from a sum of 144 products, each
    # below 1: 32 roundings of 1 are more than it can differ by, and another image's scores differ by millions.
    rounding = 32 * 2.0**-24
    for image, one in zip(images, together, strict=True):
        (alone,) = locator(image[None])
        np.testing.assert_allclose(alone.scores, one.scores, rtol=0, atol=rounding)
        for mine, other in zip(alone.objects, one.objects, strict=True):
            assert mine.label == other.label
            assert mine.score == pytest.approx(other.score, abs=rounding)
            # A place between cells is where a parabola through three log-odds is highest.
            assert mine.bbox == pytest.approx(other.bbox, abs=1e-3)
            assert mine.scale == pytest.approx(other.scale, rel=1e-4)


@pytest.mark.parametrize("sizes", [[], [10, 30], [24, 24]])
def test_the_geometry_is_that_of_the_scores(sizes: list[float]) -> None:
    locator = peaks(CONVERSION, knobs(sizes=sizes), 1)
    (located,) = locator(scene(41, 50, (20, 24, 4))[None])
    assert located.geometry == locator.geometry(41, 50)
    # The highest cell is the one nearest to the square's centre.
    if not sizes:
        row, col = np.unravel_index(located.scores[..., 0].argmax(), located.scores.shape[:2])
        assert located.geometry.nearest(22, 26) == (row, col)
    rows, cols = located.scores.shape[:2]
    (top, left), (bottom, right) = located.geometry.center(0, 0), located.geometry.center(rows - 1, cols - 1)
    # Half the window of the smallest objects, less the border, remains without cells.
    remains = 0.3 * (sizes[0] if sizes else WINDOW) + 4
    assert 0 <= top <= remains
    assert 0 <= left <= remains
    assert 41 - remains <= bottom <= 41
    assert 50 - remains <= right <= 50


def test_scores_inside_are_those_of_the_image_as_it_is() -> None:
    image = scene(40, 40, (20, 24, 4))[None]
    (located,) = peaks(CONVERSION, knobs(), 1)(image)
    before = -located.geometry.offset[0] // 2
    plain = score_map(CONVERSION, image)[0]
    rows, cols = plain.shape[:2]
    np.testing.assert_allclose(located.scores[before : before + rows, before : before + cols], plain, atol=1e-6)


def test_tight_boxes() -> None:
    (located,) = peaks(CONVERSION, knobs(sizes=[10, 30]), 1, "tight")(scene(60, 60, (20, 30, 6), (1, 2, 4))[None])
    boxes = [found.bbox for found in located.objects if found.score > 0.5]
    assert sorted(boxes) == [(2, 1, 4, 4), (30, 20, 6, 6)]


def test_without_background_and_with_one_class() -> None:
    image = scene(40, 40, (20, 24, 4))[None]
    (two,) = peaks(squares(classes="two"), knobs())(image)
    # Without a background every place is some class's; the square's own class is where the square is.
    assert centres([one for one in two.objects if one.label == 0]) == [pytest.approx((22, 26), abs=0.7)]
    (one,) = peaks(squares(classes="one"), knobs())(image)
    assert centres(one.objects) == [pytest.approx((22, 26), abs=0.7)]


def test_a_head_on_every_cell() -> None:
    model = keras.Sequential(
        [
            keras.Input((WINDOW, WINDOW, 1)),
            keras.layers.Conv2D(1, 4, strides=2, padding="same"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.layers[0].set_weights([np.full((4, 4, 1, 1), 1.0, np.float32), np.zeros(1, np.float32)])
    model.layers[2].set_weights([np.array([[1.0, 0.0]], np.float32), np.array([-6.0, 0.0], np.float32)])
    conversion = convolutionalize(model, head="cell")
    for stride in (None, 1):
        locator = peaks(conversion, knobs(stride=stride), 1)
        (located,) = locator(scene(41, 40, (20, 24, 4))[None])
        assert located.geometry == locator.geometry(41, 40)
        assert located.objects[0].bbox == pytest.approx((20, 16, 12, 12), abs=1.0)


def test_nothing_is_found_in_nothing() -> None:
    (located,) = peaks(CONVERSION, knobs(sizes=[10, 30]), 1)(scene(40, 40)[None])
    assert located.objects == []


def test_an_image_below_the_window() -> None:
    fixed, small = peaks(CONVERSION, knobs(border=0.1), 1), peaks(CONVERSION, knobs(sizes=[4, 6]), 1)
    assert not fixed.fits(6, 30)
    assert small.fits(6, 30)
    with pytest.raises(InputError, match="6x30 pixels"):
        fixed(scene(6, 30)[None])
    with pytest.raises(InputError, match="6x30 pixels"):
        fixed.geometry(6, 30)


@pytest.mark.parametrize(
    ("changes", "arguments", "where"),
    [
        ({}, {"box": "round"}, "locate.box"),
        ({"stride": 3}, {}, "stride"),
        ({"stride": 1, "engine": "magic"}, {}, "engine"),
    ],
)
def test_what_a_reader_refuses(changes: dict[str, Any], arguments: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        peaks(CONVERSION, knobs(**changes), **{"background": 1, **arguments})
    assert caught.value.where == where


def test_scores_that_are_no_probabilities() -> None:
    with pytest.raises(InputError, match="no probabilities"):
        peaks(squares(activation="linear"), knobs(), 1)(scene(40, 40, (20, 24, 4))[None])


def test_what_lies_outside_the_image_is_no_object() -> None:
    eager = squares(classes="two")
    rng = np.random.default_rng(0)
    # It names objects everywhere, in the repeated edge too, whose frames miss the image.
    eager.model.set_weights([rng.normal(0, 0.3, weight.shape) for weight in eager.model.get_weights()])
    image = rng.random((1, 20, 20, 1), np.float32)
    (located,) = peaks(eager, knobs(border=1.5, overlap=1.0), None)(image)
    assert located.objects
    assert all(min(found.bbox[2:]) > 0 for found in located.objects)


def test_a_group_of_classes_is_one_thing_and_the_rest_is_its_background() -> None:
    conversion = squares(classes="two")
    image = scene(40, 40, (20, 24, 4))[None]
    finder = Finder("squares", conversion, Channels(("square", "ground"), False), knobs())
    (alone,) = PeakReader(finder.seeking([Sought("square", (0,), 7)]))(image)
    (background,) = peaks(CONVERSION, knobs(), 1)(image)
    assert len(alone.objects) == len(background.objects) == 1
    assert alone.objects[0].bbox == pytest.approx(background.objects[0].bbox, abs=1e-4)
    np.testing.assert_allclose(alone.scores, background.scores, atol=1e-6)
    assert (alone.background, alone.labels) == (1, (0,))
    # Whatever is sought, the best classes are the classifier's own.
    assert {index for index, _ in alone.top} == {0, 1}
    (ground,) = PeakReader(finder.seeking([Sought("ground", (1,), 7)]))(image)
    assert ground.top == alone.top


@pytest.mark.parametrize(("pixels", "factor", "shift"), [("0..255", 255, 0), ("-1..1", 2, -1)])
def test_a_network_of_another_range_reads_the_same_picture(pixels: str, factor: float, shift: float) -> None:
    convolution = keras.layers.Conv2D(2, WINDOW)
    model = keras.Sequential(
        [
            keras.Input((WINDOW, WINDOW, 1)),
            keras.layers.Rescaling(1 / factor, -shift / factor),
            convolution,
            keras.layers.Flatten(),
            keras.layers.Softmax(),
        ]
    )
    (weights,) = [layer.get_weights() for layer in squares(1).model.layers if layer.weights]
    convolution.set_weights(weights)
    finder = Finder("rescaled", convolutionalize(model), Channels(("square",), True), knobs(), pixels=pixels)
    image = scene(40, 40, (20, 24, 4))[None]
    (found,), (wanted,) = PeakReader(finder)(image), peaks(squares(1), knobs(), 1)(image)
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-5)


# Squares of a third of the window, in frames higher than wide.
DIMENSIONS = Dimensions(((0.5, 0.25),), ((3.0, 4.0, 5.0),))


def framed_objects(image: Any, dimensions: Dimensions | None, box: str = "window", **changes: Any) -> list[Found]:
    finder = Finder("squares", CONVERSION, Channels(("square",), True), knobs(**changes), dimensions=dimensions)
    (located,) = PeakReader(finder, box)(image[None])
    return located.objects


def test_a_box_is_the_frame_of_its_class_about_the_same_middle() -> None:
    image = scene(48, 38, (20, 14, 4))
    ((whole,), (framed,)) = framed_objects(image, None), framed_objects(image, replace(DIMENSIONS, sizes=()))
    x, y, width, height = whole.bbox
    assert framed.bbox == pytest.approx((x + 0.375 * width, y + 0.25 * height, width / 4, height / 2))
    assert (framed.score, framed.scale, framed.label) == (whole.score, whole.scale, whole.label)


def test_whole_windows_as_frames_change_no_bit() -> None:
    image = scene(60, 60, (10, 10, 4), (30, 32, 8), (44, 12, 6))
    changes: dict[str, Any] = {"sizes": [8.0, 30.0]}
    assert framed_objects(image, Dimensions(((1.0, 1.0),)), **changes) == framed_objects(image, None, **changes)


def test_tight_boxes_are_looked_for_in_the_whole_window() -> None:
    image = scene(48, 38, (20, 14, 4))
    assert framed_objects(image, replace(DIMENSIONS, sizes=()), "tight") == framed_objects(image, None, "tight")


def test_neighbours_whose_windows_overlap_and_frames_do_not_both_stay() -> None:
    image = scene(48, 48, (20, 12, 4), (20, 18, 4))
    changes: dict[str, Any] = {"overlap": 0.2, "stride": 1}
    assert len(framed_objects(image, None, **changes)) == 1
    assert len(framed_objects(image, replace(DIMENSIONS, sizes=()), **changes)) == 2


def test_what_is_of_a_size_that_was_never_met_is_found_where_a_person_says_it() -> None:
    image = scene(80, 80, (10, 10, 4), (40, 40, 12))
    changes: dict[str, Any] = {"search": "whole", "stride": 1}
    met = framed_objects(image, DIMENSIONS, sizes=["auto"], **changes)
    said = framed_objects(image, DIMENSIONS, sizes=[3.0, 16.0], **changes)
    assert max(one.scale for one in met) < 2
    assert 1 in {round(one.scale) for one in met if one.score > 0.5}
    assert {1, 3} <= {round(one.scale) for one in said if one.score > 0.5}


def test_calibration_makes_the_scores_that_are_told() -> None:
    image = scene(48, 38, (20, 14, 4))
    finder = Finder("squares", CONVERSION, Channels(("square",), True), knobs(), calibration=((0.5, 0.1), (1.0, 0.2)))
    ((told,), (plain,)) = PeakReader(finder, "window")(image[None])[0].objects, framed_objects(image, None)
    assert told.bbox == plain.bbox
    assert told.score == pytest.approx(0.1 + 0.2 * (plain.score - 0.5))
