"""What our finder is compared with on a person's own objects: each side against cases worked out by hand."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

Module = Callable[[str], ModuleType]
old_name_of_zoom = pytest.mark.filterwarnings("ignore:Please import `zoom`:DeprecationWarning")


def coco_of(objects: list[tuple[int, int, list[float]]], images: int = 2) -> dict[str, Any]:
    """Annotations of categories 1 (a), 2 (b) and 3 (c): image, category and box of each object."""
    return {
        "images": [
            {"id": number, "file_name": f"{number}.png", "height": 90, "width": 90} for number in range(1, images + 1)
        ],
        "annotations": [
            {"id": at, "image_id": image, "category_id": kind, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for at, (image, kind, box) in enumerate(objects, start=1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate("abc", start=1)],
    }


def result(image: int, kind: int, box: list[float], score: float) -> dict[str, Any]:
    return {"image_id": image, "category_id": kind, "bbox": box, "score": score}


def test_figures_by_hand(benchmark_module: Module) -> None:
    figures = benchmark_module("own.figures")
    truth = coco_of([(1, 1, [0, 0, 10, 10]), (1, 1, [30, 30, 10, 10]), (2, 2, [50, 50, 20, 20])])
    found = [
        result(1, 1, [0, 0, 10, 10], 0.9),  # right
        result(1, 1, [60, 60, 10, 10], 0.8),  # nothing there
        result(1, 1, [32, 32, 8, 8], 0.3),  # right, under its threshold
        result(2, 2, [56, 56, 12, 12], 0.4),  # centre right; IoU .36
        result(2, 2, [0, 0, 5, 5], 0.3),  # nothing there
    ]
    told = figures.figures(found, truth, {1: 0.5, 2: 0.2, 3: 0.5})
    assert told["count_error"] == {"a": 0, "b": 1}  # two for two, two for one; no c anywhere
    assert told["count_error_mean"] == 0.5
    assert told["F1_center"] == pytest.approx(4 / 7)  # two right of four found, of three objects
    a = (51 * 1 + 50 * 2 / 3) / 101  # 101 points of recall, from the highest score down
    assert told["AP50"] == pytest.approx(a / 2)


def test_thresholds_are_each_classs_own(benchmark_module: Module) -> None:
    figures = benchmark_module("own.figures")
    truth = coco_of([(1, 1, [0, 0, 10, 10]), (1, 2, [30, 30, 10, 10])])
    found = [
        result(1, 1, [0, 0, 10, 10], 0.9),
        result(1, 1, [60, 60, 10, 10], 0.8),
        result(1, 2, [30, 30, 10, 10], 0.2),
        result(1, 3, [30, 30, 10, 10], 0.7),
    ]
    chosen = figures.thresholds_by(found, truth)
    assert 0.8 < chosen[1] <= 0.9
    assert chosen[2] <= 0.2
    assert chosen[3] == figures.GUESS


def test_the_best_of_boxes_that_overlap_is_left_class_by_class(benchmark_module: Module) -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [40, 0, 10, 10], [1, 0, 10, 10]], np.float32)
    scores, labels = np.array([0.5, 0.9, 0.3, 0.4], np.float32), np.array([0, 0, 0, 1])
    found = benchmark_module("own.boxes").suppressed(boxes, scores, labels, 0.3)
    assert [(one["label"], one["bbox"][0], round(one["score"], 3)) for one in found] == [
        (0, 1, 0.9),
        (0, 40, 0.3),
        (1, 1, 0.4),
    ]
    assert benchmark_module("own.boxes").suppressed(boxes[:0], scores[:0], labels[:0], 0.3) == []


def brightness(side: int) -> keras.Model:
    """A classifier of two classes: the mean of the red channel, and the rest."""
    image = keras.Input((side, side, 3))
    red = keras.layers.GlobalAveragePooling2D()(image)
    return keras.Model(image, keras.layers.Dense(2, kernel_initializer="zeros")(red))


def test_windows_lie_where_they_say(benchmark_module: Module) -> None:
    sliding = benchmark_module("own.sliding")
    model = brightness(12)
    model.layers[-1].set_weights([np.array([[1.0, 0], [0, 0], [0, 0]]), np.zeros(2)])
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[20:40, 48:60, 0] = 255  # 20 high, 12 wide
    boxes, scores = sliding.scored(model, pixels, (20.0, 12.0))
    assert scores[:, 0].max() == pytest.approx(1, abs=0.03)
    x, y, w, h = boxes[scores[:, 0].argmax()]
    assert (x, y, w, h) == pytest.approx((48, 20, 12, 20), abs=0.5)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 0] + boxes[:, 2]).max() <= 90.01
    assert (boxes[:, 1] + boxes[:, 3]).max() <= 60.01
    # Every third of the window's side, in both directions.
    assert np.diff(np.unique(boxes[:, 0].round(3))) == pytest.approx(4, abs=0.01)


def test_a_window_larger_than_the_picture_is_the_picture(benchmark_module: Module) -> None:
    boxes, scores = benchmark_module("own.sliding").scored(
        brightness(12), np.zeros((10, 30, 3), np.uint8), (40.0, 40.0)
    )
    assert boxes.tolist() == [[0, 0, 30, 10]]
    assert scores.shape == (1, 2)


def test_windows_have_the_sizes_of_crops(benchmark_module: Module) -> None:
    window_sizes = benchmark_module("own.sliding").window_sizes
    sizes = np.array([[10, 20]] * 5 + [[40, 40]] * 3, np.float32)
    assert sorted(window_sizes(sizes)) == [pytest.approx((10, 20)), pytest.approx((40, 40))]


def test_a_box_is_drawn_around_each_part_that_stands_out(benchmark_module: Module) -> None:
    heat = np.zeros((12, 20), np.float32)
    heat[2:5, 3:9] = 4
    heat[8, 15] = 2
    heat[10, 1] = 1
    found = benchmark_module("own.activation").standing_out(heat, 0.4)
    assert found == [((3, 2, 6, 3), 1), ((15, 8, 1, 1), 0.5)]
    assert benchmark_module("own.activation").standing_out(-heat, 0.4) == []


def textured(generator: np.random.Generator, height: int, width: int) -> npt.NDArray[np.uint8]:
    return generator.integers(0, 256, (height, width, 3), np.uint8)


def test_a_template_is_found_where_it_was_cut(benchmark_module: Module, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    piece = np.kron(textured(generator, 4, 4), np.ones((4, 4, 1), np.uint8))  # 16 pixels, coarse: it bears stretching
    scene = textured(generator, 70, 90) // 4 + 90
    scene[30:46, 50:66] = piece
    material = one_set(benchmark_module, tmp_path, scene, piece)
    side = benchmark_module("own.templates").Templates(material, 0)
    best = max(side.found(scene, side.variants[0]), key=lambda one: one["score"])
    assert best["label"] == 0
    assert best["bbox"] == pytest.approx([50, 30, 16, 16], abs=1.5)
    assert best["score"] > 0.9


def one_set(benchmark_module: Module, folder: Path, scene: Any, piece: Any) -> Any:
    """A set of one class, cut from the picture that it is measured on."""
    sets = benchmark_module("own.sets")
    y, x = 30, 50
    picture = sets.Picture(
        "one", scene, (("mark", (float(x), float(y), float(piece.shape[1]), float(piece.shape[0]))),)
    )
    sets.write_set(folder / "set", ("mark",), [picture], {"test": [picture], "val": [picture]})
    return benchmark_module("own.material").Material(folder / "set")


@old_name_of_zoom
@pytest.mark.parametrize("name", ["sliding", "activation", "templates"])
def test_every_side_is_measured(
    benchmark_module: Module, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "activation":
        pytest.importorskip("tf_keras_vis", reason="the extra bench is not installed")
    classifier = benchmark_module("own.classifier")
    monkeypatch.setattr(classifier, "STEPS", 4)
    monkeypatch.setattr(classifier, "FEWEST", 8)
    generator = np.random.default_rng(1)
    piece = np.kron(textured(generator, 4, 4), np.ones((4, 4, 1), np.uint8))
    scene = textured(generator, 64, 80)
    scene[30:46, 50:66] = piece
    material = one_set(benchmark_module, tmp_path, scene, piece)
    told = benchmark_module("own.others").measured(name, material)
    assert set(told["count_error"]) == {"mark"}
    assert told["seconds_training"] > 0
    assert told["seconds_picture"] > 0
    assert 0 <= told["AP50"] <= 1
    if name == "templates":
        assert (told["AP50"], told["F1_center"], told["count_error_mean"]) == (1, 1, 0)


def test_pieces_of_scenes_are_of_the_crops_sizes(benchmark_module: Module, tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    scene = textured(generator, 64, 80)
    material = one_set(benchmark_module, tmp_path, scene, scene[30:46, 50:66])
    pieces = benchmark_module("own.classifier").pieces_of(material, generator)
    assert {piece.shape for piece in pieces} == {(16, 16, 3)}
    assert len({piece.tobytes() for piece in pieces}) > 100


def test_pictures_are_spread_over_a_split(benchmark_module: Module, tmp_path: Path) -> None:
    sets, material = benchmark_module("own.sets"), benchmark_module("own.material")
    many = [sets.Picture(f"{n}", np.full((8, 8, 3), n, np.uint8), ()) for n in range(9)]
    train = [sets.Picture("t", np.zeros((8, 8, 3), np.uint8), (("a", (0.0, 0.0, 8.0, 8.0)),))]
    sets.write_set(tmp_path / "set", ("a",), train, {"test": many})
    split = material.Material(tmp_path / "set").test
    assert [int(pixels[0, 0, 0]) for _, pixels in split.pictures(3)] == [0, 3, 6]
    assert len(list(split.pictures())) == 9
