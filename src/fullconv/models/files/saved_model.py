"""A SavedModel that Keras 2 wrote: an architecture in its metadata, weights in its checkpoint; nothing is run."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from fullconv.models.files.bounds import ROOM, read_architecture, require_room
from fullconv.models.files.deferred import made
from fullconv.models.files.loaded import Loaded
from fullconv.models.files.old.graph import rebuild
from fullconv.models.files.refused.refusal import RefusalError, short
from fullconv.models.files.version import version_of
from fullconv.models.files.weights.matching import fill, misfit
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.slots import Array, Pairs, slots_of
from fullconv.models.files.wire import fields, text

PROGRAM, METADATA = "saved_model.pb", "keras_metadata.pb"
_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_ANEW = "Load it where it was trained with tf.keras.models.load_model, and save it there: model.save('name.h5')."


def read_saved_model(folder: Path) -> Loaded:
    """Return the classifier of a SavedModel.

    Raises:
        RefusalError: Keras left no architecture in it, or its weights cannot be read.
    """
    config, version = _architecture(folder)
    reader, graph = _checkpoint(folder)
    shapes = reader.get_variable_to_shape_map()
    network = made(lambda: rebuild(config), sum(_size(shape) for shape in shapes.values()))
    fill(_pairs(network, graph.nodes, 0, reader, shapes))
    return Loaded(network.layer, f"SavedModel of Keras {version_of(version)}")


def _size(shape: list[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _nodes(folder: Path) -> list[bytes]:
    """Return the metadata that Keras left for each object: in a file of its own, until 2.4 in the program."""
    file = folder / METADATA
    if file.is_file():
        if file.stat().st_size > ROOM:
            raise RefusalError(f"its {METADATA} is too large", _ANEW)
        return [one for number, one in fields(file.read_bytes()) if number == 1 and isinstance(one, bytes)]
    return []


def _architecture(folder: Path) -> tuple[dict[str, Any], str | None]:
    for node in _nodes(folder):
        held = dict(fields(node))
        if text(held.get(3)) == "root" or held.get(2) in (None, 0):
            facts = _facts(text(held.get(5)))
            if isinstance(facts.get("config"), dict) and "layers" in facts["config"]:
                written = {"class_name": facts.get("class_name"), "config": _lists(facts["config"])}
                return read_architecture(json.dumps(written)), facts.get("keras_version")
            raise RefusalError(
                f"a SavedModel of {short(facts.get('class_name'), 40)}, a class of its author, which lists no layers",
                _ANEW,
            )
    raise RefusalError("a SavedModel without the architecture that Keras leaves beside it", _ANEW)


def _facts(metadata: str) -> dict[str, Any]:
    try:
        facts = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        raise RefusalError("its metadata of Keras is no JSON", _ANEW) from error
    return facts if isinstance(facts, dict) else {}


def _lists(value: Any) -> Any:
    """Return an architecture with lists where the metadata has tuples and shapes."""
    if isinstance(value, dict):
        if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
            return [_lists(one) for one in value["items"]]
        return {key: _lists(one) for key, one in value.items()}
    return [_lists(one) for one in value] if isinstance(value, list) else value


def _checkpoint(folder: Path) -> tuple[Any, Any]:
    """Return what reads the variables, and the graph of objects that says which is which."""
    import tensorflow as tf
    from tensorflow.core.protobuf import trackable_object_graph_pb2

    try:
        size = sum(one.stat().st_size for one in (folder / "variables").iterdir())
        reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        types = reader.get_variable_to_dtype_map()
        shapes = reader.get_variable_to_shape_map()
        require_room(sum(_size(shape) * (types[name].size or 1) for name, shape in shapes.items()), size)
        graph = trackable_object_graph_pb2.TrackableObjectGraph()
        graph.ParseFromString(reader.get_tensor(_GRAPH))
    except RefusalError:
        raise
    except Exception as error:  # TensorFlow and protobuf raise what they meet
        raise RefusalError(f"the variables beside it cannot be read ({short(error, 80)})", _ANEW) from error
    return reader, graph


def _pairs(network: Part, nodes: Any, place: int, reader: Any, shapes: dict[str, list[int]]) -> Pairs:
    """Return each variable with its array: the object graph numbers the layers as the architecture lists them."""
    children = {one.local_name: one.node_id for one in nodes[place].children}
    parts = [one for one in network.parts if one.kind != "InputLayer" or network.kind != "Sequential"]
    pairs: Pairs = []
    for index, part in enumerate(parts):
        inner = children.get(f"layer-{index}")
        if part.layer is None or part.kind == "InputLayer":
            continue
        if inner is None or inner >= len(nodes):
            raise RefusalError(f"it holds no weights of layer {short(part.name, 40)!r}", _ANEW)
        if part.parts:
            pairs += _pairs(part, nodes, inner, reader, shapes)
        else:
            pairs += _own(part, nodes, inner, reader, shapes)
    return pairs


def _own(part: Part, nodes: Any, place: int, reader: Any, shapes: dict[str, list[int]]) -> Pairs:
    held = {one.local_name: one.node_id for one in nodes[place].children}
    slots = slots_of(part)
    arrays = []
    for slot in slots:
        node = next((held[role] for role in slot.roles if role in held), None)
        keys = [one.checkpoint_key for one in nodes[node].attributes] if node is not None and node < len(nodes) else []
        if keys and keys[0] in shapes:
            arrays.append(
                Array(f"{part.name}/{slot.role}", tuple(shapes[keys[0]]), partial(reader.get_tensor, keys[0]))
            )
    if [slot.shape for slot in slots] != [array.shape for array in arrays]:
        raise misfit(part.name, slots, arrays)
    return list(zip(slots, arrays, strict=True))
