"""Layers that have no rule, and why: what one cell of a map would have to know."""

from fullconv.convert.rules.registry import REFUSALS

_WHOLE_MAP = "Use batch normalization, or layer normalization over the channels."
_TOKENS = (
    "attends over a fixed number of tokens: each looks at the whole image, so no cell stands for a window",
    "Score windows of the image one by one, or use a convolutional classifier.",
)
_FINER = (
    "makes a map finer than what went in, so the windows of its cells start between pixels or at uneven distances",
    "Leave it out: what a classifier's head reads need not be finer.",
)
_RESIZED = ("gives the same size whatever the image's, so cells lose their places", "Resize images before the model.")
_SEQUENCE = ("reads its input in order, one step after another", "Use a convolutional classifier.")

REFUSALS.update(
    {
        "Lambda": ("its function cannot be read", "Use a layer, such as Rescaling, or an operator, such as x / 255."),
        "Conv2DTranspose": _FINER,
        "UpSampling2D": _FINER,
        "Resizing": _RESIZED,
        "RandomCrop": _RESIZED,
        "AdaptiveAveragePooling2D": _RESIZED,
        "AdaptiveMaxPooling2D": _RESIZED,
        "GroupNormalization": ("normalizes by the mean and variance of the whole map", _WHOLE_MAP),
        "SpectralNormalization": ("wraps another layer", "Use the layer inside, with the weights that it has now."),
        "TimeDistributed": ("wraps another layer", "Use the layer inside; convolutions and dense layers act per cell."),
        "Attention": _TOKENS,
        "AdditiveAttention": _TOKENS,
        "MultiHeadAttention": _TOKENS,
        "GroupedQueryAttention": _TOKENS,
        "LSTM": _SEQUENCE,
        "GRU": _SEQUENCE,
        "SimpleRNN": _SEQUENCE,
        "Bidirectional": _SEQUENCE,
        "Masking": ("marks places to be left out", "Leave it out: an image has none."),
    }
)
