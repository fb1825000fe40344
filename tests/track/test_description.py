"""The line that a run and its model begin with, and on which data what was measured."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fullconv.files import write_json
from fullconv.track.dashboard import NOTE
from fullconv.track.datasets import measured_on
from fullconv.track.description import describe, result_line
from fullconv.track.photo_run import NOTE as OF_PHOTOS
from fullconv.track.photo_run import described


@pytest.fixture
def report(tmp_path: Path) -> Path:
    found = {"AP50": 0.98676, "AP": 0.89227}
    write_json(tmp_path / "evaluate.json", {"colour": {"AP50": 0.5}, "validation": {"AP50": 0.25}, "test": found})
    write_json(tmp_path / "threshold.json", {"threshold": 0.4869})
    write_json(tmp_path / "convert.json", {"comparable": True, "max_difference": 8.04e-7})
    return tmp_path


def test_the_result_is_one_line(report: Path) -> None:
    assert result_line(report, 94.6) == (
        "**AP50 0.987, AP 0.892 on test mosaics**; conversion at most 8e-07 from its classifier; threshold 0.487; "
        "trained in 95 s."
    )
    assert result_line(report, None).endswith("threshold 0.487.")


@pytest.mark.parametrize(
    ("sets", "begins"),
    [
        ({"validation": {"AP50": 0.25, "AP": -1}, "mine": {"AP50": 0.5}}, "**AP50 0.250 on validation mosaics**"),
        ({"mine": {"AP50": 0.5}}, "**AP50 0.500 on mine mosaics**"),
        ({"test": {"AP50": -1, "AP": -1}}, "**No object on test mosaics**"),
    ],
)
def test_other_sets_are_named_and_nothing_undefined(report: Path, sets: dict[str, Any], begins: str) -> None:
    write_json(report / "evaluate.json", sets)
    assert result_line(report, None).startswith(f"{begins};")


def test_a_run_says_its_result_before_what_it_said_and_its_model_what_it_is(report: Path) -> None:
    said: dict[str, Any] = {}
    client = SimpleNamespace(
        set_tag=lambda run_id, key, value: said.update({f"{run_id} {key}": value}),
        set_logged_model_tags=lambda model, tags: said.update({f"{model} {key}": one for key, one in tags.items()}),
    )
    run: Any = SimpleNamespace(
        info=SimpleNamespace(run_id="r1", run_name="located", start_time=1000, end_time=3000),
        data=SimpleNamespace(tags={NOTE: "What the metrics mean."}, params={"data.name": "mnist"}),
    )
    store: Any = SimpleNamespace(client=client)
    describe(store, run, report, "m-1")
    line = result_line(report, 2)
    assert said[f"r1 {NOTE}"] == f"{line}\n\nWhat the metrics mean."
    assert said[f"m-1 {NOTE}"].startswith(f"{line}\n\nThe classifier `located` of mnist as a fully")


def test_metrics_name_the_data_that_they_were_measured_on() -> None:
    def given(name: str, context: str) -> Any:
        return SimpleNamespace(
            dataset=SimpleNamespace(name=name, digest=f"of {name}"), tags=[SimpleNamespace(value=context)]
        )

    inputs = [
        given("mnist train", "training"),
        given("mnist test", "validation"),
        given("mosaics test", "localization"),
    ]
    run: Any = SimpleNamespace(inputs=SimpleNamespace(dataset_inputs=inputs))
    assert measured_on(run, "test") == ("mosaics test", "of mosaics test")
    assert measured_on(run, "final") == ("mnist test", "of mnist test")
    assert measured_on(run, "certificate") == (None, None)


def test_photos_begin_with_their_result_too() -> None:
    found = {"photos.AP50": 0.5, "photos.pointing": 0.8765, "collages.2x2.pointing": 0.75}
    assert described(found) == f"**pointing 0.876, AP50 0.500 on photos**.\n\n{OF_PHOTOS}"
    assert described({}) == OF_PHOTOS
