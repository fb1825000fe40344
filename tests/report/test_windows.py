"""The sheet of windows: which are chosen, where their pixels lie, what is said of them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.data.windows.windows import Windows
from fullconv.errors import InputError
from fullconv.figures.palette import class_colour, rgb
from fullconv.figures.windows import ACROSS, WindowRow, shown_size, windows_sheet
from fullconv.report.windows import shown_classes, spread, windows_image, write_windows

LEFT, TOP = 184, 16 + 30 + 18 + 8  # of the first window, with one line above the rows


def drawn(count: int = 60, side: int = 24, classes: int = 3) -> Windows:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    certainty = np.linspace(0, 1, count, dtype=np.float32)
    return Windows(images, (np.arange(count) % classes).astype(np.int32), certainty)


def colour(index: int) -> list[int]:
    return [round(255 * part) for part in rgb(class_colour(index))]


def test_a_small_window_is_enlarged_by_a_whole_number_and_not_blurred() -> None:
    windows = drawn()
    sheet = np.asarray(windows_image(windows, ["a", "b", "c"]))
    surest = np.flatnonzero(windows.labels == 0)[-1]
    shown = sheet[TOP : TOP + 72, LEFT : LEFT + 72]
    assert np.array_equal(shown, windows.images[surest].repeat(3, 0).repeat(3, 1))


def test_sizes_are_whole_multiples_and_large_windows_stay_in_the_sheet() -> None:
    assert shown_size(28, 28) == (84, 84)
    assert shown_size(8, 8) == (72, 72)
    assert shown_size(100, 40) == (100, 40)
    assert shown_size(224, 112) == (112, 56)


def test_the_bar_under_a_window_is_as_long_as_it_is_certain() -> None:
    images = np.zeros((2, 24, 24, 1), np.uint8)
    windows = Windows(images, np.zeros(2, np.int32), np.array([0.75, 0.25], np.float32))
    sheet = np.asarray(windows_image(windows, ["a"]))
    for place, certainty in enumerate((0.75, 0.25)):
        left = LEFT + place * 80
        line = sheet[TOP + 72 + 6, left : left + 72].tolist()
        assert line.count(colour(0)) == round(72 * certainty)
        assert line[0] == colour(0)


def test_the_hardest_are_what_the_network_least_takes_for_background() -> None:
    windows = Windows(
        np.arange(5, dtype=np.uint8)[:, None, None, None].repeat(24, 1).repeat(24, 2) * 50,
        np.zeros(5, np.int32),
        np.array([0.9, 0, 0, 0, 0], np.float32),
    )
    scores = np.array([[0.9, 0, 0.1], [0.1, 0.2, 0.7], [0.0, 0.8, 0.2], [0, 0, 1], [0.3, 0.1, 0.6]])
    sheet = np.asarray(windows_image(windows, ["a", "b"], scores))
    top = TOP + 2 * (72 + 6 + 15 + 16)
    hardest = [int(sheet[top + 30, LEFT + 80 * place + 30, 0]) for place in range(4)]
    assert hardest == [100, 200, 50, 150]
    frames = [sheet[top - 2, LEFT + 80 * place + 30].tolist() for place in range(2)]
    assert frames == [colour(1), colour(0)]


def test_of_many_classes_the_commonest_and_the_rarest_are_shown() -> None:
    counts = np.array([5, 100, 3, 50] * 5)
    chosen = shown_classes(counts)
    assert len(chosen) == 12
    assert [int(counts[one]) for one in chosen].count(100) == 5
    assert [int(counts[one]) for one in chosen].count(3) == 5
    assert shown_classes([1, 2, 3]) == [0, 1, 2]


def test_windows_of_a_row_are_spread_over_their_certainties() -> None:
    certainty = np.linspace(0, 1, 100)
    chosen = spread(np.arange(100), certainty)
    assert len(chosen) == ACROSS
    assert chosen[0] == 99
    assert chosen[-1] == 0
    assert (np.diff(certainty[chosen]) < 0).all()
    assert spread(np.arange(3), certainty).tolist() == [2, 1, 0]


def test_training_images_without_certainty_and_with_a_class_of_noise_have_rows_too() -> None:
    windows = Windows(np.zeros((6, 28, 28, 1), np.uint8), np.array([0, 0, 1, 1, 2, 2], np.int32))
    sheet = windows_image(windows, ["a", "b"])
    two = windows_image(Windows(windows.images[:4], windows.labels[:4]), ["a", "b"])
    assert sheet.height - two.height == 84 + 6 + 15 + 16 + 18  # a row, and a line below that tells how to read it


def test_long_names_stay_left_of_the_windows_and_odd_signs_are_no_error() -> None:
    names = ["W" * 80, "Speed limit (20km/h) of the outer lane, at night", "猫$_{\\x}"]
    sheet = np.asarray(windows_image(drawn(), names))
    assert (sheet[TOP - 4 :, LEFT - 6 : LEFT - 2] == 255)[:-60].all()


def test_the_same_sheet_gives_the_same_bytes_and_no_date(tmp_path: Path) -> None:
    sheets = [windows_image(drawn(), ["a", "b", "c"], counts=[7, 8, 9]) for _ in range(2)]
    for number, sheet in enumerate(sheets):
        write_windows(tmp_path / f"{number}.png", sheet)
    first, second = ((tmp_path / f"{number}.png").read_bytes() for number in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).info == {}
    other = windows_image(drawn(), ["a", "b", "c"], counts=[7, 8, 10])
    assert not np.array_equal(np.asarray(other), np.asarray(sheets[0]))


@pytest.mark.parametrize("scores", [np.zeros((60, 3)), np.zeros((59, 4))])
def test_scores_of_other_windows_or_classes_are_named(scores: Any) -> None:
    with pytest.raises(InputError, match=r"scores.*\(60, 4\)"):
        windows_image(drawn(), ["a", "b", "c"], scores)


def test_no_window_is_an_error() -> None:
    row = WindowRow("a", "", np.zeros((0, 8, 8, 1), np.uint8), np.zeros(0), [], [])
    with pytest.raises(InputError, match="none to draw"):
        windows_sheet([row], "", [], [])
