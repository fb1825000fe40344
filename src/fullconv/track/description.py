"""What a run and its model say of themselves first: the result, in one line."""

from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.run_metrics import CHOICE
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.files import read_json
from fullconv.proof.table import certificate_line
from fullconv.track.dashboard import NOTE

if TYPE_CHECKING:
    from mlflow.entities import Run

    from fullconv.track.store.opening import Store


def result_line(report: Path, seconds: float | None) -> str:
    """Return what a report folder came to; `seconds` is how long the training took, None where nobody knows."""
    sets = read_json(report / "evaluate.json")
    scenes = next((name for name in reversed(CHOICE) if name in sets), next(iter(sets)))
    told = [f"{key} {sets[scenes][key]:.3f}" for key in ("AP50", "AP") if sets[scenes].get(key, UNDEFINED) != UNDEFINED]
    found = f"**{', '.join(told) or 'No object'} on {scenes} mosaics**"
    threshold = f"threshold {read_json(report / 'threshold.json')['threshold']:.3f}"
    trained = [] if seconds is None else [f"trained in {seconds:.0f} s"]
    line = "; ".join([found, f"conversion {certificate_line(read_json(report / 'convert.json'))}", threshold, *trained])
    return f"{line}."


def describe(store: "Store", run: "Run", report: Path, model: str) -> None:
    """Let the description of a run begin with its result, and that of its logged `model`.

    A run whose curves were streamed ended with its training; one that has no end yet does not say how long it took.
    """
    ended = run.info.end_time
    line = result_line(report, None if ended is None else (ended - run.info.start_time) / 1000)
    store.client.set_tag(run.info.run_id, NOTE, f"{line}\n\n{run.data.tags.get(NOTE, '')}".rstrip())
    data = run.data.params.get("data.name", "its data")
    about = f"The classifier `{run.info.run_name}` of {data} as a fully convolutional network: {_MAPS}"
    store.client.set_logged_model_tags(model, {NOTE: f"{line}\n\n{about}"})


_MAPS = "images `(N, H, W, C)` in 0..1 → class scores `(N, H', W', K)`. All that was measured is in its run."
