"""Settings of layers as Keras 1 and 2 wrote them → as Keras 3 reads them."""

import inspect
from typing import Any

from fullconv.models.files.refused.refusal import RefusalError, short

_NEW_NAMES = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "stride": "strides",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "atrous_rate": "dilation_rate",
    "alpha": "negative_slope",
    "theta": "threshold",
}
# What a rename belongs to, where other layers mean something else by the name.
_ONLY = {
    "alpha": ("LeakyReLU",),
    "theta": ("ThresholdedReLU",),
    "stride": ("MaxPooling1D", "AveragePooling1D"),
    "p": ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout"),
    "output_dim": ("Dense",),
}
# What only training needs, or says what a file of weights says better.
_FOR_TRAINING = ("_initializer", "_regularizer", "_constraint")
_DROPPED = {
    *("W_regularizer", "b_regularizer", "U_regularizer", "W_constraint", "b_constraint", "init", "weights"),
    *("input_dim", "input_length", "input_dtype", "batch_input_shape", "batch_shape", "create_input_spec", "seed"),
    *("fused", "virtual_batch_size", "renorm_clipping", "renorm_momentum", "adjustment", "experimental_autocast"),
    *("autocast", "data", "synchronized", "noise_shape", "force_generator", "rng_type", "implementation"),
    *("build_input_shape", "batch_size", "dynamic", "_keras_api_names", "is_graph_network", "beta_init", "gamma_init"),
}
# What may be left out where it has this value, since the layer then computes what Keras 3's computes.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "groups": (1, None),
    "renorm": (False, None),
    "mode": (0, None),
    "sparse": (False, None),
    "ragged": (False, None),
    "keepdims": (False, None),
    "output_padding": (None,),
    "nb_epoch": (None,),
}
_FORMATS = {"tf": "channels_last", "th": "channels_first", "channels_last": "channels_last", "default": None}
_ACTIVATIONS = {
    "softmax_v2": "softmax",
    "relu_v2": "relu",
    "relu6_v2": "relu6",
    "swish_v2": "swish",
    "leaky_relu_v2": "leaky_relu",
}


def activation(value: Any) -> Any:
    """Return an activation's name; a file holds it as a text or as what Keras 2 made of a function."""
    if isinstance(value, dict):
        value = value.get("config") if value.get("class_name") == "function" else value.get("class_name")
    return _ACTIVATIONS.get(value, value) if isinstance(value, str) else value


def dtype(value: Any) -> str:
    """Return the type that a layer computes in: half precision is left to who trains."""
    name = value.get("config", {}).get("name") if isinstance(value, dict) else value
    return name if name in ("float64",) else "float32"


def _first_generation(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return what Keras 1 wrote in two settings as one."""
    config = dict(config)
    if "nb_row" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col", None)]
    if kind in ("Conv2D", "MaxPooling2D", "AveragePooling2D") and config.get("border_mode") == "th":
        config["border_mode"] = "valid"
    return config


def _value(key: str, value: Any) -> Any:
    if key == "data_format":
        return _FORMATS.get(value, value)
    if key in ("activation", "recurrent_activation"):
        return activation(value)
    if key == "axis" and isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def settings(name: str, kind: str, config: dict[str, Any], accepted: set[str]) -> dict[str, Any]:
    """Return what a class of Keras 3 that accepts these settings is made with.

    Raises:
        RefusalError: the file has settings that are not known here: they are named.
    """
    kept: dict[str, Any] = {}
    for old, value in _first_generation(kind, config).items():
        key = _NEW_NAMES.get(old, old) if kind in _ONLY.get(old, (kind,)) else old
        if old in _DROPPED or old.endswith(_FOR_TRAINING):
            continue
        if key in accepted:
            kept[key] = _value(key, value)
        elif value not in _NEUTRAL.get(key, ()) and value is not None:
            raise RefusalError(
                f"layer {short(name, 40)!r} ({short(kind, 40)}) has an unknown {short(old, 40)}={short(value, 40)}",
                "Save the classifier anew with Keras 3, model.save('name.keras').",
            )
    if "dtype" in kept:
        kept["dtype"] = dtype(kept["dtype"])
    return kept


def accepted_by(layer: type) -> set[str]:
    """Return the settings that a class of Keras 3 is made with."""
    own = {name for base in layer.__mro__ if base is not object for name in inspect.signature(base).parameters}
    return {*own, "name", "trainable", "dtype"} - {"kwargs", "args", "self"}
