"""Stage `evaluate`: a conversion and sets of mosaics → metrics, detections, raw scores and figures.

On a COCO-format dataset of your own:
    python pipelines/evaluate.py classifier=NAME dataset.images=DIR dataset.annotations=FILE.json out=DIR
"""

import logging
from pathlib import Path

from fullconv.config.layout import MOSAICS, model_file, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write evaluate.json, neighbourhood.csv, detections/, scores/ and figures/ to reports/<classifier> or `out`."""
    load_tensorflow()
    from rich.progress import track

    from fullconv.convert.storage import load_conversion
    from fullconv.evaluate.localization import channels_of, localize, own_scenes, scene_sets
    from fullconv.track.report import write_report
    from fullconv.track.tables import figure, print_table

    name = chosen_name(settings)
    own = settings.dataset.annotations is not None or settings.dataset.images is not None
    sets = [own_scenes(settings.dataset)] if own else scene_sets(settings.mosaics, MOSAICS)
    conversion = load_conversion(model_file(name, "conversion"))
    found = {
        scenes.name: localize(conversion, scenes, channels_of(settings, name), chosen(settings).locate)
        for scenes in track(sets, f"evaluating {name}")
    }
    folder = report_file(name, "") if settings.out is None else Path(settings.out)
    write_report(folder, sets, found)
    metrics = list(found[sets[0].name].metrics)
    rows = [[metric, *(figure(one.metrics[metric]) for one in found.values())] for metric in metrics]
    print_table(f"Localization: {name}", rows, ["metric", *found])


if __name__ == "__main__":
    main()
