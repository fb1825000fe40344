"""Images searched by a classifier of the pipeline, a registered one, or one of a person's own."""

from collections.abc import Sequence
from pathlib import Path

from fullconv.command.batch import each_photo
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig


def locate_scenes(settings: ExperimentConfig, images: Sequence[Path], out: Path) -> int:
    """Write each image's locate.png, detections.json and scores.npz; what is drawn reaches the threshold.

    Return how many of several images could not be used.

    Raises:
        InputError: no such classifier, no threshold, an image or a folder that cannot be used.
    """
    load_tensorflow()
    from fullconv.evaluate.scenes.sets import picture_alone
    from fullconv.report.localization import write_scene
    from fullconv.track.subject import threshold_of, work_of

    work = work_of(settings)
    threshold = threshold_of(settings, work)

    def step(number: int, image: Path, folder: Path) -> None:
        scene = picture_alone(image, work.channels.classes, settings.dataset.polarity)
        count = write_scene(folder, work, scene, threshold)
        print(f"{folder / 'detections.json'}: {count} objects of score {threshold:.2f} and more in {scene.name}")

    return each_photo(images, out, step)
