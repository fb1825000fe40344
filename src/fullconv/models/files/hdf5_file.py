"""A whole classifier in one HDF5 file, as `model.save('name.h5')` of any Keras writes it."""

from pathlib import Path

import h5py

from fullconv.models.files.bounds import read_architecture
from fullconv.models.files.checked import modern
from fullconv.models.files.deferred import made
from fullconv.models.files.hdf5 import attribute, opened
from fullconv.models.files.loaded import Architecture, Loaded
from fullconv.models.files.old.graph import rebuild
from fullconv.models.files.refused.refusal import RefusalError
from fullconv.models.files.teachable import is_teachable
from fullconv.models.files.version import Version, version_of
from fullconv.models.files.weights.first_generation import turned
from fullconv.models.files.weights.legacy import arrays_of, pairs_of
from fullconv.models.files.weights.matching import fill
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights_only import weights_alone


def read_hdf5(path: Path, architecture: Architecture | None) -> Loaded:
    """Return the classifier of an HDF5 file, whatever the file is called.

    Raises:
        RefusalError: it is broken, of a kind that is not read, or has no architecture and none is given.
    """
    with opened(path, path.stat().st_size) as file:
        text = attribute(file, "model_config")
        if text is None:
            return weights_alone(file, architecture)
        config = read_architecture(text)
        weights = file.get("model_weights", file)
        if not isinstance(weights, h5py.Group) or (
            "layer_names" not in weights.attrs and "layer_names0" not in weights.attrs
        ):
            raise RefusalError(
                "it holds an architecture and no weights",
                "Save the whole model: model.save('name.keras') where it was trained.",
            )
        version = version_of(attribute(file, "keras_version") or attribute(weights, "keras_version"))
        listed = arrays_of(weights)
        count = sum(array.size for arrays in listed.values() for array in arrays)
        network = made(lambda: rebuilt(config, version), count)
        listed = turned(network, listed, version, attribute(weights, "backend") or attribute(file, "backend"))
        fill(pairs_of(network, listed))
        teachable = is_teachable(config, path)
    kind = f"HDF5 of Keras {version}"
    return Loaded(network.layer, f"{kind} (Teachable Machine)" if teachable else kind, "-1..1" if teachable else None)


def rebuilt(config: dict[str, object], version: Version) -> Part:
    """Return the network of an architecture, by the version of Keras that wrote it."""
    return modern(config, version) if version.modern else rebuild(config)
