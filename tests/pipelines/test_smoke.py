"""Every stage through real DVC, Hydra and MLflow, on scikit-learn's digits."""

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from fullconv.errors import InputError
from fullconv.track.outputs import CURVES

pytestmark = [pytest.mark.smoke, pytest.mark.xdist_group("pipeline")]


def test_first_run_leaves_every_output(project: Any) -> None:
    for name in project.names:
        report = project.root / "reports" / name
        tables = ("history.csv", "neighbourhood.csv")
        for file in ("train.json", "convert.json", "evaluate.json", "intervals.json", "threshold.json", *tables):
            assert (report / file).stat().st_size, file
        certificate = json.loads((report / "convert.json").read_text())
        assert certificate["images"] == 100
        assert certificate["max_difference"] <= 1e-5
        assert certificate["parameters"]["classifier"] == certificate["parameters"]["conversion"]
        assert certificate["dense"]["cells"] > 0
        inspected = json.loads((report / "inspect.json").read_text())
        assert inspected["images"] == 100
        assert inspected["chance"] < inspected["agreement"] <= 1
        assert (report / "embeddings.csv").read_text().count("\n") == 1 + 100
        pictures = {path.name for path in (report / "inspection").iterdir()}
        assert {
            "kernels_01_conv_1.png",
            "activations.png",
            "neighbours.png",
            "projection.png",
            "windows.png",
        } <= pictures
    summary = json.loads((project.root / "results" / "summary.json").read_text())
    assert list(summary) == sorted(project.names)
    assert (project.root / "results" / "overview.png").read_bytes().startswith(b"\x89PNG")
    page = (project.root / "results" / "report.html").read_text()
    assert all(name in page for name in project.names)
    assert "src=" not in page
    assert not list(project.root.rglob(".partial-*"))


def test_one_threshold_serves_all_sets_and_comes_from_validation(project: Any) -> None:
    for name in project.names:
        report = project.root / "reports" / name
        chosen = json.loads((report / "threshold.json").read_text())
        assert chosen["set"] == "validation"
        metrics = json.loads((report / "evaluate.json").read_text())
        assert {one["threshold"] for one in metrics.values()} == {chosen["threshold"]}


def test_outputs_hold_no_path_of_this_machine_and_no_run_id(project: Any) -> None:
    runs = [run.info.run_id for run in project.runs()]
    assert runs
    for folder in ("reports", "results", "models"):
        for path in (project.root / folder).rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert str(project.root).encode() not in content, path
                assert not any(run.encode() in content for run in runs), path


def test_nothing_to_do_is_quick_and_does_not_load_tensorflow(project: Any) -> None:
    said = project.run("-X", "importtime", "-m", "dvc", "repro")
    assert "Data and pipelines are up to date." in said
    imported = {
        line.split("|")[-1].strip().split(".")[0] for line in said.splitlines() if line.startswith("import time")
    }
    assert "dvc" in imported
    assert not imported & {"tensorflow", "keras", "mlflow"}


def test_one_row_a_classifier_with_all_a_reviewer_needs(project: Any) -> None:
    from mlflow.tracking import MlflowClient

    runs = {run.info.run_name: run for run in project.runs()}
    assert sorted(runs) == sorted([*project.names, "photos"])
    runs.pop("photos")
    client = MlflowClient(f"sqlite:///{project.root}/mlflow.db")
    for name, run in runs.items():
        report = json.loads((project.root / "reports" / name / "evaluate.json").read_text())
        metrics = run.data.metrics
        inspected = json.loads((project.root / "reports" / name / "inspect.json").read_text())
        assert metrics["inspect/agreement"] == inspected["agreement"]
        assert metrics["test/AP50"] == pytest.approx(report["test"]["AP50"], rel=1e-5)
        assert {"val_accuracy", "certificate/max_difference", "test/pointing", "final/val_accuracy"} <= set(metrics)
        assert all(value >= 0 for value in metrics.values())
        epochs = {"augmented": (3, 1), "located": (6, 0)}[name]
        assert [one.step for one in client.get_metric_history(run.info.run_id, "val_loss")] == list(range(sum(epochs)))
        assert {"parameters", "outputs", "git.commit", "onednn", "dvc.lock"} <= {
            tag.removeprefix("fullconv.") for tag in run.data.tags if tag.startswith("fullconv.")
        }
        assert {tag for tag in run.data.tags if not tag.startswith(("fullconv.", "mlflow."))} == {"stage"}
        assert run.data.params["train.epochs"] == str(epochs[0])
        inputs = {one.dataset.name for one in run.inputs.dataset_inputs}
        assert {"digits train", "digits test", "mosaics test"} <= inputs
        kept = {one.path for one in client.list_artifacts(run.info.run_id)}
        assert {
            "contact_sheets",
            "images",
            "inspection",
            "detections.json",
            "certificate.json",
            "history.png",
            "report",
            "report.html",
        } <= kept
        assert run.data.tags["mlflow.loggedImages"] == "True"
        (model,) = run.outputs.model_outputs
        logged = client.get_logged_model(model.model_id)
        assert {one.key: one.value for one in logged.metrics} == {
            key: value for key, value in metrics.items() if key not in CURVES
        }
        last = client.get_metric_history(run.info.run_id, "val_loss")[-1].timestamp
        assert last <= run.info.end_time < logged.creation_timestamp  # its training's, whenever it is published


