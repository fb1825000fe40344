"""A dataset's source → checked arrays: the stage that DVC runs.

fullconv prepare
fullconv prepare data=fashion_mnist
fullconv prepare data.path=mnist.npz               no network: a local file or a folder of IDX files
fullconv prepare data=folder data.path=crops       pictures of your own: labelled crops (docs/team/dvc.md)
"""

import logging

from fullconv.config.layout import ARRAYS
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write data/arrays.{npz,json}."""
    from fullconv.data.prepared import write_prepared
    from fullconv.data.sources.choice import load_arrays

    arrays = load_arrays(settings.data)
    write_prepared(arrays, settings.data)
    log.info("%s: %d training and %d test images", ARRAYS, len(arrays.train_labels), len(arrays.test_labels))
