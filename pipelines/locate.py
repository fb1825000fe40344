"""Your own image → a heatmap, detections and raw scores.

python pipelines/locate.py classifier=NAME image=FILE out=DIR
"""

import logging
from pathlib import Path

from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write <out>/{locate.png,detections.json,scores.npz}; what is drawn reaches the threshold."""
    if settings.image is None or settings.out is None:
        raise InputError("image" if settings.image is None else "out", "not given", "Give image=FILE out=DIR.")
    load_tensorflow()
    from fullconv.evaluate.scenes import picture_alone
    from fullconv.track.report import write_scene
    from fullconv.track.subject import threshold_of, work_of

    folder = Path(settings.out)
    scene = picture_alone(Path(settings.image), settings.data.classes, settings.dataset.polarity)
    work = work_of(settings)
    threshold = threshold_of(settings, work)
    count = write_scene(folder, work, scene, threshold)
    log.info("%s: %d objects of score %.2f and more in %s", folder / "detections.json", count, threshold, scene.name)


if __name__ == "__main__":
    main()
