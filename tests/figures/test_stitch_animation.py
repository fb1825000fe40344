"""The animation of shift-and-stitch: what each frame shows, in the data and in the pixels of the file."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from PIL import Image, ImageSequence

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.dense.densify import densify
from fullconv.errors import InputError
from fullconv.figures.stitch import UNFILLED, Filling, StitchFigure
from fullconv.figures.stitch_animation import stitch_filling, stitch_frames, write_stitch_gif

L = keras.layers
PASSES = 6  # stride (2, 3)
SHIFTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))
DOCS = Path(__file__).parents[2] / "docs/figures/shift-and-stitch.gif"


def network(channels: int = 1, activation: str = "softmax", pool: tuple[int, int] = (2, 3)) -> Conversion:
    """Return a conversion of window (2 + 2·pool) × …, of stride `pool`, whose scores differ from place to place."""
    image = L.Input((2 + 2 * pool[0], 2 + 2 * pool[1], channels))
    x = L.MaxPooling2D(pool)(L.Conv2D(4, 3, activation="relu")(image))
    model = keras.Model(image, L.Dense(3, activation=activation)(L.Flatten()(x)))
    rng = np.random.default_rng(0)
    kernel, bias, dense, last = (rng.normal(0, 1, weight.shape) for weight in model.get_weights())
    # Scores that lie on all sides of an even one, not at 0 and 1.
    model.set_weights([kernel, bias, dense - dense.mean(axis=0), 0 * last])
    return convolutionalize(model)


def picture(channels: int = 1, size: tuple[int, int] = (11, 15)) -> Any:
    return np.random.default_rng(1).random((*size, channels)).astype(np.float32)


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    return network()


@pytest.fixture(scope="module")
def filling(conversion: Conversion) -> Filling:
    return stitch_filling(conversion, picture(), 1)


def pixels_of(path: Path) -> list[Any]:
    with Image.open(path) as file:
        return [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(file)]


def colours_of_cells(filling: Filling, frame: Any) -> Any:
    """Return the colours `(H', W', 3)` at the centres of a map's cells in a frame."""
    figure = StitchFigure(filling)
    figure.show(0)  # axes find their places when they are drawn
    rows, cols = filling.scores.shape
    centres = [filling.geometry.center(row, col)[::-1] for row in range(rows) for col in range(cols)]
    places = figure.map.axes.transData.transform(centres).astype(int)
    return frame[len(frame) - 1 - places[:, 1], places[:, 0]].reshape(rows, cols, 3)


def test_the_file_has_a_frame_for_each_pass_and_holds_the_whole_map(conversion: Conversion, tmp_path: Path) -> None:
    path = tmp_path / "new" / "stitch.gif"
    write_stitch_gif(path, conversion, picture(), 1, seconds=0.3, hold=1.5)
    with Image.open(path) as file:
        assert file.format == "GIF"
        assert (file.n_frames, file.width) == (PASSES + 1, 900)  # type: ignore[attr-defined]
        assert file.info["loop"] == 0
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(file)]
    assert durations == [300] * PASSES + [1500]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_same_call_gives_the_same_bytes(conversion: Conversion, tmp_path: Path) -> None:
    paths = [tmp_path / "one.gif", tmp_path / "two.gif"]
    for path in paths:
        write_stitch_gif(path, conversion, picture(), 1)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_frame_k_shows_exactly_the_cells_of_passes_up_to_k(
    conversion: Conversion, filling: Filling, tmp_path: Path
) -> None:
    path = tmp_path / "stitch.gif"
    write_stitch_gif(path, conversion, picture(), 1)
    dense = densify(conversion, "stitch")(picture()[np.newaxis])[0, :, :, 1]
    assert dense.std() > 0.1
    grey = np.rint(np.array(to_rgb(UNFILLED)) * 255)
    scores = colormaps["viridis"](dense)[..., :3] * 255
    for number, frame in enumerate(pixels_of(path)):
        shown = colours_of_cells(filling, frame)
        filled = filling.order <= number
        np.testing.assert_array_equal((shown == grey).all(axis=-1), ~filled)
        # The file has 96 steps of the colours.
        np.testing.assert_allclose(shown[filled], scores[filled], atol=4)
    assert filled.all()


def test_after_the_last_pass_the_map_is_the_dense_map(conversion: Conversion, filling: Filling) -> None:
    dense = densify(conversion, "stitch")(picture()[np.newaxis])[0, :, :, 1]
    assert filling.scores.shape == (6, 8)
    np.testing.assert_array_equal(filling.after(PASSES - 1).filled(-1), dense)
    for number in range(-1, PASSES):
        np.testing.assert_array_equal(filling.after(number).mask, filling.order > number)


