"""Counts drawn: one panel a class, points or bars, totals in words; a line under each pair of pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.figures.counts import counts_figure, total
from fullconv.figures.scenes import SceneView, pairs_figure, save_figure
from fullconv.report.contact import best_and_worst_of, counted

TRUE = np.array([[3, 0], [5, 2], [3, 0]])
FOUND = np.array([[3, 1], [4, 2], [3, 1]])


def test_few_images_have_bars_of_their_own() -> None:
    figure = counts_figure(["a", "b"], ["one.png", "two.png", "a_very_long_name_of_a_file.png"], TRUE, FOUND)
    first = figure.axes[0]
    heights = [bar.get_height() for bar in first.patches]
    assert heights == [3, 5, 3, 3, 4, 3]
    assert [text.get_text() for text in first.get_xticklabels()] == ["one.png", "two.png", "…ame_of_a_file.png"]
    assert first.get_title() == "a: 10 found, 11 there, −9 %"
    assert figure.axes[1].get_title() == "b: 4 found, 2 there, +100 %"


def test_many_images_are_points_beside_the_line_of_equals() -> None:
    true, found = TRUE.repeat(10, axis=0), FOUND.repeat(10, axis=0)
    figure = counts_figure(["a", "b"], [str(place) for place in range(30)], true, found)
    panel = figure.axes[0]
    (line,) = panel.lines
    assert np.array_equal(line.get_xdata(), line.get_ydata())
    (points,) = panel.collections
    assert np.asarray(points.get_offsets()).tolist() == [[3, 3], [5, 4]]
    area = np.asarray(points.get_sizes())
    assert area[0] / area[1] == pytest.approx(np.sqrt(2))


def test_of_many_classes_those_with_most_objects_are_drawn() -> None:
    true = np.arange(1, 21)[np.newaxis]
    figure = counts_figure([f"class {place}" for place in range(20)], ["x"], true, true)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.split(":")[0] for title in titles] == [f"class {place}" for place in range(8, 20)]
    assert figure.get_suptitle() == (
        "Counts: found against true (in each image; of 20 classes the 12 with the most objects)"
    )


def test_totals_in_words() -> None:
    assert total(np.array([1000, 200]), np.array([1300, 2])) == "1,302 found, 1,200 there, +8 %"
    assert total(np.array([0]), np.array([2])) == "2 found, 0 there"


@pytest.mark.parametrize(("true", "names"), [(np.zeros((0, 2), int), []), (TRUE, ["one"]), (TRUE[:, :1], ["a"] * 3)])
def test_what_does_not_fit_is_named(true: Any, names: list[str]) -> None:
    with pytest.raises(InputError, match="counts"):
        counts_figure(["a", "b"], names, true, FOUND[: len(true)])


def test_the_same_counts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        save_figure(counts_figure(["a", "b $x_"], ["1", "2", "3"], TRUE, FOUND), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def view(true: list[int], found: list[int], names: dict[int, str]) -> SceneView:
    annotations = [{"category_id": one, "bbox": [1, 1, 5, 5]} for one in true]
    detections = [{"category_id": one, "bbox": [1, 1, 5, 5], "score": 0.9} for one in found]
    labels = {category: place for place, category in enumerate(names)}
    geometry = Geometry((8, 8), (4, 4), (0, 0))
    image, scores = np.zeros((20, 20)), np.zeros((4, 4, 3), np.float32)
    return SceneView("t", image, scores, geometry, ["a"], None, detections, annotations, names, labels)


def test_counts_of_a_picture_in_a_line() -> None:
    names = {1: "cell", 2: "plate", 3: "other"}
    assert counted(view([1, 1, 2], [1, 1, 1, 3], names)) == "found/true: cell 3/2 · plate 0/1 · other 1/0"
    assert counted(view([], [], names)) == "nothing there, nothing found"
    many = {number: f"a class with a long name {number}" for number in range(9)}
    line = counted(view(list(many), [], many))
    assert line.endswith("· 7 more classes")
    assert len(line) < 110


def test_a_crowd_is_no_object_of_the_line() -> None:
    one = view([1, 1], [1], {1: "cell"})
    assert counted(one) == "found/true: cell 1/2"
    crowd = [dict(one.annotations[0], iscrowd=1), one.annotations[1]]
    assert counted(SceneView(**{**vars(one), "annotations": crowd})) == "found/true: cell 1/1"


def test_the_line_stands_below_its_pair_and_makes_room() -> None:
    one = view([1], [1], {1: "cell"})
    noted = SceneView(**{**vars(one), "note": "found/true: cell 1/1"})
    assert "found/true: cell 1/1" in [text.get_text() for text in pairs_figure([noted]).axes[0].texts]
    assert pairs_figure([noted]).get_figheight() > pairs_figure([one]).get_figheight()


def test_a_sheet_of_pictures_in_memory() -> None:
    coco = {
        "images": [{"id": 4}, {"id": 7}],
        "annotations": [{"image_id": 4, "category_id": 2, "bbox": [1, 1, 5, 5]}],
        "categories": [{"id": 2, "name": "cell"}],
    }
    found = [{"image_id": image, "category_id": 2, "bbox": [2, 2, 5, 5], "score": 0.9} for image in (4, 7)]
    curves = {"images": [{"id": 4, "score": 1.0}, {"id": 7, "score": 0.0}]}
    pictures = {image: np.full((20, 30, 3), 200, np.uint8) for image in (4, 7)}
    figure = best_and_worst_of(pictures, coco, found, curves, 8)
    assert [axes.get_title() for axes in figure.axes] == ["worst 0.00", "", "best 1.00", ""]
    notes = [text.get_text() for axes in figure.axes for text in axes.texts if "/" in text.get_text()]
    assert notes == ["found/true: cell 1/0", "found/true: cell 1/1"]
