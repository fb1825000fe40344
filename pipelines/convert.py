"""Stage `convert`: a classifier → its fully convolutional network and the certificate."""

import logging

import hydra

from fullconv.config.layout import ARRAYS, model_file, mosaics_folder, report_file
from fullconv.config.load import chosen, stage
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
@stage
def main(settings: ExperimentConfig) -> None:
    """Write models/<classifier>/conversion.{keras,json} and reports/<classifier>/convert.json."""
    load_tensorflow()
    import numpy as np

    from fullconv.convert.certificate import certify
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.faithful import require_faithful
    from fullconv.convert.storage import save_conversion
    from fullconv.data.arrays import read_arrays
    from fullconv.data.coco import iter_images, read_coco
    from fullconv.files import write_json
    from fullconv.models.storage import load_model
    from fullconv.track.tables import print_table

    name, config = settings.classifier, chosen(settings).convert
    classifier = load_model(model_file(name, "classifier"))
    conversion = convolutionalize(classifier, head=config.head)
    images = read_arrays(ARRAYS).test_images[: config.images].astype(np.float32) / np.float32(255)
    folder = mosaics_folder(next(iter(settings.mosaics)))
    scenes = iter_images(read_coco(folder / "instances.json"), folder / "images", images.shape[-1])
    larger = next(image for _, image in scenes)[None]
    certificate = certify(classifier, conversion, images=images, larger=larger)
    print_table(f"Conversion certificate: {name}, head {config.head}", certificate.rows())
    require_faithful(certificate, config.tolerance, where=f"classifiers.{name}.convert.tolerance")
    save_conversion(conversion, model_file(name, "conversion"))
    write_json(report_file(name, "convert.json"), certificate.as_dict())


if __name__ == "__main__":
    main()
