"""Keras files that depend on nothing but the model: no time, no object address."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras

from fullconv.archives import undated
from fullconv.errors import InputError
from fullconv.files import whole_file
from fullconv.models.files.refused.refusal import reason
from fullconv.nearest import missing_file


def _anonymous(config: Any, numbers: dict[int, int]) -> Any:
    """Replace the addresses by which Keras marks shared objects by 1, 2, … in order of appearance.

    A number format holds no state, and whether two layers share one depends on how the model was made:
    its mark goes.
    """
    if isinstance(config, list):
        return [_anonymous(value, numbers) for value in config]
    if not isinstance(config, dict):
        return config
    clean = {key: _anonymous(value, numbers) for key, value in config.items() if key != "shared_object_id"}
    if "shared_object_id" in config and config.get("class_name") != "DTypePolicy":
        clean["shared_object_id"] = numbers.setdefault(config["shared_object_id"], len(numbers) + 1)
    return clean


def _fixed(name: str, content: bytes) -> bytes:
    if name == "metadata.json":
        return json.dumps({**json.loads(content), "date_saved": "1980-01-01@00:00:00"}, sort_keys=True).encode()
    if name == "config.json":
        return json.dumps(_anonymous(json.loads(content), {})).encode()
    return content


def _rewrite(source: io.BytesIO, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist()):
            new.writestr(undated(name), _fixed(name, old.read(name)))


def save_model(model: "keras.Model", path: Path) -> None:
    """Write a `.keras` file, whole or not at all, byte-identical for identical weights and configuration.

    Raises:
        InputError: the name does not end in `.keras`, or the folder cannot be written.
    """
    if path.suffix != ".keras":
        raise InputError(str(path), f"a model file named *{path.suffix}", "Let the name end in .keras.")
    with whole_file(path) as temporary:
        # Keras picks the zip layout by the name, so it writes a named file first.
        draft = temporary.with_name(f"draft-{temporary.name}")
        model.save(draft)
        _rewrite(io.BytesIO(draft.read_bytes()), temporary)


def load_model(path: Path) -> "keras.Model":
    """Read a `.keras` file without running code from it and without its optimizer.

    Raises:
        InputError: the file is missing, is cut or is not a Keras file.
    """
    if not path.is_file():
        raise missing_file(path)
    if not zipfile.is_zipfile(path):
        raise InputError(str(path), "not a whole .keras file", "Save the model anew with model.save('name.keras').")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise InputError(
            str(path), f"Keras cannot read it ({reason(error)})", "Save the model anew with model.save('name.keras')."
        ) from error
