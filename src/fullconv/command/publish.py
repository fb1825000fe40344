"""Everything → MLflow, one run a classifier and one for photos; a second call changes nothing: a stage of DVC.

fullconv publish
fullconv publish tracking=server
"""

import logging
from collections.abc import Mapping

from fullconv.config.layout import PHOTOS, PUBLISHED
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


def complete(settings: ExperimentConfig, digests: Mapping[str, str]) -> None:
    """Publish what the dashboard does not show yet.

    Raises:
        InputError: the store cannot be used, or went away; a later call goes on.
    """
    from fullconv.track.photo_run import publish_photos
    from fullconv.track.publish import publish
    from fullconv.track.store.opening import open_store

    store = open_store(settings.tracking)
    if store is not None:
        for name in settings.names:
            publish(store, settings, name, digests[name])
        publish_photos(store, settings, digests[PHOTOS])


@program
def main(settings: ExperimentConfig) -> None:
    """Complete or create each classifier's run and that of the photos; write results/published.json."""
    from fullconv.files import write_json
    from fullconv.track.identity import outputs_digest, photo_digest
    from fullconv.track.standing import all_shown

    digests = {name: outputs_digest(name) for name in settings.names} | {PHOTOS: photo_digest()}
    if all_shown(settings, digests):
        for name in digests:
            log.info("%s: on the dashboard already", name)
    else:
        complete(settings, digests)
    write_json(PUBLISHED, digests)
