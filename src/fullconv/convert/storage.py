"""A conversion on disk: the network as a `.keras` file, and beside it what its cells mean, as JSON."""

import hashlib
from pathlib import Path
from typing import Any

from fullconv.convert.conversion import HEADS, Conversion
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.files import read_json, write_json
from fullconv.models.storage import load_model, save_model


def save_conversion(conversion: Conversion, model_path: Path, facts_path: Path | None = None) -> None:
    """Write `<name>.keras` and its facts, by default `<name>.json` beside it.

    The same conversion gives the same bytes.

    Raises:
        InputError: the name does not end in `.keras`, or a folder cannot be written.
    """
    save_model(conversion.model, model_path)
    save_facts(conversion, model_path, facts_path)


def save_facts(conversion: Conversion, model_path: Path, facts_path: Path | None = None) -> None:
    """Write the facts of a conversion whose `.keras` file is there already.

    Raises:
        InputError: a folder cannot be written.
    """
    write_json(_facts_path(model_path, facts_path), _facts(conversion) | {"sha256": _digest(model_path)})


def load_conversion(model_path: Path, facts_path: Path | None = None) -> Conversion:
    """Read what `save_conversion` wrote.

    Raises:
        InputError: a file is missing, is cut, or belongs to another conversion.
    """
    path = _facts_path(model_path, facts_path)
    model = load_model(model_path)
    facts = read_json(path)
    try:
        conversion = Conversion(
            model=model,
            geometry=Geometry.from_dict(facts["geometry"]),
            receptive_field=Geometry.from_dict(facts["receptive_field"]),
            notes=tuple(str(note) for note in facts["notes"]),
            head=_head(facts["head"]),
            window=Geometry.from_dict({**facts["geometry"], "window": facts["window"]}).window,
            cellwise=bool(facts["cellwise"]),
            # Files written before these two were known lack them.
            channels_first=bool(facts.get("channels_first", False)),
            flipped=bool(facts.get("flipped", False)),
        )
        digest = facts["sha256"]
    except (KeyError, TypeError, AttributeError, InputError) as error:
        raise InputError(str(path), f"not the facts of a conversion ({error})", "Convert the model anew.") from error
    if digest != _digest(model_path):
        raise InputError(str(path), f"written for another file than {model_path}", "Convert the model anew.")
    return conversion


def _facts(conversion: Conversion) -> dict[str, Any]:
    return {
        "cellwise": conversion.cellwise,
        "channels_first": conversion.channels_first,
        "exact": conversion.exact,
        "flipped": conversion.flipped,
        "geometry": conversion.geometry.as_dict(),
        "head": conversion.head,
        "notes": list(conversion.notes),
        "receptive_field": conversion.receptive_field.as_dict(),
        "window": list(conversion.window),
    }


def _facts_path(model_path: Path, facts_path: Path | None) -> Path:
    return model_path.with_suffix(".json") if facts_path is None else facts_path


def _head(name: Any) -> str:
    if name not in HEADS:
        raise KeyError(f"head {name!r}")
    return str(name)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
