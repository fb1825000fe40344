"""How much of a file is believed before it is looked at: nothing that it claims is allocated unchecked."""

import json
from typing import Any

from fullconv.models.files.refused.refusal import RefusalError, short

ROOM = 1 << 30  # bytes that a compressed file may grow to
CONFIG = 64 << 20  # bytes of an architecture: the largest of keras.applications has 1.5 MB
DEPTH = 24  # networks within networks
_LARGEST = 1 << 26  # a length, a count of units, an image's side
_MARKS = ("shared_object_id", "seed", "compile_config")  # numbers that are no length
_CUT = "Get the file anew: it was cut or changed on its way."


def require_room(claimed: int, size: int) -> None:
    """Refuse a file of `size` bytes whose arrays are said to hold `claimed` bytes.

    Raises:
        RefusalError: it claims more than itself and more than a compressed file may.
    """
    if claimed > max(size, ROOM):
        raise RefusalError(f"it claims arrays of {claimed:.3g} bytes in a file of {size:.3g}", _CUT)


def _require_plain(value: Any, depth: int = 0) -> None:
    if depth > 8 * DEPTH:
        raise RefusalError("its architecture is nested too deeply", _CUT)
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in _MARKS:
                _require_plain(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _require_plain(one, depth + 1)
    elif isinstance(value, int | float) and value > _LARGEST and value == value // 1:
        raise RefusalError(f"its architecture names a length of {short(value, 20)}", _CUT)


def read_architecture(text: str | bytes) -> dict[str, Any]:
    """Return an architecture that is written as JSON.

    Raises:
        RefusalError: it is too large, no JSON, or names a length beyond any network's.
    """
    if len(text) > CONFIG:
        raise RefusalError(f"its architecture is {len(text):.3g} bytes long", _CUT)
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusalError(f"its architecture is no JSON ({type(error).__name__})", _CUT) from error
    _require_plain(config)
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise RefusalError("its architecture is not that of a Keras model", _CUT)
    return config
