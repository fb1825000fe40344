"""Your own image → a heatmap, detections and raw scores.

python pipelines/locate.py classifier=NAME image=FILE out=DIR
"""

import logging
from pathlib import Path

from fullconv.config.layout import model_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write <out>/{locate.png,detections.json,scores.npz}."""
    if settings.image is None or settings.out is None:
        raise InputError("image" if settings.image is None else "out", "not given", "Give image=FILE out=DIR.")
    name = chosen_name(settings)
    load_tensorflow()
    from fullconv.convert.storage import load_conversion
    from fullconv.data.images import load_image
    from fullconv.evaluate.localization import SceneSet, channels_of, localize
    from fullconv.track.report import write_scene

    path, folder, classes = Path(settings.image), Path(settings.out), settings.data.classes
    conversion = load_conversion(model_file(name, "conversion"))
    height, width = load_image(path, 1).shape[:2]
    entry = {"id": 1, "file_name": path.name, "height": height, "width": width}
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(classes)]
    scene = SceneSet(path.stem, {"images": [entry], "annotations": [], "categories": categories}, path.parent)
    found = localize(conversion, scene, channels_of(settings, name), chosen(settings).locate)
    write_scene(folder, scene, found)
    log.info("%s: %d objects found in %s", folder / "detections.json", len(found.detections), path.name)


if __name__ == "__main__":
    main()
