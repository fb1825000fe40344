"""What is known of crops, beside their images in one archive."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.crops.crops import Crops
from fullconv.errors import InputError

_ABOUT = "crops"  # the entry that holds what is no array, as JSON
_LISTS = ("scenes", "nothing")


def add_crops(add: Callable[[str, npt.NDArray[Any]], None], crops: Crops) -> None:
    """Hand every part of `crops` to `add`, under the names that `crops_in` looks for."""
    facts = {
        "classes": list(crops.classes),
        "unscaled": crops.unscaled,
        "margin": crops.margin,
        "reduced": crops.reduced,
        **{key: len(getattr(crops, key)) for key in _LISTS},
    }
    add(_ABOUT, np.frombuffer(json.dumps(facts, ensure_ascii=False).encode(), np.uint8))
    add("train_sizes", crops.train_sizes)
    add("test_sizes", crops.test_sizes)
    for key in _LISTS:
        for number, picture in enumerate(getattr(crops, key)):
            add(f"{key}_{number}", picture)


def crops_in(archive: Mapping[str, npt.NDArray[Any]], where: str) -> Crops | None:
    """Return what `add_crops` wrote; None where images are no crops.

    Raises:
        InputError: a part is missing or is of another form.
    """
    if _ABOUT not in archive:
        return None
    try:
        facts = json.loads(archive[_ABOUT].tobytes())
        lists = {key: tuple(archive[f"{key}_{number}"] for number in range(facts[key])) for key in _LISTS}
        return Crops(
            tuple(facts["classes"]),
            archive["train_sizes"],
            archive["test_sizes"],
            facts["unscaled"],
            facts["margin"],
            **lists,
            reduced=facts["reduced"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(where, f"damaged: {error}", "Run fullconv prepare again.") from error
