"""A run that grows while its classifier trains, and never holds the training up."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fullconv.config.quiet import load_tensorflow
from fullconv.track.identity import OUTPUTS, PARAMETERS, digest
from fullconv.track.provenance.code import provenance
from fullconv.track.store.opening import Store, Work, now_ms
from fullconv.track.store.process import PROCESS, this_process, works_elsewhere
from fullconv.track.store.sender import Sender

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Metric

log = logging.getLogger(__name__)

Inputs = Callable[[], "list[DatasetInput]"]  # what a training learns from; asked only where there is a run


def shown(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters worth a column: the knobs. Data and mosaics are the run's dataset inputs."""
    hidden = ("data.", "mosaics.")
    return {key: value for key, value in parameters.items() if key == "data.name" or not key.startswith(hidden)}


class _Stream:
    """What one training sends to its run.

    `find` returns the work on the run, or None where nothing is to be sent; it hears the number of the first epoch, or
    None if there is none. It is called when the first epoch begins, because only then it is known whether a training
    begins anew or goes on. `inputs` are what the run learns from.
    """

    def __init__(self, store: Store, name: str, find: Callable[[int | None], Work | None], inputs: Inputs) -> None:
        self._store = store
        self._find = find
        self._inputs = inputs
        self._sender = Sender(f"{name}: its curves")
        self._begun = False
        self._work: Work | None = None
        self._there: set[tuple[str, int]] = set()

    def begin(self, epoch: int | None) -> None:
        """Say which epoch comes first."""
        if not self._begun:
            self._begun = True
            self._sender.send(lambda: self._open(epoch))

    def epoch(self, number: int, logs: Mapping[str, Any]) -> None:
        """Send an epoch's figures."""
        from mlflow.entities import Metric

        # One that is sent twice is the same to MLflow as long as its time is.
        now = now_ms()
        metrics = [Metric(key, float(value), now, number) for key, value in logs.items()]
        self._sender.send(lambda: self._log(metrics))

    def end(self, status: str | None) -> None:
        """Say how the run ended, or leave it open; what cannot be sent soon is given up."""
        if status is not None:
            self.begin(None)
            self._sender.send(lambda: self._close(status))
        self._sender.close(self._store.timeout)

    def _open(self, epoch: int | None) -> None:
        self._work = self._find(epoch)
        if self._work is None:
            return
        client, run_id = self._store.client, self._work.run_id
        client.log_inputs(run_id, self._inputs())
        if epoch:
            self._there = {
                (key, metric.step)
                for key in client.get_run(run_id).data.metrics
                for metric in client.get_metric_history(run_id, key)
            }

    def _log(self, metrics: "list[Metric]") -> None:
        missing = [one for one in metrics if (one.key, one.step) not in self._there]
        if self._work is not None and missing:
            self._store.client.log_batch(self._work.run_id, metrics=missing)

    def _close(self, status: str) -> None:
        if self._work is not None:
            self._store.end(self._work, status)


def _callback(stream: _Stream, closes: bool) -> Any:
    load_tensorflow()
    import keras

    class Curves(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            """Find the run."""
            stream.begin(epoch)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            """Send the epoch's losses and accuracies, and nothing else: `publish` makes the same from files."""
            stream.epoch(epoch, logs or {})

        def on_train_end(self, logs: Any = None) -> None:
            """Wait a little for what is still on its way."""
            if closes:
                stream.end(None)

    return Curves()


def curves(store: Store, run_id: str, inputs: Inputs) -> Any:
    """Return the Keras callback that names a run's `inputs` and streams an epoch's losses and accuracies to it.

    It sends from a thread of its own: a store that is away neither stops nor delays the training. One warning says
    so; epochs that it missed are sent when it is back before the training ends. Epochs that a run has already are not
    sent again by a training that goes on from a later epoch than the first.
    """
    return _callback(_Stream(store, f"run {run_id}", lambda epoch: Work(run_id, None), inputs), closes=True)


@contextmanager
def live_run(store: Store | None, name: str, parameters: Mapping[str, Any], inputs: Inputs) -> Iterator[list[Any]]:
    """Yield Keras callbacks that stream the curves to a run of these parameters, which names its `inputs`.

    A finished run of the same parameters is left alone (training is deterministic, its curves are there). One that was
    cut off is replaced by a training that begins anew, and continued by one that goes on from a later epoch. The run
    ends as KILLED if a person interrupts the block, as FAILED if it raises. A store that is away fails nothing.
    """
    if store is None:
        yield []
        return
    stream = _Stream(store, name, lambda epoch: _run_of(store, name, parameters, epoch), inputs)
    status = "FAILED"
    try:
        yield [_callback(stream, closes=False)]
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        stream.end(status)


def _run_of(store: Store, name: str, parameters: Mapping[str, Any], epoch: int | None) -> Work | None:
    """Return the work on the run to stream to; None if these curves are on the dashboard or on their way there."""
    key = digest(dict(parameters))
    cut_off = []
    for run in store.runs({PARAMETERS: key, "mlflow.runName": name}):
        if OUTPUTS in run.data.tags:
            log.info("these parameters are on the dashboard already: run %s", run.info.run_id)
            return None
        if run.info.status == "RUNNING" and works_elsewhere(run.data.tags.get(PROCESS)):
            log.info("another process trains with these parameters: run %s has its curves", run.info.run_id)
            return None
        cut_off.append(run.info.run_id)
    tags = {"stage": "train", PROCESS: this_process(), **provenance()}
    if epoch != 0 and cut_off:
        for key_, value in tags.items():
            store.client.set_tag(cut_off[0], key_, value)
        return store.work_on(str(cut_off[0]))
    for run_id in cut_off:
        store.client.delete_run(run_id)
    return store.work_anew(name, {PARAMETERS: key, **tags}, shown(parameters))
