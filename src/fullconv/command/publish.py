"""Everything → MLflow, one run a classifier and one for photos; a second call changes nothing: a stage of DVC.

fullconv publish
fullconv publish tracking=server
"""

import logging

from fullconv.config.layout import PHOTOS, PUBLISHED
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Complete or create each classifier's run and that of the photos; write results/published.json."""
    from fullconv.files import write_json
    from fullconv.track.photo_run import photo_digest, publish_photos
    from fullconv.track.publish import outputs_digest, publish
    from fullconv.track.store.opening import open_store

    store = open_store(settings.tracking)
    digests = {name: outputs_digest(name) for name in settings.names} | {PHOTOS: photo_digest()}
    if store is not None:
        for name in settings.names:
            publish(store, settings, name, digests[name])
        publish_photos(store, settings, digests[PHOTOS])
    write_json(PUBLISHED, digests)
