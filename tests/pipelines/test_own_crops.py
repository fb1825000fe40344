"""A person's own crops through every stage, under their own names: more classes than colours, one with a slash."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from omegaconf import OmegaConf
from PIL import Image, ImageDraw

from fullconv.config.composition import composed
from fullconv.config.load import settings_from
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops

pytestmark = pytest.mark.filterwarnings("ignore")  # what MLflow warns of while it saves a model

SIDE = 24
CLASSES = ("T-shirt/top", *(f"{corners} corners" for corners in range(3, 9)), *(f"ring {size}" for size in range(5)))


def crop(label: int, rng: np.random.Generator) -> Image.Image:
    """Return a drawn shape in colour on a noisy ground of any size."""
    side = int(rng.integers(26, 50))
    ground = np.clip(np.array([90, 130, 100]) + rng.integers(-12, 13, (side, side, 3)), 0, 255).astype(np.uint8)
    image = Image.fromarray(ground)
    draw, colour = ImageDraw.Draw(image), tuple(int(value) for value in rng.integers(150, 256, 3))
    box = (3, 3, side - 4, side - 4)
    if label == 0:
        draw.rectangle((3, 3, side - 4, side // 2), fill=colour)
        draw.rectangle((side // 3, 3, 2 * side // 3, side - 4), fill=colour)
    elif label < 7:
        draw.regular_polygon((side / 2, side / 2, side / 2 - 3), label + 2, rotation=int(rng.integers(60)), fill=colour)
    else:
        draw.ellipse(box, outline=colour, width=label - 4)
    return image


def crops(each: int) -> Arrays:
    rng = np.random.default_rng(0)
    parts: list[Any] = []
    for count in (each, max(4, each // 3)):
        labels = np.repeat(np.arange(len(CLASSES), dtype=np.int32), count)
        images = [crop(int(label), rng) for label in labels]
        sizes = np.array([image.size[::-1] for image in images], np.float32)
        order = rng.permutation(len(labels))
        resized = np.stack([np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)) for image in images])
        parts.append((resized[order], labels[order], sizes[order]))
    (train, labels, sizes), (test, test_labels, test_sizes) = parts
    return Arrays(train, labels, test, test_labels, Crops(CLASSES, sizes, test_sizes))


def written(root: Path, each: int) -> None:
    """Write crops.csv and the crops that it names, whose labels no folder could bear."""
    rng = np.random.default_rng(0)
    (root / "crops").mkdir()
    rows = ["path,label,split"]
    for split, count in (("train", each), ("test", max(4, each // 3))):
        for label, name in enumerate(CLASSES):
            for number in range(count):
                path = f"crops/{split}-{label}-{number}.png"
                crop(label, rng).save(root / path)
                rows.append(f"{path},{name},{split}")
    (root / "crops.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def own(copied: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A clone whose parameters are those of crops in a table, made small."""
    project = copied(tmp_path_factory.mktemp("own") / "fullconv")
    words = [
        "experiment=smoke", "data=csv", "data.path=crops.csv", f"data.side={SIDE}", "train.epochs=1",
        "classifiers.located.train.epochs=1", "classifiers.located.background.windows=400",
        "mosaics.own_validation.images=2", "mosaics.own_test.images=2",
        "inspect.projection=pca", "convert.images=40", "locate.probe=2",
    ]  # fmt: skip
    (project.root / "params.yaml").write_text(composed(project.root / "conf", words))
    written(project.root, 6)
    project.here("prepare")
    project.here("mosaics")
    for name in project.names:
        for stage in ("train", "convert", "evaluate", "inspect"):
            project.here(stage, f"classifier={name}")
    return project