def test_frames_are_those_of_the_figure(conversion: Conversion, filling: Filling) -> None:
    frames = stitch_frames(conversion, picture(), 1)
    assert len(frames) == PASSES + 1
    assert {(frame.shape[1:], frame.dtype) for frame in frames} == {((900, 3), np.dtype(np.uint8))}
    np.testing.assert_array_equal(frames[4], StitchFigure(filling).show(4))
    np.testing.assert_array_equal(frames[-1], StitchFigure(filling).show_whole())


@pytest.mark.parametrize(("number", "shift"), list(enumerate(SHIFTS)))
def test_a_pass_is_marked_where_it_looks(filling: Filling, number: int, shift: tuple[int, int]) -> None:
    y, x = shift
    figure = StitchFigure(filling)
    figure.show(number)
    assert figure.heading.get_text() == f"pass {number + 1} of 6: image shifted by (y, x) = ({y}, {x}) pixels"
    # The window is 6 × 8 pixels and the image 11 × 15.
    centres = {(left + 4, top + 3) for top in range(y, 6, 2) for left in range(x, 8, 3)}
    assert {tuple(place) for place in np.asarray(figure.dots.get_offsets()).tolist()} == centres
    cells = [path.vertices[:4] for path in figure.cells.get_paths()]
    assert {tuple(cell.mean(axis=0).tolist()) for cell in cells} == centres
    assert all(np.ptp(cell, axis=0).tolist() == [1, 1] for cell in cells)
    assert (figure.window.get_xy(), figure.window.get_width(), figure.window.get_height()) == ((x, y), 8, 6)
    assert [(strip.get_width(), strip.get_height()) for strip in figure.cut] == [(15, y), (x, 11)]


def test_the_whole_map_has_no_marks_and_a_pass_after_it_has_them_again(filling: Filling) -> None:
    figure = StitchFigure(filling)
    before = figure.show(5)
    figure.show_whole()
    assert len(figure.dots.get_offsets()) == len(figure.cells.get_paths()) == 0
    assert not figure.window.get_visible()
    np.testing.assert_array_equal(figure.show(5), before)


def test_axes_are_the_images_and_colours_have_fixed_limits(filling: Filling) -> None:
    figure = StitchFigure(filling)
    left, right = figure.window.axes, figure.map.axes
    for panel in (left, right):
        assert (panel.get_xlim(), panel.get_ylim()) == ((0, 15), (11, 0))
    assert figure.map.get_clim() == (0, 1)
    # The first window's centre is at (3, 4).
    assert figure.map.get_extent() == [3.5, 11.5, 8.5, 2.5]
    legends = [text.get_text() for panel in (left, right) for text in panel.get_legend().get_texts()]
    assert legends[:3] == ["first window", "window centres", "cut off"]
    assert legends[3:] == ["filled in this pass", "not filled yet", "no window fits"]


@pytest.mark.parametrize("size", [(6, 8), (30, 9), (8, 70)])
def test_nothing_is_cut_off_or_overlaps(conversion: Conversion, size: tuple[int, int]) -> None:
    figure = StitchFigure(stitch_filling(conversion, picture(size=size), 1, "a class of a longer name"))
    frame = figure.show(PASSES - 1)
    edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
    assert (edge == 255).all()
    left, right = (panel.get_legend().get_window_extent() for panel in (figure.window.axes, figure.map.axes))
    assert left.x1 < right.x0
    assert left.y0 == right.y0
    assert figure.heading.get_window_extent().y0 > figure.map.axes.title.get_window_extent().y1
    assert left.y1 < figure.window.axes.xaxis.label.get_window_extent().y0


def test_a_divisor_of_the_stride_takes_fewer_passes(conversion: Conversion) -> None:
    filling = stitch_filling(conversion, picture(), 1, stride=(2, 1))
    assert filling.shifts == ((0, 0), (0, 1), (0, 2))
    assert filling.order.tolist() == [[0, 1, 2, 0, 1, 2, 0, 1]] * 3
    np.testing.assert_array_equal(filling.scores, densify(conversion, "stitch", (2, 1))(picture()[None])[0, ..., 1])
    assert len(stitch_frames(conversion, picture(), 1, stride=(2, 1))) == 4


