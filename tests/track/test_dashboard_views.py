"""Saved views: what MLflow's pages find on the experiment, and that their charts name metrics that runs have."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import mlflow
import pytest

from fullconv.config.load import compose_settings
from fullconv.config.running import TrackingConfig
from fullconv.track.dashboard import CLASSIFIERS, JOBS, NOTE, TAG, first_tags, saved_views
from fullconv.track.outputs import CURVES
from fullconv.track.store.opening import open_store


def unpacked(view: str) -> Any:
    state = json.loads(view)["state"].removeprefix("deflate;")
    return json.loads(zlib.decompress(base64.b64decode(state)))


@pytest.mark.parametrize("key", [CLASSIFIERS, JOBS])
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
