"""The measuring callback of a guided search: what it measures, when it ends a trial; weights do not feel it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.config.load import chosen, compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.data.sources.choice import load_arrays
from fullconv.errors import InputError
from fullconv.sweeps.search.pruning import (
    SEARCH,
    Pruned,
    judge_of,
    measuring,
    pruning_callbacks,
    trial_address,
    watching,
)
from fullconv.sweeps.search.settings import PruningConfig

TINY = (
    "experiment=smoke", "classifier=located", "classifiers.located.train.epochs=3",
    "classifiers.located.background.windows=200", "locate=fixed", "model.head_dropout=0.2",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings() -> Any:
    return compose_settings(*TINY)


@pytest.fixture(scope="module")
def arrays(settings: Any) -> Any:
    return load_arrays(settings.data)


def _pruning(**knobs: Any) -> PruningConfig:
    return PruningConfig(**{"method": "median", "every": 1, "warmup": 0, "startup": 0, "images": 2, **knobs})


def _trained(settings: Any, arrays: Any, callbacks: list[Any]) -> list[Any]:
    from fullconv.train.recipe import train_classifier

    trained = train_classifier(arrays, chosen(settings), settings.data.classes, settings.seed, callbacks)
    return [trained.history.rows(), *trained.classifier.get_weights()]


def test_weights_and_history_are_those_without_it(settings: Any, arrays: Any) -> None:
    seen: dict[int, float] = {}

    def ends(epochs: int, value: float) -> bool:
        seen[epochs] = value
        return False

    callback = watching(measuring(settings, arrays, 2), ends, settings, _pruning())
    rows, *weights = _trained(settings, arrays, [callback])
    plain_rows, *plain = _trained(settings, arrays, [])
    # The last epoch is measured by the job itself.
    assert sorted(seen) == [1, 2]
    assert rows == plain_rows
    assert all(np.array_equal(one, other) for one, other in zip(weights, plain, strict=True))


def test_it_measures_what_the_job_returns_on_fewer_mosaics(settings: Any, arrays: Any, tmp_path: Path) -> None:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.data.scenes.coco import write_scenes
    from fullconv.data.scenes.mosaics import make_scenes
    from fullconv.evaluate.scenes.sets import scene_sets
    from fullconv.models.build import build_classifier
    from fullconv.report.localization import write_report
    from fullconv.track.finders import searching

    config, classes = chosen(settings), settings.data.classes
    classifier = build_classifier(config.model, arrays.train_images.shape[1:], len(classes) + 1, 0)
    mosaics = {"validation": settings.mosaics["validation"]}
    scenes = make_scenes(mosaics["validation"], arrays, settings.data.validation_share, where="")
    write_scenes(tmp_path / "validation", scenes, classes)
    finder = searching(convolutionalize(classifier), classes, config.locate, "")
    report = write_report(tmp_path / "report", finder, scene_sets(mosaics, tmp_path))
    assert measuring(settings, arrays, 1000)(classifier) == report["validation"]["AP50"]


def test_it_listens_every_so_many_epochs_and_ends_when_told() -> None:
    load_tensorflow()
    settings = compose_settings(*TINY)
    callback = watching(lambda model: 0.25, lambda epochs, value: epochs >= 4, settings, _pruning(every=2))
    callback.set_params({"epochs": 6})
    logs: list[dict[str, float]] = [{} for _ in range(4)]
    for epoch in range(3):
        callback.on_epoch_end(epoch, logs[epoch])
    with pytest.raises(Pruned) as pruned:
        callback.on_epoch_end(3, logs[3])
    assert logs == [{}, {"validation_AP50": 0.25}, {}, {"validation_AP50": 0.25}]
    assert (pruned.value.epochs, pruned.value.value) == (4, 0.25)


def test_without_a_search_there_is_no_callback(monkeypatch: pytest.MonkeyPatch, arrays: Any) -> None:
    monkeypatch.delenv(SEARCH, raising=False)
    settings = compose_settings(*TINY, "job.trial=3")
    assert pruning_callbacks(settings, arrays) == []
    address = {"storage": "x", "study": "s", "trial": 3, "pruning": vars(_pruning(method="none"))}
    monkeypatch.setenv(SEARCH, json.dumps(address))
    assert pruning_callbacks(settings, arrays) == []
    address["pruning"] = vars(_pruning())
    monkeypatch.setenv(SEARCH, json.dumps(address))
    assert len(pruning_callbacks(settings, arrays)) == 1


def test_an_objective_on_a_set_that_is_not_there_is_refused(settings: Any, arrays: Any) -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="no set of mosaics 'nowhere'"):
        measuring(replace(settings, objective="nowhere.AP50"), arrays, 1)


def test_a_storage_that_is_away_ends_no_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = f"sqlite:///{tmp_path}/file/study.db"
    (tmp_path / "file").write_text("no folder")
    address = {"storage": storage, "study": "s", "trial": 0, "pruning": vars(_pruning())}
    monkeypatch.setenv(SEARCH, json.dumps(address))
    found = trial_address()
    assert found is not None
    assert judge_of(found)(1, 0.5) is False
    assert "does not answer" in caplog.text
