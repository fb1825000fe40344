"""The classifiers of keras.applications: how each is called, the size it was trained on, and what it reads."""

from collections.abc import Sequence
from typing import Any, NamedTuple

CAFFE = "caffe"  # BGR in 0..255 less the means
TORCH = "torch"  # RGB in 0..1 less the means, over the deviations
SIGNED = "tf"  # RGB in -1..1
BYTES = "bytes"  # RGB in 0..255: the network prepares it itself

# Of the training images of ImageNet, RGB: what keras.applications.imagenet_utils.preprocess_input takes.
_CAFFE_MEAN = (123.68, 116.779, 103.939)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Application(NamedTuple):
    """A classifier of keras.applications."""

    constructor: str
    size: int  # pixels, height and width
    reads: str


def _sizes(prefix: str, sizes: dict[str, int]) -> dict[str, Application]:
    """Return the EfficientNets of one generation, which grow with their size."""
    spelled = {"EfficientNet": "efficientnet", "EfficientNetV2": "efficientnet_v2"}[prefix]
    return {f"{spelled}_{key.lower()}": Application(prefix + key, size, BYTES) for key, size in sizes.items()}


APPLICATIONS: dict[str, Application] = {
    "convnext_tiny": Application("ConvNeXtTiny", 224, BYTES),
    "convnext_small": Application("ConvNeXtSmall", 224, BYTES),
    "convnext_base": Application("ConvNeXtBase", 224, BYTES),
    "convnext_large": Application("ConvNeXtLarge", 224, BYTES),
    "convnext_xlarge": Application("ConvNeXtXLarge", 224, BYTES),
    "densenet121": Application("DenseNet121", 224, TORCH),
    "densenet169": Application("DenseNet169", 224, TORCH),
    "densenet201": Application("DenseNet201", 224, TORCH),
    **_sizes("EfficientNet", {"B0": 224, "B1": 240, "B2": 260, "B3": 300, "B4": 380, "B5": 456, "B6": 528, "B7": 600}),
    **_sizes("EfficientNetV2", {"B0": 224, "B1": 240, "B2": 260, "B3": 300, "S": 384, "M": 480, "L": 480}),
    "inception_resnet_v2": Application("InceptionResNetV2", 299, SIGNED),
    "inception_v3": Application("InceptionV3", 299, SIGNED),
    "mobilenet": Application("MobileNet", 224, SIGNED),
    "mobilenet_v2": Application("MobileNetV2", 224, SIGNED),
    "mobilenet_v3_large": Application("MobileNetV3Large", 224, BYTES),
    "mobilenet_v3_small": Application("MobileNetV3Small", 224, BYTES),
    "nasnet_large": Application("NASNetLarge", 331, SIGNED),
    "nasnet_mobile": Application("NASNetMobile", 224, SIGNED),
    "resnet50": Application("ResNet50", 224, CAFFE),
    "resnet101": Application("ResNet101", 224, CAFFE),
    "resnet152": Application("ResNet152", 224, CAFFE),
    "resnet50_v2": Application("ResNet50V2", 224, SIGNED),
    "resnet101_v2": Application("ResNet101V2", 224, SIGNED),
    "resnet152_v2": Application("ResNet152V2", 224, SIGNED),
    "vgg16": Application("VGG16", 224, CAFFE),
    "vgg19": Application("VGG19", 224, CAFFE),
    "xception": Application("Xception", 299, SIGNED),
}


def _rescaling(scale: float | Sequence[float], offset: float | Sequence[float]) -> Any:
    import keras

    return keras.layers.Rescaling(scale, offset, name="preprocessing")


def _caffe() -> Any:
    """A fixed 1×1 convolution: the channels turned round, in 0..255, less the means."""
    import keras
    import numpy as np

    layer = keras.layers.Conv2D(3, 1, trainable=False, name="preprocessing")
    layer.build((None, None, None, 3))
    layer.set_weights([255 * np.eye(3)[::-1].reshape(1, 1, 3, 3), -np.array(_CAFFE_MEAN[::-1])])
    return layer


def preprocessing(reads: str) -> Any:
    """Return the layer between RGB images `(N, h, w, 3)` in 0..1 and what a network reads."""
    if reads == CAFFE:
        return _caffe()
    if reads == TORCH:
        pairs = list(zip(_MEAN, _DEVIATION, strict=True))
        return _rescaling([1 / deviation for _, deviation in pairs], [-mean / deviation for mean, deviation in pairs])
    return _rescaling(2.0, -1.0) if reads == SIGNED else _rescaling(255.0, 0.0)


def build_application(name: str, weights: str | None, classes: int = 1000) -> Any:
    """Return a network of keras.applications as Keras makes it; `weights` is `imagenet` or None."""
    import keras

    application = APPLICATIONS[name]
    constructor = getattr(keras.applications, application.constructor)
    # No name: some constructors look up their published file by it.
    return constructor(weights=weights, input_shape=(application.size, application.size, 3), classes=classes)


def with_preprocessing(name: str, network: Any) -> Any:
    """Return the network for RGB images `(N, h, w, 3)` in 0..1."""
    import keras

    image = keras.Input(network.input_shape[1:], name="image")
    return keras.Model(image, network(preprocessing(APPLICATIONS[name].reads)(image)), name=f"{name}_rgb")


def mend_published_deviations(network: Any) -> None:
    """Turn the deviations that the published files of EfficientNet hold as variances into variances.

    Keras puts a division by their roots into the network that it loads the files into, and into no other.
    """
    import keras
    import numpy as np

    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.get_weights():
            mean, variance, count = layer.get_weights()
            if np.allclose(variance, _DEVIATION, atol=1e-3):
                layer.set_weights([mean, np.square(variance), count])
            layer.finalize_state()
