"""What `prepare` leaves for the other stages: arrays that know what they are, and the same in words beside them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from fullconv.config.layout import ARRAYS, ARRAYS_ABOUT
from fullconv.config.own_sets import are_crops
from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays, check_arrays, digests, read_arrays, write_arrays
from fullconv.data.crops.measures import measures_of
from fullconv.errors import InputError
from fullconv.files import read_json, write_json

# Of a data set of crops, what is made of it; of others the name says all.
_MAKES = ("form", "path", "annotations", "scenes", "background", "margin", "points", "test_share", "side", "broken")


def origin_of(config: DataConfig) -> str:
    """Return what tells a data set from others: its name, and of crops a digest of the knobs that make them."""
    if not are_crops(config):
        return config.name
    knobs = {key: value for key, value in asdict(config).items() if key in (*_MAKES, "classes")}
    return f"{config.name} {hashlib.sha256(json.dumps(knobs, sort_keys=True).encode()).hexdigest()[:12]}"


def write_prepared(arrays: Arrays, config: DataConfig) -> None:
    """Write data/arrays.npz and data/arrays.json.

    Raises:
        InputError: the folder cannot be written.
    """
    made = replace(arrays, origin=origin_of(config))
    write_arrays(ARRAYS, made)
    about: dict[str, Any] = {
        "origin": made.origin,
        "classes": classes_of(config, made),
        "sha256": digests(made),
        "shape": list(made.train_images.shape[1:]),
        "measures": measures_in(made),
    }
    write_json(ARRAYS_ABOUT, about)


def read_prepared(config: DataConfig) -> Arrays:
    """Return the arrays that `prepare` wrote, checked to be those of the configuration.

    Raises:
        InputError: they are missing, damaged, or of another data set.
    """
    arrays = read_arrays(ARRAYS)
    _check_origin(arrays.origin, config)
    check_arrays(arrays, classes_of(config, arrays), where=str(ARRAYS))
    return arrays


def about_prepared(config: DataConfig) -> Mapping[str, Any] | None:
    """Return what is said of the prepared arrays; None where `prepare` has not run here.

    Raises:
        InputError: they are of another data set.
    """
    if not ARRAYS_ABOUT.is_file():
        return None
    about: Mapping[str, Any] = read_json(ARRAYS_ABOUT)
    _check_origin(str(about["origin"]), config)
    return about


def prepared_content(config: DataConfig) -> Mapping[str, str] | None:
    """Return the digests of the prepared arrays, which tell crops from others of one name; None if they are not these.

    A sweep trains without prepared arrays, whatever lies there.
    """
    about = read_json(ARRAYS_ABOUT) if ARRAYS_ABOUT.is_file() else {}
    return about["sha256"] if about.get("origin") == origin_of(config) else None


def classes_of(config: DataConfig, arrays: Arrays | None = None) -> list[str]:
    """Return the names of the object classes: those that crops brought, or else `data.classes`.

    Without `arrays`, those that `prepare` left behind are asked.

    Raises:
        InputError: crops that were not prepared, or what was is another data set.
    """
    if arrays is not None:
        return list(config.classes if arrays.crops is None else arrays.crops.classes)
    about = about_prepared(config)
    if about is not None:
        return [str(name) for name in about["classes"]]
    if not config.classes:
        received = f"no classes are named, and {ARRAYS_ABOUT}, which would name them, is not there"
        raise InputError("data.classes", received, f"Run fullconv prepare data={config.name} data.path=… first.")
    return list(config.classes)


def measures_in(arrays: Arrays) -> dict[str, Any] | None:
    """Return the aspect and the sizes of each class of crops, and whether these are those of scenes; None of others."""
    crops = arrays.crops
    if crops is None:
        return None
    measures = measures_of(arrays.train_labels, crops.train_sizes, len(crops.classes))
    return {
        "aspects": [one.aspect for one in measures],
        "sizes": [list(one.sizes) for one in measures],
        "known": crops.unscaled,
        "reduced": crops.reduced,
        "margin": crops.margin,
    }


def _check_origin(origin: str, config: DataConfig) -> None:
    """Refuse another data set's arrays; those that do not say what they are pass."""
    wanted = origin_of(config)
    if origin in ("", wanted):
        return
    held, name = origin.partition(" ")[0], config.name
    given = f"data={name} given" if held != name else f"data={name} with other knobs (data.path, data.side, …) given"
    more = " with the same knobs" if are_crops(config) else ""
    mend = f"Run fullconv prepare data={name}{more}, or give the data set that is there."
    raise InputError(str(ARRAYS), f"holds {held}, {given}", mend)
