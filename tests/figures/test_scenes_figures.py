"""Figures: places in pixels, colours, fixed limits, same bytes."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.figures.palette import BACKGROUND, PALETTE, class_colour, ink, rgb
from fullconv.figures.panels import cell_extent
from fullconv.figures.scenes import (
    SceneView,
    contact_sheet,
    history_figure,
    pairs_figure,
    results_figure,
    save_figure,
    scene_figure,
)
from fullconv.report.views import heatmap_figure


def as_rgb(figure: Figure) -> np.ndarray:
    """Return a figure as 8-bit pixels (H, W, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


GEOMETRY = Geometry((28, 20), (8, 4), (0, 0))
CLASSES = ["cat", "dog", "bird", "background"]
NAMES = {1: "cat", 2: "hound", 3: "bird"}
LABELS = {1: 0, 2: 1, 3: 2}
DETECTIONS = [{"image_id": 1, "category_id": 2, "bbox": [4.0, 8.0, 20.0, 28.0], "score": 0.876}]
ANNOTATIONS = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 8, 20, 28]}]


def scores() -> Any:
    values = np.full((*GEOMETRY.cells(64, 60), 4), 0.01, np.float32)
    values[..., 3] = 0.97
    values[1, 2] = 0.1, 0.7, 0.1, 0.1
    values[3, 4] = 0.6, 0.1, 0.1, 0.2
    return values


def image(*channels: int) -> Any:
    return np.random.default_rng(0).random((64, 60, *channels))


def scene(picture: Any = None) -> Figure:
    shown = image() if picture is None else picture
    return scene_figure(replace(view("scene"), image=shown))


def texts(axes: Any) -> list[str]:
    return [one.get_text() for one in axes.texts]


def test_cells_lie_where_the_geometry_puts_them() -> None:
    left, right, bottom, top = cell_extent(GEOMETRY, 5, 11)
    assert (left, top) == (10 - 2, 14 - 4)
    assert (right - left, bottom - top) == (11 * 4, 5 * 8)
    shifted = Geometry((15, 15), (8, 8), (-4, -4))
    assert cell_extent(shifted, 2, 3) == (-0.5, 23.5, 15.5, -0.5)


def test_panels_are_on_the_images_own_pixel_grid() -> None:
    figure = scene()
    for axes in figure.axes[:4]:
        assert (axes.get_xlim(), axes.get_ylim()) == ((0, 60), (64, 0))
        assert tuple(axes.images[0].get_extent()) == (0, 60, 64, 0)
    for axes in figure.axes[1:3]:
        assert tuple(axes.images[1].get_extent()) == cell_extent(GEOMETRY, 5, 11)


def test_the_heatmap_holds_probabilities_of_objects_between_fixed_limits() -> None:
    heat = scene().axes[2].images[1]
    assert heat.get_clim() == (0, 1)
    np.testing.assert_array_equal(np.asarray(heat.get_array()), scores()[..., :3].max(axis=-1))
    assert len(scene().axes) == 5  # the fifth is the colourbar


def test_cells_have_their_class_colour_and_the_legend_the_classes_that_occur() -> None:
    axes = scene().axes[1]
    cells = axes.images[1].get_array()
    assert [to_hex(cells[place]).upper() for place in ((0, 0), (1, 2), (3, 4))] == [BACKGROUND, PALETTE[1], PALETTE[0]]
    legend = axes.get_legend()
    assert [one.get_text() for one in legend.get_texts()] == ["cat", "dog", "background"]
    handles = [to_hex(one.get_facecolor()).upper() for one in legend.get_patches()]
    assert handles == [PALETTE[0], PALETTE[1], BACKGROUND]


def test_detections_are_solid_in_their_class_colour_and_truth_is_dashed() -> None:
    axes = scene().axes[3]
    assert sorted(texts(axes)) == ["cat", "hound 0.88"]
    ground, dashes, box = axes.patches
    assert to_hex(ground.get_edgecolor()) == "#000000"
    assert (to_hex(dashes.get_edgecolor()), dashes.get_linestyle() == "solid") == ("#ffffff", False)
    assert to_hex(box.get_edgecolor()).upper() == PALETTE[1]
    assert (*box.get_xy(), box.get_width(), box.get_height()) == (4, 8, 20, 28)


@pytest.mark.parametrize("channels", [(1,), (3,), (4,)])
def test_grey_and_colour_images_are_drawn(channels: tuple[int, ...]) -> None:
    assert as_rgb(scene(image(*channels))).shape[-1] == 3


def test_the_same_figure_gives_the_same_bytes_without_a_date(tmp_path: Path) -> None:
    save_figure(scene(), tmp_path / "a" / "one.png")
    save_figure(scene(), tmp_path / "two.png")
    written = (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "a" / "one.png").read_bytes() == written
    assert b"Software" not in written
    assert b"Creation" not in written
    assert b"tIME" not in written
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "two.png"]


def view(title: str) -> SceneView:
    return SceneView(title, image(), scores(), GEOMETRY, CLASSES, 3, DETECTIONS, ANNOTATIONS, NAMES, LABELS)


@pytest.mark.parametrize("count", [1, 3, 4])
def test_results_have_a_column_per_classifier(count: int) -> None:
    figure = results_figure([view(f"net {place}") for place in range(count)])
    assert len(figure.axes) == 3 * count + 1
    assert [axes.get_title() for axes in figure.axes[:count]] == [f"net {place}" for place in range(count)]
    assert [figure.axes[row * count].get_ylabel() for row in range(3)] == ["mosaic", "heatmap", "detections"]
    assert "hound 0.88" in texts(figure.axes[2 * count])


