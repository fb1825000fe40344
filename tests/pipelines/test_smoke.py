"""Every stage through real DVC, Hydra and MLflow, on scikit-learn's digits."""

import json
from typing import Any

import pytest
import yaml

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
        assert {"kernels_01_conv_1.png", "activations.png", "neighbours.png", "projection.png"} <= pictures
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
        assert metrics["certificate/dense.engines.dilate.max_difference"] <= 1e-4
        epochs = {"augmented": 3 + 1, "located": 2}.get(name, 3)
        assert [one.step for one in client.get_metric_history(run.info.run_id, "val_loss")] == list(range(epochs))
        assert {"git.commit", "onednn", "dvc.lock", "fullconv.parameters", "fullconv.outputs"} <= set(run.data.tags)
        assert run.data.params["train.epochs"] == ("2" if name == "located" else "3")
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


def test_the_logged_model_takes_images_of_any_size(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert said.count("[(1, 1), (5, 13)]") == 3
    assert said.count("[(1, 1), (9, 25)]") == 1
    assert "(-1, -1, -1, 1)" in said


def test_publishing_twice_changes_nothing(project: Any) -> None:
    before = {run.info.run_id: run.data for run in project.runs()}
    assert project.stage("publish").count("on the dashboard already") == len(project.names) + 1
    after = {run.info.run_id: run.data for run in project.runs()}
    assert {key: value.to_dictionary() for key, value in before.items()} == {
        key: value.to_dictionary() for key, value in after.items()
    }


def test_a_lost_dashboard_is_filled_again_from_the_outputs(project: Any) -> None:
    def shown(database: str) -> dict[str, Any]:
        runs = project.runs(database)
        return {run.info.run_name: (run.data.metrics, run.data.params) for run in runs}

    project.stage("publish", "tracking.uri=sqlite:///another.db")
    assert shown("another.db") == shown("mlflow.db")


def test_a_publishing_that_was_cut_off_is_done_again(project: Any) -> None:
    from mlflow.tracking import MlflowClient

    (cut,) = project.runs(**{"mlflow.runName": "plain"})
    MlflowClient(f"sqlite:///{project.root}/mlflow.db").delete_tag(cut.info.run_id, "fullconv.outputs")
    project.stage("publish")
    (whole,) = project.runs(**{"mlflow.runName": "plain"})
    assert whole.info.run_id != cut.info.run_id
    assert whole.data.metrics == cut.data.metrics
    assert whole.data.tags["fullconv.outputs"] == cut.data.tags["fullconv.outputs"]


def planned(project: Any) -> set[str]:
    said = project.run("dvc", "repro", "--dry")
    return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


def test_a_knob_of_one_classifier_reruns_only_its_stages(project: Any) -> None:
    params = project.root / "params.yaml"
    kept = params.read_text()
    tree = yaml.safe_load(kept)
    tree["classifiers"]["background"]["train"]["learning_rate"] = 0.002
    params.write_text(yaml.safe_dump(tree, sort_keys=False))
    try:
        # A dry run cannot know that the stages after it will see another classifier; the next test runs them.
        assert planned(project) == {"train@background", "compare", "publish"}
    finally:
        params.write_text(kept)
    assert planned(project) == set()


def test_an_experiment_changes_one_classifier_and_dvc_shows_it(project: Any) -> None:
    # A per-cell head besides: it has no difference to certify, and the comparison must live with that.
    knobs = ["classifiers.background.train.epochs=2", "classifiers.background.convert.head=cell"]
    overrides = [part for knob in ("experiment=smoke", *knobs) for part in ("-S", knob)]
    said = project.run("dvc", "exp", "run", "--name", "shorter", *overrides)
    assert "'train@plain' didn't change" in said
    ran = {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}
    assert ran == {
        "train@background",
        "convert@background",
        "evaluate@background",
        "inspect@background",
        "compare",
        "publish",
    }
    diff = json.loads(project.run("dvc", "metrics", "diff", "--json"))
    changed = diff["results/summary.json"]
    assert any(key.startswith("background.") for key in changed)
    assert not any(key.startswith(("plain.", "augmented.", "located.")) for key in changed)
    shown = project.run("dvc", "exp", "show", "--csv")
    assert "shorter" in shown
    assert "background.val_accuracy" in shown
    summary = json.loads((project.root / "results" / "summary.json").read_text())
    assert summary["background"]["max_difference"] is None
    project.run("dvc", "plots", "show", "-o", "plots")
    page = (project.root / "plots" / "index.html").read_text()
    assert "val_accuracy" in page
    assert "test_AP50" in page
    project.git("checkout", "-q", "--", ".")
    project.run("dvc", "checkout", "--force")
    assert planned(project) == set()


def test_two_forced_runs_leave_the_same_lock_file(project: Any) -> None:
    first = (project.root / "dvc.lock").read_bytes()
    said = project.run("dvc", "repro", "--force")
    assert said.count("Running stage") == 21
    assert (project.root / "dvc.lock").read_bytes() == first
    # Training again at the same parameters, to the same outputs, adds no row.
    assert len(project.runs(**{"mlflow.runName": "plain"})) == 1


@pytest.mark.parametrize(("stage", "way", "second"), [("train@plain", "dvc", 4.0), ("evaluate@plain", "both", 5.0)])
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
    project.stage(
        "evaluate", "classifier=augmented", f"dataset.images={scenes}/images",
        f"dataset.annotations={scenes}/instances.json", "out=own",
    )  # fmt: skip
    own = json.loads((project.root / "own" / "metrics.json").read_text())
    stage = json.loads((project.root / "reports" / "augmented" / "evaluate.json").read_text())
    assert own == stage["test"]
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
    )
    assert "locate.threshold" in project.stage("evaluate", *given, fails=True)
    project.stage("evaluate", *given, "locate.threshold=0.5")
    own = json.loads((project.root / "file" / "metrics.json").read_text())
    stage = json.loads((project.root / "reports" / "augmented" / "evaluate.json").read_text())
    assert (own["AP50"], own["threshold"]) == (stage["test"]["AP50"], 0.5)


def test_an_image_of_ones_own_is_located(project: Any) -> None:
    image = next((project.root / "data" / "mosaics" / "seed_200" / "images").glob("*.png"))
    project.stage("locate", "classifier=augmented", f"image={image}", "out=found")
    found = json.loads((project.root / "found" / "detections.json").read_text())
    report = project.root / "reports" / "augmented" / "detections" / "seed_200.json"
    assert found == json.loads(report.read_text())
    assert (project.root / "found" / "overlay.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("stage", "override", "named"),
    [
        ("train", "train.epoch=3", "epoch"),
        ("train", "classifier=nobody", "classifier"),
        ("train", "tracking.artifacts=null tracking.uri=http://127.0.0.1:9", "tracking.uri"),
        ("evaluate", "dataset.images=nowhere", "dataset.annotations"),
        ("mosaics", "mosaics.test.objects=99", "mosaics.test"),
        ("experiment", "objective=test.F1", "objective"),
        ("locate", "image=nowhere.png", "out"),
        ("prepare", "data.path=nowhere.npz", "nowhere.npz"),
        ("convert", "classifiers.plain.convert.tolerance=-1", "classifiers.plain.convert.tolerance"),
    ],
)
def test_a_stage_refuses_with_one_line_that_names_the_key(project: Any, stage: str, override: str, named: str) -> None:
    said = project.stage(stage, *override.split(), fails=True)
    assert named in said
    assert "Traceback" not in said
