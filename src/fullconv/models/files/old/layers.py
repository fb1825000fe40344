"""One layer of Keras 1 or 2 → the layers of Keras 3 that compute the same."""

from typing import Any

from fullconv.models.files.old.classes import layer_class
from fullconv.models.files.old.keywords import accepted_by, activation, settings
from fullconv.models.files.refused.refusal import RefusalError, short

# Only training changes an image by these.
_AUGMENTATION = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
    *("RandomHeight", "RandomWidth", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
)
_MERGES = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
_KIND = {"AtrousConvolution2D": "Conv2D", "Convolution2D": "Conv2D"}


def legal(name: object) -> str:
    """Return a name that Keras 3 allows."""
    return str(name).replace("/", "_") or "layer"


def _merged(name: str, config: dict[str, Any]) -> Any:
    """Return what the layer `Merge` of Keras 1 was."""
    import keras

    mode = config.get("mode")
    if mode not in _MERGES:
        raise RefusalError(
            f"layer {short(name, 40)!r} merges by {short(mode, 40)}", "Only sum, mul, ave, max and concat are known."
        )
    axis = {"axis": config.get("concat_axis", -1)} if mode == "concat" else {}
    return getattr(keras.layers, _MERGES[mode])(name=legal(name), **axis)


def _plain(value: Any) -> Any:
    """Return a number that Keras 2 wrote as an array of NumPy."""
    return value["value"] if isinstance(value, dict) and set(value) == {"type", "value"} else value


def layers_of(name: str, kind: str, config: dict[str, Any]) -> list[Any]:
    """Return the layers, in their order; the first has the weights.

    Raises:
        RefusalError: its class or one of its settings is not known.
    """
    import keras

    if kind.rpartition(">")[2] in _AUGMENTATION:
        return [keras.layers.Activation("linear", name=legal(name))]
    if kind == "Merge":
        return [_merged(name, config)]
    made_of = layer_class(name, config, kind)
    config = {key: _plain(value) for key, value in config.items()}
    after = _old_hard_sigmoid(name, config)
    custom = not made_of.__module__.startswith("keras.")
    given = config if custom else settings(name, _KIND.get(kind, kind), config, accepted_by(made_of))
    given["name"] = legal(name)
    try:
        return [made_of.from_config(given) if custom else made_of(**given), *after]
    except RefusalError:
        raise
    except Exception as error:  # what a setting of another meaning raises depends on the layer
        raise RefusalError(
            f"layer {short(name, 40)!r} ({short(kind, 40)}) cannot be made ({short(error, 100)})",
            "Save the classifier anew with Keras 3, model.save('name.keras').",
        ) from error


def _old_hard_sigmoid(name: str, config: dict[str, Any]) -> list[Any]:
    """Take Keras 2's hard sigmoid, .2 x + .5 between 0 and 1, out of a layer; Keras 3 calls x / 6 + .5 so."""
    import keras

    if activation(config.get("activation")) != "hard_sigmoid":
        return []
    config["activation"] = "linear"
    scaled = keras.layers.Rescaling(0.2, offset=0.5, name=f"{legal(name)}_scaled")
    return [scaled, keras.layers.ReLU(max_value=1.0, name=f"{legal(name)}_clipped")]
