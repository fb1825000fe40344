"""Convolution of arrays: the worked examples to the digit, and brute force over every setting."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.convolution import convolution
from fullconv.errors import InputError

pytestmark = pytest.mark.numeric

Array = npt.NDArray[Any]

# The axes of images, kernels and responses.
FORMATS = {"channels_last": ("NHWC", "hwCF", "NHWF"), "channels_first": ("NCHW", "FChw", "NFHW")}


def ordered(array: Array, names: str, wanted: str) -> Array:
    return array.transpose([names.index(name) for name in wanted])


def by_hand(images: Array, kernels: Array, stride: tuple[int, int], padding: str, flip: bool) -> Array:
    """One product after another, of `(N, H, W, C)` and `(h, w, C, F)`.

    `same`: the sum that belongs to a pixel is over the pixels around it, zero where there are none.
    """
    count, height, width, _ = images.shape
    rows, cols, _, filters = kernels.shape
    sizes, firsts = [], []
    for length, window, step in zip((height, width), (rows, cols), stride, strict=True):
        if padding == "valid":
            sizes.append((length - window) // step + 1)
            firsts.append(0)
        else:
            sizes.append((length + step - 1) // step)
            missing = max(0, (sizes[-1] - 1) * step + window - length)
            firsts.append(-((missing + 1) // 2) if flip else -(missing // 2))
    found = np.zeros((count, *sizes, filters))
    for n, r, c, f in np.ndindex(found.shape):
        for i, j in np.ndindex(rows, cols):
            row, col = firsts[0] + r * stride[0] + i, firsts[1] + c * stride[1] + j
            if 0 <= row < height and 0 <= col < width:
                turned = kernels[rows - 1 - i, cols - 1 - j] if flip else kernels[i, j]
                found[n, r, c, f] += images[n, row, col] @ turned[:, f]
    return found


def test_an_impulse_gives_the_kernel() -> None:
    image = np.zeros((5, 7), np.int64)
    image[2, 3] = 1
    expected = np.zeros((4, 5))
    expected[1:3, 1:4] = [[1, 2, 3], [4, 5, 6]]
    np.testing.assert_array_equal(convolution(image, [[1, 2, 3], [4, 5, 6]], flip=True), expected)


def test_without_flip_an_impulse_gives_the_kernel_turned_round() -> None:
    image = np.zeros((5, 7), np.int64)
    image[2, 3] = 1
    found = convolution(image, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(found[1:3, 1:4], [[6, 5, 4], [3, 2, 1]])


@pytest.mark.parametrize("flip", [False, True])  # the kernel is the same turned round
def test_a_cross_over_steps(flip: bool) -> None:
    image = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
    kernel = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    np.testing.assert_array_equal(convolution(image, kernel, flip=flip), [[4, 3, 4], [2, 4, 3], [2, 3, 4]])


KERNELS = np.array([[[1, 0, 1], [0, 1, 0], [1, 0, 1]], [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 1, 0]] * 3])


def test_samples_filters_and_channels() -> None:
    """Four samples of 3×5 pixels with three channels; the first three hold an impulse × 0, 1, 2, the last the marks.

    The issue lists the third channel's mark at (2, 3); its answer has it at (1, 3), as the test below shows.
    """
    images = np.zeros((4, 3, 3, 5), np.int64)
    images[:, :, 1, 2] = np.arange(4)[:, np.newaxis]
    images[3] = 0
    for channel, row, col in ((0, 1, 1), (1, 0, 4), (1, 1, 2), (2, 1, 3)):
        images[3, channel, row, col] = 1
    edges = np.array(
        [[[0, 0, 0], [0, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 2, 0], [0, 0, 0]], [[3, 0, 0], [0, 0, 0], [0, 0, 0]]]
    )
    found = convolution(images, np.stack([edges, KERNELS]), padding="same", data_format="channels_first", flip=True)
    assert found.shape == (4, 2, 3, 5)
    np.testing.assert_array_equal(found[3, 1], [[1, 0, 2, 2, 1], [0, 2, 1, 2, 1], [1, 0, 2, 1, 0]])
    for sample in range(3):
        np.testing.assert_array_equal(found[sample, 1, :, 1:4], sample * KERNELS.sum(axis=0))
        np.testing.assert_array_equal(found[sample, 0, :, 1:4], sample * edges.sum(axis=0))
        assert not found[sample][..., [0, 4]].any()


def test_the_third_channel_of_that_example_can_only_be_one_image() -> None:
    """With the other two channels as listed, what is missing is linear in the third, and has one solution: (1, 3)."""
    answer = np.array([[1, 0, 2, 2, 1], [0, 2, 1, 2, 1], [1, 0, 2, 1, 0]])
    listed = np.zeros((2, 3, 5))
    listed[0, 1, 1] = listed[1, 0, 4] = listed[1, 1, 2] = 1
    rest = answer - sum(
        scipy.signal.convolve2d(one, kernel, "same") for one, kernel in zip(listed, KERNELS, strict=False)
    )
    impulses = np.eye(15).reshape(15, 3, 5)
    matrix = np.stack([scipy.signal.convolve2d(one, KERNELS[2], "same").ravel() for one in impulses], axis=1)
    mark, _, rank, _ = np.linalg.lstsq(matrix, rest.ravel(), rcond=None)
    assert rank == 15
    np.testing.assert_allclose(mark.reshape(3, 5), impulses[1 * 5 + 3], atol=1e-12)


def test_a_pattern_against_corners_and_a_pooled_stroke() -> None:
    """Two strokes of a digit: the pattern answers to the one that runs its way, and to a steeper one pooled."""
    pattern = np.array([[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0], [0, 1, 0, 0]])
    strokes = np.zeros((8, 8), np.int64)
    strokes[:4, :4] = np.eye(4)[:, ::-1]
    strokes[4:, 4:] = np.eye(4)
    steep = np.zeros((8, 8), np.int64)
    steep[:4, 6] = steep[4:, 5] = 1
    pooled = steep.reshape(4, 2, 4, 2).max(axis=(1, 3))
    corners = convolution(strokes, pattern, stride=4)

    def sigmoid(sums: Array) -> Array:
        return 1 / (1 + np.exp(-sums))

    assert corners.dtype == np.float64
    assert sigmoid(corners)[0, 0] == 0.8807970779778823
    assert sigmoid(corners)[1, 1] == 0.7310585786300049
    assert sigmoid(convolution(pooled, pattern))[0, 0] == 0.9525741268224334
    both = np.stack([strokes[:4, :4], pooled], axis=-1)[np.newaxis]
    together = convolution(both, np.stack([pattern, pattern], axis=-1)[..., np.newaxis])
    assert together.shape == (1, 1, 1, 1)
    assert sigmoid(together).item() == 0.9933071490757153


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    small = st.integers(1, 4)
    padding = draw(st.sampled_from(["valid", "same"]))
    window = (draw(small), draw(small))
    size = tuple(draw(st.integers(length if padding == "valid" else 1, 8)) for length in window)
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))  # TensorFlow computes them in different ways
    return {
        "images": rng.integers(-4, 5, (draw(st.integers(1, 2)), *size, channels)).astype(dtype),
        "kernels": rng.integers(-4, 5, (*window, channels, filters)).astype(dtype),
        "stride": (draw(small), draw(small)),
        "padding": padding,
        "flip": draw(st.booleans()),
    }


@given(cases(), st.sampled_from(sorted(FORMATS)))
def test_equals_one_product_after_another(case: dict[str, Any], data_format: str) -> None:
    expected = by_hand(**case)
    image_axes, kernel_axes, axes = FORMATS[data_format]
    case["images"] = ordered(case["images"], "NHWC", image_axes)
    case["kernels"] = ordered(case["kernels"], "hwCF", kernel_axes)
    found = convolution(**case, data_format=data_format)
    assert found.dtype == case["images"].dtype
    np.testing.assert_array_equal(ordered(found, axes, "NHWF"), expected)


@given(cases())
def test_equals_scipy_on_plain_pictures(case: dict[str, Any]) -> None:
    image, kernel = case["images"][0, :, :, 0], case["kernels"][:, :, 0, 0]
    found = convolution(image, kernel, padding=case["padding"], flip=True)
    # SciPy's `same` is the size of its first argument; its `valid` may swap the two, which the sizes here exclude.
    np.testing.assert_array_equal(found, scipy.signal.convolve2d(image, kernel, case["padding"]))
    if case["padding"] == "valid":
        correlated = scipy.signal.correlate2d(image, kernel, "valid")
        np.testing.assert_array_equal(convolution(image, kernel), correlated)


@given(cases())
@settings(max_examples=30)
def test_equals_the_layer(case: dict[str, Any]) -> None:
    kernels = case["kernels"].astype(np.float32)
    # One stride for both axes: with two, the layer itself may be wrong, as the test below says.
    stride = case["stride"][0]
    layer = keras.layers.Conv2D(
        kernels.shape[3], kernels.shape[:2], strides=stride, padding=case["padding"], use_bias=False
    )
    images = case["images"].astype(np.float32)
    layer.build(images.shape)
    layer.set_weights([kernels])
    found = convolution(images, kernels, stride=stride, padding=case["padding"])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.asarray(layer(images)))


@pytest.mark.parametrize("stride", [(1, 1), (1, 2), (1, 3), (2, 1), (1, 5)])
def test_a_single_column_of_responses_of_one_channel(stride: tuple[int, int]) -> None:
    """What TensorFlow with oneDNN gets wrong in single precision when strides differ; so would places side by side."""
    rng = np.random.default_rng(0)
    images = rng.integers(1, 9, (3, 6, 4, 1)).astype(np.float32)
    kernels = rng.integers(1, 9, (2, 4, 1, 2)).astype(np.float32)
    expected = by_hand(images, kernels, stride, "valid", flip=False)
    np.testing.assert_array_equal(convolution(images, kernels, stride=stride), expected)


@given(cases())
@settings(max_examples=30)
def test_a_mirrored_image_and_kernel_give_the_mirrored_response(case: dict[str, Any]) -> None:
    image, kernel = case["images"][0, :, :, 0], case["kernels"][:, :, 0, 0]
    turned = convolution(image[::-1, ::-1], kernel, padding=case["padding"])
    np.testing.assert_array_equal(convolution(image, kernel, padding=case["padding"], flip=True), turned[::-1, ::-1])


@pytest.mark.parametrize(
    ("images", "kernels", "expected"),
    [
        ("uint8", "uint8", "float32"),
        ("bool", "int16", "float32"),
        ("float16", "float16", "float32"),
        ("float32", "float32", "float32"),
        ("int32", "float32", "float64"),
        ("float32", "float64", "float64"),
        ("int64", "int64", "float64"),
        ("longdouble", "float32", "float64"),
    ],
)
def test_types_of_numbers(images: str, kernels: str, expected: str) -> None:
    found = convolution(np.ones((3, 3), images), np.ones((2, 2), kernels))
    assert found.dtype == expected
    np.testing.assert_array_equal(found, np.full((2, 2), 4.0))


@pytest.mark.parametrize("gap", [np.nan, np.inf])
@pytest.mark.parametrize("col", range(18, 24))
def test_a_gap_in_an_image_reaches_only_the_windows_that_see_it(gap: float, col: int) -> None:
    image = np.ones((6, 40))
    image[2, col] = gap
    found = convolution(image, np.ones((3, 3)))
    expected = np.full((4, 38), 9.0)
    expected[0:3, col - 2 : col + 1] = gap
    np.testing.assert_array_equal(found, expected)


def test_what_it_gives_and_takes_are_separate() -> None:
    image = np.arange(9.0).reshape(3, 3)
    found = convolution(image, [[1.0]])
    found[:] = -1
    np.testing.assert_array_equal(image, np.arange(9.0).reshape(3, 3))


IMAGES, BANK = np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4))


@pytest.mark.parametrize(
    ("changes", "where", "received"),
    [
        ({"padding": "full"}, "padding", "'full'"),
        ({"data_format": "NCHW"}, "data_format", "'NCHW'"),
        ({"stride": 0}, "stride", "0"),
        ({"stride": 1.5}, "stride", "1.5"),
        ({"stride": (1, 2, 3)}, "stride", "(1, 2, 3)"),
        ({"stride": "2"}, "stride", "'2'"),
        ({"images": np.ones((5, 5))}, "images", "(5, 5)"),
        ({"images": np.ones((5, 5, 2))}, "images", "(5, 5, 2)"),
        ({"kernels": np.ones((3, 3))}, "kernels", "(3, 3)"),
        ({"images": np.ones((0, 5, 5, 2))}, "images", "(0, 5, 5, 2)"),
        ({"kernels": np.ones((3, 0, 2, 4))}, "kernels", "(3, 0, 2, 4)"),
        ({"kernels": np.ones((3, 3, 1, 4))}, "kernels", "1 channels for images of 2"),
        ({"data_format": "channels_first"}, "kernels", "3 channels for images of 5"),
        ({"kernels": np.ones((6, 3, 2, 4))}, "kernels", "6×3 on images of 5×5"),
        ({"images": np.ones((1, 5, 5, 2), complex)}, "images", "complex128"),
        ({"images": [["a", "b"]]}, "images", "type <U1"),
        ({"images": [[1, 2], [3]]}, "images", "no array"),
        ({"kernels": None}, "kernels", "object"),
    ],
)
def test_what_it_refuses(changes: dict[str, Any], where: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolution(**({"images": IMAGES, "kernels": BANK} | changes))
    assert caught.value.where == where
    assert received in caught.value.received
    assert caught.value.mend
