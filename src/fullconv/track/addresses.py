"""Where a person looks at the runs: the dashboard's addresses that open a saved view at once."""

from typing import TYPE_CHECKING

from fullconv.track.dashboard import CLASSIFIERS, HEATMAPS, JOBS

if TYPE_CHECKING:
    from fullconv.track.store.opening import Store

_VIEWS = {
    "classifiers": CLASSIFIERS,
    "their charts": f"{CLASSIFIERS}&compareRunsMode=CHART",
    "their heatmaps": f"{HEATMAPS}&compareRunsMode=CHART",
    "jobs of sweeps": JOBS,
}


def addresses(server: str, experiment: str) -> dict[str, str]:
    """Return the address of each saved view of an experiment on a server.

    Without `workflowType` MLflow 3 opens on an empty page for language models.
    """
    runs = f"{server}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey="
    return {name: f"{runs}{key}" for name, key in _VIEWS.items()}


def address(store: "Store") -> str:
    """Return where a person looks at the runs of a store: a server's page, or the command that serves a file."""
    if store.uri.startswith("http"):
        return addresses(store.uri, store.experiment_id)["classifiers"]
    return "Look at them: fullconv ui"
