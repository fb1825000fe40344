"""Photos and collages of them, searched by a pretrained network → heatmaps, boxes, metrics: the stage `photos`.

fullconv photos
fullconv photos photos.model=resnet50
fullconv photos photos.annotations=FILE.json     of your own: COCO boxes whose categories carry a wnid
"""

import logging

from fullconv.config.layout import PHOTO_METRICS, PHOTOS, report_file
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)

SHOWN = ("pointing", "max_box_acc_v2", "px_ap", "AP50")


@program
def main(settings: ExperimentConfig) -> None:
    """Write reports/photos/{photos.json,detections.json,ways.csv,pictures} and results/photos.json."""
    load_tensorflow()
    from fullconv.report.photo_survey import write_survey
    from fullconv.terminal.tables import print_table, share

    folder = report_file(PHOTOS, "")
    ways = write_survey(folder, PHOTO_METRICS, settings)
    sides = [f"{side}x{side}" for side in settings.photos.collages]
    rows = [
        [name, *(share(row[key]) for key in SHOWN), *(share(row[side][key]) for side in sides for key in row[side])]
        for name, row in ways.items()
    ]
    print_table(
        f"Photos: {settings.photos.model}",
        rows,
        ["way", *SHOWN, *(f"{side} {key}" for side in sides for key in ("pointing", "share"))],
    )
    log.info("%s: pointing %s", folder, ", ".join(f"{name} {share(row['pointing'])}" for name, row in ways.items()))
