"""Figures of pictures: cells in their true place, boxes on the photo's pixels, colours that say what they mean."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from fullconv.figures.palette import class_colour
from fullconv.figures.panels import grid_extent
from fullconv.figures.pictures import Drawn, PictureView, colour_limit, heat_figure, overlay_figure, picture_view
from fullconv.figures.scenes import save_figure
from fullconv.locate.detections import Found


@dataclass(frozen=True)
class Map:
    """A map of heat and where its cells lie, as fullconv.locate.located has it."""

    heat: np.ndarray
    first: tuple[float, float]
    step: tuple[float, float]
    size: tuple[int, int] = (0, 0)


def view(height: int = 120, width: int = 200, level: float = 0.25) -> PictureView:
    return picture_view("dog.jpg", np.full((height, width, 3), level, np.float32), "dog")


def dogs(found: list[Found]) -> list[Drawn]:
    return [Drawn("dog", 0, found)]


def hot(rows: int, columns: int, at: tuple[int, int], value: float = 1.0) -> np.ndarray:
    heat = np.zeros((rows, columns), np.float32)
    heat[at] = value
    return heat


def as_rgb(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def pixel(figure: Figure, x: float, y: float) -> np.ndarray:
    """The colour that is drawn at a place of the photo."""
    drawn = as_rgb(figure)
    across, up = figure.axes[0].transData.transform((x, y))
    return drawn[drawn.shape[0] - 1 - int(up), int(across)]


def words(figure: Figure) -> str:
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return " | ".join([figure.get_suptitle(), figure.axes[1].get_ylabel(), *texts, *legends])


def test_a_grid_of_cells_spans_whole_cells_around_their_centres() -> None:
    assert grid_extent((16, 24), (32, 48), (3, 5)) == (0, 240, 96, 0)
    assert grid_extent((-1.5, 10.25), (0.5, 4), (1, 1)) == (8.25, 12.25, -1.25, -1.75)


@pytest.mark.parametrize("at", [(0, 0), (1, 2), (2, 4)])
def test_each_cell_is_drawn_at_its_place(at: tuple[int, int]) -> None:
    level = Map(hot(3, 5, at), (30, 40), (20, 30))
    figure = heat_figure(view(), level, "photo at 60×100")
    y, x = 30 + 20 * at[0], 40 + 30 * at[1]
    strongest, none = (253, 231, 37), (68, 1, 84)
    for dy, dx in ((0, 0), (-9, -14), (9, 14)):
        np.testing.assert_allclose(pixel(figure, x + dx, y + dy), strongest, atol=2)
    other = (30 + 20 * (2 - at[0]), 40 + 30 * (4 - at[1])) if at != (1, 2) else (30, 40)
    np.testing.assert_allclose(pixel(figure, other[1], other[0]), none, atol=2)
    # Where no cell is, there is no colour of the scale.
    np.testing.assert_allclose(pixel(figure, 5, 5), (0xDD, 0xDD, 0xDD), atol=2)


def test_heat_hides_a_photo_the_more_the_likelier_and_never_wholly() -> None:
    level = Map(np.array([[0.0, 0.5, 1.0]], np.float32), (60, 20), (120, 80))
    light, dark = (overlay_figure(view(level=level_), level, []) for level_ in (1.0, 0.0))
    kept = [np.abs(pixel(light, x, 60) - pixel(dark, x, 60)).mean() / 255 for x in (20, 100, 180)]
    np.testing.assert_allclose(kept, [1, 0.7, 0.4], atol=0.02)


def test_boxes_lie_on_the_photos_pixels_with_their_scores() -> None:
    found = [Found(0, 0.4, (10, 20, 30, 40)), Found(0, 0.93, (100, 5, 50.5, 60))]
    figure = overlay_figure(view(), Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), dogs(found))
    boxes = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert [(*box.get_xy(), box.get_width(), box.get_height()) for box in boxes] == [one.bbox for one in found]
    for said in ("0.93", "0.40", "dog: 2 boxes", "dog.jpg: dog"):
        assert said in words(figure)
    assert pixel(figure, 10, 40).tolist() == [int(class_colour(0)[place : place + 2], 16) for place in (1, 3, 5)]


def test_several_classes_have_their_colours_their_names_and_a_legend() -> None:
    drawn = [
        Drawn("dog", 0, [Found(0, 0.4, (10, 20, 30, 40))]),
        Drawn("cat", 3, [Found(3, 0.9, (100, 5, 50, 60)), Found(3, 0.8, (60, 60, 30, 30))]),
    ]
    figure = overlay_figure(view(), Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), drawn)
    for said in ("dog 0.40", "cat 0.90", "cat 0.80", "cat: 2 boxes", "dog: 1 box"):
        assert said in words(figure)
    for x, y, label in ((10, 40, 0), (100, 40, 3)):
        assert pixel(figure, x, y).tolist() == [int(class_colour(label)[place : place + 2], 16) for place in (1, 3, 5)]


def test_a_legend_of_very_many_classes_is_cut() -> None:
    drawn = [Drawn(f"class {place}", place, [Found(place, 0.5, (place, 5, 20, 20))]) for place in range(9)]
    figure = overlay_figure(view(), Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), drawn)
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 6
    assert "and 4 classes more" in words(figure)


def test_a_legend_of_long_names_ends_inside_a_narrow_figure() -> None:
    drawn = [Drawn(f"a class called {place}", place, [Found(place, 0.5, (place, 5, 20, 20))]) for place in range(9)]
    figure = overlay_figure(view(300, 100), Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), drawn)
    (legend,) = figure.legends
    assert 1 < len(legend.get_texts()) < 6
    assert f"and {10 - len(legend.get_texts())} classes more" in words(figure)
    assert legend.get_window_extent(FigureCanvasAgg(figure).get_renderer()).x1 <= figure.bbox.x1


@pytest.mark.parametrize("name", [r"$\foo$", "$5 to $6", r"a_b^c{", "$$"])
def test_names_are_no_formulas(name: str, tmp_path: Path) -> None:
    drawn = [Drawn(name, place, [Found(place, 0.5, (place, 5, 20, 20))]) for place in range(2)]
    seen = picture_view(name, np.zeros((120, 200, 3), np.float32), name)
    save_figure(overlay_figure(seen, Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), drawn), tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as drawn_one:
        assert drawn_one.size[0] > 200


@pytest.mark.parametrize(("count", "said"), [(0, "no box"), (1, "1 box"), (3, "3 boxes")])
def test_boxes_are_counted(count: int, said: str) -> None:
    found = [Found(0, 0.5, (10 * number, 20, 30, 40)) for number in range(count)]
    assert f"dog: {said}" in words(overlay_figure(view(), Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), dogs(found)))


@pytest.mark.parametrize(
    ("highest", "limit"), [(0.0, 0.01), (0.01, 0.01), (0.03, 0.05), (0.2, 0.2), (0.3, 0.5), (0.51, 1.0), (1.0, 1.0)]
)
def test_colours_end_at_a_round_probability_that_is_stated(highest: float, limit: float) -> None:
    level = Map(hot(3, 5, (1, 1), highest), (20, 20), (40, 40))
    assert colour_limit(level.heat.astype(np.float64).round(6)) == limit
    figure = heat_figure(view(), Map(level.heat.astype(np.float64).round(6), (20, 20), (40, 40)), "fused")
    assert ("0 to" in words(figure)) == (limit < 1)
    assert figure.axes[1].get_ylim() == (0, limit)


@pytest.mark.parametrize("size", [(1600, 2560), (2560, 1600), (60, 3000), (3000, 60), (7, 5), (1, 1)])
def test_any_shape_keeps_its_aspect_in_a_figure_that_is_a_page(size: tuple[int, int], tmp_path: Path) -> None:
    height, width = size
    level = Map(hot(3, 5, (1, 1)), (height / 6, width / 10), (height / 3, width / 5))
    for figure in (overlay_figure(view(*size), level, []), heat_figure(view(*size), level, "fused")):
        save_figure(figure, tmp_path / "x.png")
        with Image.open(tmp_path / "x.png") as image:
            assert image.width <= 1600
            assert image.height <= 1600
            assert min(image.size) >= 300
        (left, top), (right, bottom) = figure.axes[0].transData.transform([(0, 0), (width, height)])
        assert abs((right - left) / (top - bottom) - width / height) < 0.01 * width / height
        assert figure.axes[0].get_xlim() == (0, width)
        assert figure.axes[0].get_ylim() == (height, 0)


def test_a_long_name_is_wrapped_into_two_lines_at_most() -> None:
    long = view()._replace(name="a very long name of a file " * 20)
    figure: Any = heat_figure(long, Map(hot(3, 5, (1, 1)), (20, 20), (40, 40)), "fused")
    assert figure.get_suptitle().count("\n") == 1
    title = figure._suptitle.get_window_extent(FigureCanvasAgg(figure).get_renderer())
    assert title.x0 >= 0
    assert title.x1 <= figure.bbox.width


def test_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo = rng.random((50, 70, 3), np.float32)
    level = Map(rng.random((4, 5), np.float32), (5, 6), (10, 12))
    contents = []
    for name in ("a.png", "b.png"):
        figure = overlay_figure(
            picture_view("x", photo, "cat"), level, [Drawn("cat", 3, [Found(0, 0.5, (1, 2, 30, 20))])]
        )
        save_figure(figure, tmp_path / name)
        contents.append(io.BytesIO((tmp_path / name).read_bytes()).getvalue())
    assert contents[0] == contents[1]


def test_labels_hide_no_small_boxes_where_there_are_many() -> None:
    level = Map(hot(3, 5, (0, 0)), (30, 40), (20, 30))
    small = [Found(0, 0.5, (float(8 * place), 20.0, 6.0, 6.0)) for place in range(12)]
    large = Found(0, 0.9, (20.0, 40.0, 80.0, 60.0))
    few = overlay_figure(view(), level, dogs(small[:3]))
    assert [text.get_text() for text in few.axes[0].texts] == ["0.50"] * 3
    many = overlay_figure(view(), level, dogs([*small, large]))
    assert [text.get_text() for text in many.axes[0].texts] == ["0.90"]
    assert sum(isinstance(patch, Rectangle) for patch in many.axes[0].patches) == 13
