"""Saved views: what MLflow's pages find on the experiment, and that their charts name metrics that runs have."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import mlflow
import pytest
import yaml

from fullconv.config.layout import conf_folder
from fullconv.config.load import compose_settings
from fullconv.config.running import TrackingConfig
from fullconv.track.addresses import addresses
from fullconv.track.dashboard import CLASSIFIERS, HEATMAPS, JOBS, KNOBS, NOTE, SWEPT, TAG, first_tags, saved_views
from fullconv.track.identity import parameters_of
from fullconv.track.live import shown
from fullconv.track.outputs import CURVES
from fullconv.track.store.opening import open_store


def unpacked(view: str) -> Any:
    state = json.loads(view)["state"].removeprefix("deflate;")
    return json.loads(zlib.decompress(base64.b64decode(state)))


@pytest.mark.parametrize("key", [CLASSIFIERS, HEATMAPS, JOBS])
def test_a_view_shows_every_set_of_mosaics_every_curve_and_the_heatmaps(key: str) -> None:
    state = unpacked(saved_views()[f"{TAG}{key}"])
    charts = state["compareRunCharts"]
    mosaics = {name: one for name, one in compose_settings().mosaics.items() if not name.startswith("seed_")}
    assert {chart["metricKey"] for chart in charts if chart["type"] == "LINE"} == set(CURVES)
    bars = {chart["metricKey"] for chart in charts if chart["type"] == "BAR"}
    assert {f"{name}/AP50" for name in mosaics} <= bars
    pictures = {picture for chart in charts if chart["type"] == "IMAGE" for picture in chart["imageKeys"]}
    assert {f"heatmap/{name}" for name, one in mosaics.items() if one.figures} == pictures
    sections = [section["uuid"] for section in state["compareRunSections"]]
    assert {chart["metricSectionId"] for chart in charts} == set(sections)
    assert len({chart["uuid"] for chart in charts}) == len(charts)
    assert state["orderByKey"].endswith("/AP50`")


def test_the_best_comes_first_in_the_table_and_among_the_pictures_that_run_against_it() -> None:
    table, pictures = (unpacked(saved_views()[f"{TAG}{key}"]) for key in (CLASSIFIERS, HEATMAPS))
    assert (table["orderByAsc"], pictures["orderByAsc"]) == (False, True)
    assert table["orderByKey"] == pictures["orderByKey"]
    assert {one["type"] for one in pictures["compareRunCharts"][:6]} == {"IMAGE"}


def test_the_axes_are_knobs_that_vary() -> None:
    settings = compose_settings()
    made = [shown(parameters_of(settings, name)) for name in settings.names]
    assert all(len({str(one[knob]) for one in made}) > 1 for knob in KNOBS)
    swept = {
        key.removeprefix("classifiers.plain.")
        for path in (conf_folder() / "sweep").glob("*.yaml")
        for key in yaml.safe_load(path.read_text())["hydra"]["sweeper"]["params"]
    }
    # A sweep over variants varies much at once; one over models their architecture.
    named = {"model": "model.architecture"}
    assert {named.get(key, key) for key in swept if not key.startswith("variant@")} == set(SWEPT)
    axes = {key: unpacked(saved_views()[f"{TAG}{key}"])["compareRunCharts"] for key in (CLASSIFIERS, JOBS)}
    drawn = {key: [one for one in charts if one["type"] == "PARALLEL"] for key, charts in axes.items()}
    assert [one["selectedParams"] for one in drawn[CLASSIFIERS]] == [list(KNOBS)]
    assert [one["selectedParams"] for one in drawn[JOBS]] == [list(SWEPT)]
    assert drawn[JOBS][0]["selectedMetrics"] == ["test/AP50"]


def test_an_address_names_a_view_that_is_there_and_the_pages_of_trainings() -> None:
    found = addresses("http://127.0.0.1:5000", "7")
    assert found["classifiers"] == (
        f"http://127.0.0.1:5000/#/experiments/7/runs?workflowType=machine_learning&viewStateShareKey={CLASSIFIERS}"
    )
    named = {address.split("viewStateShareKey=")[1].split("&")[0] for address in found.values()}
    assert {f"{TAG}{key}" for key in named} == set(saved_views())


def test_the_views_lie_on_the_experiment_and_a_persons_own_version_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    try:
        config = TrackingConfig(uri="sqlite:///mlflow.db", experiment="views", artifacts="artifacts")
        store = open_store(config)
        assert store is not None
        tags = store.client.get_experiment(store.experiment_id).tags
        assert {key: tags[key] for key in first_tags()} == first_tags()
        store.client.set_experiment_tag(store.experiment_id, NOTE, "our digits")
        store.client.set_experiment_tag(store.experiment_id, f"{TAG}{JOBS}", "mine")
        store.client.delete_experiment_tag(store.experiment_id, f"{TAG}{CLASSIFIERS}")
        open_store(config)
        tags = store.client.get_experiment(store.experiment_id).tags
        assert (tags[f"{TAG}{JOBS}"], tags[NOTE]) == ("mine", "our digits")
        assert tags[f"{TAG}{CLASSIFIERS}"] == saved_views()[f"{TAG}{CLASSIFIERS}"]
    finally:
        mlflow.set_tracking_uri(before)
