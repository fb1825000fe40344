"""A dataset's source → checked arrays: the stage that DVC runs.

fullconv prepare
fullconv prepare data=fashion_mnist
fullconv prepare data.path=mnist.npz       no network: a local file or a folder of IDX files
fullconv prepare data=folder data.path=crops data.scenes=pictures     crops of your own, by class
fullconv prepare data=coco data.path=DIR   pictures with annotated places: COCO, YOLO or Pascal VOC
fullconv prepare data=csv data.path=crops.csv     columns path,label and, if you like, split

Of crops:
data.path=DIR      DIR/<class>/*.png of any sizes and formats, or DIR/train/<class>/ and DIR/test/<class>/ (also
                   training, testing, val, valid, validation). Of three parts, val is tested on and test is left unseen,
                   for fullconv evaluate. Pictures in a folder called background hold no object
data.scenes=DIR    larger pictures in which such objects occur, without labels; a single picture will do
data.classes=[a,b]      these classes alone, in this order
data.annotations=FILE   of coco: the JSON, or a folder of labels; not given: looked for in data.path
data.margin=0.25   of coco: a quarter of the object's sides more around it; else: what crops show around objects
data.points=true   of coco: centres alone. An object's size is data.side if given, else the lower quartile of the
                   distances to the nearest object
data.side=32       pixels of an object's frame in the arrays; not given: as the median crop, 20 to 40
data.test_share=0.2     of each class, by seed=, where there are no parts; of coco whole pictures
data.broken=0.05   share of the files that may be unreadable; they are named and left out
data.background=NAME    another name for the pictures of nothing
"""

import logging
from pathlib import Path

from fullconv.config.layout import ARRAYS, PLACES
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write data/arrays.{npz,json}; of annotated pictures also data/places.csv."""
    from fullconv.data.prepared import write_prepared
    from fullconv.data.sources.choice import load_arrays

    if settings.data.form == "arrays":
        arrays = load_arrays(settings.data, settings.seed)
        write_prepared(arrays, settings.data)
        log.info("%s: %d training and %d test images", ARRAYS, len(arrays.train_labels), len(arrays.test_labels))
    else:
        prepare_crops(settings)


def prepare_crops(settings: ExperimentConfig) -> None:
    """Write arrays of crops, tell what they hold, and of annotated pictures record the places that were used."""
    from fullconv.data.prepared import write_prepared
    from fullconv.data.sources.crops.account import COLUMNS, write_places
    from fullconv.data.sources.crops.loading import read_crops
    from fullconv.terminal.tables import print_table

    reading = read_crops(settings.data, settings.seed)
    write_prepared(reading.arrays, settings.data)
    Path(PLACES).unlink(missing_ok=True)
    if settings.data.form == "coco":
        write_places(PLACES, reading.account.places)
    print_table(f"Crops: {settings.data.path}", reading.account.rows, COLUMNS)
    crops = reading.arrays.crops
    assert crops is not None
    side = reading.arrays.train_images.shape[1:]
    log.info(
        "%s: %dx%d pixels, %d channels; %d scenes, %d pictures of nothing, at %.3g of their size",
        ARRAYS,
        *side,
        len(crops.scenes),
        len(crops.nothing),
        crops.reduced,
    )
