"""Stage `prepare`: a dataset's source → checked arrays."""

import logging

import hydra

from fullconv.config.layout import ARRAYS
from fullconv.config.load import stage
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
@stage
def main(settings: ExperimentConfig) -> None:
    """Write data/arrays.npz."""
    from fullconv.data.arrays import write_arrays
    from fullconv.data.sources import load_arrays

    arrays = load_arrays(settings.data)
    write_arrays(ARRAYS, arrays)
    log.info("%s: %d training and %d test images", ARRAYS, len(arrays.train_labels), len(arrays.test_labels))


if __name__ == "__main__":
    main()
