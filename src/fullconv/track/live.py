"""A run that grows while its classifier trains."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fullconv.config.quiet import load_tensorflow
from fullconv.track.identity import digest, provenance
from fullconv.track.store import Store

log = logging.getLogger(__name__)

PARAMETERS = "fullconv.parameters"  # tag: digest of what determines the outputs
OUTPUTS = "fullconv.outputs"  # tag: digest of the outputs; only a published run has it


def shown(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters worth a column: the knobs. Data and mosaics are the run's dataset inputs."""
    hidden = ("data.", "mosaics.")
    return {key: value for key, value in parameters.items() if key == "data.name" or not key.startswith(hidden)}


def curves() -> Any:
    """Return the Keras callback that streams an epoch's losses and accuracies to the active run.

    It logs nothing else, so that a run that streamed holds the same as one that `publish` made from files.
    """
    load_tensorflow()
    from mlflow.keras import MlflowCallback

    class Curves(MlflowCallback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            """Leave out the optimizer's settings: the run has the knobs they come from."""

        def on_test_end(self, logs: Any = None) -> None:
            """Leave out what the epoch's `val_…` say."""

    return Curves()


@contextmanager
def live_run(store: Store | None, name: str, parameters: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield Keras callbacks that stream the curves to a run of these parameters.

    A finished run of the same parameters is left alone (training is deterministic, its curves are there); one
    that was cut off is replaced. The run ends as FAILED if the block raises.
    """
    if store is None:
        yield []
        return
    import mlflow

    key = digest(dict(parameters))
    for run in store.runs({PARAMETERS: key, "mlflow.runName": name}):
        if OUTPUTS in run.data.tags:
            log.info("these parameters are on the dashboard already: run %s", run.info.run_id)
            yield []
            return
        store.client.delete_run(run.info.run_id)
    with mlflow.start_run(run_name=name, tags={PARAMETERS: key, "stage": "train", **provenance()}):
        mlflow.log_params(shown(parameters))
        yield [curves()]