def test_one_row_for_the_photos(project: Any) -> None:
    from mlflow.tracking import MlflowClient

    (run,) = project.runs(**{"mlflow.runName": "photos"})
    numbers = json.loads((project.root / "results" / "photos.json").read_text())
    assert run.data.metrics["photos.pointing"] == numbers["photos"]["pointing"]
    assert run.data.metrics["collages.2x2.pointing"] == numbers["collages"]["2x2"]["pointing"]
    assert set(numbers["ways"]) == {"cell confident"}
    assert {"photos.model", "photos.locate.levels", "photos.locate.fuse"} <= set(run.data.params)
    kept = {one.path for one in MlflowClient(f"sqlite:///{project.root}/mlflow.db").list_artifacts(run.info.run_id)}
    assert kept == {"ways.json", "photos", "collages", "report"}
    found = json.loads((project.root / "reports" / "photos" / "detections.json").read_text())
    assert {one["category_id"] for one in found} <= set(range(1, 11))


def test_the_logged_model_takes_images_of_any_size(project: Any) -> None:
    code = (
        "import mlflow, numpy as np, sys;"
        "mlflow.set_tracking_uri('sqlite:///mlflow.db');"
        "models = mlflow.search_logged_models(experiment_ids=['1'], output_format='list');"
        "models = [mlflow.pyfunc.load_model(one.model_uri) for one in models];"
        "sizes = ((28, 28), (60, 124));"
        "print([[one.predict(np.zeros((1, h, w, 1), np.float32)).shape[1:3] for h, w in sizes] for one in models]);"
        "print(models[0].metadata.signature.inputs)"
    )
    said = project.run("-c", code)
    # At stride 8, and at the stride 4 of `located`.
    assert said.count("[(1, 1), (5, 13)]") == 1
    assert said.count("[(1, 1), (9, 25)]") == 1
    assert "(-1, -1, -1, 1)" in said


def published(project: Any, database: str) -> dict[str, Any]:
    runs = project.runs(database)
    return {run.info.run_name: (run.info.run_id, run.data.metrics, run.data.params) for run in runs}


@pytest.mark.filterwarnings("ignore")  # what MLflow warns of while it saves a model is not what is tested here
def test_a_lost_dashboard_is_filled_again_and_a_second_publishing_mends_what_was_cut_off(project: Any) -> None:
    from mlflow.tracking import MlflowClient

    other = "tracking.uri=sqlite:///another.db"
    project.here("publish", other)
    first = published(project, "another.db")
    assert {name: one[1:] for name, one in first.items()} == {
        name: one[1:] for name, one in published(project, "mlflow.db").items()
    }
    cut = first["augmented"][0]
    MlflowClient(f"sqlite:///{project.root}/another.db").delete_tag(cut, "fullconv.outputs")
    project.here("publish", other)
    second = published(project, "another.db")
    assert {name for name in first if second[name] != first[name]} == {"augmented"}
    assert second["augmented"][0] != cut
    assert second["augmented"][1:] == first["augmented"][1:]


def planned(project: Any) -> set[str]:
    said = project.run("dvc", "repro", "--dry")
    return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