def test_pairs_hold_the_truth_left_and_detections_right() -> None:
    figure = pairs_figure([view("one"), view("two"), replace(view("three"), image=np.zeros((400, 20)))])
    assert [axes.get_title() for axes in figure.axes] == ["one", "", "two", "", "three", "", "", ""]
    assert [texts(axes) for axes in figure.axes[:4]] == [["cat"], ["hound 0.88"]] * 2
    assert figure.get_figheight() < 10


def test_names_beside_a_panel_make_the_figure_wider_and_no_panel_smaller() -> None:
    short, long = scene(), scene_figure(replace(view("long"), classes=["cat", "dog" * 20, "bird", "background"]))
    assert long.get_figwidth() > short.get_figwidth() + 1
    for one, other in zip(short.axes, long.axes, strict=True):
        np.testing.assert_allclose(one.get_window_extent().bounds, other.get_window_extent().bounds)
    as_rgb(long)
    assert long.axes[1].get_legend().get_window_extent().x1 < long.bbox.width


@pytest.mark.parametrize("shape", [(64, 60), (64, 800), (800, 64), (3000, 4000)])
def test_nothing_leaves_a_figure(shape: tuple[int, int]) -> None:
    figure = scene(np.zeros(shape))
    as_rgb(figure)
    outside = [one.get_tightbbox() for one in figure.axes]
    assert min(min(box.x0, box.y0) for box in outside) >= 0
    assert max(box.x1 for box in outside) <= figure.bbox.width
    assert max(box.y1 for box in outside) <= figure.bbox.height
    above, below = (figure.axes[place].get_legend().get_window_extent() for place in (1, 3))
    assert above.y0 > below.y1


def test_an_image_without_cells_is_drawn_all_the_same() -> None:
    figure = scene_figure(replace(view("small"), scores=np.zeros((0, 0, 4)), detections=[]))
    assert as_rgb(figure).size
    assert texts(figure.axes[3]) == ["cat"]


def test_a_contact_sheet_keeps_order_and_leaves_the_rest_empty() -> None:
    pictures = [(f"p{place}", np.full((20, 40, 3), place * 50, np.uint8)) for place in range(5)]
    figure = contact_sheet(pictures, columns=3)
    assert [axes.get_title() for axes in figure.axes] == ["p0", "p1", "p2", "p3", "p4", ""]
    assert figure.axes[2].images[0].get_array().max() == pytest.approx(100 / 255)
    assert as_rgb(figure).shape[1] == 900


def test_a_history_has_training_and_validation_side_by_side() -> None:
    figure = history_figure({"loss": [0.5, 0.2], "accuracy": [0.9, 0.95], "val_loss": [0.4, 0.3]})
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [[0.5, 0.2], [0.4, 0.3]]
    assert [one.get_text() for one in figure.axes[0].get_legend().get_texts()] == ["training", "validation"]
    assert [list(line.get_xdata()) for line in figure.axes[1].lines] == [[1, 2]]


# Linear RGB as seen without red, green or blue cones: Machado, Oliveira, Fernandes 2009, severity 1.
SIGHT = {
    "all cones": np.eye(3),
    "no red": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "no green": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
    "no blue": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}


@pytest.mark.parametrize("sight", SIGHT)
def test_classes_are_told_apart(sight: str) -> None:
    from skimage.color import deltaE_ciede2000, rgb2lab

    colours = np.array([rgb(colour) for colour in (*PALETTE, BACKGROUND)])
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHT[sight].T, 0, 1)
    lab = rgb2lab(np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)[None])[0]
    assert min(float(deltaE_ciede2000(one, other)) for one, other in combinations(lab, 2)) > 8


def test_colours_come_round_and_text_on_them_reads() -> None:
    assert [class_colour(index, 12) for index in (0, 12, 30)] == [PALETTE[0], BACKGROUND, PALETTE[0]]
    thirty = [rgb(class_colour(index)) for index in range(30)]
    assert len(set(thirty)) == 30
    for plain, light, dark in zip(thirty[:10], thirty[10:20], thirty[20:], strict=True):
        assert sum(dark) < sum(plain) < sum(light)
    assert (ink(PALETTE[0]), ink(PALETTE[5])) == ("white", "black")


@pytest.mark.parametrize(
    ("draw", "where"),
    [
        (lambda: scene(np.zeros((64, 60, 2))), "image"),
        (lambda: scene_figure(replace(view("one"), classes=CLASSES[:3])), "scores"),
        (lambda: scene_figure(replace(view("one"), scores=scores()[0])), "scores"),
        (lambda: results_figure([]), "views"),
        (lambda: results_figure([view("one")] * 5), "views"),
        (lambda: contact_sheet([]), "pictures"),
        (lambda: contact_sheet([("one", image())], columns=0), "pictures"),
        (lambda: history_figure({}), "history"),
        (lambda: pairs_figure([]), "views"),
    ],
)
def test_what_cannot_be_drawn(draw: Any, where: str) -> None:
    with pytest.raises(InputError) as caught:
        draw()
    assert caught.value.where == where


def test_a_tile_of_a_heatmap_shows_truth_and_scale() -> None:
    figure = heatmap_figure(view("t"))
    tile, scale = figure.axes
    dashed = [box.get_xy() for box in tile.patches if isinstance(box, Rectangle) and box.get_linestyle() != "solid"]
    assert dashed == [tuple(one["bbox"][:2]) for one in ANNOTATIONS]
    said = {text.get_text() for text in tile.texts}
    assert {NAMES[one["category_id"]] for one in ANNOTATIONS} <= said
    assert (scale.get_ylabel(), list(scale.get_yticks())) == ("probability", [0, 0.5, 1])
