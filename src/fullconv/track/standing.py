"""Whether the dashboard shows every output already, read off its database: MLflow alone takes seconds to import."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import quote

from fullconv.config.layout import PAGE, PHOTOS
from fullconv.config.schema import ExperimentConfig
from fullconv.track.dashboard import first_tags
from fullconv.track.identity import (
    OUTPUTS,
    PARAMETERS,
    SHOWN,
    digest,
    digest_of_files,
    parameters_of,
    photo_parameters,
)
from fullconv.track.provenance.lineage import present_state
from fullconv.track.store.opening import located
from fullconv.track.store.reach import SQLITE

Tags = Mapping[str, str]

_NAME = "mlflow.runName"


def all_shown(settings: ExperimentConfig, outputs: Mapping[str, str]) -> bool:
    """Return whether publishing outputs, by their names, would change nothing; False where that cannot be seen.

    It is seen in a SQLite database of the schema that this MLflow writes, and nowhere else.
    """
    uri = located(settings.tracking.uri)
    if not settings.tracking.enabled or not uri.startswith(SQLITE):
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(uri.removeprefix(SQLITE))}?mode=ro", uri=True)) as database:
            experiment = _experiment(database, settings.tracking.experiment)
            runs = [] if experiment is None else _runs(database, experiment)
    except sqlite3.Error:
        return False
    return all(_shown(runs, _wanted(settings, name, of_name)) for name, of_name in outputs.items())


def _experiment(database: sqlite3.Connection, name: str) -> str | None:
    """Return the id of an experiment that is there with its first tags; a person's own version of one counts."""
    query = "SELECT experiment_id FROM experiments WHERE name = ? AND lifecycle_stage = 'active'"
    for (number,) in database.execute(query, (name,)):
        kept = database.execute("SELECT key FROM experiment_tags WHERE experiment_id = ?", (number,))
        if set(first_tags()) <= {key for (key,) in kept}:
            return str(number)
    return None


def _runs(database: sqlite3.Connection, experiment: str) -> list[Tags]:
    """Return the tags of each run of an experiment that was not deleted."""
    query = """SELECT run_uuid, key, value FROM tags JOIN runs USING (run_uuid)
        WHERE experiment_id = ? AND lifecycle_stage = 'active'"""
    runs: dict[str, dict[str, str]] = {}
    for run, key, value in database.execute(query, (experiment,)):
        runs.setdefault(run, {})[key] = value
    return list(runs.values())


def _wanted(settings: ExperimentConfig, name: str, outputs: str) -> Tags:
    """Return the tags of the run that shows some outputs, as publishing leaves it."""
    if name == PHOTOS:
        return {_NAME: name, OUTPUTS: outputs, PARAMETERS: digest(photo_parameters(settings))}
    key = digest(parameters_of(settings, name))
    return {_NAME: name, OUTPUTS: outputs, PARAMETERS: key, SHOWN: digest_of_files([PAGE]), **present_state(name)}


def _shown(runs: list[Tags], wanted: Tags) -> bool:
    """Return whether one run has the tags that are wanted, and no other is a double of it or was left half done."""
    alike = [tags for tags in runs if all(tags.get(key) == wanted[key] for key in (_NAME, PARAMETERS))]
    same = [tags for tags in alike if tags.get(OUTPUTS) == wanted[OUTPUTS]]
    return len(same) == 1 and wanted.items() <= same[0].items() and all(OUTPUTS in tags for tags in alike)
