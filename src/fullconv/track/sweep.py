"""A Hydra callback that makes the jobs of a multirun children of one MLflow run."""

import os
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from fullconv.config.schema import TrackingConfig

PARENT = "FULLCONV_PARENT_RUN"  # an environment variable: workers of any launcher inherit it


class SweepCallback(Callback):
    """Opens the parent run before the first job and closes it after the last."""

    def __init__(self) -> None:
        self._store: Any = None
        self._parent: str | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Open the parent run; make database and experiment once, before jobs run side by side."""
        from fullconv.errors import InputError
        from fullconv.track.identity import provenance
        from fullconv.track.store import open_store

        # Of the rest, keys that the sweep varies still hold all their values at once.
        tracking = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(TrackingConfig), config.tracking))
        assert isinstance(tracking, TrackingConfig)
        try:
            self._store = open_store(tracking)
        except InputError as error:
            # Hydra would only log what a callback raises, and start the jobs.
            raise SystemExit(f"error: {error}") from None
        if self._store is None:
            return
        overrides = [
            *config.hydra.overrides.task,
            *(f"{k}={v}" for k, v in (config.hydra.sweeper.params or {}).items()),
        ]
        name = "sweep " + " ".join(part for part in overrides if "," in part) if overrides else "sweep"
        run = self._store.client.create_run(
            self._store.experiment_id, run_name=name[:200], tags={"stage": "sweep", **provenance()}
        )
        self._parent = run.info.run_id
        os.environ[PARENT] = run.info.run_id

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Close the parent run; it carries the best job's objective."""
        os.environ.pop(PARENT, None)
        if self._store is None or self._parent is None:
            return
        children = self._store.runs({"mlflow.parentRunId": self._parent})
        finished = [run for run in children if "objective" in run.data.metrics]
        if finished:
            best = max(finished, key=lambda run: run.data.metrics["objective"])
            self._store.client.log_metric(self._parent, "objective", best.data.metrics["objective"])
            self._store.client.set_tag(self._parent, "best", best.info.run_name or best.info.run_id)
        state = "FINISHED" if len(finished) == len(children) else "FAILED"
        self._store.client.set_terminated(self._parent, state)
