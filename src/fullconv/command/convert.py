"""A classifier → its fully convolutional network and the certificate.

fullconv convert classifier=my.keras out=converted     a classifier of your own, a file or a folder that holds one:
                                                       .keras, .h5 of any Keras, SavedModel (docs/use/files.md)
fullconv convert classifier=finder out=converted       what fullconv train wrote to out=finder
fullconv convert classifier=resnet50 out=converted     a network trained on ImageNet: one of keras.applications
fullconv convert classifier=registry:NAME@ALIAS out=converted   a registered model, for another format
fullconv convert classifier=located                    one of the pipeline: the stage that DVC runs, or into out=DIR

It writes conversion.keras, conversion.json, certificate.json, cost.json and model-card.md to `out`, or to a folder
beside the file; of a file meaning.json too, what it reads and the names of its classes, as far as these are known.
The pipeline's stage writes no card.
format=keras,onnx,openvino,saved_model,litert: what the network is written as, each compared with the conversion
convert.head=cell|window   convert.flip_kernels=true: weights in Theano's convention   weights=FILE|none of a network
of a file: classifier.pixels=0..1|0..255|-1..1|imagenet|caffe|auto   classifier.classes=[NAME,…]|FILE
"""

import logging

from fullconv.command.conversion_tasks import task_of
from fullconv.config.choice import Kind, searched_with
from fullconv.config.formats import require_installed
from fullconv.config.load import chosen
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write models/<classifier>/conversion.{keras,json} and reports/<classifier>/{convert,cost}.json, or to `out`."""
    choice = searched_with(settings)
    config = chosen(settings).convert if choice.kind is Kind.PIPELINE else settings.convert
    require_installed(config.format)
    if choice.kind is Kind.REGISTERED:
        from fullconv.command.exporting import export_registered

        export_registered(settings, choice.word)
        return
    task = task_of(settings, choice)

    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.cost.table import cost_line
    from fullconv.convert.storage import save_conversion
    from fullconv.files import write_json
    from fullconv.locate.meaning import reads
    from fullconv.proof.certificate import certify
    from fullconv.proof.faithful import require_faithful
    from fullconv.proof.table import certificate_line
    from fullconv.proof.work import costs
    from fullconv.terminal.tables import print_table

    loaded = task.load()
    classifier, pixels = loaded.model, reads(loaded.model, task.pixels, loaded.pixels, loaded.kind).pixels
    conversion = convolutionalize(classifier, head=task.config.head, flip_kernels=task.config.flip_kernels)
    certificate = certify(classifier, conversion, images=task.images, larger=task.larger, pixels=pixels)
    print_table(f"Conversion certificate: {task.name}, head {task.config.head}", certificate.rows())
    require_faithful(certificate, task.config.tolerance, where=f"{task.key}.tolerance")
    tables = costs(classifier, conversion, None if task.larger is None else task.larger.shape[1:3])
    print_table(f"Cost of one image: {task.name}", [(key, cost_line(table)) for key, table in tables.items()])
    write_json(task.cost, tables)
    if task.out is None:
        save_conversion(conversion, task.conversion)
        write_json(task.certificate, certificate.as_dict())
        log.info("%s: %s", task.conversion, certificate_line(certificate.as_dict()))
        return
    from fullconv.command.exporting import export_task

    export_task(settings, choice, task, conversion, certificate, pixels)
