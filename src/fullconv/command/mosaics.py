"""Arrays → sets of mosaics, each images and one COCO JSON: the stage that DVC runs.

fullconv mosaics
fullconv mosaics mosaics.test.images=50
fullconv mosaics +mosaic@mosaics.small=sizes
fullconv mosaics data=folder data.path=crops mosaics.own_test.images=20     scenes of crops of your own
"""

import logging

from fullconv.config.layout import mosaics_folder
from fullconv.config.own_sets import key_of
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write data/mosaics/<set>/."""
    from fullconv.data.prepared import classes_of, read_prepared
    from fullconv.data.scenes.coco import write_scenes
    from fullconv.data.scenes.mosaics import make_scenes

    arrays = read_prepared(settings.data)
    classes = classes_of(settings.data, arrays)
    for name, config in settings.mosaics.items():
        scenes = make_scenes(config, arrays, settings.data.validation_share, where=key_of(settings.data, name))
        write_scenes(mosaics_folder(name), scenes, classes)
        log.info("%s: %d mosaics, %d objects", name, len(scenes), sum(len(scene.objects) for scene in scenes))
