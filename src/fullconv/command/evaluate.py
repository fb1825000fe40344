"""How well are objects found? A classifier and scenes with boxes → metrics, detections and figures.

fullconv evaluate classifier=located dataset.images=DIR dataset.annotations=FILE.json out=DIR
fullconv evaluate classifier=finder dataset.images=DIR dataset.annotations=FILE.json out=DIR
fullconv evaluate classifier=my.keras locate.threshold=0.5 dataset.images=DIR dataset.annotations=FILE.json
fullconv evaluate classifier=located       on the pipeline's mosaics: the stage that DVC runs

The first three are for a COCO-format dataset of your own; what searches may be a finder that fullconv train wrote,
which brings a threshold for each class (locate.threshold= replaces them), a folder that holds a model,
registry:NAME@ALIAS, or a network trained on ImageNet (with synset=NAME); what a file reads and means is as with
fullconv locate: classifier.classes=, classifier.background=, classifier.pixels=. `out` (a folder beside the annotations
if not given) receives metrics.json, intervals.json, curves.json, detections.json and contact_sheet.png, what was found
against what is there in counts.png, counts.csv and counts.json, and what to do next in advice.txt; scores.npz too with
dataset.scores=true. Pictures stand upright, as EXIF says, and so do the boxes of detections.json; annotations of stored
pixels (their sizes tell) are turned likewise and written to upright.json.

dataset.bands=[3,2,1]   of TIFF with many bands: red, green, blue, counted from 1; one band is grey
dataset.bits=12         black to white are 0 to 4095, where 16 bits hold 12
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.choice import Kind, choice_of
from fullconv.config.layout import MOSAICS, own_folder, report_file
from fullconv.config.load import chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

if TYPE_CHECKING:
    from fullconv.report.advice.evidence import Evidence

log = logging.getLogger(__name__)

FIRST = ("AP", "AP50", "AR", "F1_center", "F1_iou50", "pointing")  # what fits beside each other
ALL = (
    *FIRST, "AP75", "precision_center", "recall_center", "centre", "count_error", "ECE",
    "threshold", "images", "objects", "detections",
)  # fmt: skip
OF_A_CLASS = ("AP50", "count_error", "threshold")
_MOST = 30  # classes that a table has room for


def on_mosaics(settings: ExperimentConfig) -> None:
    """Write the report of a classifier of the pipeline."""
    name = chosen_name(settings)

    load_tensorflow()
    from fullconv.evaluate.scenes.sets import scene_sets
    from fullconv.report.localization import write_report
    from fullconv.terminal.tables import print_table, share
    from fullconv.track.finders import finder_of

    finder = finder_of(settings, in_scenes=True)
    metrics = write_report(report_file(name, ""), finder, scene_sets(settings.mosaics, MOSAICS))
    rows = [[scenes, *(share(one[key]) for key in FIRST)] for scenes, one in metrics.items()]
    print_table(f"Localization: {name}", rows, ["scenes", *FIRST])
    log.info("%s: AP50 %s", name, ", ".join(f"{scenes} {share(one['AP50'])}" for scenes, one in metrics.items()))


def known_of(settings: ExperimentConfig) -> "Evidence":
    """Return what a finder's folder tells those who advise; nothing where another thing searches."""
    from fullconv.report.advice.evidence import UNKNOWN
    from fullconv.report.advice.finder import evidence_in

    choice = choice_of(settings)
    return evidence_in(Path(choice.word).expanduser()) if choice.kind is Kind.FINDER else UNKNOWN


def on_own_data(settings: ExperimentConfig) -> None:
    """Write the metrics and detections of a person's own dataset."""
    from fullconv.evaluate.annotations import UNDEFINED
    from fullconv.evaluate.scenes.sets import own_scenes

    scenes = own_scenes(settings.dataset)
    folder = own_folder(Path(str(settings.dataset.annotations)), settings.out)

    load_tensorflow()
    from fullconv.report.localization import write_own
    from fullconv.terminal.tables import figure, print_table
    from fullconv.track.finders import finder_of
    from fullconv.track.thresholds import common_threshold

    finder = finder_of(settings)
    given = common_threshold(settings, finder)
    threshold = given.of_class or given.value
    metrics = write_own(folder, finder, scenes, threshold, settings.dataset.scores, known_of(settings))
    rows = [[key, figure(metrics[key])] for key in ALL if (key, metrics[key]) != ("threshold", UNDEFINED)]
    print_table(f"Localization: {folder}", rows)
    classes = [key.removeprefix("AP50_of/") for key in metrics if key.startswith("AP50_of/")]
    if 1 < len(classes) <= _MOST:
        columns = [[name, *(figure(metrics[f"{key}_of/{name}"]) for key in OF_A_CLASS)] for name in classes]
        print_table("Class by class", columns, ["class", *OF_A_CLASS])


@program
def main(settings: ExperimentConfig) -> None:
    """Write reports/<classifier>/, or the results on a person's own data to `out`."""
    own = settings.dataset.annotations is not None or settings.dataset.images is not None
    (on_own_data if own else on_mosaics)(settings)
