"""classifier=FOLDER of a finder, in every program that takes a classifier."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fullconv.command.conversion_tasks import task_of
from fullconv.command.evaluate import on_own_data
from fullconv.command.exporting import export_task
from fullconv.command.locate import locate
from fullconv.config.choice import Choice, Kind, choice_of, searched_with
from fullconv.config.load import chosen_name
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.finders.folder import write_finder
from fullconv.finders.made import Made
from fullconv.finders.outputs import said_by
from fullconv.proof.certificate import certify
from fullconv.serve.searcher import load_searcher
from fullconv.track.finders import finder_of
from fullconv.track.thresholds import threshold_of

Settings = Callable[..., ExperimentConfig]
CLASSES = ("disc", "ring")


@pytest.fixture
def here(finder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the finder to a folder that holds a scene of a disc and a ring, and what is annotated there."""
    shutil.copytree(finder_folder, tmp_path / "finder")
    pixels = np.zeros((90, 110), np.uint8)
    y, x = np.mgrid[:90, :110] + 0.5
    pixels[np.hypot(y - 30, x - 30) < 8] = 230
    off = np.hypot(y - 55, x - 75) / 15
    pixels[(off < 0.8) & (off > 0.45)] = 230
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    coco = {
        "images": [{"id": 1, "file_name": "scene.png", "height": 90, "width": 110}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 20, 20, 20]},
            {"id": 2, "image_id": 1, "category_id": 2, "bbox": [60, 40, 30, 30]},
        ],
        "categories": [{"id": 1, "name": "disc"}, {"id": 2, "name": "ring"}],
    }
    (tmp_path / "scene.json").write_text(json.dumps(coco))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_finder_is_known_whole_or_not(here: Path, settings_with: Settings) -> None:
    assert choice_of(settings_with("classifier=finder")) == Choice(Kind.FINDER, "finder")
    assert searched_with(settings_with("classifier.path=finder")) == Choice(Kind.FINDER, "finder")
    with pytest.raises(InputError, match=r"^classifier: 'finder' is a finder's folder, but this program works on"):
        chosen_name(settings_with("classifier=finder"))
    with pytest.raises(InputError, match=r"^classifier: 'finder', a finder's folder, together with synset"):
        searched_with(settings_with("classifier=finder", "synset=dog"))
    (here / "finder" / "finder.json").unlink()
    with pytest.raises(InputError, match=r"finder\.json: .*Copy the whole folder again"):
        finder_of(settings_with("classifier=finder"))


def test_it_brings_what_it_learnt(here: Path, made: Made, settings_with: Settings) -> None:
    settings = settings_with("classifier=finder")
    finder = finder_of(settings)
    assert (finder.dimensions, finder.thresholds, finder.config) == (made.dimensions, made.thresholds, made.config)
    assert (finder.sprites, finder.pixels, finder.channels) == (False, "0..1", made.channels)
    threshold = threshold_of(settings, finder)
    assert threshold is not None
    assert (threshold.value, threshold.of_class) == (min(made.thresholds), made.thresholds)


def test_knobs_that_a_person_gives_win_even_where_they_give_the_default(
    here: Path, made: Made, settings_with: Settings
) -> None:
    write_finder(here / "other", replace(made, config=replace(made.config, overlap=0.3, spacing=1.3)), {})
    own = finder_of(settings_with("classifier=other")).config
    assert (own.overlap, own.spacing) == (0.3, 1.3)
    given = finder_of(settings_with("classifier=other", "locate.overlap=0.5", "locate.stride=4")).config
    assert (given.overlap, given.spacing, given.stride) == (0.5, 1.3, 4)
    settings = settings_with("classifier=other", "locate=fixed")
    assert finder_of(settings).config == settings.locate


def test_a_threshold_that_a_person_gives_is_of_all_classes(here: Path, settings_with: Settings) -> None:
    settings = settings_with("classifier=finder", "locate.threshold=0.7")
    threshold = threshold_of(settings, finder_of(settings))
    assert threshold is not None
    assert (threshold.value, threshold.of_class, threshold.reason) == (0.7, (), "locate.threshold")


@pytest.mark.parametrize("key", ["classifier.classes=[a,b]", "classifier.pixels=0..255", "classifier.background=disc"])
def test_what_a_finder_says_itself_is_not_said_again(here: Path, key: str, settings_with: Settings) -> None:
    name = key.partition("=")[0]
    with pytest.raises(InputError, match=rf"^{name}: given, and finder is a finder, which says it itself"):
        finder_of(settings_with("classifier=finder", key))


