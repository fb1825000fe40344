"""The best run's model as a version of a registered model, under an alias: only with a passing certificate."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullconv.config.running import RegistryConfig
from fullconv.errors import InputError
from fullconv.track.identity import fact
from fullconv.track.registry.models import answering, model_of_run
from fullconv.track.store.opening import Store

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

CERTIFICATE = "certificate/max_difference"
TOLERANCE = "convert.tolerance"  # a run's parameter
LEARNED = "background.windows"  # a run's parameter: above 0, the background was learned from windows of scenes


@dataclass(frozen=True)
class Promoted:
    """What a promotion did: the version, whether it is new, and the metrics of its run and of the champion before."""

    run: "Run"
    version: str
    registered: bool  # by this call
    moved: bool  # the alias points to it since this call
    value: float
    before: float | None  # the former champion's metric; None: there was none, or it has no such metric


def promote(store: Store, config: RegistryConfig, run_id: str | None) -> Promoted:
    """Register a run's model and give it the alias; without `run_id`, that of the best run by `registry.metric`.

    The best is sought among finished runs whose background was learned from windows and whose certificate passes; it
    must beat the present holder of the alias. A run that is named needs the certificate alone. Twice is as once.

    Raises:
        InputError: no such run, none that can be promoted, a certificate that fails, or a better champion.
    """
    with answering(store), store.locked("promote"):
        run = _best(store, config.metric) if run_id is None else _named(store, run_id, config.metric)
        value = run.data.metrics[config.metric]
        present = _present(store, config)
        before = None if present is None else _metric_of(store, present.run_id, config.metric)
        ours = None if present is None else present.run_id == run.info.run_id
        if run_id is None and not ours and present is not None and before is not None and before >= value:
            received = f"{config.name}/{present.version} of run {present.run_id} has {config.metric} {before:.4f}"
            mend = f"It stays; the best other run, {run.info.run_id}, has {value:.4f}. run=ID promotes it all the same."
            raise InputError(f"{config.name}@{config.alias}", received, mend)
        version, registered = _registered(store, config, run)
        if not ours:
            store.client.set_registered_model_alias(config.name, config.alias, version)
        return Promoted(run, version, registered, not ours, value, before)


def refusal(run: "Run", metric: str) -> InputError | None:
    """Return why a run's model cannot be promoted: the metric or the certificate is missing or fails."""
    where = f"run {run.info.run_id} ({run.info.run_name})"
    if not math.isfinite(run.data.metrics.get(metric, math.nan)):
        return InputError(where, f"has no {metric}", "Promote a run of `publish` or of a sweep, which have evaluated.")
    difference = run.data.metrics.get(CERTIFICATE)
    tolerance = float(run.data.params.get(TOLERANCE, "nan"))
    if difference is None:
        return InputError(where, f"has no {CERTIFICATE}: nothing was certified", "Convert it with convert.head=window.")
    if not difference <= tolerance:  # not a number is not within it either
        received = f"{CERTIFICATE} is {difference:g}, above {TOLERANCE} {tolerance:g}"
        return InputError(where, received, "A conversion that differs from its classifier is not promoted.")
    return None


def candidates(store: Store, metric: str) -> "Iterator[Run]":
    """Yield the finished runs that have the metric and whose background was learned from windows, best first."""
    query, token = f"attributes.status = 'FINISHED' and metrics.`{metric}` >= 0", None
    while True:
        order = [f"metrics.`{metric}` DESC", "attributes.start_time DESC"]
        page = store.client.search_runs([store.experiment_id], query, order_by=order, page_token=token)
        yield from (run for run in page if float(run.data.params.get(LEARNED, 0)) > 0)
        token = page.token
        if not token:
            return


def _best(store: Store, metric: str) -> "Run":
    refused: InputError | None = None
    for run in candidates(store, metric):
        why = refusal(run, metric) or _without_model(store, run)
        if why is None:
            return run
        refused = refused or why
    if refused is not None:
        raise refused
    received = f"no finished run in {store.uri} that has {metric} and learned its background from windows"
    raise InputError("registry", received, "Run dvc repro, whose classifier `located` does, or give run=ID.")


def _named(store: Store, run_id: str, metric: str) -> "Run":
    run = find_run(store, run_id)
    why = refusal(run, metric) or _without_model(store, run)
    if why is not None:
        raise why
    return run


def find_run(store: Store, run_id: str) -> "Run":
    """Return a run by its id.

    Raises:
        InputError: the store has none of this id.
    """
    from mlflow.exceptions import MlflowException

    try:
        return store.client.get_run(run_id)
    except MlflowException as error:
        mend = "An id stands on the run's page, and in the table of fullconv runs."
        raise InputError("run", f"no run {run_id!r} in {store.uri}", mend) from error


def _without_model(store: Store, run: "Run") -> InputError | None:
    if model_of_run(store, run.info.run_id) is not None:
        return None
    return InputError(f"run {run.info.run_id} ({run.info.run_name})", "has logged no model", "Publish or run it anew.")


def _present(store: Store, config: RegistryConfig) -> "ModelVersion | None":
    found = store.client.search_registered_models(f"name = '{config.name}'")
    number = found[0].aliases.get(config.alias) if found else None
    return None if number is None else store.client.get_model_version(config.name, str(number))


def _metric_of(store: Store, run_id: str, metric: str) -> float | None:
    from mlflow.exceptions import MlflowException

    try:
        value: float | None = store.client.get_run(run_id).data.metrics.get(metric)
    except MlflowException:  # the run was deleted for good; its version remains
        return None
    return value


def _registered(store: Store, config: RegistryConfig, run: "Run") -> tuple[str, bool]:
    """Return the version of a run's model, and whether this call made it."""
    if not store.client.search_registered_models(f"name = '{config.name}'"):
        store.client.create_registered_model(config.name, description=_NOTE)
    there = store.client.search_model_versions(f"name = '{config.name}' and run_id = '{run.info.run_id}'")
    if there:
        return str(there[0].version), False
    model = model_of_run(store, run.info.run_id)
    made = store.client.create_model_version(
        config.name,
        source=f"models:/{model}",
        run_id=run.info.run_id,
        model_id=model,
        tags=_tags(run, config.metric),
        description=_description(run, config),
    )
    return str(made.version), True


_NOTE = """Classifiers made fully convolutional: an image `(N, H, W, C)` in 0..1 → class scores `(N, H', W', K)`.
Each version's description says which run it is of and how to load it. More: docs/team/registry.md."""


def _tags(run: "Run", metric: str) -> dict[str, str]:
    tags = {
        "run": run.info.run_id,
        "classifier": run.data.params.get("classifier", ""),
        "data": run.data.params.get("data.name", ""),
        "git.commit": fact(run.data.tags, "git.commit") or "",
        metric: f"{run.data.metrics[metric]:.6g}",
        CERTIFICATE: f"{run.data.metrics[CERTIFICATE]:.3g}",
        TOLERANCE: run.data.params[TOLERANCE],
    }
    return {key: value for key, value in tags.items() if value}


def _description(run: "Run", config: RegistryConfig) -> str:
    rows = "\n".join(f"| {key} | {value} |" for key, value in _tags(run, config.metric).items())
    return f"""| | |
| --- | --- |
{rows}

Find objects with it: `fullconv locate classifier=registry:{config.name}@{config.alias} image=FILE out=DIR`
Serve its score maps: `mlflow models serve -m models:/{config.name}@{config.alias} --env-manager local`
See what made it: `fullconv restore run={run.info.run_id}`"""
