"""The figure of a large image: heat where it is, the image as it is elsewhere."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.figures.overview import LONGEST, overview_figure
from fullconv.figures.scenes import save_figure
from fullconv.locate.located import LevelScores


def heat(values: Any, size: tuple[int, int] = (1000, 2000)) -> LevelScores:
    scores = np.asarray(values, np.float32)
    step = (size[0] / scores.shape[0], size[1] / scores.shape[1])
    return LevelScores(size, scores[..., None], (step[0] / 2, step[1] / 2), step)


def panel(figure: Any) -> np.ndarray[Any, Any]:
    """The pixels (h, w, 3) of the image's panel."""
    stream = io.BytesIO()
    figure.savefig(stream, dpi=figure.dpi)
    drawn = np.asarray(Image.open(stream).convert("RGB"))
    place = figure.axes[0].get_window_extent()
    height = len(drawn)
    return drawn[round(height - place.y1) + 1 : round(height - place.y0) - 1, round(place.x0) + 1 : round(place.x1) - 1]


def test_heat_lies_where_its_cells_are_and_what_was_not_computed_shows_the_image() -> None:
    image = np.full((100, 200, 3), 128, np.uint8)
    drawn = panel(overview_figure("a.tif", image, heat([[0, 1], [np.nan, 0]]), "cat")).astype(int)
    middle, quarter = drawn.shape[0] // 4, drawn.shape[1] // 4
    cells = drawn[middle :: 2 * middle, quarter :: 2 * quarter][:2, :2]
    assert np.abs(cells[[0, 1, 1], [0, 0, 1]] - 128).max() <= 2
    red, green, blue = cells[0, 1]
    assert red > 180 > blue
    assert green > 180


def test_axes_are_in_pixels_of_the_whole_image_and_no_image_is_drawn_too_large() -> None:
    for shape in [(40, 4000), (4000, 40), (3000, 4000), (30, 40)]:
        figure = overview_figure("a", np.zeros(shape), heat(np.zeros((2, 2)), (shape[0] * 10, shape[1] * 10)), "cat")
        axes = figure.axes[0]
        assert (axes.get_xlim(), axes.get_ylim()) == ((0, shape[1] * 10), (shape[0] * 10, 0))
        place = axes.get_window_extent()
        drawn = max(place.width, place.height)
        assert drawn == pytest.approx(min(LONGEST, max(shape)))
        assert place.x0 >= 0 <= place.y0


@pytest.mark.parametrize("shape", [(80, 90), (80, 90, 1), (80, 90, 3)])
def test_grey_and_colours_and_a_name_that_is_no_formula(shape: tuple[int, ...], tmp_path: Path) -> None:
    figures = [overview_figure("$a_1$ 100%", np.full(shape, 0.5), heat(np.zeros((2, 2))), "cat") for _ in range(2)]
    for name, figure in zip("ab", figures, strict=True):
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    # Heat of 0 is clear; the frame and its ticks lie at the panel's edge.
    assert np.abs(panel(figures[0])[3:-3, 3:-3].astype(int) - 127).max() <= 2


def test_low_heat_has_a_scale_of_its_own_even_where_something_was_not_computed() -> None:
    figure = overview_figure("a", np.zeros((9, 9)), heat([[0.01, np.nan], [0.08, 0.02]]), "cat")
    assert figure.axes[1].get_ylabel() == "probability, 0 to 0.1"