@pytest.mark.xdist_group("own")
def test_the_sets_are_of_crops_in_colour_with_boxes_of_their_sizes(own: Any) -> None:
    folder = own.root / "data" / "mosaics"
    assert sorted(path.name for path in folder.iterdir()) == ["test", "validation"]
    for name in ("validation", "test"):
        coco = json.loads((folder / name / "instances.json").read_text())
        assert [one["name"] for one in coco["categories"]] == sorted(CLASSES)
        assert len(coco["images"]) == 2
        sides = [side for one in coco["annotations"] for side in one["bbox"][2:]]
        assert 26 <= min(sides) <= max(sides) < 50
        with Image.open(folder / name / "images" / "0001.png") as image:
            assert image.mode == "RGB"


@pytest.mark.xdist_group("own")
def test_every_classifier_is_converted_and_measured(own: Any) -> None:
    for name in own.names:
        report = own.root / "reports" / name
        certificate = json.loads((report / "convert.json").read_text())
        assert certificate["max_difference"] <= 1e-5
        measured = json.loads((report / "evaluate.json").read_text())
        assert list(measured) == ["test", "validation"]
        assert measured["test"]["objects"] >= 8
        assert {one["threshold"] for one in measured.values()} == {
            json.loads((report / "threshold.json").read_text())["threshold"]
        }
        inspected = json.loads((report / "inspect.json").read_text())
        assert inspected["chance"] < 0.2  # of twelve classes


@pytest.mark.xdist_group("own")
def test_the_page_shows_the_names_as_they_are(own: Any) -> None:
    # The stage `photos` has nothing to do with the data, and `compare` does not read what it wrote.
    own.here("compare")
    page = (own.root / "results" / "report.html").read_text()
    assert "csv" in page
    assert "T-shirt/top" in page
    assert "60 × as the crops ask, px" not in page
    assert "2 canvases as the crops ask, 4 to 12 objects, overlap up to 0.25" in page
    summary = json.loads((own.root / "results" / "summary.json").read_text())
    assert {"validation", "test"} <= set(summary["located"])
    assert "sizes" not in summary["located"]


