"""The best run's model → a version of a registered model, under an alias: docs/team/registry.md.

fullconv promote                                   the best by validation AP50 among runs whose background was learned
                                                   from windows (`located` and sweeps of it), if it beats the champion
fullconv promote run=ID                            this run, whatever the champion's metric
fullconv promote run=ID registry.alias=candidate   under another alias

Either only with a passing certificate. Other knobs: registry.name, registry.metric, tracking.
"""

import logging

from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Register a run's logged model and move the alias to it."""
    from fullconv.track.registry.models import existing_store
    from fullconv.track.registry.promotion import promote

    config = settings.registry
    done = promote(existing_store(settings.tracking), config, settings.run)
    name = f"{config.name}/{done.version}"
    how = "registered" if done.registered else "registered before"
    log.info("%s: run %s (%s), %s", name, done.run.info.run_id, done.run.info.run_name, how)
    if not done.moved:
        log.info("%s@%s is %s already; %s %.4f", config.name, config.alias, name, config.metric, done.value)
        return
    margin = "" if done.before is None else f", {done.value - done.before:+.4f} against the one before"
    log.info("%s@%s is now %s; %s %.4f%s", config.name, config.alias, name, config.metric, done.value, margin)