def test_a_map_of_one_cell_is_filled_by_the_first_pass(conversion: Conversion) -> None:
    filling = stitch_filling(conversion, picture(size=(6, 8)), 1)
    assert filling.order.tolist() == [[0]]
    assert [len(filling.centres(number)) for number in range(PASSES)] == [1, 0, 0, 0, 0, 0]
    assert len(stitch_frames(conversion, picture(size=(6, 8)), 1)) == PASSES + 1


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_images_are_shown_from_their_darkest_to_their_brightest_pixel(channels: int) -> None:
    image = picture(channels) * 40 - 7
    shown = stitch_filling(network(channels), image, 0).image
    assert shown.shape == ((11, 15, 3) if channels == 3 else (11, 15))
    assert (shown.min(), shown.max()) == (0, 1)
    brightness = image if channels == 3 else image.mean(axis=-1)
    assert np.corrcoef(shown.ravel(), brightness.ravel())[0, 1] > 0.999


def test_an_even_image_is_shown_black(conversion: Conversion) -> None:
    assert (stitch_filling(conversion, np.full((9, 9, 1), 0.4), 0).image == 0).all()


def test_a_name_is_no_formula(conversion: Conversion) -> None:
    figure = StitchFigure(stitch_filling(conversion, picture(), 1, "$5_$^^"))
    figure.show(0)
    assert figure.map.axes.get_title() == "dense map: score of $5_$^^"
    assert stitch_filling(conversion, picture(), 1).name == "class 1"


@pytest.mark.parametrize("index", [3, -1, 1.0, "1", None])
def test_a_class_that_there_is_not_is_refused(conversion: Conversion, index: Any) -> None:
    with pytest.raises(InputError, match=r"class_index.*from 0 to 2"):
        stitch_frames(conversion, picture(), index)


def test_scores_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(InputError, match="softmax or sigmoid"):
        stitch_frames(network(activation="linear"), picture(), 1)


def test_too_many_passes_are_refused_before_they_are_computed() -> None:
    conversion = network(pool=(17, 16))
    with pytest.raises(InputError, match=r"272 passes.*\(17, 16\)"):
        stitch_frames(conversion, picture(size=(36, 34)), 1)
    assert len(stitch_filling(conversion, picture(size=(36, 34)), 1, stride=(17, 4)).shifts) == 4


def test_what_densify_refuses_is_refused(conversion: Conversion) -> None:
    with pytest.raises(InputError, match="stride"):
        stitch_frames(conversion, picture(), 1, stride=2)
    with pytest.raises(InputError, match="images"):
        stitch_frames(conversion, picture(size=(5, 8)), 1)
    with pytest.raises(InputError, match="images"):
        stitch_frames(conversion, [[1], [2, 3]], 1)


@pytest.mark.parametrize("times", [(0.0, 2.0), (0.5, -1.0), (0.5, float("nan")), (float("inf"), 1.0)])
def test_times_that_a_gif_cannot_hold_are_refused(
    conversion: Conversion, tmp_path: Path, times: tuple[float, float]
) -> None:
    with pytest.raises(InputError, match="seconds, hold"):
        write_stitch_gif(tmp_path / "stitch.gif", conversion, picture(), 1, seconds=times[0], hold=times[1])
    assert list(tmp_path.iterdir()) == []


def test_a_failed_writing_leaves_the_earlier_file(
    conversion: Conversion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, path: Path, *_: Any, **__: Any) -> None:
        path.write_bytes(b"GIF89a")
        raise OSError("no space left")

    path = tmp_path / "stitch.gif"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(OSError, match="no space left"):
        write_stitch_gif(path, conversion, picture(), 1)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"earlier"


def test_the_documentations_animation_is_small_and_whole() -> None:
    assert DOCS.stat().st_size < 1.5e6
    with Image.open(DOCS) as file:
        assert (file.n_frames, file.width, file.info["loop"]) == (17, 900, 0)  # type: ignore[attr-defined]


@pytest.fixture
def program() -> ModuleType:
    spec = spec_from_file_location("shift_and_stitch", DOCS.with_name("shift_and_stitch.py"))
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_program_makes_the_documentations_animation(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "again.gif"
    monkeypatch.setattr(sys, "argv", ["shift_and_stitch.py", str(path)])
    program.main()
    again, kept = pixels_of(path), pixels_of(DOCS)
    assert len(again) == len(kept)
    # Another machine trains to other digits behind the comma.
    assert max(np.abs(one - other).mean() for one, other in zip(again, kept, strict=True)) < 1


@pytest.mark.slow
def test_the_examples_objects_are_told_apart(program: ModuleType) -> None:
    shown = program.example()
    assert shown.conversion.exact
    assert shown.conversion.geometry.stride == (4, 4)
    scores = densify(shown.conversion, "stitch")(shown.image[np.newaxis])[0, :, :, shown.class_index]
    # A window's own first pixel is the object's.
    assert min(scores[5, 5], scores[31, 31]) > 0.5
    assert max(scores[6, 32], scores[33, 6]) < 0.1
