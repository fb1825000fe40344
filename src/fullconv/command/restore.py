"""A run on the dashboard → the code, parameters and data that it came from, in a folder of their own.

fullconv restore run=ID
fullconv restore run=ID out=../state

Clones this repository at the run's commit, with the changes that were not committed then, its params.yaml and
dvc.lock, and checks its data out of this project's DVC cache. `out` is by default a folder beside the project.
"""

import logging
from pathlib import Path

from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Make the folder and say how to go on from it."""
    from fullconv.track.provenance.restoration import restore
    from fullconv.track.registry.models import existing_store

    if settings.run is None:
        raise InputError("run", "not given", "Give run=ID: it stands on a run's page, and fullconv runs shows it.")
    out = None if settings.out is None else Path(settings.out)
    done = restore(existing_store(settings.tracking), settings.run, out)
    changed = ", with changes that were not committed" if done.changed else ""
    log.info("%s: commit %s%s", done.folder, done.commit[:12], changed)
    if done.lost:
        log.warning("changed then, and not in the run: %s", ", ".join(done.lost))
    print(done.command)
    if done.missing:
        received = f"{done.folder} lacks {', '.join(done.missing)}: not in DVC's cache"
        raise InputError("data", received, "There, dvc fetch && dvc checkout if a remote has it; else dvc repro.")
