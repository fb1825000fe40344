"""A state of DVC's pipeline → the runs on the dashboard that show it.

fullconv runs                  of this folder's dvc.lock
fullconv runs rev=v1.0         of a commit, branch or tag, or a DVC experiment's name
"""

from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig


@program
def main(settings: ExperimentConfig) -> None:
    """Print one row a classifier."""
    from fullconv.terminal.tables import figure, print_table
    from fullconv.track.addresses import address
    from fullconv.track.provenance.states import lock_of, runs_of
    from fullconv.track.registry.models import answering, existing_store

    lock = lock_of(settings.rev)
    store = existing_store(settings.tracking)
    metric = settings.registry.metric
    with answering(store):
        shown = runs_of(store, lock)
    rows = [
        [one.name, "none: dvc repro publish", ""]
        if one.run is None
        else [one.name, one.run.info.run_id, figure(one.run.data.metrics.get(metric))]
        for one in shown
    ]
    print_table(f"Runs of {settings.rev or 'this folder'}", rows, ["classifier", "run", metric])
    print(address(store))
    print("To see what made one: fullconv restore run=ID")
