"""A finder whose training was tracked: registered, it is searched with as its folder says, and the folder may go."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow.utils import validation

from fullconv.config.running import RegistryConfig
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.finders.folder import write_finder
from fullconv.finders.made import Made
from fullconv.track.finders import finder_of
from fullconv.track.identity import PARAMETERS
from fullconv.track.registry.finder_model import log_finder, metric_name
from fullconv.track.registry.promotion import promote
from fullconv.track.store.opening import open_store

Settings = Callable[..., ExperimentConfig]


def test_a_registered_finder_brings_all_that_its_folder_says(
    made: Made, settings_with: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = replace(
        made, thresholds=(0.25, 0.75), calibration=((0.5, 0.4),), validation={"AP50": 0.875}, config=made.config
    )
    write_finder(tmp_path / "finder", other, {})
    settings = settings_with("tracking.uri=sqlite:///runs.db", "classifier=registry:shapes@champion")
    store = open_store(settings.tracking)
    assert store is not None
    run_id = store.begin("finder", {PARAMETERS: "key"}, {"convert.tolerance": 1e-5, "background.windows": 1500})
    store.client.set_terminated(run_id)
    assert log_finder(store, "finder", "key", tmp_path / "finder", other) == run_id
    assert log_finder(store, "finder", "key", tmp_path / "finder", other) == run_id
    assert log_finder(store, "finder", "another", tmp_path / "finder", other) is None
    promoted = promote(store, RegistryConfig(name="shapes"), run_id)
    assert (promoted.version, promoted.value) == ("1", 0.875)
    shutil.rmtree(tmp_path / "finder")
    finder = finder_of(settings)
    assert (finder.thresholds, finder.calibration, finder.dimensions) == ((0.25, 0.75), ((0.5, 0.4),), made.dimensions)
    assert (finder.config, finder.channels, finder.sprites) == (made.config, made.channels, False)
    images = np.random.default_rng(0).random((1, 60, 70, 1), np.float32)
    np.testing.assert_array_equal(finder.conversion.forward(images), made.conversion.forward(images))
    settings.given = frozenset({"classifier.pixels"})
    with pytest.raises(InputError, match=r"^classifier\.pixels: given, and registry:shapes@champion is a finder"):
        finder_of(settings)


def test_classes_of_any_name_have_metrics_that_mlflow_takes() -> None:
    for name in ("größe", "a b-c.d_e: 1", "猫"):
        assert metric_name(f"validation/AP50_of/{name}") == f"validation/AP50_of/{name}"
    assert metric_name("AP50_of/square [b] (50 %)") == "AP50_of/square _b_ _50 __"
    for name in ("square [b] (50 %)", "100 €", "x" * 300):
        validation._validate_metric_name(metric_name(f"AP50_of/{name}"))