def test_locate_counts_each_class_from_its_threshold(
    here: Path, made: Made, settings_with: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    write_finder(here / "lax", replace(made, thresholds=(0.125, 0.0625)), {})
    locate(settings_with("classifier=lax", "image=scene.png", "out=found"))
    told = json.loads((here / "found" / "classes.json").read_text())
    assert told["counts"] == {"disc": 1, "ring": 1}
    assert told["thresholds"] == {"disc": 0.125, "ring": 0.0625}
    assert "2 boxes, disc 1, ring 1" in capsys.readouterr().out
    found = json.loads((here / "found" / "detections.json").read_text())
    sure = {
        one["category_id"]: one["bbox"]
        for one in found
        if one["score"] >= told["thresholds"][CLASSES[one["category_id"] - 1]]
    }
    assert sure[1] == pytest.approx([20, 20, 20, 20], abs=2)
    assert sure[2] == pytest.approx([60, 40, 30, 30], abs=3)
    write_finder(here / "strict", replace(made, thresholds=(1.0, 0.0625)), {})
    locate(settings_with("classifier=strict", "image=scene.png", "out=found"))
    told = json.loads((here / "found" / "classes.json").read_text())
    assert told["counts"] == {"disc": 0, "ring": 1}
    assert "drawn from a score of 1 (disc), 0.0625 (ring): as its finder's training chose" in capsys.readouterr().out


def test_evaluate_measures_at_the_thresholds_of_classes(
    here: Path, made: Made, settings_with: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("dataset.images=.", "dataset.annotations=scene.json", "out=report")
    write_finder(here / "lax", replace(made, thresholds=(0.0625, 0.0625)), {})
    on_own_data(settings_with("classifier=lax", *words))
    metrics = json.loads((here / "report" / "metrics.json").read_text())
    assert (metrics["AP50"], metrics["AP50_of/ring"]) == (pytest.approx(1), pytest.approx(1))
    assert (metrics["count_error"], metrics["threshold"]) == (0, 0.0625)
    assert "Class by class" in capsys.readouterr().out
    write_finder(here / "strict", replace(made, thresholds=(1.0, 0.0625)), {})
    on_own_data(settings_with("classifier=strict", *words))
    metrics = json.loads((here / "report" / "metrics.json").read_text())
    assert (metrics["AP50"], metrics["count_error"], metrics["count_error_of/disc"]) == (pytest.approx(1), 0.5, 1)
    assert (metrics["threshold"], metrics["threshold_of/ring"]) == (-1, 0.0625)
    counts = json.loads((here / "report" / "counts.json").read_text())
    assert counts["images"] == {"scene.png": {"disc": {"truth": 1, "found": 0}, "ring": {"truth": 1, "found": 1}}}


def test_serve_answers_with_the_thresholds_of_classes(here: Path, made: Made, settings_with: Settings) -> None:
    write_finder(here / "strict", replace(made, thresholds=(1.0, 0.0625)), {})
    searcher = load_searcher(settings_with("classifier=strict"), here)
    content = (here / "scene.png").read_bytes()
    answer = searcher(content, "scene.png")
    assert {one["category_id"] for one in answer["annotations"]} == {2}
    assert answer["info"]["thresholds"] == {"1": 1.0, "2": 0.0625}
    assert {one["category_id"] for one in searcher(content, "scene.png", 0.0625)["annotations"]} == {1, 2}


def test_a_conversion_of_a_finder_is_called_as_it_calls_its_classes(
    here: Path, made: Made, settings_with: Settings
) -> None:
    settings = settings_with("classifier=finder", "out=converted")
    choice = searched_with(settings)
    task = task_of(settings, choice)
    assert (task.names, task.pixels, task.out) == (("disc", "ring", "background"), "0..1", Path("converted"))
    certificate = certify(task.load().model, made.conversion, pixels="0..1")
    (here / "converted").mkdir()
    export_task(settings, choice, task, made.conversion, certificate, "0..1")
    assert json.loads((here / "converted" / "meaning.json").read_text()) == {
        "classes": ["disc", "ring", "background"], "pixels": "0..1",
    }  # fmt: skip
    assert "ring" in (here / "converted" / "model-card.md").read_text()
    finder = finder_of(settings_with("classifier=converted"))
    assert finder.channels == made.channels


@pytest.mark.parametrize(("words", "said"), [((), "not given"), (("out=./finder",), "the finder's own folder")])
def test_a_conversion_needs_a_folder_of_its_own(
    here: Path, words: tuple[str, ...], said: str, settings_with: Settings
) -> None:
    settings = settings_with("classifier=finder", *words)
    with pytest.raises(InputError, match=rf"^out: {said}\. Give out=DIR, another folder"):
        task_of(settings, searched_with(settings))


def test_a_damaged_finder_is_not_converted(here: Path, settings_with: Settings) -> None:
    (here / "finder" / "finder.json").write_text('{"format": 1}')
    with pytest.raises(InputError, match=r"finder\.json: damaged: no 'background'\. Copy the whole folder"):
        said_by(Path("finder"))