@pytest.mark.xdist_group("own")
def test_a_classifier_of_crops_reads_pictures_as_they_are(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fullconv.track.finders import finder_of

    monkeypatch.chdir(own.root)
    params = yaml.safe_load((own.root / "params.yaml").read_text())
    params["classifier"]["name"] = "augmented"
    settings = settings_from(OmegaConf.create(params))
    finder = finder_of(settings)
    assert not finder.sprites
    assert finder.polarity("auto") == "light"
    assert finder.channels.names == [*sorted(CLASSES), "background"]
    assert len(finder.dimensions.sizes) == len(CLASSES)
    assert all(26 <= least < usual < greatest < 50 for least, usual, greatest in finder.dimensions.sizes)
    assert finder_of(
        replace(settings, classifier=replace(settings.classifier, name="models/augmented"))
    ).channels.names == [
        *sorted(CLASSES),
        "background",
    ]


@pytest.mark.xdist_group("own")
def test_a_run_is_of_these_crops_and_its_model_says_so(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fullconv.track.identity import parameters_of
    from fullconv.track.publish import publish
    from fullconv.track.registry.models import FOLDER, model_of_run
    from fullconv.track.store.opening import open_store

    monkeypatch.chdir(own.root)
    own.here("compare")
    settings = settings_from(OmegaConf.load(own.root / "params.yaml"))  # type: ignore[arg-type]
    parameters = parameters_of(settings, "augmented")
    about = json.loads((own.root / "data" / "arrays.json").read_text())
    assert parameters["data.content.test_images"] == about["sha256"]["test_images"]
    assert not any(key.endswith(("data.path", "data.scenes")) for key in parameters)
    store = open_store(settings.tracking)
    assert store is not None
    run_id = publish(store, settings, "augmented", "digest")
    run = store.client.get_run(run_id)
    assert {"test/AP50", "validation/AP50"} <= set(run.data.metrics)
    assert {one.dataset.name for one in run.inputs.dataset_inputs} == {
        "csv train", "csv test", "mosaics validation", "mosaics test"
    }  # fmt: skip
    model = model_of_run(store, run_id)
    files = store.client.list_logged_model_artifacts(model, FOLDER)
    assert f"{FOLDER}/reading.json" in {one.path for one in files}
    location = store.client.get_logged_model(model).artifact_location
    reading = json.loads(Path(location.removeprefix("file://"), FOLDER, "reading.json").read_text())
    assert reading["sprites"] is False
    assert reading["classes"] == sorted(CLASSES)


@pytest.mark.xdist_group("own")
def test_a_job_of_a_sweep_takes_crops_too(own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fullconv.evaluate.scenes.sets import scene_sets
    from fullconv.models.files.read import read_classifier
    from fullconv.sweeps.job import Task, work
    from fullconv.sweeps.search.pruning import measuring

    settings = settings_from(OmegaConf.load(own.root / "params.yaml"))  # type: ignore[arg-type]
    one = settings.classifiers["augmented"]
    small = replace(one, augment=replace(one.augment, epochs=0))
    settings = replace(settings, classifiers={"augmented": small}, names=["augmented"])
    arrays = crops(4)
    monkeypatch.setattr("fullconv.sweeps.job.load_arrays", lambda config, *more: arrays)
    monkeypatch.chdir(tmp_path)  # where nothing is prepared
    work(Task(settings, tmp_path / "job", tmp_path / "checkpoint.npz", None), None)
    done = json.loads((tmp_path / "job" / "objective.json").read_text())
    assert done["classes"] == list(CLASSES)
    assert list(json.loads((tmp_path / "job" / "report" / "evaluate.json").read_text())) == ["test", "validation"]
    classifier = read_classifier(own.root / "models" / "augmented" / "classifier.keras").model
    assert 0 <= measuring(settings, arrays, 1)(classifier) <= 1
    assert {scenes.polarity for scenes in scene_sets(settings.mosaics, own.root / "data" / "mosaics")} == {"light"}


@pytest.mark.xdist_group("own")
def test_another_data_set_is_refused_by_every_stage(own: Any) -> None:
    from fullconv.errors import InputError

    own.here("compare")
    stages = [
        *((one, "classifier=located") for one in ("train", "convert", "evaluate", "inspect")),
        ("mosaics",),
        ("compare",),
    ]
    for stage, *words in stages:
        with pytest.raises(InputError, match=r"^data/arrays\.npz: holds csv, data=csv with other knobs"):
            own.here(stage, "data.side=30", *words)


@pytest.mark.slow
@pytest.mark.smoke
@pytest.mark.xdist_group("own")
def test_dvc_runs_every_stage_on_a_folder_of_crops_and_again_when_one_is_added(
    copied: Callable[[Path], Any], tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    labels = (1, 2, 11)
    for label in labels:
        folder = tmp_path / "crops (mine)" / CLASSES[label]
        folder.mkdir(parents=True)
        for number in range(20):
            crop(label, rng).save(folder / f"{number}.png")
    project = copied(tmp_path / "fullconv")
    words = [
        "experiment=smoke", "data=folder", f"data.path='{tmp_path / 'crops (mine)'}'", "train.epochs=1",
        "classifiers.located.train.epochs=1", "mosaics.own_validation.images=2", "mosaics.own_test.images=2",
        "inspect.projection=pca", "inspect.images=10", "convert.images=10", "locate.probe=2",
    ]  # fmt: skip
    project.run("dvc", "exp", "run", *(part for word in words for part in ("-S", word)))
    summary = json.loads((project.root / "results" / "summary.json").read_text())
    assert {"validation", "test"} <= set(summary["located"])
    page = (project.root / "results" / "report.html").read_text()
    assert all(CLASSES[label] in page for label in labels)
    assert {run.info.run_name for run in project.runs()} == {*project.names, "photos"}
    assert "Data and pipelines are up to date." in project.run("dvc", "status")
    crop(2, rng).save(tmp_path / "crops (mine)" / CLASSES[2] / "another.png")
    assert "crops (mine)" in project.run("dvc", "status", "prepare")