def test_a_knob_of_one_classifier_reruns_only_its_stages(project: Any) -> None:
    params = project.root / "params.yaml"
    kept = params.read_text()
    tree = yaml.safe_load(kept)
    tree["classifiers"]["augmented"]["train"]["learning_rate"] = 0.002
    params.write_text(yaml.safe_dump(tree, sort_keys=False))
    try:
        # A dry run cannot know that the stages after it will see another classifier.
        assert planned(project) == {"train@augmented", "compare", "publish"}
    finally:
        params.write_text(kept)
    assert planned(project) == set()


@dataclass(frozen=True)
class Tried:
    """What DVC said and showed of an experiment that changes one classifier."""

    said: str
    changed: dict[str, Any]
    experiments: str
    summary: dict[str, Any]
    plots: str


@pytest.fixture(scope="module")
def cells(project: Any) -> Tried:
    """An experiment with a per-cell head: it has no difference to certify, and the comparison must live with that."""
    from mlflow.tracking import MlflowClient

    before = {run.info.run_id for run in project.runs()}
    knob = "classifiers.augmented.convert.head=cell"
    said = project.run("dvc", "exp", "run", "--name", "cells", "-S", "experiment=smoke", "-S", knob)
    changed = json.loads(project.run("dvc", "metrics", "diff", "--json"))
    summary = json.loads((project.root / "results" / "summary.json").read_text())
    project.run("dvc", "plots", "show", "-o", "plots")
    plots = (project.root / "plots" / "index.html").read_text()
    experiments = project.run("dvc", "exp", "show", "--csv")
    # For whoever looks at the project next.
    project.git("checkout", "-q", "--", ".")
    project.run("dvc", "checkout", "--force")
    for run in project.runs():
        if run.info.run_id not in before:
            MlflowClient(f"sqlite:///{project.root}/mlflow.db").delete_run(run.info.run_id)
    return Tried(said, changed, experiments, summary, plots)


def test_an_experiment_changes_one_classifier_and_dvc_shows_it(project: Any, cells: Tried) -> None:
    assert "'train@augmented' didn't change" in cells.said
    ran = {line.split("'")[1] for line in cells.said.splitlines() if line.startswith("Running stage")}
    assert ran == {"convert@augmented", "evaluate@augmented", "compare", "publish"}
    assert list(cells.changed) == ["results/metrics/augmented.json"]
    assert cells.changed["results/metrics/augmented.json"]["certificate"]["new"] == "not comparable"
    assert "cells" in cells.experiments
    assert "results/metrics/augmented.json:accuracy" in cells.experiments
    assert cells.summary["augmented"]["max_difference"] is None
    assert "val_accuracy" in cells.plots
    assert "test_AP50" in cells.plots
    assert "<script src" not in cells.plots  # nothing is fetched
    assert cells.plots.count("<img ") <= 12
    assert planned(project) == set()


def check_second_run(project: Any, harness: Any, stages: set[str]) -> None:
    """Let a DVC to which some stages are out of date be killed with its training, start it once more, and compare."""
    place = harness.Workplace(project.root, project.environment())
    before, checkpoint = place.lock(), project.root / "checkpoints" / "located" / "training.npz"
    harness.outdate(place, stages)
    with place.start("repro", "--no-run-cache") as dvc:
        while not checkpoint.exists():
            assert dvc.poll() is None
            time.sleep(0.01)
        stage = harness.stage_of(dvc.pid)
        dvc.kill()
        stage.kill()
        cut, _ = dvc.communicate()
    said = place.dvc("repro", "--no-run-cache")
    assert sorted(harness.RUNNING.findall(cut) + harness.RUNNING.findall(said)) == sorted([*stages, "train@located"])
    assert harness.GOES_ON.search(said)
    assert place.lock() == before
    assert harness.leftovers(project.root) == []
    # Training again at the same parameters, to the same outputs, adds no row.
    assert harness.rows(project.root) == harness.whole_rows(project.root)
    assert planned(project) == set()


def test_a_killed_training_goes_on_and_a_second_run_leaves_the_same_lock_file(project: Any, harness: Any) -> None:
    # What the other stages write is written twice, to the same bytes, by tests of reports, scenes and conversions.
    check_second_run(project, harness, {"train@located", "publish"})


