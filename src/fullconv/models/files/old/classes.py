"""What Keras 1 and 2 called their layers, and which classes a file may name."""

from typing import Any

from fullconv.models.files.refused.lambdas import require_no_lambda
from fullconv.models.files.refused.refusal import RefusalError, short

CONTAINERS = ("Sequential", "Functional", "Model")
OPERATORS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty")

_RENAMED = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "AtrousConvolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "ThresholdedReLU": "ReLU",
    "FixedDropout": "Dropout",  # of the package efficientnet
}
# These read files or run programs of others; none belongs to a classifier of images.
_NEVER = (
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
)


class UnknownLayerError(RefusalError):
    """A layer that Keras does not have; `of_keras`: whether its file says that it is Keras'."""

    def __init__(self, name: str, kind: str, of_keras: bool = False) -> None:
        mend = (
            "Register its class with @keras.saving.register_keras_serializable(), then fullconv.load_classifier reads "
            'it; a rule converts it (docs/use/converting.md, "A layer of your own").'
        )
        super().__init__(f"layer {short(name, 40)!r} is {short(kind, 40)}, which Keras does not have", mend)
        self.of_keras = of_keras


def _of_keras(kind: str) -> Any:
    import keras
    from keras.src.applications.convnext import LayerScale  # keras.layers has it not

    return LayerScale if kind == "LayerScale" else getattr(keras.layers, kind, None)


def layer_class(name: str, config: dict[str, Any], kind: str, module: str = "") -> Any:
    """Return the Keras class of a file's layer.

    Raises:
        RefusalError: a Lambda, a class that no file may name, or one that is neither Keras' nor registered.
    """
    import keras

    require_no_lambda(name, kind, config)
    if kind in _NEVER:
        raise RefusalError(f"layer {short(name, 40)!r} is {kind}, which reads what is outside the file", "Take it out.")
    custom = keras.saving.get_custom_objects()
    registered = [held for key, held in custom.items() if key == kind or key.rpartition(">")[2] == kind]
    plain = kind.rpartition(">")[2]
    found = registered[0] if registered else _of_keras(_RENAMED.get(plain, plain))
    if not isinstance(found, type) or not issubclass(found, keras.layers.Layer):
        raise UnknownLayerError(name, kind, module.startswith("keras."))
    return found
