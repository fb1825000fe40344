"""Weights in HDF5 without an architecture, for one that a person names."""

from pathlib import Path

import h5py

from fullconv.models.files.hdf5 import attribute
from fullconv.models.files.loaded import Architecture, Loaded
from fullconv.models.files.refused.refusal import RefusalError, reason, short
from fullconv.models.files.version import version_of
from fullconv.models.files.weights.legacy import arrays_of, pairs_of
from fullconv.models.files.weights.matching import fill, fill_by_keras
from fullconv.models.files.weights.parts import parts_of

_NAME_IT = "Name the network that they belong to: model=NAME, or fullconv.load_classifier(path, architecture=…)."
_MEND = "Name the network they were saved from, and its data: model=NAME data=NAME, or architecture=… in Python."


def weights_alone(file: h5py.File, architecture: Architecture | None) -> Loaded:
    """Return the named network with a file's weights.

    Raises:
        RefusalError: none is named, or the weights do not fit it.
    """
    listed = "layer_names" in file.attrs or "layer_names0" in file.attrs
    if not listed and "layers" not in file and "_layer_checkpoint_dependencies" not in file:
        raise RefusalError(
            f"HDF5 without a Keras model: it holds {short(', '.join(list(file)[:5]) or 'nothing', 60)}",
            "Give a file that model.save of Keras wrote.",
        )
    if architecture is None:
        raise RefusalError("weights without an architecture", _NAME_IT)
    outputs = _outputs(file)
    network = architecture(outputs)
    if listed:
        try:
            fill(pairs_of(parts_of(network), arrays_of(file)))
        except RefusalError as refusal:
            raise RefusalError(f"weights without an architecture; {refusal.received}", _MEND) from refusal
    else:
        _by_keras(network, Path(file.filename))
    version = version_of(attribute(file, "keras_version"))
    return Loaded(network, f"weights of Keras {version}" if listed else "weights of Keras 3")


def _outputs(file: h5py.File) -> int:
    """Return the last axis of the last array: the number of classes, where the network ends in a dense layer."""
    shapes: list[tuple[int, ...]] = []
    if "layer_names" in file.attrs or "layer_names0" in file.attrs:
        shapes = [array.shape for arrays in arrays_of(file).values() for array in arrays]
        return shapes[-1][-1] if shapes and shapes[-1] else 1
    found: dict[str, int] = {}

    def keep(name: str, held: object) -> None:
        if isinstance(held, h5py.Dataset) and held.ndim == 2 and "/vars/" in name:
            found[name] = int(held.shape[-1])

    file.visititems(keep)
    return min(found.values(), default=1)


def _by_keras(network: object, path: Path) -> None:
    import keras

    if not isinstance(network, keras.Model):
        raise RefusalError("no network is named", _NAME_IT)
    try:
        fill_by_keras(network, path)
    except Exception as error:  # Keras has no error of its own for weights that do not fit
        raise RefusalError(f"its weights do not fit the network that is named ({reason(error)})", _MEND) from error
