"""Figures of what a network has learnt: tiles in place, stated limits, one colour a class, same bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from fullconv.figures.activations import activations_figure
from fullconv.figures.inspection import kernels_figure, neighbours_figure, projection_figure
from fullconv.figures.palette import BACKGROUND, PALETTE
from fullconv.figures.scenes import save_figure
from fullconv.figures.tiles import GAP, centres, tiled
from fullconv.inspect.activations import LayerActivation
from fullconv.inspect.kernels import LayerKernels

RNG = np.random.default_rng(0)
CLASSES = ["cat", "dog", "bird"]


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure).draw()
    return figure


def kernels(*shape: int, inputs: int | None = None, filters: int | None = None, kind: str = "Conv2D") -> LayerKernels:
    return LayerKernels("conv", kind, RNG.normal(size=shape), 0.5, inputs or shape[0], filters or shape[1])


@pytest.mark.parametrize(("height", "width", "columns"), [(3, 5, 2), (1, 1, 4), (28, 20, 3)])
def test_every_number_is_a_square_and_tiles_lie_in_reading_order(height: int, width: int, columns: int) -> None:
    pictures = RNG.random((5, height, width))
    whole = tiled(pictures, columns)
    times = ((whole.shape[1] + GAP) // columns - GAP) // width
    down, across = height * times + GAP, width * times + GAP
    for index, picture in enumerate(pictures):
        top, left = index // columns * down, index % columns * across
        tile = whole[top : top + down - GAP, left : left + across - GAP]
        np.testing.assert_array_equal(tile, np.kron(picture, np.ones((times, times))))
    assert np.isnan(whole).sum() == whole.size - pictures.size * times**2


def test_coloured_tiles_and_the_middles_of_tiles() -> None:
    pictures = RNG.random((2, 2, 2, 3))
    whole = tiled(pictures, 2)
    assert whole.shape[2] == 3
    for index, middle in enumerate(centres(2, whole.shape[1])):
        left = whole[0, : int(middle + 0.5)]
        # Half of a tile, and all tiles and gaps before it.
        assert len(left) == index * (24 + GAP) + 12


def test_planes_are_numbered_and_red_and_blue_mean_the_same_on_both_sides() -> None:
    figure = drawn(kernels_figure(kernels(4, 3, 3, 3, inputs=32, filters=64)))
    axes = figure.axes[0]
    assert axes.get_images()[0].get_clim() == (-0.5, 0.5)
    assert axes.get_title() == "conv (Conv2D): 3 of 64 filters of 3×3, their planes for 4 of 32 inputs"
    assert [one.get_text() for one in axes.get_yticklabels()] == ["0", "1", "2", "3"]
    assert [one.get_text() for one in figure.axes[1].get_yticklabels()] == ["-0.5", "0", "+0.5"]


def test_filters_that_stand_alone_are_not_numbered_and_units_are_called_so() -> None:
    axes = kernels_figure(kernels(1, 20, 4, 4, kind="Dense")).axes[0]
    assert axes.get_title() == "conv (Dense): 20 units of 4×4"
    assert not len(axes.get_yticks())
    height, width = axes.get_images()[0].get_array().shape
    assert (round(height / 26), round(width / 26)) == (3, 8)


def test_rgb_kernels_are_coloured_around_grey() -> None:
    made = kernels(1, 2, 2, 2, 3)
    made.pictures[0, 0, 0, 0] = (0.5, 0.0, -5.0)
    picture = kernels_figure(made).axes[0].get_images()[0].get_array()
    np.testing.assert_array_equal(picture[0, 0], (1.0, 0.5, 0.0))


def layers() -> list[LayerActivation]:
    maps = np.abs(RNG.normal(size=(4, 6, 40)))
    return [
        LayerActivation("conv", "Conv2D", maps - 1),
        LayerActivation("relu", "ReLU", maps),
        LayerActivation("flatten", "Flatten", maps.reshape(-1)),
        LayerActivation("hidden", "Dense", RNG.random(12)),
        LayerActivation("classes", "Dense", np.array([0.1, 0.2, 0.3, 0.4])),
    ]


def test_a_row_a_layer_with_limits_of_its_own_and_those_that_pass_on_share_one() -> None:
    made = layers()
    figure = drawn(activations_figure(RNG.random((8, 12, 1)), made, [*CLASSES, "background"]))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles == [
        "the image, 8×12 pixels",
        "conv: first 32 of 40 maps of 4×6",
        "relu, flatten: first 32 of 40 maps of 4×6",
        "hidden: 12 numbers",
        "classes: the class scores",
    ]
    limits = {
        axes.get_title(loc="left").split(":")[0]: axes.get_images()[0].get_clim()
        for axes in figure.axes[:5]
        if axes.get_images()
    }
    most = np.abs(made[0].values).max()
    assert limits["conv"] == (-most, most)
    assert limits["relu, flatten"] == (0, made[1].values.max())


def test_panels_keep_their_aspect_and_the_page() -> None:
    figure = drawn(activations_figure(RNG.random((8, 12, 1)), layers(), [*CLASSES, "background"]))
    assert figure.get_size_inches()[0] * figure.dpi <= 900
    for axes in figure.axes:
        box = axes.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.y1 <= figure.bbox.height
    image = figure.axes[0].get_window_extent()
    assert image.width / image.height == pytest.approx(12 / 8, abs=0.02)


def test_scores_have_the_colours_of_their_classes() -> None:
    panel = activations_figure(RNG.random((8, 8, 1)), layers(), [*CLASSES, "background"]).axes[-1]
    assert [to_hex(bar.get_facecolor()).upper() for bar in panel.patches] == [*PALETTE[:3], BACKGROUND]
    assert panel.get_ylim() == (0, 1)


def test_neighbours_of_another_class_say_so() -> None:
    images, labels = RNG.random((6, 5, 5, 1)), np.array([0, 1, 0, 2, 1, 0])
    neighbours = np.array([[2, 3], [4, 0], [0, 5], [1, 0], [1, 2], [0, 2]])
    figure = drawn(neighbours_figure(images, labels, [0, 1, 3], neighbours, CLASSES))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    texts = [axes.get_title() for axes in shown]
    # Reading order: two blocks of queries side by side.
    assert texts == [
        "image 0: cat", "cat", "bird, not cat", "image 3: bird", "dog, not bird", "cat, not bird",
        "image 1: dog", "dog", "cat, not dog",
    ]  # fmt: skip
    for axes, text in zip(shown, texts, strict=True):
        edge = axes.spines["left"]
        name = text.removeprefix("image ").split(": ")[-1].split(",")[0]
        assert to_hex(edge.get_edgecolor()).upper() == PALETTE[CLASSES.index(name)]
        assert (edge.get_linestyle() == "-") == ("not" not in text)


def test_points_have_the_colours_of_their_classes_and_names_at_their_medians() -> None:
    points, labels = RNG.normal(size=(9, 2)), np.repeat([0, 2], [4, 5])
    axes = projection_figure(points, labels, CLASSES, "title").axes[0]
    for one, (label, text) in enumerate([(0, "cat"), (2, "bird")]):
        cloud = axes.collections[one]
        np.testing.assert_array_equal(cloud.get_offsets(), points[labels == label])
        assert to_hex(cloud.get_facecolor()[0]).upper() == PALETTE[label]
        assert axes.texts[one].get_text() == text
        np.testing.assert_allclose(axes.texts[one].get_position(), np.median(points[labels == label], axis=0))
    legend: Any = axes.get_legend()
    assert [one.get_text() for one in legend.get_texts()] == ["cat (4)", "bird (5)"]


def test_the_same_figure_gives_the_same_bytes(tmp_path: Path) -> None:
    made = kernels(2, 3, 3, 3)
    for name in ("one", "two"):
        save_figure(kernels_figure(made), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