@pytest.mark.slow
def test_a_second_run_of_every_stage_leaves_the_same_lock_file(project: Any, harness: Any) -> None:
    check_second_run(project, harness, set(yaml.safe_load((project.root / "dvc.lock").read_text())["stages"]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "way", "second"), [("train@augmented", "dvc", 4.0), ("evaluate@augmented", "both", 5.0)]
)
def test_what_is_killed_and_run_again_ends_as_if_it_had_not_been(
    project: Any, harness: Any, stage: str, way: str, second: float
) -> None:
    # `make kills` does this to every stage, in every way.
    place = harness.Workplace(project.root, project.environment())
    expected = harness.whole_rows(project.root)
    one = harness.killed(place, harness.Kill(stage, way, second), place.lock(), expected)
    assert stage in one["ran"]
    assert harness.passed(one), one
    assert planned(project) == set()


def test_a_dataset_of_ones_own_gives_the_same_metrics_as_the_stage(project: Any) -> None:
    scenes = project.root / "data" / "mosaics" / "test"
    given = (f"dataset.images={scenes}/images", f"dataset.annotations={scenes}/instances.json")
    project.here("evaluate", "classifier=augmented", *given, "out=own")
    own = json.loads((project.root / "own" / "metrics.json").read_text())
    stage = json.loads((project.root / "reports" / "augmented" / "evaluate.json").read_text())
    assert {key: value for key, value in own.items() if "_of/" not in key} == stage["test"]
    found = json.loads((project.root / "own" / "detections.json").read_text())
    assert found == json.loads((project.root / "reports" / "augmented" / "detections" / "test.json").read_text())
    assert (project.root / "own" / "contact_sheet.png").read_bytes().startswith(b"\x89PNG")


def test_a_classifier_file_of_ones_own_is_measured_at_a_given_threshold(project: Any) -> None:
    scenes = project.root / "data" / "mosaics" / "test"
    given = (
        "classifier.path=models/augmented/classifier.keras",
        f"dataset.images={scenes}/images",
        f"dataset.annotations={scenes}/instances.json",
        "out=file",
        "locate.sizes=[12,128]",
        "dataset.polarity=auto",
    )
    project.here("evaluate", *given, "locate.threshold=0.5")
    own = json.loads((project.root / "file" / "metrics.json").read_text())
    stage = json.loads((project.root / "reports" / "augmented" / "evaluate.json").read_text())
    assert (own["AP50"], own["threshold"]) == (stage["test"]["AP50"], 0.5)


def test_an_image_of_ones_own_is_located(project: Any) -> None:
    image = next((project.root / "data" / "mosaics" / "seed_200" / "images").glob("*.png"))
    project.here("locate", "classifier=augmented", f"image={image}", "out=found")
    found = json.loads((project.root / "found" / "detections.json").read_text())
    report = project.root / "reports" / "augmented" / "detections" / "seed_200.json"
    assert found == json.loads(report.read_text())
    assert (project.root / "found" / "overlay.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("stage", "override", "named"),
    [
        ("train", "classifier=nobody", "classifier"),
        ("train", "tracking.artifacts=null tracking.uri=http://127.0.0.1:9", "tracking.uri"),
        ("evaluate", "dataset.images=nowhere", "dataset.annotations"),
        ("mosaics", "mosaics.test.objects=99", "mosaics.test"),
        ("experiment", "objective=test.F1", "objective"),
        ("locate", "image=nowhere.png", "out"),
        ("convert", "classifiers.augmented.convert.tolerance=-1", "classifiers.augmented.convert.tolerance"),
    ],
)
def test_a_stage_refuses_and_names_the_key(project: Any, stage: str, override: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        project.here(stage, *override.split())
    assert caught.value.where.startswith(named)


@pytest.mark.parametrize(
    ("stage", "override", "named"),
    [("train", "train.epoch=3", "epoch"), ("prepare", "data.path=nowhere.npz", "nowhere.npz")],
)
def test_a_stage_that_refuses_says_so_in_one_line(project: Any, stage: str, override: str, named: str) -> None:
    said = project.stage(stage, override, fails=True)
    assert named in said
    assert "Traceback" not in said
