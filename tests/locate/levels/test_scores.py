"""Score maps: values against brute force, one batch size, refusals."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.levels.scores import score_map

pytestmark = pytest.mark.numeric


class WindowMean:
    """Scores (mean, 1 - mean) of every window; remembers the shapes it was called with."""

    def __init__(self, geometry: Geometry, extra: int = 0) -> None:
        self.geometry, self.extra, self.shapes = geometry, extra, []
        self.input_shape, self.output_shape = (None, None, None, 1), (None, None, None, 2)

    def compute_output_shape(self, shape: Any) -> Any:
        return (1, *self.geometry.cells(*shape[1:3]), 2)

    def forward(self, images: Any) -> Any:
        self.shapes.append(images.shape)
        return np.pad(brute_force(images, self.geometry), [(0, 0), (0, self.extra), (0, self.extra), (0, 0)])


def brute_force(images: Any, geometry: Geometry) -> Any:
    rows, cols = geometry.cells(*images.shape[1:3])
    out = np.zeros((len(images), rows, cols, 2), np.float32)
    for row in range(rows):
        for col in range(cols):
            x, y, w, h = geometry.box(row, col)
            mean = images[:, y : y + h, x : x + w].mean(axis=(1, 2, 3))
            out[:, row, col] = np.stack([mean, 1 - mean], axis=-1)
    return out


def conversion(geometry: Geometry = Geometry((4, 6), (2, 3), (0, 0)), extra: int = 0) -> Any:  # noqa: B008
    network = WindowMean(geometry, extra)
    return SimpleNamespace(
        model=network, forward=network.forward, geometry=geometry, window=geometry.window, cellwise=False
    )


@pytest.mark.parametrize("count", [1, 4, 5, 9])
def test_every_image_in_batches(count: int) -> None:
    images = np.random.default_rng(count).random((count, 11, 17, 1), dtype=np.float32)
    network = conversion()
    scores = score_map(network, images, batch_size=4)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, brute_force(images, network.geometry), atol=1e-6)
    assert max(shape[0] for shape in network.model.shapes) <= 4
    assert sum(shape[0] for shape in network.model.shapes) == count


def test_cells_whose_window_leaves_the_image_are_cut() -> None:
    images = np.random.default_rng(0).random((2, 12, 12, 1), dtype=np.float32)
    scores = score_map(conversion(extra=2), images)
    assert scores.shape == (2, *Geometry((4, 6), (2, 3), (0, 0)).cells(12, 12), 2)


def test_a_head_on_every_cell_keeps_all_cells() -> None:
    network = conversion()
    network.geometry, network.cellwise = Geometry((4, 4), (2, 2), (-1, -1)), True
    full = network.forward(np.zeros((1, 12, 12, 1), np.float32))
    assert score_map(network, np.zeros((1, 12, 12, 1), np.float32)).shape == full.shape


def test_a_real_network_in_double_precision_images() -> None:
    keras = pytest.importorskip("keras")
    model = keras.Sequential(
        [keras.Input((None, None, 2)), keras.layers.Conv2D(3, 4, strides=2, activation="softmax", name="head")]
    )
    geometry = Geometry((4, 4), (2, 2), (0, 0))
    network = Conversion(model, geometry, geometry, (), "window", (4, 4), False)
    images = np.random.default_rng(0).random((3, 9, 13, 2))
    kernel, bias = (np.asarray(weight) for weight in model.get_weights())
    scores = score_map(network, images, batch_size=2)
    assert scores.shape == (3, 3, 5, 3)
    for row, col in np.ndindex(3, 5):
        crop = images[:, row * 2 : row * 2 + 4, col * 2 : col * 2 + 4]
        logits = np.einsum("nhwc,hwck->nk", crop, kernel) + bias
        expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(scores[:, row, col], expected, atol=1e-5)


def test_one_image_is_a_batch_of_one() -> None:
    image = np.random.default_rng(0).random((11, 17, 1), dtype=np.float32)
    np.testing.assert_array_equal(score_map(conversion(), image), score_map(conversion(), image[None]))


def with_nan() -> Any:
    images = np.zeros((2, 12, 12, 1), np.float32)
    images[1, 3, 4, 0] = np.nan
    return images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (with_nan(), "NaN"),
        (np.zeros((12, 12)), "shape"),
        (np.zeros((0, 12, 12, 1)), "shape"),
        (np.zeros((1, 12, 12, 3)), "3 channels"),
        (np.zeros((1, 3, 12, 1)), "at least as large as the window, 4x6"),
        (np.zeros((1, 12, 5, 1)), "at least as large as the window, 4x6"),
        (np.full((1, 12, 12, 1), 1.5), "from 1.5 to 1.5"),
        (np.full((1, 12, 12, 1), -0.1), "Give 0..1, or integers of 0..255, whatever the network reads"),
        (np.full((1, 12, 12, 1), np.inf), "Give 0..1"),
        (np.zeros((1, 12, 12, 1), bool), "values of type bool"),
        ([np.zeros((12, 12, 1)), np.zeros((13, 12, 1))], "not one array"),
    ],
)
def test_images_that_cannot_be_scored(images: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_map(conversion(), images)


@pytest.mark.parametrize("size", [0, -3])
def test_a_batch_of_nothing(size: int) -> None:
    with pytest.raises(InputError, match=r"locate\.batch_size"):
        score_map(conversion(), np.zeros((1, 12, 12, 1)), batch_size=size)
